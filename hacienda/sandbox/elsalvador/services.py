"""Hacienda's services behind one door: the login, and the ways to reception, batches and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hacienda.sandbox.batch_book import BatchBook
from hacienda.sandbox.clock import Clock
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.store import Store
from hacienda.sandbox.tokens import TokenMint
from hacienda.sandbox.wire import Request, Response

from . import answers, public_page
from .arrivals import Arrival
from .batches import Batches
from .envelope import Reply, complete, echo_of
from .events import Events
from .reception import Reception

LOGIN = "auth"


class Services:
    """Hacienda's services over the sandbox's memory. Every method is safe to call from any thread."""

    def __init__(self, store: Store, book: BatchBook, mint: TokenMint, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._mint = mint
        self._clock = clock
        self._settings = settings
        self._reception = Reception(store, clock, settings)
        self._events = Events(store, clock, settings)
        self._batches = Batches(store, book, self._reception, clock, settings)
        self._served: dict[str, Callable[[Arrival], Reply]] = {
            LOGIN: self.log_in,
            "recepciondte": self._reception.receive,
            "consultadte": self._reception.query,
            "recepcionlote": self._batches.take,
            "consultadtelote": self._batches.results,
            "contingencia": self._events.report,
            "anulardte": self._events.invalidate,
        }

    def serve(self, arrival: Arrival) -> Reply:
        """Return the answer of the service that the request is for."""
        if arrival.service != LOGIN:
            self._batches.work_off()
        return self._served[arrival.service](arrival)

    def public_page(self, request: Request) -> Response:
        """Return the page that anybody may see of a document."""
        self._batches.work_off()
        return public_page.public_page(request, self._store)

    # Login

    def log_in(self, arrival: Arrival) -> Reply:
        """Return a token for the right user and password; 200 with status ERROR otherwise.

        A body that is not a form gets the same error with 400: the reference is silent about it.
        """
        if arrival.fields is None:
            return Reply(400, self._login_error())
        user, password = arrival.fields.get("user", ""), arrival.fields.get("pwd", "")
        if not self._store.knows_password(user, password):
            return Reply(200, self._login_error())
        role: dict[str, str | None] = {"nombre": "Usuario", "codigo": "ROLE_USER"}
        role |= dict.fromkeys(("descripcion", "rolSuperior", "nivel", "activo", "permisos"))
        token = self._mint.issue(user, self._clock.now())
        body = {"user": user, "token": token, "rol": role, "roles": ["ROLE_USER"], "tokenType": "Bearer"}
        return Reply(200, {"status": "OK", "body": body})

    def _login_error(self) -> dict[str, Any]:
        if self._settings.credentials_error == "101":
            message = {"codigoMsg": "101", "descripcionMsg": "ERROR CONTACTAR CON SOPORTE TÉCNICO"}
            return {"status": "ERROR", "body": message}
        return {"status": "ERROR", "error": "Unauthorized", "message": "Usuario no valido"}

    # A rejection ordered by a fault

    def reject(self, arrival: Arrival, code: str | None, message: str | None) -> Reply:
        """Return the rejection that a fault orders, in the service's own shape; nothing is accepted.

        A batch is not rejected as a whole: what is ordered of its documents is in the arrival.
        """
        chosen, text = code or answers.UNPROCESSED, message or answers.UNPROCESSED_TEXT
        if arrival.service == LOGIN:
            body = {"codigoMsg": chosen, "descripcionMsg": text}
            return Reply(200, {"status": "ERROR", "body": body})
        self._batches.work_off()
        if arrival.service == "contingencia":
            return self._events.refuse_report([answers.observation(chosen, text)])
        echo = echo_of(arrival, self._clock.now(), arrival.generation_code)
        answer = answers.rejected(echo, chosen, text, "99", [])
        if arrival.service == "anulardte":
            return Reply(400, answers.as_event(answer))
        if arrival.service == "recepciondte" and complete(arrival):
            self._reception.remember_rejection(echo, arrival.nit or "", (arrival.fields or {})["tipoDte"], answer)
        return Reply(400, answer)
