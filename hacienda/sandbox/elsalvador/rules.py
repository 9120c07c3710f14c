"""The rules of v2.0 that left the schema for Hacienda's server: one fault a try (DOCUMENTS.md 2 to 7).

Every rule here looks at the document alone; what depends on other documents is in related.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic import arithmetic_fault
from .arithmetic_notes import adjusts_withholding
from .blocks import MERGED
from .case import Case, Part
from .catalogues import (
    CONTINGENCY_REASONS,
    CUSTOMS_POSTS,
    DONATIONS,
    INCOTERMS,
    OTHER_REASON,
    REGIME_KINDS,
    REGIMES,
    SIMPLIFIED_SALE,
    SPECIAL_SUPPORTS,
    UNITS,
    WITHHOLDINGS,
)
from .earlier_rules import earlier_export_faults
from .kinds import RETURN, RETURNED, Kind
from .moments import moment_of, post_dated
from .papers import medical_paper_faults, resolution_faults, transport_paper_faults
from .parties import (
    buying_party_faults,
    donee_faults,
    donor_faults,
    emitter_faults,
    noted_receiver_faults,
    receiver_faults,
    third_party_faults,
)
from .payments import condition_faults, donation_payment_faults, payment_faults
from .references import named_line_faults, reference_text_faults, unused_reference_faults

NORMAL, CONTINGENCY = 1, 2
LONGEST_REASON = 500
GOODS, SERVICES = 1, 2
# What an export of goods says and one of services does not, and the catalogue of the codes among it.
EXPORTED_GOODS: dict[tuple[str, str], frozenset[str] | None] = {
    ("emisor", "recintoFiscal"): CUSTOMS_POSTS,
    ("emisor", "tipoRegimen"): REGIME_KINDS,
    ("emisor", "regimen"): REGIMES,
    ("resumen", "codIncoterms"): INCOTERMS,
    ("resumen", "descIncoterms"): None,
}
# Hacienda withholds 1 % in one field of a line and 13 % in another.
WITHHELD_IN = {"22": "ivaRete", "C4": "totalIva"}

Rule = Callable[[Case], Iterator[Refusal]]


def document_fault(document: Part, kind: Kind, *, at: datetime, threshold: Decimal) -> Refusal | None:
    """Return the first broken rule of a document that fits its form and was read, or None.

    `at` is Hacienda's time; `threshold` the US dollars from which a consumer must be named.
    """
    case = Case(document, kind, at, threshold)
    for rule in EARLIER_RULES.get((kind.code, kind.version), RULES[kind.code]):
        for refusal in rule(case):
            return refusal
    return None


def _identification_faults(case: Case) -> Iterator[Refusal]:
    identification = case.document["identificacion"]
    model, operation = identification["tipoModelo"], identification["tipoOperacion"]
    if operation not in (NORMAL, CONTINGENCY):
        yield Refusal("003", "identificacion.tipoOperacion")
    if model != operation:
        yield Refusal("007", "identificacion.tipoModelo")
    if "tipoContingencia" in identification:
        yield from _contingency_faults(identification, normal=operation == NORMAL)
    if not case.kind.is_event and int(identification["numeroControl"][-15:]) == 0:
        yield Refusal("003", "identificacion.numeroControl")
    merged = identification.get("fusion")
    if merged is not None and not MERGED.fullmatch(merged):
        yield Refusal("006", "identificacion.fusion")
    if post_dated(moment_of(identification["fecEmi"], identification["horEmi"], case.at), case.at):
        yield Refusal("017", "identificacion.fecEmi")


def _contingency_faults(identification: Part, *, normal: bool) -> Iterator[Refusal]:
    reason, text = identification["tipoContingencia"], identification["motivoContin"]
    if normal:
        if reason is not None:
            yield Refusal("024", "identificacion.tipoContingencia")
        if text is not None:
            yield Refusal("024", "identificacion.motivoContin")
        return
    if reason is None:
        yield Refusal("005", "identificacion.tipoContingencia")
    if reason not in CONTINGENCY_REASONS:
        yield Refusal("003", "identificacion.tipoContingencia")
    if reason == OTHER_REASON and text is None:
        yield Refusal("005", "identificacion.motivoContin")
    if text is not None and not 1 <= len(text) <= LONGEST_REASON:
        yield Refusal("006", "identificacion.motivoContin")


def _order_faults(case: Case) -> Iterator[Refusal]:
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        if line["numItem"] != position:
            yield Refusal("019", "Cuerpodocumento.numItem")


def _line_faults(case: Case) -> Iterator[Refusal]:
    lined = case.kind
    if lined.code == RETURN:
        lined = RETURNED[case.document["documentoRelacionado"][0]["tipoDocumento"]]
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        if "tipoItem" in line and line["tipoItem"] not in lined.item_kinds:
            yield Refusal("003", f"cuerpoDocumento.{position}.tipoItem")
        if "uniMedida" in line and line["uniMedida"] not in UNITS:
            yield Refusal("003", f"cuerpoDocumento.{position}.uniMedida")


def _arithmetic_faults(case: Case) -> Iterator[Refusal]:
    wrong_figure = arithmetic_fault(case.document, case.kind)
    if wrong_figure is not None:
        yield wrong_figure


def _withholding_code_faults(case: Case) -> Iterator[Refusal]:
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        if line["codigoRetencionMH"] not in WITHHOLDINGS:
            yield Refusal("003", f"cuerpoDocumento.{position}.codigoRetencionMH")


def _adjustment_faults(case: Case) -> Iterator[Refusal]:
    """Check the code of the withholding that a note adjusts, and that it is adjusted in that code's field."""
    code = case.document["resumen"]["codigoRetencionMH"]
    if not adjusts_withholding(case.document):
        if code is not None:
            yield Refusal("024", "resumen.codigoRetencionMH")
        return
    if code is None:
        yield Refusal("005", "resumen.codigoRetencionMH")
    if code not in WITHHOLDINGS:
        yield Refusal("003", "resumen.codigoRetencionMH")
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        for other, name in WITHHELD_IN.items():
            if code in WITHHELD_IN and code != other and line[name] != 0:
                yield Refusal("024", f"cuerpoDocumento.{position}.{name}")


