"""Whether an invalidation event may be taken: its document, its dates, its reason, its people.

Source: PROTOCOL.md section 6 and DOCUMENTS.md 7.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from hacienda.sandbox.store import Stamped, Store

from .answers import Refusal
from .calendar import INVALIDATION_MONTHS, add_months, last_invalidation_day
from .catalogues import INVALIDATION_REASONS
from .kinds import ADJUSTED_BY, NEVER_REPLACED, THREE_MONTHS
from .moments import moment_of, post_dated
from .parties import identity_fault

Part = Mapping[str, Any]
RESCINDED, OTHER = 2, 3
IDENTITY = ("tipoDocumento", "numDocumento", "nombre")
# Version 2 could not say that a document names nobody, and could leave out where it was issued.
EARLIER_VERSION = 2
# Where establishment and point of sale stand in DTE-01-M001P001-000000000000001. Before October 2025 those eight
# characters were free.
STRUCTURED = re.compile(r"[MBSP][0-9]{3}P[0-9]{3}")
ESTABLISHMENT, POINT_OF_SALE = slice(7, 11), slice(11, 15)


def invalidation_fault(event: Part, store: Store, *, at: datetime) -> Refusal | None:
    """Return the first reason to refuse an event that fits its form, or None. `at` is Hacienda's time."""
    ambiente = event["identificacion"]["ambiente"]
    document = store.document(ambiente, event["documento"]["codigoGeneracion"])
    if document is None:
        return Refusal("014", "documento.codigoGeneracion")
    for faults in (
        _standing_faults(event, document),
        _equality_faults(event, document),
        _date_faults(event, document, at),
        _reason_faults(event, document, store),
        _people_faults(event["motivo"]),
    ):
        for refusal in faults:
            return refusal
    if store.living_children(ambiente, document.code) & ADJUSTED_BY.get(document.kind, frozenset()):
        return Refusal("028", "documento.codigoGeneracion")
    return None


def _standing_faults(event: Part, document: Stamped) -> Iterator[Refusal]:
    if document.nit != event["emisor"]["nit"]:
        yield Refusal("008", "documento.codigoGeneracion")
    if document.invalidated_at is not None:
        yield Refusal("015", "documento.codigoGeneracion")


def _equality_faults(event: Part, document: Stamped) -> Iterator[Refusal]:
    """Check what must be copied exactly; the receiver's telephone and mail may be left out."""
    earlier = event["identificacion"]["version"] == EARLIER_VERSION
    copied = {
        "tipoDte": document.kind,
        "selloRecibido": document.stamp,
        "numeroControl": document.number,
        "fecEmi": document.issued_on,
    }
    for name, value in zip(IDENTITY, json.loads(document.receiver), strict=True):
        if value is not None or not earlier:
            copied[name] = value
    for name, value in copied.items():
        if event["documento"][name] != value:
            yield Refusal("027", f"documento.{name}")
    for name, code in _place_of(document).items():
        said = event["emisor"].get(name)
        if said != code and not (earlier and said is None):
            yield Refusal("027", f"emisor.{name}")


def _place_of(document: Stamped) -> dict[str, str]:
    """Return the codes of where a document was issued: its number has them, a return says them, 17 does not."""
    if document.number is not None:
        place = document.number[ESTABLISHMENT.start : POINT_OF_SALE.stop]
        if not STRUCTURED.fullmatch(place):
            return {}
        return {"codEstableMH": document.number[ESTABLISHMENT], "codPuntoVentaMH": document.number[POINT_OF_SALE]}
    emitter = json.loads(document.payload)["emisor"]
    return {name: emitter[name] for name in ("codEstableMH", "codPuntoVentaMH") if name in emitter}


def _date_faults(event: Part, document: Stamped, at: datetime) -> Iterator[Refusal]:
    identification = event["identificacion"]
    issued_on = date.fromisoformat(document.issued_on)
    event_day = date.fromisoformat(identification["fecEmi"])
    in_months = document.kind in THREE_MONTHS
    if in_months:
        outside = not issued_on <= event_day <= add_months(issued_on, INVALIDATION_MONTHS)
        if outside or post_dated(moment_of(identification["fecEmi"], identification["horEmi"], at), at):
            yield Refusal("017", "identificacion.fecEmi")
    elif event_day != issued_on:
        yield Refusal("027", "identificacion.fecEmi")
    stamped_on = date.fromisoformat(document.stamped_on)
    if at.date() > last_invalidation_day(stamped_on=stamped_on, months=in_months):
        yield Refusal("018", "identificacion.fecEmi")


def _reason_faults(event: Part, document: Stamped, store: Store) -> Iterator[Refusal]:
    reason, text = event["motivo"]["tipoAnulacion"], event["motivo"]["motivoAnulacion"]
    replacement = event["documento"]["codigoGeneracionR"]
    if reason not in INVALIDATION_REASONS:
        yield Refusal("003", "motivo.tipoAnulacion")
    if reason == OTHER and not (text or "").strip():
        yield Refusal("005", "motivo.motivoAnulacion")
    if reason == RESCINDED or document.kind in NEVER_REPLACED:
        if replacement is not None:
            yield Refusal("024", "documento.codigoGeneracionR")
    elif replacement is None:
        yield Refusal("005", "documento.codigoGeneracionR")
    else:
        yield from _replacement_faults(replacement, document, store)


def _replacement_faults(code: str, document: Stamped, store: Store) -> Iterator[Refusal]:
    if code == document.code:
        yield Refusal("007", "documento.codigoGeneracionR")
    replacement = store.document(document.ambiente, code)
    if replacement is None or replacement.nit != document.nit:
        yield Refusal("014", "documento.codigoGeneracionR")
    elif replacement.invalidated_at is not None:
        yield Refusal("015", "documento.codigoGeneracionR")
    elif replacement.kind != document.kind:
        yield Refusal("027", "documento.codigoGeneracionR")


def _people_faults(motive: Part) -> Iterator[Refusal]:
    for person in ("Responsable", "Solicita"):
        if not motive[f"nombre{person}"].strip():
            yield Refusal("005", f"motivo.nombre{person}")
        code = identity_fault(motive[f"tipDoc{person}"], motive[f"numDoc{person}"])
        if code is not None:
            field = "tipDoc" if code == "003" else "numDoc"
            yield Refusal(code, f"motivo.{field}{person}")
