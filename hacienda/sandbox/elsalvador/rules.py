"""The rules of v2.0 that left the schema for Hacienda's server: one fault a try (DOCUMENTS.md 2 to 4).

Every rule here looks at the document alone; what depends on other documents is in related.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .arithmetic import arithmetic_fault
from .catalogues import (
    ACTIVITIES,
    ASSOCIATED,
    CASH,
    CONDITIONS,
    CREDIT,
    DOMICILES,
    ELECTRONIC,
    GENERATIONS,
    ITEM_KINDS,
    PAYMENT_MEANS,
    RECEIVER_DOCUMENTS,
    TERMS,
    UNITS,
)
from .forms import CODE
from .kinds import Kind

NIT = re.compile(r"[0-9]{14}|[0-9]{9}")
DUI = re.compile(r"[0-9]{9}")
NRC = re.compile(r"[1-9][0-9]{1,7}")
MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
NIT_DOCUMENT, DUI_DOCUMENT = "36", "13"
DOMICILED = 1
NORMAL, CONTINGENCY = 1, 2
OTHER_REASON = 5
DOCTOR, TRANSPORT = 3, 4
DAYS_AHEAD = 5
LAST_DAY_GRACE = timedelta(minutes=30)
NOTE_DAYS_INTO_NEXT_MONTH = 3
DELIVERY_NOTE, CARD_SETTLEMENT = "04", "09"
NO_THIRD_PARTY_WITH = frozenset({"07", "08", "09"})
PRINTED_NUMBER_LENGTH = 20

Part = Mapping[str, Any]


def document_fault(document: Part, kind: Kind, *, at: datetime, threshold: Decimal) -> Refusal | None:
    """Return the first broken rule of a document that fits its form, or None.

    `at` is Hacienda's time; `threshold` the US dollars from which a consumer must be named.
    """
    for faults in (
        _identification_faults(document["identificacion"], at),
        _emitter_faults(document["emisor"]),
        _receiver_faults(document, kind, threshold),
        _related_faults(document, kind),
        _associated_faults(document["otrosDocumentos"] or ()),
        _third_party_faults(document),
        _line_faults(document["cuerpoDocumento"]),
    ):
        for refusal in faults:
            return refusal
    wrong_figure = arithmetic_fault(document, kind)
    if wrong_figure is not None:
        return wrong_figure
    return next(_payment_faults(document["resumen"], kind), None)


def post_dated(issued: datetime, at: datetime) -> bool:
    """Tell whether a date of issue lies further ahead than Hacienda takes (PROTOCOL.md section 7).

    Up to five days, never into the next month; on the month's last day half an hour.
    """
    if issued.date() <= at.date():
        on_last_day = (at + timedelta(days=1)).month != at.month
        return on_last_day and issued - at > LAST_DAY_GRACE
    ahead = (issued.date() - at.date()).days
    return ahead > DAYS_AHEAD or (issued.year, issued.month) != (at.year, at.month)


def moment_of(day: str, hour: str, at: datetime) -> datetime:
    """Return the moment of a date and an hour, in the zone of `at`; the hour's last digit may be missing."""
    hours, minutes, seconds = (int(part) for part in hour.split(":"))
    return datetime.combine(date.fromisoformat(day), time(hours, minutes, seconds), at.tzinfo)


def identity_fault(kind: str | None, number: str | None) -> str | None:
    """Return the code of what is wrong with an identity document of CAT-022: its type (003), number (006)."""
    if kind not in RECEIVER_DOCUMENTS:
        return "003"
    pattern = {NIT_DOCUMENT: NIT, DUI_DOCUMENT: DUI}.get(kind)
    if pattern is not None and not pattern.fullmatch(number or ""):
        return "006"
    return None


def _identification_faults(identification: Part, at: datetime) -> Iterator[Refusal]:
    model, operation = identification["tipoModelo"], identification["tipoOperacion"]
    reason, text = identification["tipoContingencia"], identification["motivoContin"]
    if model != operation:
        yield Refusal("007", "identificacion.tipoModelo")
    if operation == NORMAL:
        if reason is not None:
            yield Refusal("024", "identificacion.tipoContingencia")
        if text is not None:
            yield Refusal("024", "identificacion.motivoContin")
    elif reason is None:
        yield Refusal("005", "identificacion.tipoContingencia")
    elif reason == OTHER_REASON and text is None:
        yield Refusal("005", "identificacion.motivoContin")
    if int(identification["numeroControl"][-15:]) == 0:
        yield Refusal("003", "identificacion.numeroControl")
    if post_dated(moment_of(identification["fecEmi"], identification["horEmi"], at), at):
        yield Refusal("017", "identificacion.fecEmi")


