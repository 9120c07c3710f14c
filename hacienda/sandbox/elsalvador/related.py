"""The rules that need other documents: what one refers to must be sealed, stand and agree (014, 015, 027...)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hacienda.sandbox.store import Stamped, Store
from hacienda.sandbox.wire import read_json

from .answers import Refusal
from .balances import net_sale, overdrawn_faults, reversal_faults, withholding_base
from .calendar import add_months
from .case import Part
from .contingency import unreported_fault
from .earlier_arithmetic import as_adjusted
from .figures import TOLERANCE
from .generations import ALL_KINDS
from .kinds import (
    COMMISSION_SETTLEMENT,
    CREDIT_NOTE,
    EXCLUDED_SUBJECT,
    EXPORT_INVOICE,
    ISSUED_TO_THE_SELLER,
    RETURN,
    RETURN_MONTHS,
    SPECIAL_OPERATIONS,
    TAX_CREDIT,
    WITHHOLDING,
    Kind,
    emitter_said,
    kind_said,
)
from .parties import NIT_DOCUMENT
from .references import Reference, field_of, references, settled_amount
from .rules import CONTINGENCY

RECEIVERS = ("receptor", "documento", "sujetoExcluido", "donante")
# Emitters of perishable medicines may take back for two years; two lists differ, these are in both (7.3).
MEDICINE_SELLERS = frozenset({"21001", "46484", "47721"})
MEDICINE_MONTHS = 24
EXPORTER_FIELDS = ("recintoFiscal", "tipoRegimen", "regimen", "tipoItemExpor")
COUNTRY_FIELDS = ("codPais", "nombrePais")
# Exports of before Normativa 2.0 have these in codes that are no longer any: a return says them in today's.
RECODED = frozenset({"tipoRegimen", "regimen", *COUNTRY_FIELDS})


@dataclass(frozen=True, slots=True)
class Relation:
    """A document, and one that it refers to and the sandbox has."""

    document: Part
    kind: Kind
    reference: Reference
    parent: Stamped
    store: Store

    @property
    def number_field(self) -> str:
        """Where the document says the other's number."""
        return f"{self.reference.place}.{field_of(self.kind, 'number')}"

    def original(self) -> Part:
        """Return what the other one says, with exact decimals."""
        return _read(self.parent.payload)

    def others(self) -> list[Part]:
        """Return the living documents of this one's type that refer to the same one."""
        payloads = self.store.living_payloads(self.parent.ambiente, self.parent.code, self.kind.code)
        return [_read(one) for one in payloads]


def _read(payload: str) -> Part:
    """Return an accepted document in the names that the rules know."""
    document = read_json(payload)
    return ALL_KINDS[kind_said(document["identificacion"]), document["identificacion"]["version"]].read(document)


def receiver_identity(document: Part) -> str:
    """Return who receives a document as JSON text: identity document, number and name, nulls included."""
    # Some types have the receiver under another name; special operations have none.
    receiver: Part = next((document[name] for name in RECEIVERS if document.get(name) is not None), {})
    by_nit = receiver.get("nit") is not None
    identity = (
        NIT_DOCUMENT if by_nit else receiver.get("tipoDocumento"),
        receiver["nit"] if by_nit else receiver.get("numDocumento"),
        receiver.get("nombre"),
    )
    return json.dumps(identity, ensure_ascii=False)


def electronic_parents(document: Part, kind: Kind) -> list[str]:
    """Return the codes of the electronic documents that this one refers to."""
    return [one.number for one in references(document, kind) if one.electronic]


def reference_fault(document: Part, kind: Kind, store: Store, *, at: datetime) -> Refusal | None:
    """Return what is wrong with the documents and events this document depends on, or None.

    `at` is when it arrived, by Hacienda's time.
    """
    if document["identificacion"]["tipoOperacion"] == CONTINGENCY:
        unreported = unreported_fault(document, store, at=at)
        if unreported is not None:
            return unreported
    if kind.code == SPECIAL_OPERATIONS:
        return next(_corrected_faults(document, store), None)
    for one in references(document, kind):
        if one.electronic:
            for refusal in _reference_faults(one, document, kind, store):
                return refusal
    return None


