"""The event that invalidates a stamped document: schema v3, functional manual 2.0 pages 11 to 17. Pure.

Everything that can be known here is checked here, all at once. What only Hacienda knows stays with it: whether the
document is related to another (028) or invalidated already (015). A replacement need not be of the document's own
type: that a factura is replaced by a crédito fiscal is the commonest error of all, and no text forbids it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hacienda.authority import INVALIDATION
from hacienda.elsalvador import writer
from hacienda.elsalvador.blocks import fields, parties
from hacienda.elsalvador.earlier import conversion, limits, versions
from hacienda.elsalvador.earlier.operations import Place
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rejections import pointers
from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.terms import event_date, invalidation_term
from hacienda.elsalvador.transport import jws
from hacienda.elsalvador.transport.wire import environment_code
from hacienda.messages import gettext_noop
from hacienda.values import Environment, Fault, InvalidationDraft, Path, Sealed

VERSION: Final = 3
STAMP_LENGTH: Final = 40
KINDS: Final = {"error": 1, "rescinded": 2, "other": 3}  # CAT-024
# Where an error is mended by a new document, issued and stamped first.
REPLACED: Final = frozenset({"01", "03", "04", "06", "07", "09", "11", "14", "15"})

_MESSAGES: Final[Mapping[str, str]] = {
    "unknown_kind": gettext_noop("The kind of an invalidation is error, rescinded or other."),
    "not_stamped": gettext_noop("Only a document that Hacienda has stamped can be invalidated."),
    "term_over": gettext_noop("The document could be invalidated until %(until)s. It stays valid."),
    "replacement_required": gettext_noop(
        "Issue the document that replaces this one first, and name it here once Hacienda has stamped it."
    ),
    "replacement_not_allowed": gettext_noop("This invalidation takes no replacement."),
    "replacement_not_stamped": gettext_noop("Hacienda has not stamped the replacement yet."),
    "replaces_itself": gettext_noop("A document cannot replace itself."),
    "replacement_of_another_type": gettext_noop("The replacement must be a document of the same type."),
    "replacement_of_another": gettext_noop(
        "The replacement must come from the same issuer and the same environment."
    ),
}


class _Faults(Faults):
    def add(self, path: Path, code: str, **params: object) -> None:
        if code in _MESSAGES:
            self._found.append(Fault(path, code, _MESSAGES[code], params))
        else:
            super().add(path, code, **params)


def seal(
    draft: InvalidationDraft,
    *,
    environment: Environment,
    generation_code: str,
    at: datetime,
    key: RSAPrivateKey,
    version: int = VERSION,
) -> Sealed:
    """The signed event. `generation_code` is the event's own. Raises `Invalid` with every fault found."""
    if not draft.document.control_number:
        version = VERSION  # the one before has no place for what is not numbered: events came with this one
    document = _read(draft.document.payload)
    faults = _Faults()
    kind = KINDS.get(draft.kind)
    if kind is None:
        faults.add(("kind",), "unknown_kind")
    _check_term(draft, at, faults)
    _check_replacement(draft, document, faults)
    reason = fields.text(draft.reason, ("reason",), faults, longest=200, required=draft.kind == "other")
    requested_by = parties.person(draft.requested_by, "requested_by", faults)
    responsible = parties.person(draft.responsible, "responsible", faults)
    motive: dict[str, object] = {
        "tipoAnulacion": kind,
        "motivoAnulacion": reason,
        "nombreResponsable": responsible.name,
        "tipDocResponsable": responsible.id_type,
        "numDocResponsable": responsible.id_number,
        "nombreSolicita": requested_by.name,
        "tipDocSolicita": requested_by.id_type,
        "numDocSolicita": requested_by.id_number,
    }
    subject = _subject(draft, document)
    limits.check({"documento": subject, "motivo": motive}, INVALIDATION, version, faults, pointers.INVALIDATION)
    faults.refuse()
    local = at.astimezone(ZONE)
    event: dict[str, object] = {
        "identificacion": {
            "version": version,
            "ambiente": environment_code(environment),
            "codigoGeneracion": generation_code,
            "fecEmi": _event_date(draft.document.type_code, document, local.date()),
            "horEmi": f"{local:%H:%M:%S}",
            "fusion": document["identificacion"].get("fusion"),
        },
        "emisor": _issuer(draft, document),
        "documento": subject,
        "motivo": motive,
    }
    if versions.is_earlier(INVALIDATION, version):
        earlier = conversion.older(event, INVALIDATION, _place(draft, document))
        event = earlier | {"documento": {**earlier["documento"], "montoIva": conversion.vat(document)}}
    payload = writer.dumps(event)
    return Sealed(payload, jws.sign(payload, key))


