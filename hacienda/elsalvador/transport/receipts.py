"""What Hacienda's answers at the desk for contingency mean (technical manual 1.0, 4.2.2, 4.3.2 and 4.4). Pure.

As in `answers`, the body judges, and the smallest doubt is `Unknown`. The answer to an event has words of its own:
`RECIBIDO` for `PROCESADO`, `mensaje`, `fechaHora`, and no code but what its observations begin with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from hacienda import http
from hacienda.elsalvador.rejections import pointers
from hacienda.elsalvador.rejections.observations import leading_code
from hacienda.elsalvador.transport import answers
from hacienda.elsalvador.transport.wire import read_object, text_of
from hacienda.values import Envelope, Fault
from hacienda.verdicts import Absent, Accepted, Answer, BatchResults, Received, Rejected, Unknown, Verdict

RECEIVED: Final = "RECIBIDO"

_UUID: Final = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EXISTS: Final = re.compile(r"(?i)\bya existe\b")
_OWN_CODE: Final = ("identificacion", "codigogeneracion")


@dataclass(frozen=True, slots=True)
class Event:
    """What is needed of an event that was sent: its own generation code, and those it lists in their order."""

    generation_code: str
    documents: tuple[str, ...]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Event:
        """From the event as it was signed."""
        return cls(
            event["identificacion"]["codigoGeneracion"],
            tuple(row["codigoGeneracion"] for row in event["detalleDTE"]),
        )


def reported(reply: http.Reply, event: Event, now: datetime) -> Verdict:
    """What became of a contingency event; `now` stands in for a time that Hacienda does not tell."""
    evidence = answers.evidence_of(reply)
    answer = read_object(reply.text) if reply.complete else None
    if answer is None:
        return answers.nothing_said(reply, evidence)
    state = answers.state_of(answer)
    if state not in (RECEIVED, answers.PROCESSED, answers.REFUSED):
        return _unexpected(reply, evidence)
    # The manual has no generation code here; if there is one, it must be ours.
    if not answers.concerns(answer, (event.generation_code,), or_nobody=True):
        return Unknown(answers.OTHER_DOCUMENT, evidence)
    if state == answers.REFUSED:
        return _refused_event(answer, event, evidence)
    stamp = text_of(answer.get("selloRecibido"))
    if not answers.STAMP.fullmatch(stamp):
        return Unknown(answers.NO_STAMP, evidence)
    told = text_of(answer.get("fechaHora")) or text_of(answer.get("fhProcesamiento"))
    return Accepted(
        stamp=stamp,
        stamped_at=answers.moment(told) or now,
        code=_own_code(answer),
        message=_message(answer),
        observations=answers.observations_of(answer),
        answer=evidence,
    )


def batch(reply: http.Reply, sending_id: str) -> Received | Rejected | Unknown:
    """What became of a batch that was sent. Its code decides: the manual prints an answer without a state, too."""
    evidence = answers.evidence_of(reply)
    answer = read_object(reply.text) if reply.complete else None
    if answer is None:
        return answers.nothing_said(reply, evidence)
    code = text_of(answer.get("codigoLote"))
    if _UUID.fullmatch(code):
        return Received(code, evidence)
    if code or answers.state_of(answer) != answers.REFUSED:
        return _unexpected(reply, evidence)
    if text_of(answer.get("idEnvio")).upper() not in ("", sending_id.upper()):
        return Unknown(answers.OTHER_DOCUMENT, evidence)
    told = answers.code_of(answer)
    if told == answers.EXISTS:
        return Unknown(answers.KNOWN_ALREADY, evidence)
    if told in answers.RETRY_LATER:
        return Unknown(answers.BUSY, evidence)
    return answers.refusal(answer, evidence, {}, ())


def batch_results(reply: http.Reply, documents: Sequence[Envelope], now: datetime) -> BatchResults | Absent | Unknown:
    """What has been judged of `documents` so far; results of others are passed over."""
    evidence = answers.evidence_of(reply)
    answer = read_object(reply.text) if reply.complete else None
    if answer is None:
        if reply.complete and reply.status == 404 and not reply.text.strip():
            return Absent(evidence)
        return answers.nothing_said(reply, evidence)
    lists = [rows for name in ("procesados", "rechazados") if isinstance(rows := answer.get(name), list)]
    if not lists:
        return _without_results(answer, reply, evidence)
    wanted = {document.generation_code: document for document in documents}
    verdicts: dict[str, Verdict] = {}
    for row in (row for rows in lists for row in rows if isinstance(row, dict)):
        code = text_of(row.get("codigoGeneracion")).upper()
        if code in wanted:
            verdict = _item(row, reply, wanted[code], now)
            verdicts[code] = _surer(verdicts[code], verdict) if code in verdicts else verdict
    return BatchResults(verdicts, evidence)


def _without_results(
    answer: Mapping[str, Any], reply: http.Reply, evidence: Answer
) -> BatchResults | Absent | Unknown:
    """No list: nothing judged yet, no such batch, or no answer to the question."""
    state = answers.state_of(answer)
    if state == answers.REFUSED and answers.code_of(answer) == answers.NO_RECORD:
        return Absent(evidence)
    if not state and reply.status == 404:
        return Absent(evidence)
    if state != answers.REFUSED and 200 <= reply.status < 300:
        return BatchResults({}, evidence)
    return _unexpected(reply, evidence)


def _item(row: dict[str, Any], reply: http.Reply, document: Envelope, now: datetime) -> Verdict:
    """One document's own part of the answer, read as if it had come alone."""
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str)
    return answers.submitted(http.Reply(reply.status, text, True, reply.milliseconds), document, now)