def _corrected_faults(document: Part, store: Store) -> Iterator[Refusal]:
    """Check that the event which a line of special operations corrects is the emitter's own."""
    ambiente = document["identificacion"]["ambiente"]
    for position, line in enumerate(document["cuerpoDocumento"], start=1):
        if line["codigoGeneracionRef"] is None:
            continue
        earlier = store.document(ambiente, line["codigoGeneracionRef"])
        own = earlier is not None and (earlier.kind, earlier.nit) == (SPECIAL_OPERATIONS, emitter_said(document))
        if not own:
            yield Refusal("014", f"cuerpoDocumento.{position}.codigoGeneracionRef")


def _reference_faults(one: Reference, document: Part, kind: Kind, store: Store) -> Iterator[Refusal]:
    parent = store.document(document["identificacion"]["ambiente"], one.number)
    if parent is None:
        # What the other party issued may be elsewhere: every well-formed document of others is known.
        if kind.needs_related_sealed and one.kind not in ISSUED_TO_THE_SELLER:
            yield Refusal("014", f"{one.place}.{field_of(kind, 'number')}")
        return
    relation = Relation(document, kind, one, parent, store)
    if parent.invalidated_at is not None and not _settled_as_undone(relation):
        yield Refusal("015", relation.number_field)
    if parent.kind != one.kind:
        yield Refusal("027", f"{one.place}.{field_of(kind, 'type')}")
    if parent.issued_on != one.issued_on:
        yield Refusal("027", f"{one.place}.fechaEmision")
    yield from _party_faults(relation)
    if kind.code in ABOUT:
        yield from ABOUT[kind.code](relation)


def _settled_as_undone(relation: Relation) -> bool:
    """Tell whether a settlement takes an invalidated document back: with a negative row for it."""
    rows = references(relation.document, relation.kind) if relation.kind.code == COMMISSION_SETTLEMENT else []
    return any(row.number == relation.parent.code and settled_amount(row.line or {}) < 0 for row in rows)


def _party_faults(relation: Relation) -> Iterator[Refusal]:
    """Check whose the other document is."""
    document, parent = relation.document, relation.parent
    # A company speaks for the one that it absorbed.
    own = {emitter_said(document), document["identificacion"].get("fusion")} - {None}
    received_by = json.loads(parent.receiver)[1]
    if parent.kind in ISSUED_TO_THE_SELLER and relation.kind.code in SELLING:
        if received_by not in own:
            yield Refusal("008", relation.number_field)
        return
    if relation.kind.code == WITHHOLDING and parent.kind != EXCLUDED_SUBJECT:
        if parent.nit != document["receptor"]["numDocumento"]:
            yield Refusal("008", relation.number_field)
        if received_by not in own:
            yield Refusal("026", "receptor")
        return
    if parent.nit not in own:
        yield Refusal("008", relation.number_field)
    if relation.kind.code in (RETURN, COMMISSION_SETTLEMENT):
        return  # A return copies its receiver exactly; a settlement goes to somebody else.
    if received_by is not None and _bare(received_by) != _bare(json.loads(receiver_identity(document))[1]):
        yield Refusal("026", "receptor")


def _bare(number: str | None) -> str | None:
    """Return a number without dashes: one generation of forms writes those of a DUI, the other does not."""
    return None if number is None else number.replace("-", "")


def _note_faults(relation: Relation) -> Iterator[Refusal]:
    original, code = relation.original(), relation.parent.code
    # Before Normativa 2.0 a note said nothing of what is withheld of a line.
    if relation.parent.kind == TAX_CREDIT and relation.kind.reading is None:
        yield from reversal_faults(original, relation.document, code)
    if relation.kind.code == CREDIT_NOTE:
        credits = [as_adjusted(one) for one in (*relation.others(), relation.document)]
        yield from overdrawn_faults(original, relation.parent.kind, credits, named_by="numeroDocumento", code=code)


