"""What tells one type of document from another, as data: one row a type and version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .answers import Refusal
from .catalogues import (
    ADDED_TAXES,
    COUNTRIES,
    EXPORT_IVA,
    FUEL_TAXES,
    HACIENDA_ONLY_TAX,
    INFORMATIVE_TAXES,
    ITEM_KINDS,
    IVA,
    LINE_TAXES,
    TAX_ITEM,
)
from .earlier_reading import Reading
from .forms import DOCUMENT_FORMS
from .schema import Record

CLASSES = ("ventaNoSuj", "ventaExenta", "ventaGravada")
SALE_TAXES = (ADDED_TAXES | INFORMATIVE_TAXES) - {EXPORT_IVA, HACIENDA_ONLY_TAX}


class Receiver(Enum):
    """How a type names its receiver."""

    CONSUMER = "consumer"  # perhaps not at all
    TAXPAYER = "taxpayer"  # by NIT and NRC
    IDENTIFIED = "identified"  # by type and number of an identity document
    COPIED = "copied"  # as in the document it gives back
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The rules of one type in one version (DOCUMENTS.md 3 to 7).

    price_has_iva: line prices include IVA (so that it is no line tax). receiver: how it is named. related: types
    it may refer to, all of one type unless mixed. related_in_lines: its lines are the documents it refers to.
    related_months: how long after a document it may refer to it, where months are counted. needs_related_sealed:
    an electronic document it refers to must be known. payments_required: a null `pagos` is refused. line_fault:
    the code a wrong line total gets. columns: where a line's amount stands, one of them. zero_lines: a line may
    come to nothing. taxes: what lines may list. own_tax: what every taxed line lists, all of them or none where
    taxes_left_out. taxes_by_permit: those that only some may charge. item_kinds: CAT-011. countries: CAT-020.
    is_event: it has no control number and says tipoEvento. reading: how a version of before Normativa 2.0 is read as
    one of today.
    """

    code: str
    version: int
    price_has_iva: bool = False
    receiver: Receiver = Receiver.IDENTIFIED
    related: frozenset[str] = frozenset()
    mixed: bool = False
    related_in_lines: bool = False
    related_months: int | None = None
    needs_related_sealed: bool = True
    payments_required: bool = False
    line_fault: str = "020"
    columns: tuple[str, ...] = CLASSES
    zero_lines: bool = False
    taxes: frozenset[str] = SALE_TAXES
    own_tax: str | None = IVA
    taxes_left_out: bool = False
    taxes_by_permit: frozenset[str] = frozenset()
    item_kinds: frozenset[int] = ITEM_KINDS
    countries: frozenset[str] = COUNTRIES
    is_event: bool = False
    reading: Reading | None = None

    @property
    def form(self) -> Record:
        """The form of the type's JSON."""
        return DOCUMENT_FORMS[self.code, self.version]

    def read(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a document that fits the form in the names that the rules know."""
        return document if self.reading is None else self.reading.read(document)

    def own(self, refusal: Refusal) -> Refusal:
        """Return the refusal of a document that was read, in the document's own names."""
        return refusal if self.reading is None else self.reading.own(refusal)


NOTE_MONTHS = RETURN_MONTHS = 3
CONSUMER_INVOICE, TAX_CREDIT, DELIVERY_NOTE, CREDIT_NOTE, DEBIT_NOTE = "01", "03", "04", "05", "06"
WITHHOLDING, COMMISSION_SETTLEMENT, CARD_SETTLEMENT = "07", "08", "09"
EXPORT_INVOICE, EXCLUDED_SUBJECT, DONATION, SPECIAL_OPERATIONS, RETURN = "11", "14", "15", "17", "18"

KINDS: dict[tuple[str, int], Kind] = {
    (kind.code, kind.version): kind
    for kind in (
        Kind(
            code=CONSUMER_INVOICE,
            version=2,
            price_has_iva=True,
            receiver=Receiver.CONSUMER,
            related=frozenset({"04", "08", "09"}),
            line_fault="003",
            taxes=SALE_TAXES - {IVA},
            own_tax=None,
        ),
        Kind(
            code=TAX_CREDIT,
            version=4,
            receiver=Receiver.TAXPAYER,
            related=frozenset({"04", "08", "09"}),
            # A project reports that Hacienda refuses the null its schema allows (DOCUMENTS.md 3.7).
            payments_required=True,
        ),
        Kind(code=DELIVERY_NOTE, version=4, related=frozenset({"01", "03", "11"}), taxes_left_out=True),
        Kind(code=CREDIT_NOTE, version=4, related=frozenset({"03", "07"}), related_months=NOTE_MONTHS),
        Kind(code=DEBIT_NOTE, version=4, related=frozenset({"03", "07"}), related_months=NOTE_MONTHS),
        Kind(
            code=WITHHOLDING,
            version=2,
            related=frozenset({"01", "03", "14"}),
            related_in_lines=True,
            # Of the other party: Hacienda knows them all, the sandbox only those that it was sent.
            needs_related_sealed=False,
        ),
        Kind(
            code=COMMISSION_SETTLEMENT,
            version=2,
            related=frozenset({"01", "03", "05", "06", "11", "18"}),
            mixed=True,
            related_in_lines=True,
            taxes=ADDED_TAXES - {HACIENDA_ONLY_TAX},
        ),
        Kind(code=CARD_SETTLEMENT, version=2, receiver=Receiver.TAXPAYER),
        Kind(
            code=EXPORT_INVOICE,
            version=3,
            related=frozenset({"04"}),
            columns=("ventaGravada",),
            zero_lines=True,
            taxes=FUEL_TAXES | {EXPORT_IVA},
            own_tax=EXPORT_IVA,
            item_kinds=frozenset({1, 2, TAX_ITEM}),
            taxes_by_permit=FUEL_TAXES | LINE_TAXES,
        ),
        Kind(
            code=EXCLUDED_SUBJECT,
            version=2,
            columns=("compra",),
            zero_lines=True,
            taxes=frozenset(),
            own_tax=None,
            item_kinds=ITEM_KINDS - {TAX_ITEM},
        ),
        Kind(code=DONATION, version=2),
        Kind(code=SPECIAL_OPERATIONS, version=1, receiver=Receiver.NOBODY, taxes=frozenset({IVA}), is_event=True),
        Kind(
            code=RETURN,
            version=1,
            receiver=Receiver.COPIED,
            related=frozenset({"01", "11", "14"}),
            related_months=RETURN_MONTHS,
            is_event=True,
        ),
    )
}
# The rules for lines of what a return gives back, by type.
RETURNED = {code: kind for (code, _), kind in KINDS.items() if code in KINDS[RETURN, 1].related}

# What may be issued in contingency (PROTOCOL.md section 7); 18 is the return event.
IN_CONTINGENCY = frozenset({"01", "03", "04", "05", "06", "07", "11", "14", "18"})
# Issued by the agent or the acquirer to the seller whose sale refers to them.
ISSUED_TO_THE_SELLER = frozenset({"08", "09"})
# Invalidation (PROTOCOL.md section 6), for every type there is.
THREE_MONTHS = frozenset({"01", "11", "14"})
NEVER_REPLACED = frozenset({"05", "08", "17", "18"})
ADJUSTED_BY = {
    "03": frozenset({"05", "06"}),
    "07": frozenset({"05", "06"}),
    "01": frozenset({"18"}),
    "11": frozenset({"18"}),
    "14": frozenset({"18"}),
}


def kind_said(identification: Any) -> Any:
    """Return the type that an identification of anything says: of a document, or of an event sent like one."""
    said = identification if isinstance(identification, Mapping) else {}
    return said.get("tipoDte", said.get("tipoEvento"))


def emitter_said(document: Any) -> Any:
    """Return the NIT that a document of anything says its emitter has; a donation has it as an identity number."""
    said = document.get("emisor", document.get("donatario")) if isinstance(document, Mapping) else None
    return said.get("nit", said.get("numDocumento")) if isinstance(said, Mapping) else None
