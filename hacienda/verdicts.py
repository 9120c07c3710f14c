"""What an authority says of a document: an answer is a value (no answer is an exception of `hacienda.errors`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hacienda.values import Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """The authority's own words, redacted and cut, kept as evidence."""

    http_status: int | None
    body: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """`receipt` is what the authority signed about it, word for word, where it signs anything; so in `Rejected`."""

    stamp: str
    stamped_at: datetime
    code: str
    message: str
    observations: tuple[str, ...]
    answer: Answer
    receipt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal of the document itself. `faults` point into the caller's body wherever one can be found.

    `already_done`: what was asked for has happened before, perhaps by a request whose answer was lost. `judged_at` is
    the authority's own time, where it tells one.
    """

    code: str
    message: str
    observations: tuple[str, ...]
    faults: tuple[Fault, ...]
    answer: Answer
    already_done: bool = False
    judged_at: datetime | None = None
    receipt: str = field(default="", repr=False)


class Mender(StrEnum):
    """Who can mend what made the authority refuse a document."""

    MERCHANT = "merchant"  # in its request or its settings
    OPERATOR = "operator"  # who runs this installation
    AUTHORITY = "hacienda"


@dataclass(frozen=True, slots=True)
class Advice:
    """What a refusal means and what to do about it: English sentences to be translated, each once.

    `other_version` is the one to send instead, where the version itself was refused; a remedy names it as
    %(version)s. `same_document`: whether it can be corrected under its own generation code and number; where one of
    those two is what was refused, it needs new ones.
    """

    causes: tuple[str, ...]
    remedies: tuple[str, ...]
    who: Mender
    same_document: bool = True
    other_version: int | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """A clear negative: the authority has no such document. The only verdict that allows a resend.

    `refused`: it was told as a refusal, of a kind that asks to try again later. `of_question`: which may be one
    of the question itself.
    """

    answer: Answer
    refused: bool = False
    of_question: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """Received, not yet judged."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something came back that says nothing for certain; it never allows a resend."""

    reason: str
    answer: Answer


Verdict = Accepted | Rejected | Absent | Pending | Unknown


@dataclass(frozen=True, slots=True)
class Received:
    """A batch was taken; its documents are judged later. `code` is what its results are read by."""

    code: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class BatchResults:
    """What has been judged of a batch so far, by generation code, only of the documents that were asked for.

    A verdict is `Accepted`, `Rejected` or `Unknown`, with its own part of the answer as evidence. A document that is
    not among them has not been judged yet.
    """

    verdicts: Mapping[str, Verdict]
    answer: Answer