def _period_faults(case: Case) -> Iterator[Refusal]:
    body = case.document["cuerpoDocumento"]
    if body["periodoLiquidacionFechaFin"] < body["periodoLiquidacionFechaInicio"]:
        yield Refusal("017", "cuerpoDocumento.periodoLiquidacionFechaFin")
    described = body["descripSinPercepcion"] is not None
    if described != bool(body["montoSinPercepcion"]):
        yield Refusal("024" if described else "005", "cuerpoDocumento.descripSinPercepcion")


def _export_faults(case: Case) -> Iterator[Refusal]:
    exported = case.document["emisor"]["tipoItemExpor"]
    if exported not in (GOODS, SERVICES):
        yield Refusal("003", "emisor.tipoItemExpor")
    for (section, name), catalogue in EXPORTED_GOODS.items():
        value: Any = case.document[section][name]
        if exported == SERVICES and value is not None:
            yield Refusal("024", f"{section}.{name}")
        if exported == GOODS and value is None:
            yield Refusal("005", f"{section}.{name}")
        if value is not None and catalogue is not None and value not in catalogue:
            yield Refusal("003", f"{section}.{name}")
    yield from _gift_faults(case.document, exported)


def _gift_faults(document: Part, exported: Any) -> Iterator[Refusal]:
    """Check what is told of goods sent free of charge: lines at price 0 are worth something, services are none."""
    worth = document["resumen"]["totalNoOnerosas"]
    if exported == SERVICES and worth != 0:
        yield Refusal("024", "resumen.totalNoOnerosas")
    gifts = [line for line in document["cuerpoDocumento"] if line["precioUni"] == 0 and line["noGravado"] == 0]
    if exported == GOODS and gifts and worth == 0:
        yield Refusal("005", "resumen.totalNoOnerosas")


