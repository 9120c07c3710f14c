"""The summaries of accepted documents, with the notes on each: for those who compare their books with Hacienda's."""

from __future__ import annotations

from typing import Any

from hacienda.sandbox.counters import Answer
from hacienda.sandbox.wire import Request, Response, dump_json, json_response

from . import kinds, memory
from .idp import Bearer
from .kinds import Kind
from .memory import Document, Memory
from .references import Referred, read_again

MOST = 50
CAUSE = "X-Error-Cause"


def _refused(status: int, cause: str) -> Answer:
    return Answer(Response(status, headers=((CAUSE, cause),)), dump_json({"status": status, "cause": cause}))


def summaries(kept: Memory, bearer: Bearer, request: Request) -> Answer:
    """Return a page of the documents that the token's owner sent or was sent; 206 where there are more."""
    offset, limit = (request.query.get(name, default) for name, default in (("offset", "0"), ("limit", str(MOST))))
    if not (
        offset.isascii() and offset.isdigit() and limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST
    ):
        return _refused(400, f"offset y limit deben ser números; limit, hasta {MOST}.")
    sender, receiver = (_filled(request.query.get(name)) for name in ("emisor", "receptor"))
    found = kept.accepted(bearer.ambiente, sender, receiver, bearer.tax_id.zfill(12))
    page = found[int(offset) : int(offset) + int(limit)]
    body = [summary_of(kept, document) for document in page]
    until = int(offset) + len(page)
    headers = (("Content-Range", f"{offset}-{max(until - 1, 0)}/{len(found)}"),)
    status = 200 if len(page) == len(found) else 206
    return Answer(json_response(status, body, headers), dump_json(body))


def _filled(tax_id: str | None) -> str | None:
    """Return a tax id of the query, which may have its kind in front, filled with zeros."""
    return None if tax_id is None else tax_id[-12:].zfill(12)


def summary(kept: Memory, bearer: Bearer, clave: str) -> Answer:
    """Return one document's summary."""
    document = kept.document(bearer.ambiente, clave)
    if document is None or document.state != memory.ACCEPTED:
        return _refused(404, f"El comprobante [{clave[:80]}] no existe.")
    if bearer.tax_id.zfill(12) not in (document.sender, document.receiver):
        return _refused(403, "El usuario no está autorizado para consultar el comprobante indicado.")
    body = summary_of(kept, document)
    return Answer(json_response(200, body), dump_json(body))


def summary_of(kept: Memory, document: Document) -> dict[str, Any]:
    """Return what a summary says: key, date, parties, and the notes on the document."""
    referred = read_again(document)
    body: dict[str, Any] = {"clave": document.clave, "fecha": document.dated}
    if referred is not None:
        for name, who in (("emisor", "Emisor"), ("receptor", "Receptor")):
            if who in referred.record:
                body[name] = _party(referred, who)
    notes = [child for child in map(read_again, kept.children(document.ambiente, document.code)) if child is not None]
    return body | {"notasCredito": _of(notes, kinds.CREDIT_NOTE), "notasDebito": _of(notes, kinds.DEBIT_NOTE)}


def _party(referred: Referred, who: str) -> dict[str, str]:
    party = referred.record[who]
    said = {"nombre": party["Nombre"]}
    if "Identificacion" in party:
        identity = party["Identificacion"]
        said |= {"tipoIdentificacion": identity["Tipo"], "numeroIdentificacion": identity["Numero"]}
    return said


def _of(notes: list[Referred], kind: Kind) -> list[dict[str, str]]:
    return [{"clave": note.document.clave, "fecha": note.document.dated} for note in notes if note.kind == kind]