def _emitter_faults(emitter: Part) -> Iterator[Refusal]:
    if not NRC.fullmatch(emitter["nrc"]):
        yield Refusal("006", "emisor.nrc")
    if emitter["codActividad"] not in ACTIVITIES:
        yield Refusal("003", "emisor.codActividad")
    if not MAIL.fullmatch(emitter["correo"]):
        yield Refusal("006", "emisor.correo")


def _receiver_faults(document: Part, kind: Kind, threshold: Decimal) -> Iterator[Refusal]:
    receiver = document["receptor"]
    if kind.receiver_is_taxpayer:
        # Every well-formed receiver is known to the sandbox; one that is not well formed cannot be.
        if not NIT.fullmatch(receiver["nit"]):
            yield Refusal("009", "receptor.nit")
        if receiver["nrc"] is None:
            yield Refusal("005", "receptor.nrc")
    else:
        yield from _consumer_faults(receiver or {}, document["resumen"], threshold)
    if receiver is None:
        return
    if receiver["nrc"] is not None and not NRC.fullmatch(receiver["nrc"]):
        yield Refusal("006", "receptor.nrc")
    if receiver["codActividad"] is not None and receiver["codActividad"] not in ACTIVITIES:
        yield Refusal("003", "receptor.codActividad")
    if receiver["correo"] is not None and not MAIL.fullmatch(receiver["correo"]):
        yield Refusal("006", "receptor.correo")


def _consumer_faults(receiver: Part, summary: Part, threshold: Decimal) -> Iterator[Refusal]:
    if summary["montoTotalOperacion"] >= threshold:
        for name in ("tipoDocumento", "numDocumento", "nombre"):
            if receiver.get(name) is None:
                yield Refusal("005", f"receptor.{name}")
    kind, number = receiver.get("tipoDocumento"), receiver.get("numDocumento")
    if (kind is None) != (number is None):
        yield Refusal("005", "receptor.tipoDocumento" if kind is None else "receptor.numDocumento")
    if kind is not None and (code := identity_fault(kind, number)) is not None:
        yield Refusal(code, "receptor.tipoDocumento" if code == "003" else "receptor.numDocumento")
    if receiver.get("nrc") is not None and kind != NIT_DOCUMENT:
        yield Refusal("024", "receptor.nrc")


def _related_faults(document: Part, kind: Kind) -> Iterator[Refusal]:
    related: Sequence[Part] = document["documentoRelacionado"] or ()
    for one in related:
        if one["tipoDocumento"] not in kind.related:
            yield Refusal("007", "documentoRelacionado.tipoDocumento")
        if one["tipoDocumento"] != related[0]["tipoDocumento"]:
            yield Refusal("026", "documentoRelacionado.tipoDocumento")
        if one["tipoGeneracion"] not in GENERATIONS:
            yield Refusal("003", "documentoRelacionado.tipoGeneracion")
        electronic = one["tipoGeneracion"] == ELECTRONIC
        number = one["numeroDocumento"]
        if not CODE.fullmatch(number) if electronic else len(number) > PRINTED_NUMBER_LENGTH:
            yield Refusal("006", "documentoRelacionado.numeroDocumento")
        yield from _related_date_faults(one, document["identificacion"]["fecEmi"])
    numbers = [one["numeroDocumento"] for one in related]
    if len(set(numbers)) < len(numbers):
        yield Refusal("025", "documentoRelacionado.numeroDocumento")
    for position, line in enumerate(document["cuerpoDocumento"], start=1):
        named = line["numeroDocumento"]
        if related and named is None:
            yield Refusal("005", f"cuerpoDocumento.{position}.numeroDocumento")
        elif named is not None and named not in numbers:
            yield Refusal("014" if related else "024", f"cuerpoDocumento.{position}.numeroDocumento")


