"""What suppliers' documents say and what their receiver says about them, where an authority wants to know.

Values that cross the port, and the port's part that deals with them. Frozen, country-neutral and free of Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from hacienda.certificates import SigningKey
from hacienda.values import Environment, Login, Sealed
from hacienda.verdicts import Verdict


class Kind(StrEnum):
    """What a receiver says about a document."""

    ACCEPT = "accept"
    ACCEPT_PARTLY = "accept_partly"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Received:
    """What a document of a supplier's says. `total` and `tax` are in its own currency.

    `tax` is None where it states none. `issuer_id_type` and `receiver_id_type` are the authority's codes.
    """

    type_code: str
    generation_code: str
    control_number: str
    issuer_name: str
    issuer_id_type: str
    issuer_tax_id: str
    receiver_id_type: str
    issued_at: datetime
    currency: str
    total: Decimal
    tax: Decimal | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the receiver says. `condition` is the authority's code of what becomes of the tax; amounts are in the
    document's currency. The names are those of the caller's body: faults point at them."""

    kind: Kind
    reason: str = ""
    condition: str | None = None
    tax_credit: Decimal | None = None
    expense: Decimal | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class MessageEnvelope:
    """A signed message on its way: about which document, under which number of its own."""

    environment: Environment
    generation_code: str
    control_number: str
    issuer_id_type: str
    receiver_id_type: str
    signature: str = field(repr=False)


class Inbox(Protocol):
    """Where an authority is told what becomes of documents that were received.

    Network calls return what came back or raise `hacienda.errors.NoAnswer`, as those of `Authority` do.
    """

    @property
    def series(self) -> Mapping[Kind, str]:
        """The code of the series of numbers that messages of each kind have: no type of document has it."""

    @property
    def conditions(self) -> Mapping[str, str]:
        """What can become of the tax: the authority's codes with English names."""

    def read(self, signed: bytes, *, tax_id: str, environment: Environment) -> Received:
        """Pure. What a supplier's signed document says, bounded in size and time; `tax_id` is the receiver's.

        Raises `Invalid` for what is none, is not signed by its issuer, was changed, or is somebody else's.
        """

    def due(self, received: Received) -> datetime:
        """Pure. Until when the receiver can say something about it."""

    def complete(self, decision: Decision, received: Received, *, tax_id: str, activity: str) -> Decision:
        """Pure. The same with what follows from the document; raises `Invalid` with every fault.

        `tax_id` and `activity` are the receiver's.
        """

    def seal(
        self,
        decision: Decision,
        received: Received,
        *,
        tax_id: str,
        control_number: str,
        at: datetime,
        key: SigningKey,
    ) -> Sealed:
        """Pure. Build and sign the message; `decision` is complete, `tax_id` the receiver's, `at` aware."""

    def submit(self, envelope: MessageEnvelope, login: Login) -> Verdict:
        """Network. Send a message once; the login is the receiver's."""

    def ask(self, envelope: MessageEnvelope, login: Login) -> Verdict:
        """Network. Ask what became of a message; `Absent` only for a clear negative."""
