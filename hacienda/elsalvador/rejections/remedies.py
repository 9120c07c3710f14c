"""What a rejection means and what to do about it: from Hacienda's code, words and place to an advice. Pure.

A code alone does not tell who can mend a document or an event. A value that the caller gave is the caller's to
correct; one of the issuer's registered data, or a figure that SmartBill computed, is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.elsalvador.earlier.advice import suggested
from hacienda.elsalvador.rejections import books, meanings, pointers
from hacienda.elsalvador.rejections.books import Book
from hacienda.elsalvador.rejections.meanings import Meaning
from hacienda.elsalvador.rejections.observations import SCHEMA, code_of
from hacienda.elsalvador.rejections.pointers import Steps
from hacienda.verdicts import Advice, Mender

_INDEX: Final = "*"
# Sums and their like are made from all lines together: nobody gave them.
_FIGURES: Final = frozenset({"cuerpodocumento", "resumen"})
_SUMMED: Final = frozenset({("items",), ("related",)})
_FIRST: Final = (Mender.MERCHANT, Mender.OPERATOR, Mender.AUTHORITY)

Told = tuple[str, str]  # a code and the text that was said with it


def advice(type_code: str, code: str, message: str, observations: Sequence[str], *, version: int) -> Advice:
    """What a rejection of a document of that type means; an honest general answer for what is not known."""
    texts = observations if code == SCHEMA and observations else (message,)
    return _advice(type_code, [(code, text) for text in texts], version)


def event_advice(event: str, payload: str, code: str, message: str, observations: Sequence[str]) -> Advice:
    """The same of an event, by its name; `payload` is what was signed."""
    if event == CONTINGENCY:
        # Its answer has no code: each observation has its own.
        told = [(code_of(text) or _schema_code(text) or code, text) for text in observations or (message,)]
    else:
        texts = observations if code == SCHEMA and observations else (message,)
        told = [(code, text) for text in texts]
    return _advice(event, told, _version(event, payload))


def _version(event: str, payload: str) -> int | None:
    """The version of an event that was sent; None where there is no other one to send, or nothing was signed."""
    if not payload:
        return None
    signed: dict[str, Any] = json.loads(payload, parse_float=Decimal)
    # What has no number is invalidated by today's form alone: see `invalidation`.
    if event == INVALIDATION and signed["documento"]["numeroControl"] is None:
        return None
    return int(signed["identificacion"]["version"])


def _advice(kind: str, told: Sequence[Told], version: int | None) -> Advice:
    book = books.of(kind)
    found = [_of_place(meaning, steps, book) for meaning, steps in _meanings(told, book)]
    schema = [text for code, text in told if code == SCHEMA]
    other = None if version is None else suggested(SCHEMA, schema, kind, version)
    if other is not None:
        found = [book.other_version]
    return Advice(
        causes=tuple(dict.fromkeys(one.cause for one in found)),
        remedies=tuple(dict.fromkeys(one.remedy for one in found)),
        who=min((one.who for one in found), key=_FIRST.index),
        same_document=all(one.same_document for one in found),
        other_version=other,
    )


def _meanings(told: Sequence[Told], book: Book) -> Iterator[tuple[Meaning, Steps]]:
    """At least one meaning, each with its place; what is only said because of something more telling is left out."""
    placed = [(code, pointers.place(text), " ".join(text.lower().split())) for code, text in told]
    for code, steps, text in placed:
        if steps and any(len(other) > len(steps) and other[: len(steps)] == steps for _code, other, _text in placed):
            continue
        wording = _wording(text) if code == SCHEMA else None
        if wording == meanings.WEAKEST and any(
            other == steps and _wording(said) not in (None, wording) for _code, other, said in placed
        ):
            continue
        general = book.by_wording[wording] if wording else book.by_code.get(code, book.unknown)
        yield _special(code, steps, book) or general, steps


def _wording(text: str) -> str | None:
    return next((known for known in meanings.BY_WORDING if known in text), None)


def _schema_code(text: str) -> str:
    """The code of what is said of the schema, which has words of its own; empty for anything else."""
    return SCHEMA if _wording(" ".join(text.lower().split())) else ""


def _special(code: str, steps: Steps, book: Book) -> Meaning | None:
    for length in range(len(steps), 0, -1):
        known = book.by_place.get((code, _name(steps[:length])))
        if known is not None:
            return known
    return None


def _name(steps: Steps) -> str:
    """A place as the tables name it."""
    return ".".join(_INDEX if isinstance(step, int) else step for step in steps)


def _of_place(meaning: Meaning, steps: Steps, book: Book) -> Meaning:
    """The meaning, with the remedy of whoever made the value that stands there."""
    if not meaning.by_place:
        return meaning
    if not steps:
        return meaning if book.is_requested else Meaning(meaning.cause, book.computed, Mender.OPERATOR)
    if _name(steps) in book.settings:
        return Meaning(meaning.cause, book.settings[_name(steps)])
    path = pointers.path_of(steps, book.names)
    if steps[0] == "emisor" and not path:
        return Meaning(meaning.cause, book.issuer, Mender.OPERATOR)
    # A figure of a line or of the sums for which the caller has no field of its own.
    figure = steps[0] in _FIGURES and _name(steps) not in book.names
    computed = not path or figure or (steps[0] == "resumen" and path in _SUMMED) or not book.is_requested
    return Meaning(meaning.cause, book.computed, Mender.OPERATOR) if computed else meaning
