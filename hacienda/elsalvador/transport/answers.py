"""What Hacienda's answers mean (technical manual 1.0, 4.2 to 4.5, and real answers). Pure.

An answer is judged by its body, whatever the HTTP status says. Where the body leaves the smallest doubt the verdict
is `Unknown`, which never allows a resend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hacienda import http
from hacienda.elsalvador.rejections import origins, pointers
from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport import jws
from hacienda.elsalvador.transport.wire import read_object, text_of
from hacienda.values import Envelope, Path
from hacienda.verdicts import Absent, Accepted, Answer, Rejected, Unknown, Verdict

# The reasons of an Unknown.
GATEWAY: Final = "gateway"  # an HTTP error or a page of something in front of Hacienda
UNREADABLE: Final = "unreadable"  # no JSON object
TRUNCATED: Final = "truncated"  # the answer broke off
UNEXPECTED: Final = "unexpected"  # JSON, but neither of the two states
NO_STAMP: Final = "no_stamp"  # PROCESADO without a stamp is no acceptance
OTHER_DOCUMENT: Final = "other_document"  # about another generation code
KNOWN_ALREADY: Final = "known_already"  # 004: perhaps our own document, perhaps not
BUSY: Final = "hacienda_busy"

PROCESSED: Final = "PROCESADO"
REFUSED: Final = "RECHAZADO"

EXISTS: Final = "004"
INVALIDATED: Final = "015"
# An event that is sent again after a lost answer: its own code exists, or its document is invalidated already.
DONE_BEFORE: Final = frozenset({EXISTS, INVALIDATED})
NO_RECORD: Final = "014"
# Neither the document's fault nor a judgement of it: field not verifiable, signature service away, uncatalogued.
RETRY_LATER: Final = frozenset({"021", "022", "099"})
# Of the family of the login: they judge the token, before the document is looked at.
TOKEN_REFUSED: Final = frozenset({"106", "107", "108"})

STAMP: Final = re.compile(r"[0-9A-Z]{40}")
_MOMENT: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})\s+(\d{1,2})[:.](\d{2})[:.](\d{2})")
_ITEM_TYPE: Final = re.compile(r"\d{1,3}")


def token_refused(reply: http.Reply) -> bool:
    """Whether the token, not the document, was refused: 401, or a rejection that only concerns the token."""
    if reply.status == 401:
        return True
    answer = read_object(reply.text)
    return answer is not None and state_of(answer) == REFUSED and code_of(answer) in TOKEN_REFUSED


def forbidden(reply: http.Reply) -> bool:
    """Whether the account may not use the service: 403 without a judgement of a document."""
    answer = read_object(reply.text)
    return reply.status == 403 and not (answer and state_of(answer))


def submitted(reply: http.Reply, envelope: Envelope, now: datetime) -> Verdict:
    """What became of a document that was sent. `now` stands in for a time that Hacienda does not tell."""
    evidence = evidence_of(reply)
    answer = read_object(reply.text) if reply.complete else None
    if answer is None:
        return nothing_said(reply, evidence)
    state, code = state_of(answer), code_of(answer)
    if state == PROCESSED:
        return _accepted(answer, (envelope.generation_code,), evidence, now)
    if state != REFUSED:
        return Unknown(GATEWAY if reply.status >= 500 else UNEXPECTED, evidence)
    if not concerns(answer, (envelope.generation_code,), or_nobody=True):
        return Unknown(OTHER_DOCUMENT, evidence)
    if code == EXISTS:
        return Unknown(KNOWN_ALREADY, evidence)
    if code in RETRY_LATER:
        return Unknown(BUSY, evidence)
    return refusal(answer, evidence, origins.of(envelope.type_code), _item_types(envelope.signature))


def asked(reply: http.Reply, envelope: Envelope, now: datetime) -> Verdict:
    """What Hacienda knows of a document.

    "Not found" is not documented: `Absent` is a 404 that does not come from a gateway, a rejection
    with 014, a good answer without a state, and a rejection of this very document for a reason that asks to try
    again later: it was judged, and has no stamp.
    """
    evidence = evidence_of(reply)
    answer = read_object(reply.text) if reply.complete else None
    if answer is None:
        if reply.complete and reply.status == 404 and not reply.text.strip():
            return Absent(evidence)
        return nothing_said(reply, evidence)
    ours = (envelope.generation_code,)
    state, code = state_of(answer), code_of(answer)
    if state == PROCESSED:
        return _accepted(answer, ours, evidence, now)
    if not concerns(answer, ours, or_nobody=True):
        return Unknown(OTHER_DOCUMENT, evidence)
    if state == REFUSED:
        if code == NO_RECORD:
            return Absent(evidence)
        # A rejection that does not name the document may be one of the question itself: 094, 095.
        if not concerns(answer, ours):
            return Unknown(UNEXPECTED, evidence)
        if code in RETRY_LATER:
            return Absent(evidence, refused=True, of_question=True)
        return refusal(answer, evidence, origins.of(envelope.type_code), _item_types(envelope.signature))
    if not state and (reply.status == 404 or (200 <= reply.status < 300 and "estado" in answer)):
        return Absent(evidence)
    return Unknown(GATEWAY if reply.status >= 500 else UNEXPECTED, evidence)


def invalidated(reply: http.Reply, codes: tuple[str, ...], now: datetime) -> Verdict:
    """What became of an invalidation event; the stamp of an acceptance is the event's own.

    `codes` are the event's generation code and the document's: which of them Hacienda echoes is not documented.
    """
    evidence = evidence_of(reply)
    answer = read_object(reply.text) if reply.complete else None
    if answer is None:
        return nothing_said(reply, evidence)
    state, code = state_of(answer), code_of(answer)
    if state == PROCESSED:
        return _accepted(answer, codes, evidence, now)
    if state != REFUSED:
        return Unknown(GATEWAY if reply.status >= 500 else UNEXPECTED, evidence)
    if not concerns(answer, codes, or_nobody=True):
        return Unknown(OTHER_DOCUMENT, evidence)
    if code in RETRY_LATER:
        return Unknown(BUSY, evidence)
    rejected = refusal(answer, evidence, pointers.INVALIDATION, ())
    return replace(rejected, already_done=code in DONE_BEFORE)


def rejection(envelope: Envelope, evidence: Answer) -> Rejected | None:
    """The rejection that a kept answer is, read again; None where it is none.

    For a 004 that turned out to be no acceptance of ours: `submitted` calls it Unknown, and only after the question
    `hacienda.policy` gives it up as the rejection it was.
    """
    answer = read_object(evidence.body)
    if answer is None or state_of(answer) != REFUSED:
        return None
    return refusal(answer, evidence, origins.of(envelope.type_code), _item_types(envelope.signature))


def evidence_of(reply: http.Reply) -> Answer:
    """The answer as it is kept: without tokens and signatures, at most 4,000 characters."""
    return Answer(reply.status, http.redacted(reply.text), reply.milliseconds)


def moment(text: str) -> datetime | None:
    """`fhProcesamiento`, dd/MM/yyyy HH:mm:ss in El Salvador; Hacienda's own manual has one with a dot in it."""
    match = _MOMENT.match(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = (int(part) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=ZONE)
    except ValueError:
        return None


def nothing_said(reply: http.Reply, evidence: Answer) -> Unknown:
    """Why an answer that is no JSON object, or not all there, says nothing."""
    if not reply.complete:
        return Unknown(TRUNCATED, evidence)
    is_page = reply.text.lstrip().startswith("<")
    return Unknown(GATEWAY if is_page or reply.status >= 400 else UNREADABLE, evidence)


def _accepted(answer: Mapping[str, Any], codes: tuple[str, ...], evidence: Answer, now: datetime) -> Verdict:
    if not concerns(answer, codes):
        return Unknown(OTHER_DOCUMENT, evidence)
    stamp = text_of(answer.get("selloRecibido"))
    if not STAMP.fullmatch(stamp):
        return Unknown(NO_STAMP, evidence)
    return Accepted(
        stamp=stamp,
        stamped_at=moment(text_of(answer.get("fhProcesamiento"))) or now,
        code=code_of(answer),
        message=text_of(answer.get("descripcionMsg")),
        observations=observations_of(answer),
        answer=evidence,
    )


def refusal(
    answer: Mapping[str, Any], evidence: Answer, names: Mapping[str, Path], lines: tuple[int, ...]
) -> Rejected:
    """A rejection with a fault for everything it names; `names` and `lines` as in `pointers.faults`."""
    code, message, observations = code_of(answer), text_of(answer.get("descripcionMsg")), observations_of(answer)
    # A fault of the schema stands in the observations, one of the data in the message.
    texts = observations if observations and not pointers.place(message) else (message or code, *observations)
    return Rejected(
        code=code,
        message=message,
        observations=observations,
        faults=pointers.faults(code, texts, names=names, lines=lines),
        answer=evidence,
        judged_at=moment(text_of(answer.get("fhProcesamiento"))),
    )


def state_of(answer: Mapping[str, Any]) -> str:
    """`estado` in capitals; empty where there is none."""
    return text_of(answer.get("estado")).upper()


def code_of(answer: Mapping[str, Any]) -> str:
    """Three digits; numbers and lost zeros occur."""
    return text_of(answer.get("codigoMsg"))[:20].zfill(3)


def observations_of(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """`observaciones` without the empty ones; a single text occurs in place of a list."""
    value = answer.get("observaciones")
    rows = value if isinstance(value, list) else [value]
    return tuple(text for text in map(text_of, rows) if text)


def concerns(answer: Mapping[str, Any], codes: tuple[str, ...], *, or_nobody: bool = False) -> bool:
    """Whether the answer names one of our generation codes, or, where that will do, none at all."""
    echoed = text_of(answer.get("codigoGeneracion")).upper()
    return echoed in codes or (or_nobody and not echoed)


def _item_types(signature: str) -> tuple[int, ...]:
    """The `tipoItem` of each line of the document that was signed; empty where it cannot be told."""
    try:
        document = read_object(jws.payload(signature))
    except ValueError:
        return ()
    rows = document.get("cuerpoDocumento") if document else None
    types = [text_of(row.get("tipoItem")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(int(kind) if _ITEM_TYPE.fullmatch(kind) else 0 for kind in types)
