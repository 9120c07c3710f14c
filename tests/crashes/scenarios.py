"""What a process was at when it died: each is an errand of the product from its beginning to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Merchant
from contingency.models import Run
from contingency.services import runs
from documents.models import Document
from documents.states import State
from tests import books
from tests.actors import Caller, Sandbox, invoice
from tests.crashes.boundaries import Boundaries
from tests.crashes.lives import Tell
from tests.pace import LONGEST, work
from tests.ticos import ticket

CUSTOMER = {"name": "Ana Ejemplo", "email": "ana@example.com"}
BROKEN = {"code": "020", "message": "[resumen.totalPagar] CALCULO INCORRECTO"}


class Scenario:
    """One errand. `begin` happens before, and nobody dies in it; `go` is where the process dies."""

    promised = 1  # documents, where nobody dies

    def __init__(self, manager: Caller, sandbox: Sandbox) -> None:
        manager._client.raise_request_exception = False  # a caller sees an answer, whatever it is
        self._manager = manager
        self.sandbox = sandbox
        self.documents: list[str] = []

    @property
    def manager(self) -> Caller:
        """Whoever calls next. As a server does before each request, a connection that is gone is made anew."""
        connection.errors_occurred = True  # so that it is looked at, whatever was noticed
        connection.close_if_unusable_or_obsolete()
        return self._manager

    def body(self, **more: Any) -> dict[str, Any]:
        """The least that is sent."""
        return invoice(**more)

    def begin(self) -> None:
        """What is there before."""

    def go(self) -> None:
        """The errand itself."""
        raise NotImplementedError

    def end(self) -> list[str]:
        """What the caller does after the crash, and what is wrong with the answers."""
        return []

    def live(self, tell: Tell, boundaries: Boundaries) -> None:
        self.tell = tell
        boundaries.counting = True
        self.go()
        boundaries.counting = False

    def told(self, answer: HttpResponse) -> None:
        """Pass on what was promised; an answer without a document promises nothing."""
        if answer.status_code < 500:
            body = answer.json()
            document = body.get("document", body)
            if "received_stamp" in document:
                self.tell(json.dumps({name: document[name] for name in ("id", "status", "received_stamp")}))


class Issuing(Scenario):
    """A document is sent, under an Idempotency-Key, with a mail to the customer."""

    def begin(self) -> None:
        self.key = f"key-{time.monotonic_ns()}"

    def go(self) -> None:
        self.told(self.send())

    def send(self) -> HttpResponse:
        return self.manager.send(invoice(customer=CUSTOMER), **{"Idempotency-Key": self.key})

    def end(self) -> list[str]:
        """Whoever got no answer asks again, with the same key, and gets the one document there is."""
        ends = time.monotonic() + LONGEST
        while (answer := self.send()).status_code == 409 and time.monotonic() < ends:
            time.sleep(0.05)
        if answer.status_code not in (201, 202) or answer.json()["status"] != "accepted":
            return [f"sent again with its key: {answer.status_code} {answer.content.decode()[:300]}"]
        return []


class LosingTheAnswer(Issuing):
    """A document is sent and Hacienda takes it, but its answer is lost."""

    def begin(self) -> None:
        super().begin()
        self.sandbox.fault("drop_answer", "recepciondte", count=1)


class NotGettingThrough(Issuing):
    """A document is sent and is lost on its way, twice."""

    def begin(self) -> None:
        super().begin()
        self.sandbox.fault("down", "recepciondte", count=2)


class Correcting(Scenario):
    """A rejected document is corrected, with the same code and number."""

    def begin(self) -> None:
        self.sandbox.fault("reject", "recepciondte", count=1, **BROKEN)
        self.rejected = self.manager.send().json()["document"]

    def go(self) -> None:
        self.told(self.correct())

    def correct(self) -> HttpResponse:
        return self.manager.post(f"documents/{self.rejected['id']}/correct", invoice(customer=CUSTOMER))

    def end(self) -> list[str]:
        """A correction that did not come to be is made now; the other is there already."""
        answer = self.correct()
        if answer.status_code == 200 and answer.json()["status"] == "accepted":
            return []
        if answer.status_code == 409 and answer.json()["code"] == "not_rejected":
            return []
        return [f"corrected again: {answer.status_code} {answer.content.decode()[:300]}"]


class ReplacingTheRejected(Correcting):
    """A rejected document is corrected after its term: another one takes its place."""

    promised = 2

    def begin(self) -> None:
        super().begin()
        document = Document.objects.get(public_id=self.rejected["id"])
        assert document.rejection is not None
        long_ago = (timezone.now() - timedelta(days=2)).isoformat()
        Document.objects.filter(pk=document.pk).update(rejection=document.rejection | {"at": long_ago})

    def end(self) -> list[str]:
        answer = self.correct()
        if answer.status_code == 200 and answer.json()["status"] == "accepted":
            return []
        if answer.status_code == 409 and answer.json()["code"] == "already_replaced":
            return []
        return [f"corrected again: {answer.status_code} {answer.content.decode()[:300]}"]


class Invalidating(Scenario):
    """A stamped document is invalidated."""

    def begin(self) -> None:
        self.stamped = self.manager.send().json()

    def go(self) -> None:
        self.told(self.invalidate())

    def invalidate(self) -> HttpResponse:
        return self.manager.post(f"documents/{self.stamped['id']}/invalidate", {"kind": "rescinded"})

    def end(self) -> list[str]:
        answer = self.invalidate()
        if answer.status_code == 200 and answer.json()["status"] == "invalidated":
            return []
        if answer.status_code == 409 and answer.json()["code"] == "already_invalidated":
            return []
        return [f"invalidated again: {answer.status_code} {answer.content.decode()[:300]}"]


class LosingTheEvent(Invalidating):
    """A stamped document is invalidated and the answer is lost."""

    def begin(self) -> None:
        super().begin()
        self.sandbox.fault("drop_answer", "anulardte", count=1)


class GettingOverAnOutage(Scenario):
    """Two documents are issued in an outage; it ends, the event goes, and a run sends them."""

    promised = 2

    def begin(self) -> None:
        # The login goes on: what is sent has left, and nobody knows whether it arrived.
        self.sandbox.fault("down", "recepciondte")
        self.sandbox.fault("down", "consultadte")

    def go(self) -> None:
        for _ in range(2):
            at = timezone.now() - timedelta(minutes=10)
            self.told(self.manager.send(invoice(customer=CUSTOMER, issued_at=at.isoformat())))
        self.sandbox.heal()
        self.spoil()
        work(_reported)
        self.manager.post("contingency/runs")
        work(books.at_rest)

    def spoil(self) -> None:
        """What goes wrong once Hacienda is back."""


class LosingTheAnswerOfABatch(GettingOverAnOutage):
    """The same, and the answers to event and batch are lost."""

    def spoil(self) -> None:
        self.sandbox.fault("drop_answer", "contingencia", count=1)
        self.sandbox.fault("drop_answer", "recepcionlote", count=1)


class IssuingInCostaRica(Scenario):
    """A document is sent to an authority that judges it later."""

    def begin(self) -> None:
        self.key = f"key-{time.monotonic_ns()}"

    def body(self, **more: Any) -> dict[str, Any]:
        return ticket(**more)

    def go(self) -> None:
        self.told(self.send())

    def send(self) -> HttpResponse:
        return self.manager.send(self.body(), **{"Idempotency-Key": self.key})

    def end(self) -> list[str]:
        ends = time.monotonic() + LONGEST
        while (answer := self.send()).status_code == 409 and time.monotonic() < ends:
            time.sleep(0.05)
        if answer.status_code not in (201, 202):
            return [f"sent again with its key: {answer.status_code} {answer.content.decode()[:300]}"]
        return []


class LosingTheAnswerInCostaRica(IssuingInCostaRica):
    """The same, and nobody hears that it was taken."""

    def begin(self) -> None:
        super().begin()
        self.sandbox.fault("drop_answer", "recepcion", count=1)


class VoidingInCostaRica(IssuingInCostaRica):
    """A document is taken back by another one."""

    promised = 2

    def begin(self) -> None:
        self.stamped = self.manager.send(self.body()).json()
        assert self.stamped["status"] == "accepted", self.stamped

    def go(self) -> None:
        self.told(self.invalidate())

    def invalidate(self) -> HttpResponse:
        return self.manager.post(f"documents/{self.stamped['id']}/invalidate", {"kind": "rescinded"})

    def end(self) -> list[str]:
        answer = self.invalidate()
        if answer.status_code in (200, 202) or answer.json()["code"] in ("already_invalidated", IN_PROGRESS):
            return []
        return [f"invalidated again: {answer.status_code} {answer.content.decode()[:300]}"]


class GettingOverAnOutageInCostaRica(IssuingInCostaRica):
    """Two documents are issued in an outage; they go by themselves when it is over."""

    promised = 2

    def begin(self) -> None:
        self.sandbox.fault("down", "recepcion")
        self.sandbox.fault("down", "consulta")

    def go(self) -> None:
        for _ in range(2):
            self.told(self.manager.send(self.body()))
        self.sandbox.heal()
        work(lambda: books.at_rest() and not Document.objects.filter(state=State.CONTINGENCY.value).exists())

    def end(self) -> list[str]:
        return []


IN_PROGRESS = "invalidation_in_progress"
COSTARICAN = (
    IssuingInCostaRica,
    LosingTheAnswerInCostaRica,
    VoidingInCostaRica,
    GettingOverAnOutageInCostaRica,
)


def _reported() -> bool:
    waiting = Document.objects.filter(state=State.CONTINGENCY.value)
    return waiting.exists() and not waiting.filter(event_accepted_at=None).exists()


def recover(merchant: Merchant, scenario: Scenario) -> Callable[[Tell, Boundaries], None]:
    """A sender that is started after the crash, and a person who wants everything sent; then the caller again."""

    def life(tell: Tell, _boundaries: Boundaries) -> None:
        work(_nobody_is_at_it)
        runs.start(merchant=merchant, environment="sandbox", trigger=Run.Trigger.BUTTON, now=timezone.now())
        work(books.at_rest)
        for problem in scenario.end():
            tell(problem)
        work(books.at_rest)

    return life


def _nobody_is_at_it() -> bool:
    return not any(line for line in books.unfinished() if "transmitting" in line)


def broken_promises(told: list[str]) -> list[str]:
    """What callers were told and is not so."""
    broken = []
    later: dict[str, set[str]] = {
        "transmitting": {"accepted", "invalidated"},
        "contingency": {"accepted", "invalidated"},
        "accepted": {"accepted", "invalidated"},
        "rejected": {"rejected", "accepted"},
        "invalidated": {"invalidated"},
    }
    for line in told:
        promise: dict[str, Any] = json.loads(line)
        document = Document.objects.filter(public_id=promise["id"]).first()
        if document is None:
            broken.append(f"{line}, and there is no such document")
        elif document.state not in later[promise["status"]]:
            broken.append(f"{line}, and it is {document.state}")
        elif promise["received_stamp"] not in (None, document.received_stamp):
            broken.append(f"{line}, and its stamp is {document.received_stamp}")
    return broken
