"""What a document says to the person who holds it: one view model behind the page, the PDF and the ticket.

Pure. Content comes from the sealed payload (`Readable`), the state from the present; texts are ready to print and
in the language that is active when `present` is called, except those that the document itself carries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from documents.detail import Detail, Line, detail
from documents.figures import money
from documents.states import DELIVERABLE, State
from hacienda.readable import Field, Readable, ReadableParty, Section, Sum

DASH = "–"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the document is worth now. `tone` is ok, warn, bad or quiet."""

    state: State
    label: str
    tone: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """An invalidation that the authority stamped. `replacement_url` is the public link of the other document."""

    at: datetime
    kind: str
    reason: str
    stamp: str
    replacement_number: str | None = None
    replacement_url: str | None = None


@dataclass(frozen=True, slots=True)
class Total:
    label: str
    amount: str
    is_total: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What a document lists and comes to, in the columns and sums of its own type."""

    detail: Detail
    totals: tuple[Total, ...]
    in_words: str
    sections: tuple[Section, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class Presentation:
    readable: Readable
    standing: Standing
    is_delivered: bool
    test_mark: str
    watermark: str
    kind: str
    number: Field
    title: str
    payable: str
    issued_at: str
    stamp: str
    stamped_at: str
    query_url: str  # empty where the authority has no page to verify a document at
    page_url: str
    identification: tuple[Field, ...]
    parties: tuple[ReadableParty, ...]
    detail: Detail
    totals: tuple[Total, ...]
    sections: tuple[Section, ...]
    revocation: Revocation | None
    revocation_facts: tuple[Field, ...]
    revocation_pending: str

    @property
    def issuer(self) -> ReadableParty:
        return self.readable.issuer

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.detail.lines


def contents(readable: Readable) -> Contents:
    """The part of a document that does not depend on its state."""
    return Contents(
        detail=detail(readable.table),
        totals=tuple(
            Total(_named(sum_), money(sum_.amount, readable.currency), sum_.is_total) for sum_ in readable.sums
        ),
        in_words=readable.in_words,
        sections=tuple(section for section in readable.sections if section.rows),
        notes=readable.notes or "",
    )


def present(
    readable: Readable,
    *,
    state: State,
    zone: ZoneInfo,
    query_url: str,
    page_url: str,
    stamp: str = "",
    stamped_at: datetime | None = None,
    revocation: Revocation | None = None,
    is_revocation_pending: bool = False,
) -> Presentation:
    """The view of a document in its present state; times are told in `zone`."""
    kind, number = _as_in_a_sentence(readable.type_name), _number(readable)
    said = contents(readable)
    return Presentation(
        readable=readable,
        standing=_standing(state),
        is_delivered=state in DELIVERABLE,
        test_mark=_("NO LEGAL VALUE: test document") if readable.is_test else "",
        watermark=_watermark(state, readable),
        kind=kind,
        number=number,
        title=f"{kind} {number.value}",
        payable=money(readable.payable, readable.currency),
        issued_at=moment(readable.issued_at, zone),
        stamp=stamp,
        stamped_at=moment(stamped_at, zone) if stamped_at else "",
        query_url=query_url,
        page_url=page_url,
        identification=_identification(readable, zone),
        parties=_parties(readable),
        detail=said.detail,
        totals=said.totals,
        sections=said.sections,
        revocation=revocation,
        revocation_facts=_revocation_facts(revocation, zone) if revocation else (),
        revocation_pending=_revocation_pending() if is_revocation_pending else "",
    )


def _named(sum_: Sum) -> str:
    """What a sum is, in the active language."""
    label = _(sum_.label)
    return label % sum_.params if sum_.params else label


def _standing(state: State) -> Standing:
    match state:
        case State.ACCEPTED:
            return Standing(
                state, _("Accepted by Hacienda"), "ok", _("Hacienda received this document and stamped it.")
            )
        case State.CONTINGENCY:
            return Standing(
                state,
                _("Issued in contingency"),
                "warn",
                _(
                    "Awaiting Hacienda's stamp. The document was signed and delivered in contingency, as the law"
                    " allows; this same link will show the stamp as soon as there is one."
                ),
            )
        case State.INVALIDATED:
            return Standing(
                state,
                _("INVALIDATED"),
                "bad",
                _("The issuer invalidated this document at Hacienda: it has no effect."),
            )
        case State.REJECTED:
            return Standing(
                state,
                _("Not valid"),
                "bad",
                _("Hacienda did not accept this document. Ask the issuer for a valid one."),
            )
        case State.TRANSMITTING:
            return Standing(
                state,
                _("Being transmitted"),
                "quiet",
                _("The document is on its way to Hacienda. This page refreshes by itself."),
            )


def _watermark(state: State, readable: Readable) -> str:
    if state is State.INVALIDATED:
        return _("INVALIDATED")
    return _("NO LEGAL VALUE") if readable.is_test else ""


def _revocation_pending() -> str:
    return _("The issuer has asked Hacienda to invalidate this document. Until Hacienda answers it remains in force.")


def _as_in_a_sentence(name: str) -> str:
    """A name that the law prints in capitals, as people write it: FACTURA, Factura."""
    return name.capitalize() if name.isupper() else name


def _number(readable: Readable) -> Field:
    """By what people call a document: its control number, or the code of what has none."""
    if readable.control_number is None:
        return Field(_(readable.code_label), readable.generation_code)
    return Field(_(readable.number_label), readable.control_number)


def _identification(readable: Readable, zone: ZoneInfo) -> tuple[Field, ...]:
    numbers = [Field(_(readable.code_label), readable.generation_code)]
    if readable.control_number is not None:
        numbers.append(Field(_(readable.number_label), readable.control_number))
    issued = Field(_("Date and time of generation"), moment(readable.issued_at, zone))
    return (*numbers, issued, *(_manner(readable) if readable.manner is None else readable.manner))


def _manner(readable: Readable) -> tuple[Field, ...]:
    return (
        Field(_("Invoicing model"), readable.model),
        Field(_("Type of transmission"), readable.transmission),
        Field(_("Version of the format"), str(readable.version)),
    )


def _parties(readable: Readable) -> tuple[ReadableParty, ...]:
    if not readable.is_addressed:
        return (readable.issuer,)
    customer = readable.customer or ReadableParty(heading=_("Customer"), name="", fields=())
    return (readable.issuer, customer if customer.name else replace(customer, name=_("Final consumer")))


def _revocation_facts(revocation: Revocation, zone: ZoneInfo) -> tuple[Field, ...]:
    facts = [Field(_("Invalidated on"), moment(revocation.at, zone)), Field(_("Why"), revocation.kind)]
    if revocation.reason:
        facts.append(Field(_("Details"), revocation.reason))
    if revocation.stamp:
        facts.append(Field(_("Stamp of the invalidation"), revocation.stamp))
    return tuple(facts)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A point in time as people in `zone` write it: 22/11/2026 09:15:00."""
    return at.astimezone(zone).strftime("%d/%m/%Y %H:%M:%S")
