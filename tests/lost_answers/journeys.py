"""One case lived through: what the caller saw, what was said to Hacienda, what became of it, and what it received."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from accounts import vault
from accounts.models import Merchant
from contingency.models import Event, Exchange, Run
from contingency.services import runs
from documents.models import Attempt, Document, Invalidation
from documents.services import dispatch
from hacienda import registry
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.transport.client import Client
from hacienda.http import Patience
from tests import books, pace
from tests.actors import Caller, Sandbox, invoice
from tests.contingency.outages import contingency, outage
from tests.lost_answers.cases import INVALIDATING, REPORTING, SENDING, TOO_SLOW, Case

SAID = {"submit": "sent", "ask": "asked", "read": "read", "correct": "seen to by a person"}
WHILE_IT_LASTS = 6  # times our patience: long enough to ask, to believe it and to send again
CALLERS_SHARE = 0.6  # of our patience with Hacienda: so long does a caller wait where somebody is silent


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line of the table. `wrong` is what must never be, in words."""

    seen: str
    at_once: str
    received: str
    afterwards: str
    end: str
    wrong: tuple[str, ...] = ()


class Place:
    """Where cases are lived through, one after the other: a merchant, its caller and a sandbox."""

    def __init__(self, merchant: Merchant, manager: Caller, sandbox: Sandbox, settings: Any) -> None:
        manager._client.raise_request_exception = False
        self.merchant = merchant
        self.manager = manager
        self.sandbox = sandbox
        self.settings = settings

    def live(self, case: Case, patience: float) -> Outcome:
        """`patience`: seconds that our client waits for an answer."""
        self._meet_hacienda(patience)
        self.sandbox.heal()
        vault.release(self.merchant, "sandbox")  # the last look of the case before may have been refused
        self.sandbox.control("DELETE", "received")
        errand = {SENDING: Sending, INVALIDATING: Invalidating, REPORTING: Reporting}[case.errand](self)
        before = len(self.sandbox.received())
        self._meet_hacienda(patience)
        for blow in reversed(case.blows):
            self.sandbox.control("POST", "faults", **blow.order(patience))
        wait = CALLERS_SHARE * patience if case.is_silent else 60.0
        self.settings.DEFAULT_WAIT = timedelta(seconds=wait)
        seen = errand.go()
        _until(lambda: not dispatch._pool.busy)
        first, received = errand.said(), self.sandbox.received()
        if case.errand != REPORTING:
            self.sandbox.heal()
        elif any(one.lasting for one in case.blows):
            with suppress(pace.NotAtRest):  # a sender goes on for a while before Hacienda is well again
                pace.work(self._is_at_rest, seconds=WHILE_IT_LASTS * patience)
            self.sandbox.heal()
        self._a_person_acts()
        wrong: list[str] = []
        try:
            pace.work(self._is_at_rest, seconds=30)
        except AssertionError as error:
            wrong.append(str(error))
        log = self.sandbox.received()
        if case.errand == REPORTING:
            received = log
        read = books.READ - {"slow"} if any(one.fault == TOO_SLOW for one in case.blows) else books.READ
        wrong += books.wrong(log, since=errand.since, read=read)
        after = errand.said()
        return Outcome(
            seen=seen,
            at_once=_words(first),
            received=_counted(received[before:], exactly=case.errand != REPORTING),
            afterwards=_words(after[len(first) :]),
            end=errand.end(),
            wrong=tuple(wrong),
        )

    def _meet_hacienda(self, patience: float) -> None:
        """As a process that was just started: without a token."""
        pace.doubt_for(patience)
        client = Client(patience=Patience(connect=patience, total=patience))
        registry._AUTHORITIES = {**registry._AUTHORITIES, "SV": ElSalvador(client)}

    def _a_person_acts(self) -> None:
        """Credentials that were refused are put right; the table's reader is told."""
        vault.release(self.merchant, "sandbox")

    def _is_at_rest(self) -> bool:
        if self._is_held():
            self._a_person_acts()
        if Event.objects.filter(state=Event.State.REJECTED).exists():
            # The button is pressed once more.
            runs.start(merchant=self.merchant, environment="sandbox", trigger=Run.Trigger.BUTTON, now=timezone.now())
        return books.at_rest()

    def _is_held(self) -> bool:
        return self.merchant.credentials.filter(refused_at__isnull=False).exists()


