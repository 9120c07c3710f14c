"""What happens to a request between the socket and the counters: the log, the faults, the answer."""

from __future__ import annotations

import enum
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .counters import Answer, Arrival, Counter
from .faults import ORDERS, PROCESSED, REJECT, Fault, FaultBook
from .journal import Entry, Journal
from .wire import HTML, Request, Response, json_response

UNAVAILABLE_PAGE = b"<html><head><title>503</title></head><body><h1>503 Service Unavailable</h1></body></html>"
GARBAGE_PAGE = b"<html><body><h1>Sistema en mantenimiento</h1><p>Intente de nuevo.</p></body></html>"


class Delivery(enum.Enum):
    """How an answer reaches the wire."""

    SEND = "send"
    CUT = "cut"  # Less is sent than the length announced, then the connection is closed.
    CLOSE = "close"  # Nothing is sent, the connection is closed.
    HOLD = "hold"  # Nothing is sent until the client gives up.


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response and how it is delivered; there is no response where none is sent."""

    delivery: Delivery
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A request at its counter, and its line in the log."""

    counter: Counter[Any]
    arrival: Any
    line: int


class Desk:
    """Takes every request that is not the control plane's."""

    def __init__(self, journal: Journal, counters: Sequence[Counter[Any]], faults: FaultBook, clock: Clock) -> None:
        self._journal = journal
        self._counters = counters
        self._faults = faults
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End every wait at once."""
        self._stopping.set()
        for counter in self._counters:
            counter.stop()

    def handle(self, request: Request) -> Outcome:
        """Return what is to be done about a request; its line in the log is written before."""
        for counter in self._counters:
            service = counter.service_of(request)
            if service is not None:
                return self._at(counter, service, request)
        return Outcome(Delivery.SEND, self._page(request))

    def _page(self, request: Request) -> Response:
        for counter in self._counters:
            page = counter.page(request)
            if page is not None:
                return page
        return json_response(404, {"status": 404, "error": "Not Found", "path": request.path})

    def _at(self, counter: Counter[Any], service: str, request: Request) -> Outcome:
        arrival = counter.take_in(service, request, self._clock.now())
        fault, ordered = self._drawn(arrival)
        if ordered:
            arrival = counter.with_orders(arrival, ordered)
        acting = fault.fault if fault else (REJECT if ordered else None)
        line = self._journal.log(
            Entry(
                service=arrival.service,
                generation_code=arrival.generation_code,
                nit=arrival.nit,
                at=self._clock.now().isoformat(),
                fault=acting,
                answer=None,
                generation_codes=arrival.generation_codes,
            )
        )
        case = _Case(counter, arrival, line)
        return Outcome(Delivery.SEND, self._processed(case).response) if fault is None else self._under(fault, case)

    def _drawn(self, arrival: Arrival) -> tuple[Fault | None, dict[int, tuple[str | None, str | None]]]:
        """Return the fault that acts on the request, and the rejections ordered inside a batch."""
        if arrival.generation_codes is None:
            return self._faults.draw(arrival.service, arrival.nit, arrival.generation_code), {}
        fault, rejecting = self._faults.draw_for_batch(arrival.service, arrival.nit, arrival.generation_codes)
        return fault, {position: (one.code, one.message) for position, one in rejecting.items()}

    def _processed(self, case: _Case) -> Answer:
        """Return what the service answers, written into the log before anything is sent."""
        return self._made(case.counter.serve(case.arrival), case.line)

    def _made(self, answer: Answer, line: int) -> Answer:
        self._journal.log_answer(line, answer.logged)
        return answer

    def _wait(self, fault: Fault) -> None:
        if fault.delay_ms:
            self._stopping.wait(fault.delay_ms / 1000)

    def _under(self, fault: Fault, case: _Case) -> Outcome:
        """Return the outcome under a fault: what it lets be processed, then its delay, then its damage."""
        if fault.fault == "hang":
            return Outcome(Delivery.HOLD)
        if fault.fault == "slow":
            self._wait(fault)
            return Outcome(Delivery.SEND, self._processed(case).response)
        outcome = self._damaged(fault, case) if fault.fault in PROCESSED else self._unprocessed(fault, case)
        self._wait(fault)
        return outcome

    def _damaged(self, fault: Fault, case: _Case) -> Outcome:
        """Return the outcome of a request that was processed and whose answer is then harmed."""
        answer = self._processed(case)
        match fault.fault:
            case "drop_answer":
                return Outcome(Delivery.CLOSE)
            case "truncated":
                return Outcome(Delivery.CUT, answer.response)
            case "no_seal":
                return Outcome(Delivery.SEND, case.counter.unsealed(answer, fault.code))
            case _:
                return Outcome(Delivery.SEND, answer.response)

    def _unprocessed(self, fault: Fault, case: _Case) -> Outcome:
        """Return the outcome of a request that the service does not see, or about which it has its orders.

        The pages are a gateway's: the log has no answer for them, since the service made none.
        """
        if fault.fault == REJECT or fault.fault in ORDERS:
            answer = case.counter.obey(case.arrival, fault.fault, fault.code, fault.message)
            return Outcome(Delivery.SEND, self._made(answer, case.line).response)
        match fault.fault:
            case "unauthorized":
                return Outcome(Delivery.SEND, self._made(case.counter.unauthorized(), case.line).response)
            case "throttled":
                return Outcome(Delivery.SEND, self._made(case.counter.throttled(), case.line).response)
            case "unavailable":
                return Outcome(Delivery.SEND, Response(503, UNAVAILABLE_PAGE, HTML))
            case "garbage":
                return Outcome(Delivery.SEND, Response(200, GARBAGE_PAGE, HTML))
            case _:
                return Outcome(Delivery.CLOSE)
