"""Nothing secret and nothing of one machine stands in the project's files; templates obey the content policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT, all_files

SECRETS = {
    "a private key": r"-----BEGIN (?:RSA |EC |ENCRYPTED |OPENSSH )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    "an API key's private half": r"\bsk_(?:sandbox|test|live)_[A-Za-z0-9_-]{24,}",
    "a Fernet key": r"(?<![A-Za-z0-9_/+-])[A-Za-z0-9_-]{43}=(?![A-Za-z0-9=])",
    "a token": r"\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "a password in an address": r"\b(?:postgres|postgresql|smtp|smtp\+tls)://[^:\s/]+:(?!password@)[^@\s]{3,}@",
}
MACHINE = {
    "a path of one machine": r"(?<![\w.])/(?:root|home/\w+|work)/\w+",
    "the host of a package registry": r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org)\b",
}
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))


def texts() -> list[tuple[str, str]]:
    found = []
    for path in all_files():
        try:
            found.append((path.relative_to(PROJECT).as_posix(), path.read_text()))
        except UnicodeDecodeError:
            continue  # fonts, compiled translations, pictures
    return found


@pytest.mark.parametrize("what", [*SECRETS, *MACHINE])
def test_no_file_holds(what: str) -> None:
    pattern = re.compile({**SECRETS, **MACHINE}[what])
    here = Path(__file__).relative_to(PROJECT).as_posix()
    assert [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        for name, text in texts()
        if name != here
        for match in pattern.finditer(text)
    ] == []


def test_the_patterns_find_what_they_are_for() -> None:
    samples = {
        "a private key": "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQ" * 10,
        "an API key's private half": "sk_live_" + "a1B2" * 10,
        "a Fernet key": '"' + "aB1_" * 10 + "abc=" + '"',
        "a token": "eyJ" + "a" * 30 + ".eyJ" + "b" * 30 + "." + "c" * 40,
        "a password in an address": "postgres://me:hunter2@db.example/x",
        "a path of one machine": "see /root/secret",
        "the host of a package registry": "https://pypi.org/simple",
    }
    for what, pattern in {**SECRETS, **MACHINE}.items():
        assert re.search(pattern, samples[what]), what


def test_data_and_secrets_are_not_versioned() -> None:
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert {"var/", ".env", ".venv/"} <= set(ignored)


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PROJECT / "templates").as_posix())
def test_templates_obey_the_content_policy(path: Path) -> None:
    """No inline style or script and nothing from elsewhere: the policy is `default-src 'self'`."""
    text = path.read_text()
    if "mail" not in path.parts:  # mail programs know no other style than inline
        assert re.findall(r"<style\b|\sstyle\s*=", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text) == []
    assert re.findall(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", text) == []
    assert "|safe" not in text.replace(" ", "")