class Sending:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.since = _newest()

    def go(self) -> str:
        return _seen(self.place.manager.send(invoice()))

    def document(self) -> Document:
        return Document.objects.get(pk__gt=self.since)

    def said(self) -> list[str]:
        return _attempts(Attempt.objects.filter(document__pk__gt=self.since, invalidation=None))

    def end(self) -> str:
        return str(self.document().state)


class Invalidating(Sending):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.stamped = place.manager.send(invoice()).json()
        assert self.stamped["status"] == "accepted", self.stamped

    def go(self) -> str:
        answer = self.place.manager.post(f"documents/{self.stamped['id']}/invalidate", {"kind": "rescinded"})
        return _seen(answer)

    def said(self) -> list[str]:
        return _attempts(Attempt.objects.filter(document__pk__gt=self.since).exclude(invalidation=None))

    def end(self) -> str:
        event = Invalidation.objects.get(document__pk__gt=self.since)
        return f"{self.document().state}{', the event was refused' if event.status == 'rejected' else ''}"


class Reporting(Sending):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        over = outage()
        contingency(place.merchant, over)
        self.exchanged = Exchange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def go(self) -> str:
        run, _made = runs.start(
            merchant=self.place.merchant, environment="sandbox", trigger=Run.Trigger.API, now=timezone.now()
        )
        return f"202 {run.state}"

    def said(self) -> list[str]:
        rows: list[tuple[Any, str, str]] = []
        for one in Exchange.objects.filter(pk__gt=self.exchanged):
            what = "event" if one.event_id else "batch"
            rows.append((one.started_at, f"{what} {SAID[one.action]}", one.outcome))
        for one in Attempt.objects.filter(document__pk__gt=self.since):
            rows.append((one.started_at, f"document {SAID[one.action]}", one.outcome))
        return [f"{said}: {outcome}" for _at, said, outcome in sorted(rows)]

    def end(self) -> str:
        states = Counter(Document.objects.filter(pk__gt=self.since).values_list("state", flat=True))
        run = Run.objects.latest("pk")
        return f"run {run.state}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _newest() -> int:
    return Document.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _seen(answer: Any) -> str:
    body = answer.json()
    document = body.get("document", body)
    if answer.status_code >= 400:
        return f"{answer.status_code} {body['code']}"
    doubt = (document["contingency"] or {}).get("uncertain")
    event = document["invalidation"] and document["status"] == "accepted"
    told = "invalidation on its way" if event else document["status"]
    return f"{answer.status_code} {told}{', uncertain' if doubt else ''}"


def _attempts(rows: Any) -> list[str]:
    return [f"{SAID[one.action]}: {one.outcome}" for one in rows.order_by("pk")]


def _words(said: Iterable[str]) -> str:
    told = [f"{one} (again and again)" if len(list(same)) > 3 else one for one, same in _grouped(said)]
    return "; ".join(told) or "-"


def _grouped(said: Iterable[str]) -> Iterable[tuple[str, Iterable[str]]]:
    for one, same in groupby(said):
        times = list(same)
        if len(times) > 3:
            yield one, times
        else:
            yield from ((one, [one]) for _ in times)


def _counted(received: list[books.Entry], *, exactly: bool) -> str:
    """How many requests of each kind; of questions in a run only whether there was one or more."""
    counts = Counter(one["service"] for one in received)
    return ", ".join(
        f"{'n' if not exactly and count > 1 and service.startswith('consulta') else count} {service}"
        for service, count in sorted(counts.items())
    )


def _until(check: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not check():
        assert time.monotonic() < ends
        time.sleep(0.01)
