"""The books of both sides compared: what was lost, what was done twice, and what was sent again without asking.

Ours is the database; Hacienda's is the sandbox's log of every request that it received.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from contingency.models import Batch, Event, Run
from documents.models import Decision, Document, HistoryEntry, Invalidation, Notice, Sequence
from documents.states import State
from hacienda.models import Outage

SENDING = ("recepciondte", "recepcionlote", "contingencia", "anulardte", "recepcion")
QUERIES = ("consultadte", "consulta")
# Under these an answer, or its no, reaches whoever asked; under `slow` unless it takes longer than we wait.
READ = frozenset({None, "reject", "no_seal", "slow", "stuck", "error", "notice"})
Entry = dict[str, Any]


def blind_resends(
    received: Iterable[Entry],
    invalidations: Mapping[str, str] | None = None,
    read: frozenset[str | None] = READ,
) -> list[str]:
    """What was sent again although it may have arrived and no answer in between had said that it did not.

    A no is a query that was answered with one, or a refusal that reached us; 401 means that nothing was looked at.
    Costa Rica's Hacienda refuses nothing in the answer to what it is sent, unless it stores nothing of it.
    `invalidations` tells the document of each invalidation event: the log names the one, a query the other.
    """
    events = invalidations or {}
    may_have_arrived: set[str] = set()
    blind = []
    for one in received:
        codes = _codes(one)
        if one["service"] in QUERIES:
            if one["fault"] in read and _says_no(one["answer"]):
                may_have_arrived.difference_update(codes, (f"invalidation of {events.get(code)}" for code in codes))
        elif one["service"] in SENDING:
            names = [f"invalidation of {code}" for code in codes] if one["service"] == "anulardte" else codes
            blind += [f"{one['service']} {name}" for name in names if name in may_have_arrived]
            refused = _is_refused(one) or (_state(one) == "RECHAZADO" and one["service"] != "recepcionlote")
            if (refused and one["fault"] in read) or one["fault"] == "unauthorized" or _is_unauthorized(one):
                may_have_arrived.difference_update(names)
            else:
                may_have_arrived.update(names)
    return blind


def stamps(received: Iterable[Entry]) -> dict[str, set[str]]:
    """The seals that Hacienda gave each document, or invalidated document, as far as its log tells them."""
    given: dict[str, set[str]] = defaultdict(set)
    for one in received:
        answer = one["answer"] if isinstance(one["answer"], dict) else {}
        if one["service"] == "recepciondte" and _state(one) == "PROCESADO":
            given[answer["codigoGeneracion"]].add(answer["selloRecibido"])
        elif one["service"] == "anulardte" and _state(one) == "PROCESADO":
            given[f"invalidation of {one['generation_code']}"].add(answer["selloRecibido"])
        elif one["service"] == "consultadtelote":
            for row in answer.get("procesados") or ():
                given[row["codigoGeneracion"]].add(row["selloRecibido"])
        elif one["service"] == "consultadte" and _state(one) == "PROCESADO":
            given[answer["codigoGeneracion"]].add(answer["selloRecibido"])
        elif one["service"] == "consulta" and answer.get("ind-estado") == "aceptado":
            receipt = base64.b64decode(answer["respuesta-xml"])
            given[answer["clave"]].add(hashlib.sha256(receipt).hexdigest())
    return given


def _by_notes(given: dict[str, set[str]], since: int) -> dict[str, set[str]]:
    """The same with what notes have taken back: whatever the stamp of the note, it is the one of the invalidation."""
    notes = Invalidation.objects.filter(document__pk__gt=since, note__isnull=False)
    for code, note in notes.values_list("document__generation_code", "note__generation_code"):
        if given.get(note):
            given[f"invalidation of {code}"] |= given[note]
    return given


def at_rest() -> bool:
    """Whether nothing is left to be done by anybody."""
    waiting = Document.objects.filter(state=State.CONTINGENCY.value, event_accepted_at=None)
    active = (
        one._default_manager.filter(one.ACTIVE) for one in (Document, Invalidation, Decision, Event, Run, Batch)
    )
    return not any(rows.exists() for rows in (*active, waiting, Outage.objects.filter(ended_at=None)))


def unfinished() -> list[str]:
    """What is neither final nor in contingency with its report accepted, in words."""
    found = [f"{one} is {one.state}" for one in Document.objects.filter(Document.ACTIVE)]
    waiting = Document.objects.filter(state=State.CONTINGENCY.value, event_accepted_at=None)
    found += [f"{one} was not reported" for one in waiting]
    for model in (Invalidation, Event, Run, Batch):
        rows = model._default_manager.filter(model.ACTIVE)
        found += [f"{model.__name__} {one.pk} is under way" for one in rows]
    found += [f"outage {one} is open" for one in Outage.objects.filter(ended_at=None)]
    return found


def wrong(received: list[Entry], *, since: int = 0, read: frozenset[str | None] = READ) -> list[str]:
    """Everything in which the books disagree, in words. Of documents, those with a greater key than `since`."""
    documents = list(Document.objects.filter(pk__gt=since).order_by("pk"))
    events = {
        one.generation_code: one.document.generation_code
        for one in Invalidation.objects.filter(document__pk__gt=since).select_related("document")
    }
    return [
        *(f"sent again blindly: {one}" for one in blind_resends(received, events, read)),
        *_gaps(),
        *_of_documents(documents, _by_notes(stamps(received), since), events),
        *_told_twice(documents),
        *_events_taken_twice(received),
    ]


def _of_documents(documents: list[Document], given: dict[str, set[str]], events: Mapping[str, str]) -> list[str]:
    found = []
    known = {one.generation_code for one in documents}
    stamped = (State.ACCEPTED, State.INVALIDATED)
    for one in documents:
        seals = given.get(one.generation_code, set())
        if len(seals) > 1:
            found.append(f"{one} was accepted {len(seals)} times")
        if one.state in stamped and seals != {one.received_stamp}:
            found.append(f"{one} is {one.state} with {one.received_stamp!r}, Hacienda gave {seals}")
        if one.state not in stamped and seals:
            found.append(f"{one} is {one.state}, and Hacienda accepted it")
        invalidated = len(given.get(f"invalidation of {one.generation_code}", ()))
        if invalidated != (one.state == State.INVALIDATED):
            found.append(f"{one} is {one.state}, and was invalidated {invalidated} times")
    strangers = {name.removeprefix("invalidation of ") for name in given} - known - set(events)
    for model in (Document, Event):
        strangers -= set(
            model._default_manager.filter(generation_code__in=strangers).values_list("generation_code", flat=True)
        )
    return found + [f"Hacienda accepted {code}, which nobody here knows" for code in strangers]


def _gaps() -> list[str]:
    """Series that do not count from 1 without a gap, or that repeat a number."""
    series = defaultdict(list)
    for *key, number in Document.objects.exclude(number=None).values_list(
        "merchant_id", "environment", "series", "year", "number"
    ):
        series[tuple(key)].append(number)
    found = [
        f"numbers of {key}: {sorted(numbers)}"
        for key, numbers in series.items()
        if sorted(numbers) != list(range(1, len(numbers) + 1))
    ]
    for row in Sequence.objects.all():
        numbers = series[row.merchant_id, row.environment, row.scope, row.year]
        if row.last != len(numbers):
            found.append(f"the series {row.scope} has given out {row.last} numbers for {len(numbers)} documents")
    return found


def _told_twice(documents: list[Document]) -> list[str]:
    """History and notices that do not agree with the document, or tell the same end twice."""
    found = []
    for one in documents:
        history = list(HistoryEntry.objects.filter(document=one).values_list("status", flat=True))
        if history[-1] != one.state:
            found.append(f"{one} is {one.state}, its history ends with {history[-1]}")
        told = Counter(Notice.objects.filter(document=one).values_list("type", flat=True))
        found += [
            f"{one}: {kind} was announced {times} times"
            for kind, times in told.items()
            if times > 1 and kind != Notice.Type.REJECTED
        ]
    return found


def _events_taken_twice(received: Iterable[Entry]) -> list[str]:
    taken = Counter(
        one["generation_code"] for one in received if one["service"] == "contingencia" and _state(one) == "RECIBIDO"
    )
    return [f"event {code} was taken {times} times" for code, times in taken.items() if times > 1]


def _codes(one: Entry) -> list[str]:
    # A knock, to see whether anybody is there, is of no document.
    return [code for code in one.get("generation_codes") or [one["generation_code"]] if code is not None]


def _state(one: Entry) -> str:
    return str(one["answer"].get("estado")) if isinstance(one["answer"], dict) else ""


def _is_refused(one: Entry) -> bool:
    """Whether Costa Rica's reception stored nothing, for another reason than that it has the document."""
    if one["service"] != "recepcion" or not isinstance(one["answer"], dict):
        return False
    return one["answer"].get("status") == 400 and "ya fue recibido" not in one["answer"].get("cause", "")


def _is_unauthorized(one: Entry) -> bool:
    return isinstance(one["answer"], dict) and one["answer"].get("status") == 401


def _says_no(answer: object) -> bool:
    """404, a rejection (judged, and without a seal), an answer without a state, or Hacienda's own failure."""
    if not isinstance(answer, dict):
        return False
    if "ind-estado" in answer:
        return answer["ind-estado"] in ("rechazado", "error")
    return answer.get("status") == 404 or answer.get("estado") == "RECHAZADO" or answer.get("estado", "") is None