def _related_date_faults(one: Part, issued_on: str) -> Iterator[Refusal]:
    earlier, issued = date.fromisoformat(one["fechaEmision"]), date.fromisoformat(issued_on)
    if earlier > issued:
        yield Refusal("017", "documentoRelacionado.fechaEmision")
    months = (issued.year - earlier.year) * 12 + issued.month - earlier.month
    if one["tipoDocumento"] == DELIVERY_NOTE:
        late = months > 1 or (months == 1 and issued.day > NOTE_DAYS_INTO_NEXT_MONTH)
    else:
        late = one["tipoDocumento"] == CARD_SETTLEMENT and months > 0
    if late:
        yield Refusal("018", "documentoRelacionado.fechaEmision")


def _associated_faults(documents: Sequence[Part]) -> Iterator[Refusal]:
    for one in documents:
        code, doctor = one["codDocAsociado"], one["medico"]
        if code is None:
            yield Refusal("005", "otrosDocumentos.codDocAsociado")
        if code not in ASSOCIATED - {TRANSPORT}:
            yield Refusal("007", "otrosDocumentos.codDocAsociado")
        for name in ("descDocumento", "detalleDocumento"):
            if (one[name] is None) != (code == DOCTOR):
                yield Refusal("024" if code == DOCTOR else "005", f"otrosDocumentos.{name}")
        if (doctor is None) == (code == DOCTOR):
            yield Refusal("005" if code == DOCTOR else "024", "otrosDocumentos.medico")
        if doctor is not None:
            yield from _doctor_faults(doctor)


def _doctor_faults(doctor: Part) -> Iterator[Refusal]:
    nit, foreign = doctor["nit"], doctor["docIdentificacion"]
    if (nit is None) == (foreign is None):
        yield Refusal("005" if nit is None else "024", "otrosDocumentos.medico.docIdentificacion")
    if nit is not None and not NIT.fullmatch(nit):
        yield Refusal("006", "otrosDocumentos.medico.nit")


def _third_party_faults(document: Part) -> Iterator[Refusal]:
    third = document["ventaTercero"]
    if third is None:
        return
    if any(one["tipoDocumento"] in NO_THIRD_PARTY_WITH for one in document["documentoRelacionado"] or ()):
        yield Refusal("024", "ventaTercero")
    if third["codDomiciliado"] not in DOMICILES:
        yield Refusal("003", "ventaTercero.codDomiciliado")
    if third["codDomiciliado"] == DOMICILED and not NIT.fullmatch(third["nit"] or ""):
        yield Refusal("006", "ventaTercero.nit")
    if third["nit"] == document["emisor"]["nit"]:
        yield Refusal("007", "ventaTercero.nit")


def _line_faults(lines: Sequence[Part]) -> Iterator[Refusal]:
    for position, line in enumerate(lines, start=1):
        if line["numItem"] != position:
            yield Refusal("019", "Cuerpodocumento.numItem")
        if line["tipoItem"] not in ITEM_KINDS:
            yield Refusal("003", f"cuerpoDocumento.{position}.tipoItem")
        if line["uniMedida"] not in UNITS:
            yield Refusal("003", f"cuerpoDocumento.{position}.uniMedida")


def _payment_faults(summary: Part, kind: Kind) -> Iterator[Refusal]:
    condition, payments = summary["condicionOperacion"], summary["pagos"]
    if condition not in CONDITIONS:
        yield Refusal("003", "resumen.condicionOperacion")
    if summary["totalPagar"] == 0 and condition != CASH:
        yield Refusal("007", "resumen.condicionOperacion")
    if payments is None and kind.payments_required:
        yield Refusal("005", "resumen.pagos")
    for payment in payments or ():
        yield from _one_payment_faults(payment, condition)


def _one_payment_faults(payment: Part, condition: int) -> Iterator[Refusal]:
    term, period = payment["plazo"], payment["periodo"]
    if payment["codigo"] is None:
        yield Refusal("005", "resumen.pagos.codigo")
    if payment["codigo"] not in PAYMENT_MEANS:
        yield Refusal("003", "resumen.pagos.codigo")
    if term is not None and term not in TERMS:
        yield Refusal("003", "resumen.pagos.plazo")
    for name, value in (("plazo", term), ("periodo", period)):
        if condition == CASH and value is not None:
            yield Refusal("024", f"resumen.pagos.{name}")
        if condition == CREDIT and value is None:
            yield Refusal("005", f"resumen.pagos.{name}")
    if (term is None) != (period is None):
        yield Refusal("005", "resumen.pagos.plazo" if term is None else "resumen.pagos.periodo")
