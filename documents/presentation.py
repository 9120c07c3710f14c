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
class Other:
    """Another document that is named, with its public link."""

    number: str
    url: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """An invalidation that the authority stamped, or did by accepting `note`, which takes the document back."""

    at: datetime
    kind: str
    reason: str
    stamp: str
    replacement: Other | None = None
    note: Other | None = None


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
    stamp: str  # empty where the authority gives none to be printed
    stamped_at: str
    answered: Field | None  # when the authority answered, where it gives no stamp
    query_url: str  # empty where the authority has no page to verify a document at
    page_url: str
    identification: tuple[Field, ...]
    parties: tuple[ReadableParty, ...]
    detail: Detail
    totals: tuple[Total, ...]
    sections: tuple[Section, ...]
    revocation: Revocation | None
    revocation_facts: tuple[Field, ...]
    revocation_others: tuple[tuple[str, Other], ...]
    revocation_pending: str
    takes_back: Other | None

    @property
    def issuer(self) -> ReadableParty:
        return self.readable.issuer

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.detail.lines

    @property
    def others(self) -> tuple[tuple[str, Other], ...]:
        """The documents that decide what this one is worth, or that it decides about, each under its label."""
        taken = ((_("Takes back the document"), self.takes_back),) if self.takes_back and self.is_delivered else ()
        return (*self.revocation_others, *taken)


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
    gives_stamp: bool = True,
    revocation: Revocation | None = None,
    is_revocation_pending: bool = False,
    takes_back: Other | None = None,
) -> Presentation:
    """The view of a document in its present state; times are told in `zone`.

    `gives_stamp`: whether `stamp` is a code to be printed. `takes_back` is the document that this one makes void.
    """
    kind, number = _as_in_a_sentence(readable.type_name), _number(readable)
    said = contents(readable)
    return Presentation(
        readable=readable,
        standing=_standing(state) if gives_stamp else _answered(state, is_contingency=readable.is_contingency),
        is_delivered=state in DELIVERABLE,
        test_mark=_("NO LEGAL VALUE: test document") if readable.is_test else "",
        watermark=_watermark(state, readable),
        kind=kind,
        number=number,
        title=f"{kind} {number.value}",
        payable=money(readable.payable, readable.currency),
        issued_at=moment(readable.issued_at, zone),
        stamp=stamp if gives_stamp else "",
        stamped_at=moment(stamped_at, zone) if stamped_at and gives_stamp else "",
        answered=_answer(stamped_at, zone) if stamped_at and not gives_stamp else None,
        query_url=query_url,
        page_url=page_url,
        identification=_identification(readable, zone),
        parties=_parties(readable),
        detail=said.detail,
        totals=said.totals,
        sections=said.sections,
        revocation=revocation,
        revocation_facts=_revocation_facts(revocation, zone) if revocation else (),
        revocation_others=_revocation_others(revocation) if revocation else (),
        revocation_pending=_revocation_pending(gives_stamp=gives_stamp) if is_revocation_pending else "",
        takes_back=takes_back,
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


def _answered(state: State, *, is_contingency: bool) -> Standing:
    """The same where the authority answers with a signed text, and a document is taken back by another one.

    `is_contingency`: whether the document itself says that it was issued so; what waits for the authority need not.
    """
    standing = _standing(state)
    if state is State.CONTINGENCY and not is_contingency:
        return replace(
            standing,
            label=_("Awaiting Hacienda"),
            explanation=_(
                "Hacienda cannot be reached at the moment. The document was signed and delivered, as the law allows;"
                " this same link will show Hacienda's answer as soon as there is one."
            ),
        )
    words = {
        State.ACCEPTED: _("Hacienda received this document and accepted it."),
        State.CONTINGENCY: _(
            "Awaiting Hacienda's answer. The document was signed and delivered in contingency, as the law"
            " allows; this same link will show the answer as soon as there is one."
        ),
        State.INVALIDATED: _("The issuer took this document back with another one: it has no effect."),
    }
    return replace(standing, explanation=words.get(state, standing.explanation))


def _answer(at: datetime, zone: ZoneInfo) -> Field:
    return Field(_("Date and time of the answer"), moment(at, zone))


def _watermark(state: State, readable: Readable) -> str:
    if state is State.INVALIDATED:
        return _("INVALIDATED")
    return _("NO LEGAL VALUE") if readable.is_test else ""


def _revocation_pending(*, gives_stamp: bool) -> str:
    if not gives_stamp:
        return _(
            "The issuer has issued a document that takes this one back. Until Hacienda accepts it this one remains in"
            " force."
        )
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


def _revocation_others(revocation: Revocation) -> tuple[tuple[str, Other], ...]:
    others = ((_("Taken back by the note"), revocation.note), (_("Replaced by"), revocation.replacement))
    return tuple((label, other) for label, other in others if other)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A point in time as people in `zone` write it: 22/11/2026 09:15:00."""
    return at.astimezone(zone).strftime("%d/%m/%Y %H:%M:%S")
