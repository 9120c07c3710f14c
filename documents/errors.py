"""Refusals of what a caller asked for, by name. Doors turn them into answers."""

from __future__ import annotations

from collections.abc import Mapping

from documents.models import Document, Invalidation
from hacienda.messages import gettext_noop

_HELD = gettext_noop("After a restored backup an operator has to confirm the next number of this series first.")


class Conflict(Exception):
    """The present state does not allow it. `code` is stable; `message` is an English template."""

    def __init__(
        self,
        code: str,
        message: str,
        params: Mapping[str, object] | None = None,
        document: Document | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = dict(params or {})
        self.document = document


class ReusedKey(Exception):
    """An Idempotency-Key that came before with another body."""


class NotReady(Exception):
    """The merchant cannot issue in this environment yet; `message` is an English template."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class NumbersHeld(NotReady):
    """The series waits for an operator: the database came out of a backup and its next number is not known."""

    def __init__(self) -> None:
        super().__init__("numbering_held", _HELD)


class RejectedByAuthority(Exception):
    """The authority refused the document itself; it is stored as rejected."""

    def __init__(self, document: Document, *, replayed: bool = False) -> None:
        super().__init__(document.public_id)
        self.document = document
        self.replayed = replayed


class InvalidationRejected(Exception):
    """The authority refused the invalidation; the document stays as it was."""

    def __init__(self, document: Document, invalidation: Invalidation) -> None:
        super().__init__(document.public_id)
        self.document = document
        self.invalidation = invalidation
