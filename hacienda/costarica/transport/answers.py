"""What Hacienda's answers mean (annex v4.4; the interface's own page; real answers of 2026). Pure.

Reception only says that it has a document; what became of it is asked later and told in an XML that Hacienda seals.
Where the smallest doubt is left the verdict is `Unknown`, which never allows a resend.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Collection
from typing import Any, Final

from lxml import etree

from hacienda import http
from hacienda.costarica import answer_text
from hacienda.costarica.signature import seal
from hacienda.costarica.signature.forms import SignatureError
from hacienda.costarica.signature.parsing import text_of as element_text
from hacienda.costarica.signature.seal import KNOWN, KnownSeal, SealedAnswer
from hacienda.costarica.transport.wire import cause_of, is_page, member, read_object, text_of
from hacienda.http import storable
from hacienda.values import Environment, Fault
from hacienda.verdicts import Absent, Accepted, Answer, Pending, Rejected, Unknown, Verdict

# The reasons of an Unknown.
GATEWAY: Final = "gateway"  # an HTTP error or a page of something in front of Hacienda
UNREADABLE: Final = "unreadable"  # no JSON object
TRUNCATED: Final = "truncated"  # the answer broke off
UNEXPECTED: Final = "unexpected"  # nothing that the interface tells of
OTHER_DOCUMENT: Final = "other_document"  # about another clave
NO_SEAL: Final = "no_seal"  # a final state without Hacienda's sealed answer, or with one whose seal does not hold
OTHER_SEAL: Final = "other_seal"  # sealed by somebody whom we do not know as Hacienda

ACCEPTED: Final = "1"
REJECTED: Final = "3"
MALFORMED: Final = "400"  # the code of a request that was refused at once

_ON_THE_WAY: Final = frozenset({"recibido", "procesando"})
_FINAL: Final = frozenset({"aceptado", "rechazado"})
_FAILED: Final = "error"
_ROOT: Final = "MensajeHacienda"
_KNOWN_ALREADY: Final = re.compile(r"(?i)\bya\s+(?:ha\s+sido|fue)\s+recibid[oa]|recibid[oa]\s+anteriormente")
_RECEIPT: Final = re.compile(r'("respuesta-?xml"\s*:\s*")([^"]*)"', re.IGNORECASE)
_CAUSE: Final = "X-Error-Cause: "


def submitted(reply: http.Reply) -> Verdict:
    """What became of a document that was sent: `Pending` for what is there, now or from an earlier try.

    A clave is made once, with chance in it, and never for other bytes: if Hacienda has it, it has this document. A
    request that is refused with a cause stored nothing; the document itself was not judged.
    """
    evidence = evidence_of(reply)
    if is_page(reply) or reply.status >= 500 or reply.status == 404:
        return Unknown(GATEWAY, evidence)
    if 200 <= reply.status < 300:
        return Pending(evidence)
    if reply.status == 400:
        return _bad_request(cause_of(reply), evidence)
    return Unknown(UNEXPECTED, evidence)


def asked(
    reply: http.Reply, clave: str, environment: Environment, *, known: Collection[KnownSeal] = KNOWN
) -> Verdict:
    """What Hacienda knows of a document. Its own seal decides, and what stands under the seal.

    `Absent` is a 404 with Hacienda's own header, and its state of failure: it has the document, could not judge it,
    and wants the same bytes again later.
    """
    evidence = evidence_of(reply)
    if reply.status == 404 and not is_page(reply) and cause_of(reply):
        return Absent(evidence)
    answer = read_object(reply.text) if reply.complete else None
    if reply.status != 200 or answer is None:
        return _nothing_said(reply, evidence)
    told = text_of(answer.get("clave"))
    if told.partition("-")[0] not in ("", clave):
        return Unknown(OTHER_DOCUMENT, evidence)
    state = member(answer, "ind-estado").lower()
    if state in _ON_THE_WAY:
        return Pending(evidence)
    if state == _FAILED:
        return Absent(evidence, refused=True)
    if state in _FINAL:
        return _judged(answer, clave, environment, evidence, known)
    return Unknown(UNEXPECTED, evidence)


def rejection(evidence: Answer) -> Rejected | None:
    """The refusal of a request that a kept answer is; None where it is none. What is sealed is kept elsewhere."""
    first, _, _ = evidence.body.partition("\n")
    if evidence.http_status != 400 or not first.startswith(_CAUSE):
        return None
    verdict = _bad_request(first.removeprefix(_CAUSE), evidence)
    return verdict if isinstance(verdict, Rejected) else None


def token_refused(reply: http.Reply) -> bool:
    """Whether the token, not the document, was refused."""
    return reply.status == 401


def forbidden(reply: http.Reply) -> str | None:
    """Why the account may not do this, None where that was not said. A gateway's page is no word of Hacienda's."""
    if reply.status != 403:
        return None
    return cause_of(reply) or "HTTP 403"


def evidence_of(reply: http.Reply) -> Answer:
    """The answer to be kept, its cause first, and in place of the sealed answer, which is kept whole, its hash."""
    body = _RECEIPT.sub(_hashed, reply.text)
    cause = cause_of(reply)
    text = f"{_CAUSE}{' '.join(cause.split())}\n{body}" if cause else body
    return Answer(reply.status, http.redacted(text), reply.milliseconds)


def _hashed(match: re.Match[str]) -> str:
    data = _decoded(match[2].replace("\\/", "/"))
    told = f"[{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}]" if data else ""
    return f'{match[1]}{told}"'


def _nothing_said(reply: http.Reply, evidence: Answer) -> Unknown:
    if is_page(reply) or reply.status >= 400:
        return Unknown(GATEWAY, evidence)
    if not reply.complete:
        return Unknown(TRUNCATED, evidence)
    return Unknown(UNREADABLE if reply.status == 200 else UNEXPECTED, evidence)


def _bad_request(cause: str, evidence: Answer) -> Verdict:
    if _KNOWN_ALREADY.search(cause):
        return Pending(evidence)
    if not cause:
        return Unknown(UNEXPECTED, evidence)
    return Rejected(
        code=MALFORMED, message=cause, observations=(), faults=(_fault(MALFORMED, cause),), answer=evidence
    )


def _judged(
    answer: dict[str, Any], clave: str, environment: Environment, evidence: Answer, known: Collection[KnownSeal]
) -> Verdict:
    xml = _decoded(member(answer, "respuesta-xml"))
    try:
        sealed = seal.verify(xml, environment, known=known)
    except SignatureError as error:
        return Unknown(OTHER_SEAL if error.code in ("seal_differs", "seal_unknown") else NO_SEAL, evidence)
    if etree.QName(sealed.root).localname != _ROOT:
        return Unknown(UNEXPECTED, evidence)
    if element_text(sealed.root, "{*}Clave") != clave:
        return Unknown(OTHER_DOCUMENT, evidence)
    return _verdict(sealed, xml, evidence)


def _verdict(sealed: SealedAnswer, xml: bytes, evidence: Answer) -> Verdict:
    """`Mensaje` alone decides: the state around it and the words in it are not what is sealed or not exact."""
    code = element_text(sealed.root, "{*}Mensaje")
    told = answer_text.read(storable(element_text(sealed.root, "{*}DetalleMensaje")))
    message = told.message or storable(element_text(sealed.root, "{*}EstadoMensaje"))
    receipt = xml.decode("utf-8")
    if code == ACCEPTED:
        return Accepted(
            stamp=hashlib.sha256(xml).hexdigest(),
            stamped_at=sealed.sealed_at,
            code=code,
            message=message,
            observations=told.observations,
            answer=evidence,
            receipt=receipt,
        )
    if code != REJECTED:
        return Unknown(UNEXPECTED, evidence)
    # What is wrong says more than the sentence before it, which Hacienda's tests begin with "fue aceptado".
    first = next(iter(told.remarks), None)
    remarks = {str(remark): remark.code.lstrip("-") for remark in told.remarks} or {message: code}
    return Rejected(
        code=first.code if first else code,
        message=first.text if first else message,
        observations=told.observations,
        faults=tuple(_fault(number, text) for text, number in remarks.items()),
        answer=evidence,
        judged_at=sealed.sealed_at,
        receipt=receipt,
    )


def _fault(code: str, text: str) -> Fault:
    return Fault((), f"hacienda_{code}", "%(text)s", {"text": text})


def _decoded(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""
