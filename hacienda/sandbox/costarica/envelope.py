"""The request that a document comes in: what must be there, and what is said of a request that is not taken."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from . import kinds
from .arrivals import Arrival, inside
from .clave import CONSECUTIVE, Clave, kind_code, read_clave
from .kinds import Kind
from .reading import LARGEST_BYTES, parse
from .signature import same_identity
from .structure import kind_of

DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})")
TAX_ID = re.compile(r"[0-9A-Za-z]{9,12}")
ID_KINDS = ("01", "02", "03", "04", "05", "06")


class Refused(Exception):
    """The request is not taken: status and cause, for the header."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(cause)
        self.status = status
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request that can be taken: the key, who must sign, the bytes, and the number of a receptor's message."""

    clave: Clave
    kind: Kind | None
    issuer: str
    sender: str
    number: str
    payload: bytes
    callback: str | None

    @property
    def code(self) -> str:
        """Return what the document is asked for by."""
        return self.clave.text if self.number == self.clave.number else f"{self.clave.text}-{self.number}"


def open_envelope(arrival: Arrival, owner: str) -> Envelope:
    """Return the request's content, or raise Refused. `owner` is the tax id that the token is of."""
    body = arrival.body
    if not isinstance(body, dict):
        raise Refused(400, "El cuerpo de la solicitud no es un JSON válido.")
    clave = read_clave(body["clave"]) if isinstance(body.get("clave"), str) else None
    issuer = _party(body, "emisor")
    if issuer is None:
        raise Refused(400, "El emisor de la solicitud no es válido.")
    number = body.get("consecutivoReceptor")
    receiver = _party(body, "receptor") if "receptor" in body else ""
    if receiver is None or (number is not None and not receiver):
        raise Refused(400, "El receptor de la solicitud no es válido.")
    sender = issuer if number is None else receiver
    if not same_identity(sender, owner):
        raise Refused(403, "El usuario no está autorizado para enviar comprobantes del emisor indicado.")
    if clave is None:
        raise Refused(400, "La clave del comprobante no es válida.")
    if number is not None and not (isinstance(number, str) and CONSECUTIVE.fullmatch(number)):
        raise Refused(400, "El consecutivo del receptor no es válido.")
    if not isinstance(body.get("fecha"), str) or not DATED.fullmatch(body["fecha"]):
        raise Refused(400, "La fecha de la solicitud no es válida.")
    callback = body.get("callbackUrl")
    if callback is not None and not isinstance(callback, str):
        raise Refused(400, "El callbackUrl de la solicitud no es válido.")
    if not same_identity(clave.issuer, issuer):
        raise Refused(400, "La clave no corresponde al emisor indicado.")
    payload = _payload(body)
    root = parse(payload)
    kind = None if root is None else kind_of(root)
    if root is not None and kind is not None:
        _agree(root, kind, clave, issuer, number)
    return Envelope(clave, kind, issuer, sender, number or clave.number, payload, callback)


def _party(body: dict[str, Any], name: str) -> str | None:
    """Return a party's tax id, or None when it is not said well."""
    kind, number = inside(body, name, "tipoIdentificacion"), inside(body, name, "numeroIdentificacion")
    if kind not in ID_KINDS or not isinstance(number, str) or not TAX_ID.fullmatch(number):
        return None
    return number


def _payload(body: dict[str, Any]) -> bytes:
    written = body.get("comprobanteXml")
    if not isinstance(written, str) or not written:
        raise Refused(400, "Falta el comprobanteXml.")
    if len(written) > LARGEST_BYTES * 2:
        raise Refused(400, "El comprobanteXml excede el tamaño permitido.")
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "El comprobanteXml no está en base64.") from error


def _agree(root: etree._Element, kind: Kind, clave: Clave, issuer: str, number: str | None) -> None:
    """Refuse a request that says something else than the document in it; what cannot be read is judged later."""

    def said(*path: str) -> str:
        found = root.find("/".join(f"{{{kind.namespace}}}{name}" for name in path))
        return "" if found is None else (found.text or "").strip()

    if said("Clave") and said("Clave") != clave.text:
        raise Refused(400, "La clave indicada no coincide con la del comprobante.")
    if (kind == kinds.RECEPTOR_MESSAGE) != (number is not None):
        raise Refused(400, "El consecutivo del receptor es solo de los mensajes del receptor.")
    if number is not None and kind_code(number) not in kinds.RECEPTOR_CODES:
        raise Refused(400, "El consecutivo del receptor no es válido.")
    if kind == kinds.RECEPTOR_MESSAGE:
        named = said("NumeroCedulaEmisor")
    else:
        named = said("Receptor" if kind == kinds.PURCHASE else "Emisor", "Identificacion", "Numero")
    if named and not same_identity(named, issuer):
        raise Refused(400, "El emisor indicado no coincide con el del comprobante.")