def _donation_faults(case: Case) -> Iterator[Refusal]:
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        if line["tipoDonacion"] not in DONATIONS:
            yield Refusal("003", f"cuerpoDocumento.{position}.tipoDonacion")


def _support_faults(case: Case) -> Iterator[Refusal]:
    """Check the papers that special operations stand for: a range of simplified sales, or controls with a number."""
    issued_on = case.document["identificacion"]["fecEmi"]
    for position, line in enumerate(case.document["cuerpoDocumento"], start=1):
        field, simplified = f"cuerpoDocumento.{position}", line["tipoDocumento"] == SIMPLIFIED_SALE
        if line["tipoDocumento"] not in SPECIAL_SUPPORTS:
            yield Refusal("003", f"{field}.tipoDocumento")
        for name in ("docDel", "docAl"):
            if simplified != bool(line[name]):
                yield Refusal("005" if simplified else "024", f"{field}.{name}")
        if simplified and line["numDocumento"] is not None:
            yield Refusal("024", f"{field}.numDocumento")
        first, last = line["docDel"] or "", line["docAl"] or ""
        if first.isdecimal() and last.isdecimal() and int(first) > int(last):
            yield Refusal("003", f"{field}.docAl")
        if (line["fechaEmision"] or "") > issued_on:
            yield Refusal("017", f"{field}.fechaEmision")


BEGINNING: tuple[Rule, ...] = (_identification_faults, emitter_faults, receiver_faults)
REFERRING: tuple[Rule, ...] = (reference_text_faults, named_line_faults)
LINES: tuple[Rule, ...] = (_order_faults, _line_faults)
PAID: tuple[Rule, ...] = (_arithmetic_faults, condition_faults, payment_faults)
SALE: tuple[Rule, ...] = (*BEGINNING, *REFERRING, medical_paper_faults, third_party_faults, *LINES, *PAID)
NOTE: tuple[Rule, ...] = (
    *BEGINNING,
    noted_receiver_faults,
    *REFERRING,
    unused_reference_faults,
    third_party_faults,
    *LINES,
    _adjustment_faults,
    _arithmetic_faults,
    condition_faults,
)
RULES: dict[str, tuple[Rule, ...]] = {
    "01": SALE,
    "03": SALE,
    "04": (*BEGINNING, *REFERRING, third_party_faults, *LINES, _arithmetic_faults),
    "05": NOTE,
    "06": NOTE,
    "07": (*BEGINNING, reference_text_faults, _order_faults, _withholding_code_faults, _arithmetic_faults),
    "08": (*BEGINNING, reference_text_faults, _order_faults, _arithmetic_faults, condition_faults),
    "09": (*BEGINNING, _period_faults, _arithmetic_faults),
    "11": (
        *BEGINNING,
        _export_faults,
        *REFERRING,
        transport_paper_faults,
        third_party_faults,
        buying_party_faults,
        *LINES,
        *PAID,
    ),
    "14": (*BEGINNING, *LINES, *PAID),
    "15": (
        _identification_faults,
        donee_faults,
        emitter_faults,
        receiver_faults,
        donor_faults,
        resolution_faults,
        *LINES,
        _donation_faults,
        _arithmetic_faults,
        donation_payment_faults,
    ),
    "17": (_identification_faults, _support_faults, _order_faults, _arithmetic_faults),
    "18": (
        _identification_faults,
        *REFERRING,
        unused_reference_faults,
        third_party_faults,
        buying_party_faults,
        *LINES,
        _arithmetic_faults,
    ),
}
# Versions of before Normativa 2.0 whose rules are not those of today.
EARLIER_NOTE = tuple(rule for rule in NOTE if rule not in (noted_receiver_faults, _adjustment_faults))
EARLIER_RULES: dict[tuple[str, int], tuple[Rule, ...]] = {
    ("05", 3): EARLIER_NOTE,
    ("06", 3): EARLIER_NOTE,
    ("11", 1): tuple(earlier_export_faults if rule is _export_faults else rule for rule in RULES["11"]),
}
