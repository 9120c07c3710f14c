"""What a document says of the documents it refers to: their types, numbers and dates (DOCUMENTS.md 3.4, 6.6, 6.7).

Whether they exist and what they say themselves is in related.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from .answers import Refusal
from .blocks import CODE
from .calendar import add_months
from .case import Case, Part
from .catalogues import ELECTRONIC, GENERATIONS
from .kinds import CARD_SETTLEMENT, DELIVERY_NOTE, RETURN, Kind
from .moments import months_between

NOTE_DAYS_INTO_NEXT_MONTH = 3
PRINTED_NUMBER_LENGTH = 20
BLOCK = "documentoRelacionado"


@dataclass(frozen=True, slots=True)
class Reference:
    """A document that another refers to, by what the other says; `place` is where it says it."""

    kind: Any
    generation: Any
    number: Any
    issued_on: Any
    place: str
    line: Part | None = None

    @property
    def electronic(self) -> bool:
        """Whether its number is a generation code."""
        return bool(self.generation == ELECTRONIC)


def references(document: Part, kind: Kind) -> list[Reference]:
    """Return every document that this one refers to, in its block or as its lines."""
    if kind.related_in_lines:
        return [
            Reference(
                line["tipoDte"],
                line["tipoGeneracion"],
                line["numeroDocumento"],
                line["fechaEmision"],
                f"cuerpoDocumento.{position}",
                line,
            )
            for position, line in enumerate(document["cuerpoDocumento"], start=1)
        ]
    return [
        Reference(
            one["tipoDocumento"],
            # A return only gives back what is electronic, and does not say so.
            one.get("tipoGeneracion", ELECTRONIC),
            one.get("numeroDocumento", one.get("codigoGeneracion")),
            one["fechaEmision"],
            BLOCK,
        )
        for one in document.get(BLOCK) or ()
    ]


def field_of(kind: Kind, meant: str) -> str:
    """Return what a type calls a field of a reference: its type or its number."""
    if meant == "type":
        return "tipoDte" if kind.related_in_lines else "tipoDocumento"
    return "codigoGeneracion" if kind.code == RETURN else "numeroDocumento"


def reference_text_faults(case: Case) -> Iterator[Refusal]:
    """Check what is said of each document referred to, and that none is referred to twice."""
    referred = references(case.document, case.kind)
    for one in referred:
        yield from _reference_faults(one, case, referred[0])
    told = [_told_apart_by(one, case.kind) for one in referred]
    for position, one in enumerate(referred):
        if told[position] in told[:position]:
            yield Refusal("025", f"{one.place}.{field_of(case.kind, 'number')}")


def _told_apart_by(one: Reference, kind: Kind) -> object:
    if not kind.mixed:
        return one.number
    # A document that was sold and taken back in one period is settled twice, with opposite signs.
    return one.kind, one.number, settled_amount(one.line or {}) < 0


def settled_amount(line: Part) -> Any:
    """Return what a line of a commission agent's settlement comes to, without taxes."""
    return line["ventaNoSuj"] + line["ventaExenta"] + line["ventaGravada"] + line["exportaciones"]


def _reference_faults(one: Reference, case: Case, first: Reference) -> Iterator[Refusal]:
    kind = case.kind
    said = {field_of(kind, "type"): one.kind, "tipoGeneracion": one.generation}
    said |= {field_of(kind, "number"): one.number, "fechaEmision": one.issued_on}
    for name, value in said.items():
        if value is None:
            yield Refusal("005", f"{one.place}.{name}")
    if one.kind not in kind.related:
        yield Refusal("007", f"{one.place}.{field_of(kind, 'type')}")
    if not kind.mixed and one.kind != first.kind:
        yield Refusal("026", f"{one.place}.{field_of(kind, 'type')}")
    if one.generation not in GENERATIONS:
        yield Refusal("003", f"{one.place}.tipoGeneracion")
    fits = CODE.fullmatch(one.number) if one.electronic else 1 <= len(one.number) <= PRINTED_NUMBER_LENGTH
    if not fits:
        yield Refusal("006", f"{one.place}.{field_of(kind, 'number')}")
    yield from _date_faults(one, case)


def _date_faults(one: Reference, case: Case) -> Iterator[Refusal]:
    issued_on = case.document["identificacion"]["fecEmi"]
    earlier, issued = date.fromisoformat(one.issued_on), date.fromisoformat(issued_on)
    if earlier > issued:
        yield Refusal("017", f"{one.place}.fechaEmision")
    months = months_between(earlier, issued)
    late = False
    if one.kind == DELIVERY_NOTE:
        late = months > 1 or (months == 1 and issued.day > NOTE_DAYS_INTO_NEXT_MONTH)
    elif one.kind == CARD_SETTLEMENT:
        late = months > 0
    # How long a return may wait depends on what the original's emitter does: related.py.
    elif case.kind.related_months is not None and case.kind.code != RETURN:
        late = issued > add_months(earlier, case.kind.related_months)
    if late:
        yield Refusal("018", f"{one.place}.fechaEmision")


def named_line_faults(case: Case) -> Iterator[Refusal]:
    """Check that every line names one of the related documents."""
    name = field_of(case.kind, "number")
    numbers = [one.number for one in references(case.document, case.kind)]
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        named = line[name]
        if numbers and named is None:
            yield Refusal("005", f"cuerpoDocumento.{position}.{name}")
        elif named is not None and named not in numbers:
            yield Refusal("014" if numbers else "024", f"cuerpoDocumento.{position}.{name}")


def unused_reference_faults(case: Case) -> Iterator[Refusal]:
    """Check that every related document of a note or a return is named by a line."""
    name = field_of(case.kind, "number")
    named = {line[name] for line in case.document["cuerpoDocumento"]}
    for one in references(case.document, case.kind):
        if one.number not in named:
            yield Refusal("023", f"{BLOCK}.{name}")