def _surer(first: Verdict, second: Verdict) -> Verdict:
    """Of two results for one document: a stamp counts, and a rejection only where nothing speaks against it."""
    for kind in (Accepted, Unknown):
        if isinstance(first, kind):
            return first
        if isinstance(second, kind):
            return second
    return first


def _unexpected(reply: http.Reply, evidence: Answer) -> Unknown:
    return Unknown(answers.GATEWAY if reply.status >= 500 else answers.UNEXPECTED, evidence)


def _refused_event(answer: Mapping[str, Any], event: Event, evidence: Answer) -> Rejected | Unknown:
    own, message, observations = _own_code(answer), _message(answer), answers.observations_of(answer)
    texts = [(leading_code(text) or own, text) for text in observations or (message,)]
    codes = [code for code, _ in texts]
    if answers.RETRY_LATER.issuperset(codes):
        return Unknown(answers.BUSY, evidence)
    return Rejected(
        code=own or next(filter(None, codes), ""),
        message=message,
        observations=observations,
        faults=tuple(_fault(code, text, event) for code, text in texts if text),
        answer=evidence,
        already_done=any(_exists_already(code, text, event) for code, text in texts),
    )


def _own_code(answer: Mapping[str, Any]) -> str:
    """The manual has no `codigoMsg` here; empty where Hacienda keeps to it."""
    return answers.code_of(answer) if text_of(answer.get("codigoMsg")) else ""


def _message(answer: Mapping[str, Any]) -> str:
    return text_of(answer.get("mensaje")) or text_of(answer.get("descripcionMsg"))


def _exists_already(code: str, text: str, event: Event) -> bool:
    """Whether a text says that this very event exists; that a listed document does is another matter."""
    exists = code == answers.EXISTS or _EXISTS.search(text) is not None
    return exists and (pointers.place(text) == _OWN_CODE or event.generation_code in text.upper())


def _fault(code: str, text: str, event: Event) -> Fault:
    """The fault of one observation, with the document it speaks of wherever that can be told."""
    [fault] = pointers.faults(code or "rejected", (text,), names=pointers.CONTINGENCY)
    named = next((one for one in map(str.upper, _UUID.findall(text)) if one in event.documents), None)
    path = fault.path
    if named is not None and not path:
        path = ("documents", event.documents.index(named))
    elif named is None and path[:1] == ("documents",) and len(path) > 1:
        index = path[1]
        named = event.documents[index] if isinstance(index, int) and index < len(event.documents) else None
    if named is None:
        return fault
    return replace(fault, path=path, params={**fault.params, "generation_code": named})
