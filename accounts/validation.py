"""What people enter about themselves, checked in one pass that names everything wrong at once.

Only what holds in every country is judged here; what a country's authority asks of its taxpayers is judged
by `hacienda`, where a document is prepared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import CharField, Model
from django.utils.translation import gettext_noop

from hacienda.values import Fault, Invalid, Path

REQUIRED = gettext_noop("This field is required.")
TOO_LONG = gettext_noop("At most %(limit)s characters.")
TOO_SHORT = gettext_noop("At least %(limit)s characters.")
NOT_PLAIN = gettext_noop("Control characters are not allowed.")
NOT_DIGITS = gettext_noop("Only digits; hyphens and spaces may separate them.")
WRONG_FORM = gettext_noop("This is not in the form that Hacienda gives it.")
NOT_EMAIL = gettext_noop("This is not an e-mail address.")
NOT_KNOWN = gettext_noop("“%(value)s” is none of: %(known)s.")


DIGITS = r"[0-9]+"


def longest_in(model: type[Model], column: str) -> int:
    """How many characters a column of texts takes."""
    field = model._meta.get_field(column)
    assert isinstance(field, CharField)
    return field.max_length or 0


class Checklist:
    """Gathers faults; each method returns the value in the form in which it is stored."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, path: Path, code: str, message: str, **params: object) -> None:
        self.faults.append(Fault(path, code, message, params))

    def finish(self) -> None:
        """Raise `Invalid` with every fault found, if there is one."""
        if self.faults:
            raise Invalid(tuple(self.faults))

    def text(self, path: Path, given: str, *, longest: int, shortest: int = 0, required: bool = True) -> str:
        """Trimmed, without control characters, within its length."""
        value = given.strip()
        if not value:
            if required:
                self.add(path, "required", REQUIRED)
        elif any(unicodedata.category(character) in ("Cc", "Cs") for character in value):  # Cs: no text at all
            self.add(path, "control_character", NOT_PLAIN)
        elif len(value) > longest:
            self.add(path, "too_long", TOO_LONG, limit=longest)
        elif len(value) < shortest:
            self.add(path, "too_short", TOO_SHORT, limit=shortest)
        return value

    def number(self, path: Path, given: str, *, longest: int, pattern: str = DIGITS, required: bool = True) -> str:
        """A number as printed on a card (0614-010190-101-2), without what separates its parts."""
        value = re.sub(r"[-\s]", "", given)
        if value and not re.fullmatch(pattern, value):
            self.add(path, *(("not_digits", NOT_DIGITS) if pattern == DIGITS else ("invalid", WRONG_FORM)))
            return value
        return self.text(path, value, longest=longest, required=required)

    def email(self, path: Path, given: str, *, longest: int) -> str:
        """An address in lower case: two spellings of one mailbox would be two people."""
        before = len(self.faults)
        value = self.text(path, given, longest=longest).lower()
        if len(self.faults) == before:
            try:
                validate_email(value)
            except ValidationError:
                self.add(path, "not_an_email", NOT_EMAIL)
        return value

    def choice(self, path: Path, given: str, known: Iterable[str]) -> str:
        names = list(known)
        if given not in names:
            self.add(path, "unknown", NOT_KNOWN, value=str(given)[:40], known=", ".join(names))
        return str(given)

    def code(self, path: Path, given: str, pattern: str) -> str:
        """A code in the one form that the authority gives it."""
        value = given.strip()
        if not value:
            self.add(path, "required", REQUIRED)
        elif not re.fullmatch(pattern, value, re.ASCII):
            self.add(path, "invalid", WRONG_FORM)
        return value

    def refused(self, path: Path, error: ValidationError) -> None:
        """Take over what one of Django's validators said."""
        for fault in error.error_list:
            self.add(path, str(fault.code or "invalid"), str(fault.message), **(fault.params or {}))