def _read(payload: str) -> dict[str, Any]:
    """A sealed document under today's names. The receiver's number stays as it is in the document, dash or not."""
    sealed = json.loads(payload, parse_float=Decimal)
    document = conversion.as_newest(sealed)
    number = (sealed.get("receptor") or {}).get("numDocumento")
    return document if number is None else document | {"receptor": {**document["receptor"], "numDocumento": number}}


def _place(draft: InvalidationDraft, document: Mapping[str, Any]) -> Place:
    """Hacienda's codes are the third part of the number. An event has no number: it may name them itself."""
    if draft.document.control_number:
        place = draft.document.control_number.split("-")[2]
        return Place(place[:4], place[4:])
    issuer, now = document["emisor"], draft.issuer
    return Place(
        issuer.get("codEstableMH") or (now.establishment if now else ""),
        issuer.get("codPuntoVentaMH") or (now.point_of_sale if now else ""),
    )


def _check_term(draft: InvalidationDraft, at: datetime, faults: Faults) -> None:
    if len(draft.document.received_stamp) != STAMP_LENGTH:
        faults.add((), "not_stamped")
        return
    until = invalidation_term(draft.document.type_code, draft.document.stamped_at).until
    if at.replace(microsecond=0) > until:
        faults.add((), "term_over", until=f"{until:%Y-%m-%d %H:%M:%S}")


def _check_replacement(draft: InvalidationDraft, document: Mapping[str, Any], faults: Faults) -> None:
    here: Path = ("replacement",)
    replacement = draft.replacement
    needed = draft.kind in ("error", "other") and draft.document.type_code in REPLACED
    if replacement is None:
        if needed:
            faults.add(here, "replacement_required")
        return
    if not needed:
        if draft.kind in KINDS:
            faults.add(here, "replacement_not_allowed")
        return
    other = _read(replacement.payload)
    if replacement.generation_code == draft.document.generation_code:
        faults.add(here, "replaces_itself")
    elif len(replacement.received_stamp) != STAMP_LENGTH:
        faults.add(here, "replacement_not_stamped")
    elif _origin(other) != _origin(document):
        faults.add(here, "replacement_of_another")
    elif replacement.type_code != draft.document.type_code:
        faults.add(here, "replacement_of_another_type")


def _origin(document: Mapping[str, Any]) -> tuple[str, str]:
    return _tax_id(document["emisor"]), document["identificacion"]["ambiente"]


def _tax_id(issuer: Mapping[str, Any]) -> str:
    """The NIT of whoever issued; a donation has it as an identity document."""
    return str(issuer.get("nit") or issuer["numDocumento"])


def _event_date(type_code: str, document: Mapping[str, Any], today: date) -> str:
    issued_on = date.fromisoformat(document["identificacion"]["fecEmi"])
    return event_date(type_code, issued_on, today).isoformat()


def _issuer(draft: InvalidationDraft, document: Mapping[str, Any]) -> dict[str, object]:
    """`emisor` as it was when the document was issued; what the document does not say is as it is now."""
    issuer, now = document["emisor"], draft.issuer
    place = _place(draft, document)
    return {
        "nit": _tax_id(issuer),
        "nombre": issuer["nombre"],
        "codEstableMH": place.establishment,
        "codEstable": issuer.get("codEstable"),
        "codPuntoVentaMH": place.point_of_sale,
        "codPuntoVenta": issuer.get("codPuntoVenta"),
        "telefono": issuer.get("telefono") or (now and now.phone),
        "correo": issuer.get("correo") or (now and now.email),
    }


def _subject(draft: InvalidationDraft, document: Mapping[str, Any]) -> dict[str, object]:
    """`documento`: what is invalidated, with its receiver copied exactly; nulls where it has none."""
    receiver = document.get("receptor") or document.get("documento") or {}
    nit = receiver.get("nit")  # a crédito fiscal names its customer by NIT alone
    replacement = draft.replacement
    return {
        "tipoDte": draft.document.type_code,
        "codigoGeneracion": draft.document.generation_code,
        "selloRecibido": draft.document.received_stamp,
        "numeroControl": draft.document.control_number or None,
        "fecEmi": document["identificacion"]["fecEmi"],
        "codigoGeneracionR": replacement.generation_code if replacement else None,
        "tipoDocumento": fields.NIT if nit else receiver.get("tipoDocumento"),
        "numDocumento": nit or receiver.get("numDocumento"),
        "nombre": receiver.get("nombre"),
        "telefono": receiver.get("telefono"),
        "correo": receiver.get("correo"),
    }