def _withholding_faults(relation: Relation) -> Iterator[Refusal]:
    line = relation.reference.line or {}
    if line["montoSujetoGrav"] - withholding_base(relation.parent.kind, relation.original()) > TOLERANCE:
        yield Refusal("016", f"{relation.reference.place}.montoSujetoGrav")


def _settlement_faults(relation: Relation) -> Iterator[Refusal]:
    """Check that a row settles a sale for this mandante, once, for no more than it came to."""
    original, place, line = relation.original(), relation.reference.place, relation.reference.line or {}
    third, receiver = original["ventaTercero"], relation.document["receptor"]
    if third is None:
        yield Refusal("024", relation.number_field)
        return
    if third["nit"] is not None and third["nit"] != receiver["numDocumento"]:
        yield Refusal("026", "receptor.numDocumento")
    if third["codDomiciliado"] is not None and third["codDomiciliado"] != receiver["codDomiciliado"]:
        yield Refusal("027", "receptor.codDomiciliado")
    for name, amount in net_sale(relation.parent.kind, original).items():
        if abs(line[name]) - amount > TOLERANCE:
            yield Refusal("016", f"{place}.{name}")
    negative = settled_amount(line) < 0
    earlier = [row for one in relation.others() for row in one["cuerpoDocumento"]]
    if any(
        row["numeroDocumento"] == relation.parent.code and (settled_amount(row) < 0) == negative for row in earlier
    ):
        yield Refusal("028", relation.number_field)


def _return_faults(relation: Relation) -> Iterator[Refusal]:
    document, original = relation.document, relation.original()
    of_medicine = original["emisor"]["codActividad"] in MEDICINE_SELLERS
    months = MEDICINE_MONTHS if of_medicine else RETURN_MONTHS
    issued = date.fromisoformat(document["identificacion"]["fecEmi"])
    if issued > add_months(date.fromisoformat(relation.parent.issued_on), months):
        yield Refusal("018", f"{relation.reference.place}.fechaEmision")
    yield from _copy_faults(relation, original)
    given_back = [*relation.others(), document]
    yield from overdrawn_faults(
        original,
        relation.parent.kind,
        given_back,
        named_by="codigoGeneracion",
        code=relation.parent.code,
    )


def _copy_faults(relation: Relation, original: Part) -> Iterator[Refusal]:
    """Check what a return says as the original does: the receiver, and of an export what was exported and where."""
    document, exported = relation.document, relation.parent.kind == EXPORT_INVOICE
    version = original["identificacion"]["version"]
    recoded = RECODED if exported and ALL_KINDS[EXPORT_INVOICE, version].reading else frozenset()
    said, true = json.loads(receiver_identity(document)), json.loads(relation.parent.receiver)
    for name, value, copied in zip(("tipoDocumento", "numDocumento", "nombre"), true, said, strict=True):
        if value != copied:
            yield Refusal("027", f"documento.{name}")
    parts: list[tuple[str, Part, Part, tuple[str, ...]]] = [
        ("emisor", document["emisor"], original["emisor"], EXPORTER_FIELDS)
    ]
    if document["documento"] is not None:
        parts.append(("documento", document["documento"], original["receptor"] or {}, COUNTRY_FIELDS))
    for section, copy, source, names in parts:
        for name in names:
            expected: Any = source[name] if exported else None
            if copy[name] != expected and name not in recoded:
                yield Refusal("027" if exported else "024", f"{section}.{name}")
    if document["compraTercero"] is not None and not exported:
        yield Refusal("024", "compraTercero")


SELLING = frozenset({"01", "03"})
ABOUT: dict[str, Callable[[Relation], Iterator[Refusal]]] = {
    "05": _note_faults,
    "06": _note_faults,
    "07": _withholding_faults,
    "08": _settlement_faults,
    "18": _return_faults,
}
