"""The judgement of a document that was received: levels of checks, each of which ends the judgement when it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from . import answers, kinds, memory
from .answers import Finding, Judgement, Party
from .clave import Clave, read_clave
from .dates import date_faults
from .kinds import Kind
from .memory import Document, Memory
from .reading import parse, place
from .receptor import message_document_faults, message_format_faults
from .references import References, keys_of
from .rules import catalogue_faults, issuer_of, rule_faults
from .seal import Seal
from .signature import INVALID_TEXT, SignatureFault, Signer, check
from .structure import Record, StructureFault, kind_of, read
from .totals import sum_faults

STRUCTURE, TAKEN, NOTICE, ORDERED = -1, -99, -37, -99
NOTICE_TEXT = "La provincia, el cantón o el distrito del emisor no coinciden con los del registro."
ORDERED_TEXT = "El comprobante no fue aceptado."
REJECT, STUCK, FAILED, NOTIFY = "reject", "stuck", "error", "notice"


@dataclass(frozen=True, slots=True)
class _Case:
    """A document taken apart as far as it could be."""

    document: Document
    clave: Clave
    kind: Kind
    root: etree._Element


class Judge:
    """Judges documents with the memory of those before them. Every method is safe to call from any thread."""

    def __init__(self, kept: Memory, seal: Seal) -> None:
        self._memory = kept
        self._seal = seal
        self._references = References(kept)

    def settle(self, document: Document, at: datetime) -> None:
        """Judge a document, as of a moment, and keep what came out."""
        order: dict[str, Any] = json.loads(document.ordered) if document.ordered else {}
        if order.get("order") in (STUCK, FAILED):
            state = memory.STUCK if order["order"] == STUCK else memory.FAILED
            self._memory.settle(document, state, None, None, (), at.isoformat())
            return
        root = parse(document.payload)
        kind = None if root is None else kind_of(root)
        judgement, record = self._judged(document, root, kind, order)
        parents = keys_of(record) if record is not None and judgement.accepted else []
        self._memory.settle(
            document,
            memory.ACCEPTED if judgement.accepted else memory.REJECTED,
            self._seal.sign(answers.message(judgement), at),
            _receiver(judgement, kind),
            parents,
            at.isoformat(),
        )

    def _judged(
        self, document: Document, root: etree._Element | None, kind: Kind | None, order: dict[str, Any]
    ) -> tuple[Judgement, Record | None]:
        clave = read_clave(document.clave)
        said = json.loads(document.envelope)
        unknown = Judgement(
            document.clave,
            accepted=False,
            text=INVALID_TEXT,
            issuer=Party(
                answers.UNKNOWN, said["emisor"]["tipoIdentificacion"], said["emisor"]["numeroIdentificacion"]
            ),
        )
        if root is None or kind is None or clave is None:
            return replace(unknown, text="El comprobante electrónico no se puede leer."), None
        case = _Case(document, clave, kind, root)
        named = _named(case, unknown)
        if order.get("order") == REJECT:
            finding = Finding(order.get("code") or ORDERED, order.get("message") or ORDERED_TEXT)
            return replace(named, text=answers.rejection([finding], document.ambiente)), None
        try:
            record = read(root, kind)
        except StructureFault as fault:
            finding = Finding(STRUCTURE, fault.text, *place(document.payload, fault.element))
            return replace(named, text=answers.rejection([finding], document.ambiente)), None
        try:
            check(root, self._signer(case, record), datetime.fromisoformat(document.arrived_at))
        except SignatureFault as fault:
            return replace(unknown, text=fault.text), None
        for findings in self._levels(case, record):
            if findings:
                return replace(named, text=answers.rejection(findings, document.ambiente)), record
        return replace(named, accepted=True, text=answers.acceptance(_notices(order))), record

    def _signer(self, case: _Case, record: Record) -> Signer:
        """Return who must have signed: the issuer, the buyer of a purchase, the receptor of a message."""
        if case.kind == kinds.RECEPTOR_MESSAGE:
            tax_id = record["NumeroCedulaReceptor"]
        else:
            tax_id = issuer_of(record, case.kind)["Identificacion"]["Numero"]
        return Signer(tax_id, self._memory.public_key(case.document.ambiente, tax_id))

    def _levels(self, case: _Case, record: Record) -> Iterator[list[Finding]]:
        """Yield the findings of one level after the other."""
        document, kind = case.document, case.kind
        if kind == kinds.RECEPTOR_MESSAGE:
            yield list(message_format_faults(record, document))
            yield self._number(document)
            yield list(message_document_faults(record, case.clave, document, self._memory))
            return
        arrived_at = datetime.fromisoformat(document.arrived_at)
        yield list(date_faults(record["FechaEmision"], case.clave, arrived_at))
        yield self._number(document)
        yield rule_faults(record, kind, case.clave)
        yield sum_faults(record, kind)
        yield catalogue_faults(record, kind)
        yield self._references.faults(record, kind, document)

    def _number(self, document: Document) -> list[Finding]:
        if self._memory.number_taken(document):
            return [Finding(TAKEN, f"El número consecutivo {document.number} ya fue utilizado.")]
        return []


def _notices(order: dict[str, Any]) -> list[Finding]:
    if order.get("order") != NOTIFY:
        return []
    return [Finding(order.get("code") or NOTICE, order.get("message") or NOTICE_TEXT)]


def _receiver(judgement: Judgement, kind: Kind | None) -> str | None:
    """Return the tax id, filled with zeros, of who was sent the document: of a purchase, who sold."""
    if judgement.receiver is None or kind is None:
        return None
    party = judgement.issuer if kind == kinds.PURCHASE else judgement.receiver
    return party.number.zfill(12)


def _named(case: _Case, unknown: Judgement) -> Judgement:
    """Return the judgement with the names and totals that the document has, where they can be read."""
    if case.kind == kinds.RECEPTOR_MESSAGE:
        tax, total = (_decimal(_text(case, name)) for name in ("MontoTotalImpuesto", "TotalFactura"))
        number = _text(case, "NumeroCedulaReceptor")
        receiver = Party(answers.UNKNOWN, "02", number) if number else None
        return replace(unknown, receiver=receiver, tax=tax, total=total or Decimal(0))
    issuer, receiver = (_party(case, who) for who in ("Emisor", "Receptor"))
    return replace(
        unknown,
        issuer=issuer or unknown.issuer,
        receiver=receiver,
        tax=_decimal(_text(case, "ResumenFactura", "TotalImpuesto")),
        total=_decimal(_text(case, "ResumenFactura", "TotalComprobante")) or Decimal(0),
    )


def _party(case: _Case, who: str) -> Party | None:
    name, kind = _text(case, who, "Nombre"), _text(case, who, "Identificacion", "Tipo")
    number = _text(case, who, "Identificacion", "Numero")
    return Party(name, kind, number) if name and kind and number else None


def _text(case: _Case, *path: str) -> str:
    found = case.root.find("/".join(f"{{{case.kind.namespace}}}{name}" for name in path))
    return "" if found is None else (found.text or "").strip()


def _decimal(written: str) -> Decimal | None:
    try:
        value = Decimal(written)
    except InvalidOperation:
        return None
    # A total too long to be one is not repeated.
    return value if value.is_finite() and abs(value) <= Decimal(10) ** 13 else None
