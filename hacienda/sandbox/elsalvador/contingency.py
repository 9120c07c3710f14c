"""Whether a contingency event may be taken, and whether a document was reported by one (PROTOCOL.md section 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from hacienda.sandbox.store import Outage, Store

from .answers import Refusal
from .blocks import CODE, TIME
from .catalogues import CONTINGENCY_REASONS, ESTABLISHMENTS, OTHER_REASON
from .kinds import IN_CONTINGENCY, emitter_said, kind_said
from .moments import moment_of
from .parties import MAIL, identity_fault

EVENT_TERM = timedelta(hours=24)
DOCUMENTS_TERM = timedelta(hours=72)
# How far two clocks may be apart, and how long before its arrival an event may say that it was sent. The
# reference gives neither.
CLOCKS_APART = timedelta(minutes=1)
ON_THE_WAY = timedelta(minutes=10)

Part = Mapping[str, Any]


def event_faults(event: Part, store: Store, *, said: str, owner: str, at: datetime) -> list[Refusal]:
    """Return every reason to refuse an event that fits its form.

    `said` is the envelope's NIT, `owner` the token's, `at` Hacienda's time. One of another taxpayer is told
    nothing but that.
    """
    foreign = [
        Refusal("008", field)
        for field, nit in (("nit", said), ("emisor.nit", event["emisor"]["nit"]))
        if nit != owner
    ]
    if foreign:
        return foreign
    return [
        *_identification_faults(event["identificacion"], store, at),
        *_emitter_faults(event["emisor"]),
        *_listed_faults(event, store, owner),
        *_reason_faults(event["motivo"]),
        *_period_faults(event["motivo"], at),
    ]


def outage_of(event: Part, stamped_at: datetime) -> Outage:
    """Return what an event without faults reports."""
    reason = event["motivo"]
    return Outage(
        began_at=moment_of(reason["fInicio"], reason["hInicio"], stamped_at).isoformat(),
        ended_at=moment_of(reason["fFin"], reason["hFin"], stamped_at).isoformat(),
        reason=reason["tipoContingencia"],
        note=reason["motivoContingencia"],
        stamped_at=stamped_at.isoformat(),
    )


def unreported_fault(document: Part, store: Store, *, at: datetime) -> Refusal | None:
    """Return why no accepted event covers a contingency document that arrived at this time, or None.

    Listed by several events, a document needs one that fits it; the latest tells what is wrong.
    """
    identification, nit = document["identificacion"], emitter_said(document)
    reported = store.outages_of(identification["ambiente"], nit, identification["codigoGeneracion"])
    if not reported:
        return Refusal("012", "identificacion.tipoOperacion")
    refusals = [_against(outage, kind, identification, at) for outage, kind in reported]
    return None if None in refusals else refusals[0]


def _against(outage: Outage, kind: str, identification: Part, at: datetime) -> Refusal | None:
    began_at, ended_at = datetime.fromisoformat(outage.began_at), datetime.fromisoformat(outage.ended_at)
    note = identification["motivoContin"]
    if not began_at <= moment_of(identification["fecEmi"], identification["horEmi"], at) <= ended_at:
        return Refusal("013", "identificacion.fecEmi")
    if kind_said(identification) != kind:
        return Refusal("027", "identificacion.tipoDte")
    if identification["tipoContingencia"] != outage.reason:
        return Refusal("027", "identificacion.tipoContingencia")
    # The words are only asked for with "other": without them a document agrees with every other reason.
    if note != outage.note and (note is not None or outage.reason == OTHER_REASON):
        return Refusal("027", "identificacion.motivoContin")
    if at - datetime.fromisoformat(outage.stamped_at) > DOCUMENTS_TERM:
        return Refusal("018", "identificacion.fecEmi")
    return None


def _identification_faults(identification: Part, store: Store, at: datetime) -> Iterator[Refusal]:
    ambiente, code = identification["ambiente"], identification["codigoGeneracion"]
    if store.event_known(ambiente, code) or store.document(ambiente, code) is not None:
        yield Refusal("004", "identificacion.codigoGeneracion")
    sent_at = moment_of(identification["fTransmision"], identification["hTransmision"], at)
    if not at - ON_THE_WAY <= sent_at <= at + CLOCKS_APART:
        yield Refusal("017", "identificacion.fTransmision")


def _emitter_faults(emitter: Part) -> Iterator[Refusal]:
    code = identity_fault(emitter["tipoDocResponsable"], emitter["numeroDocResponsable"])
    if code is not None:
        yield Refusal(code, "emisor.tipoDocResponsable" if code == "003" else "emisor.numeroDocResponsable")
    if not emitter["nombreResponsable"].strip():
        yield Refusal("005", "emisor.nombreResponsable")
    if emitter["tipoEstablecimiento"] not in ESTABLISHMENTS:
        yield Refusal("003", "emisor.tipoEstablecimiento")
    if not MAIL.fullmatch(emitter["correo"]):
        yield Refusal("006", "emisor.correo")


def _listed_faults(event: Part, store: Store, owner: str) -> Iterator[Refusal]:
    seen: set[str] = set()
    for position, listed in enumerate(event["detalleDTE"], start=1):
        code = listed["codigoGeneracion"]
        if listed["noItem"] != position:
            yield Refusal("019", "detalleDTE.noItem", about=code)
        if listed["tipoDoc"] not in IN_CONTINGENCY:
            yield Refusal("007", "detalleDTE.tipoDoc", about=code)
        if not CODE.fullmatch(code):
            yield Refusal("006", "detalleDTE.codigoGeneracion", about=code)
        if code in seen:
            yield Refusal("025", "detalleDTE.codigoGeneracion", about=code)
        seen.add(code)
        document = store.document(event["identificacion"]["ambiente"], code)
        if document is None:
            continue
        if document.nit != owner:
            yield Refusal("008", "detalleDTE.codigoGeneracion", about=code)
        elif document.invalidated_at is not None:
            yield Refusal("015", "detalleDTE.codigoGeneracion", about=code)
        else:
            yield Refusal("004", "detalleDTE.codigoGeneracion", about=code)


def _reason_faults(reason: Part) -> Iterator[Refusal]:
    if reason["tipoContingencia"] not in CONTINGENCY_REASONS:
        yield Refusal("003", "motivo.tipoContingencia")
    if reason["tipoContingencia"] == OTHER_REASON and not (reason["motivoContingencia"] or "").strip():
        yield Refusal("005", "motivo.motivoContingencia")


def _period_faults(reason: Part, at: datetime) -> Iterator[Refusal]:
    unreadable = [name for name in ("hInicio", "hFin") if not TIME.fullmatch(reason[name])]
    for name in unreadable:
        yield Refusal("006", f"motivo.{name}")
    if unreadable:
        return
    began_at = moment_of(reason["fInicio"], reason["hInicio"], at)
    ended_at = moment_of(reason["fFin"], reason["hFin"], at)
    if began_at > at + CLOCKS_APART:
        yield Refusal("017", "motivo.fInicio")
    # Date and time together: an outage over midnight ends at an earlier hour than it began.
    if ended_at <= began_at or ended_at > at + CLOCKS_APART:
        yield Refusal("017", "motivo.fFin")
    if at - ended_at > EVENT_TERM + CLOCKS_APART:
        yield Refusal("018", "motivo.fFin")
