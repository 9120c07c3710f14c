"""Every message has its Spanish: nothing missing, in doubt or left over, and the compiled file says the same."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

PROJECT = Path(settings.BASE_DIR)
FOLDER = PROJECT / "locale" / "es" / "LC_MESSAGES"
FLOORS = ("hacienda", "accounts", "documents", "contingency", "smartbill")
MARKS = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


@dataclass(frozen=True)
class Entry:
    message: str
    plural: str | None
    translations: tuple[str, ...]
    flags: tuple[str, ...]


def _quoted(lines: list[str]) -> str:
    return "".join(str(ast.literal_eval(line[line.index('"') :])) for line in lines)


def _parse(block: str) -> Entry:
    """One paragraph of a .po file."""
    parts: dict[str, list[str]] = {}
    flags: list[str] = []
    name = ""
    for line in block.splitlines():
        if line.startswith("#,"):
            flags += [flag.strip() for flag in line[2:].split(",")]
        elif not line.startswith("#"):
            if not line.startswith('"'):
                name = line.split()[0]
            parts.setdefault(name, []).append(line)
    translations = tuple(_quoted(lines) for key, lines in parts.items() if key.startswith("msgstr"))
    plural = parts.get("msgid_plural")
    return Entry(_quoted(parts["msgid"]), plural and _quoted(plural), translations, tuple(flags))


@cache
def catalogue() -> tuple[Entry, ...]:
    """The entries of the Spanish .po file, its header left out."""
    blocks = (FOLDER / "django.po").read_text(encoding="utf-8").strip().split("\n\n")
    entries = [_parse(block) for block in blocks if re.search(r"^msgid ", block, re.MULTILINE)]
    return tuple(entry for entry in entries if entry.message)


def _calls(text: str, name: str) -> Iterator[str]:
    """The first argument of every call of a translating function that is written out."""
    for node in ast.walk(ast.parse(text, name)):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[1 if called.startswith("pgettext") and len(node.args) > 1 else 0]
            if called in MARKS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _of_template(text: str) -> Iterator[str]:
    for call in re.findall(
        r"\bn?gettext\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))|(?<=[ (])_\(((?:'[^']*'|\"[^\"]*\"))\)",
        templatize(text),
    ):
        yield str(ast.literal_eval((call[0] or call[1]).replace("%%", "%")))


@cache
def messages() -> dict[str, str]:
    """Every message of the project and a place where it stands."""
    found: dict[str, str] = {}
    for floor in FLOORS:
        for path in sorted((PROJECT / floor).rglob("*.py")):
            name = path.relative_to(PROJECT).as_posix()
            found |= dict.fromkeys(_calls(path.read_text(), name), name)
    for path in sorted((PROJECT / "templates").rglob("*")):
        if path.is_file():
            found |= dict.fromkeys(_of_template(path.read_text()), path.relative_to(PROJECT).as_posix())
    return found


def test_messages_are_found_in_code_of_all_floors_and_in_templates() -> None:
    places = {place.split("/")[0] for place in messages().values()}

    assert places >= {"hacienda", "accounts", "documents", "smartbill", "templates"}
    assert len(messages()) > 300


def test_every_message_is_translated() -> None:
    translated = {entry.message for entry in catalogue() if all(entry.translations)}

    assert {message: place for message, place in messages().items() if message not in translated} == {}


def test_no_translation_is_in_doubt() -> None:
    assert [entry.message for entry in catalogue() if "fuzzy" in entry.flags] == []


def test_no_translation_is_left_over() -> None:
    assert [entry.message for entry in catalogue() if entry.message not in messages()] == []
    assert "#~" not in (FOLDER / "django.po").read_text(encoding="utf-8")


def test_translations_keep_the_places_to_fill() -> None:
    def places(text: str) -> set[str]:
        return {named or braced for named, braced in PLACE.findall(text)}

    assert [
        entry.message
        for entry in catalogue()
        for translation in entry.translations
        if places(translation) not in (places(entry.message), places(entry.plural or entry.message))
    ] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = [
        entry.message
        for entry in catalogue()
        if (entry.plural and compiled.ngettext(entry.message, entry.plural, 1) != entry.translations[0])
        or (entry.plural and compiled.ngettext(entry.message, entry.plural, 2) != entry.translations[-1])
        or (not entry.plural and compiled.gettext(entry.message) != entry.translations[0])
    ]

    assert stale == [], "run: django-admin compilemessages"


@pytest.mark.parametrize("word", ["Spanish", "Sign in", "At most %(limit)s characters."])
def test_spanish_is_spanish(word: str) -> None:
    [entry] = [entry for entry in catalogue() if entry.message == word]

    assert entry.translations[0] != word
