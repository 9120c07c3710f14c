"""What happens to a request between the socket and the services: the log, the faults, the answer."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass, replace

from .clock import Clock
from .elsalvador.answers import without_seal
from .elsalvador.arrivals import Arrival, take_in
from .elsalvador.envelope import Reply
from .elsalvador.public_page import PATH as PUBLIC_PAGE
from .elsalvador.services import Services
from .faults import PROCESSED, REJECT, Fault, FaultBook
from .journal import Entry, Journal
from .tokens import TokenMint
from .wire import HTML, Request, Response, dump_json, json_response

ROUTES = {
    ("POST", "/seguridad/auth"): "auth",
    ("POST", "/fesv/recepciondte"): "recepciondte",
    ("POST", "/fesv/recepcionlote"): "recepcionlote",
    ("POST", "/fesv/recepcion/consultadte"): "consultadte",
    ("POST", "/fesv/contingencia"): "contingencia",
    ("POST", "/fesv/anulardte"): "anulardte",
}
BATCH_QUERY = "/fesv/recepcion/consultadtelote/"
RETRY_AFTER_SECONDS = "1"
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


def service_of(request: Request) -> str | None:
    """Return the name of Hacienda's service that a request is for, or None."""
    is_batch_query = request.method == "GET" and request.path.startswith(BATCH_QUERY)
    return "consultadtelote" if is_batch_query else ROUTES.get((request.method, request.path))


def _as_response(reply: Reply) -> Response:
    return json_response(reply.status, reply.body)


class Desk:
    """Takes every request that is not the control plane's."""

    def __init__(
        self, journal: Journal, services: Services, faults: FaultBook, mint: TokenMint, clock: Clock
    ) -> None:
        self._journal = journal
        self._services = services
        self._faults = faults
        self._mint = mint
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End every wait at once."""
        self._stopping.set()

    def handle(self, request: Request) -> Outcome:
        """Return what is to be done about a request; its line in the log is written before."""
        service = service_of(request)
        if service is None:
            return Outcome(Delivery.SEND, self._page(request))
        bearer = self._mint.read(request.headers.get("authorization", ""), self._clock.now())
        fault, arrival = self._drawn(take_in(service, request, bearer))
        acting = fault.fault if fault else (REJECT if arrival.ordered else None)
        line = self._journal.log(
            Entry(
                service=service,
                generation_code=arrival.generation_code,
                nit=arrival.nit,
                at=self._clock.now().isoformat(),
                fault=acting,
                answer=None,
                generation_codes=arrival.generation_codes,
            )
        )
        if fault is None:
            return Outcome(Delivery.SEND, _as_response(self._processed(arrival, line)))
        return self._under(fault, arrival, line)

    def _drawn(self, arrival: Arrival) -> tuple[Fault | None, Arrival]:
        """Return the fault that acts on the request, and the arrival with the rejections ordered inside a batch."""
        if arrival.generation_codes is None:
            return self._faults.draw(arrival.service, arrival.nit, arrival.generation_code), arrival
        fault, rejecting = self._faults.draw_for_batch(arrival.service, arrival.nit, arrival.generation_codes)
        ordered = {position: (one.code, one.message) for position, one in rejecting.items()}
        return fault, replace(arrival, ordered=ordered)

    def _page(self, request: Request) -> Response:
        if request.method == "GET" and request.path == PUBLIC_PAGE:
            return self._services.public_page(request)
        if any(request.path == path for _, path in ROUTES):
            return json_response(405, {"status": 405, "error": "Method Not Allowed", "path": request.path})
        return json_response(404, {"status": 404, "error": "Not Found", "path": request.path})

    def _processed(self, arrival: Arrival, line: int) -> Reply:
        """Return what the service answers, written into the log before anything is sent."""
        return self._made(self._services.serve(arrival), line)

    def _made(self, reply: Reply, line: int) -> Reply:
        self._journal.log_answer(line, dump_json(reply.body))
        return reply

    def _wait(self, fault: Fault) -> None:
        if fault.delay_ms:
            self._stopping.wait(fault.delay_ms / 1000)

    def _under(self, fault: Fault, arrival: Arrival, line: int) -> Outcome:
        """Return the outcome under a fault: what it lets be processed, then its delay, then its damage."""
        if fault.fault == "hang":
            return Outcome(Delivery.HOLD)
        if fault.fault == "slow":
            self._wait(fault)
            return Outcome(Delivery.SEND, _as_response(self._processed(arrival, line)))
        if fault.fault in PROCESSED:
            outcome = self._damaged(fault, self._processed(arrival, line))
        else:
            outcome = self._unprocessed(fault, arrival, line)
        self._wait(fault)
        return outcome

    def _damaged(self, fault: Fault, reply: Reply) -> Outcome:
        """Return the outcome of a request that was processed and whose answer is then harmed."""
        match fault.fault:
            case "drop_answer":
                return Outcome(Delivery.CLOSE)
            case "truncated":
                return Outcome(Delivery.CUT, _as_response(reply))
            case "no_seal":
                return Outcome(Delivery.SEND, json_response(reply.status, without_seal(reply.body)))
            case _:
                return Outcome(Delivery.SEND, _as_response(reply))

    def _unprocessed(self, fault: Fault, arrival: Arrival, line: int) -> Outcome:
        """Return the outcome of a request that the service never sees.

        The pages are a gateway's: the log has no answer for them, since the service made none.
        """
        match fault.fault:
            case "reject":
                reply = self._made(self._services.reject(arrival, fault.code, fault.message), line)
                return Outcome(Delivery.SEND, _as_response(reply))
            case "unauthorized":
                return Outcome(Delivery.SEND, _as_response(self._made(Reply(401, {}), line)))
            case "throttled":
                self._made(Reply(429, {}), line)
                waiting = (("Retry-After", RETRY_AFTER_SECONDS),)
                return Outcome(Delivery.SEND, json_response(429, {}, waiting))
            case "unavailable":
                return Outcome(Delivery.SEND, Response(503, UNAVAILABLE_PAGE, HTML))
            case "garbage":
                return Outcome(Delivery.SEND, Response(200, GARBAGE_PAGE, HTML))
            case _:
                return Outcome(Delivery.CLOSE)
