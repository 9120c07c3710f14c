"""What every country's Hacienda is to the sandbox: a counter that takes requests apart and answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from .wire import Request, Response


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers, and how the log shows it: JSON text."""

    response: Response
    logged: str


class Arrival(Protocol):
    """A request taken apart: what the log and the faults go by. Nothing in it is proven."""

    @property
    def service(self) -> str:
        """The name of the service that it is for."""

    @property
    def nit(self) -> str | None:
        """The taxpayer that it says it is of."""

    @property
    def generation_code(self) -> str | None:
        """The document or event that it is about."""

    @property
    def generation_codes(self) -> tuple[str | None, ...] | None:
        """The documents of a batch in their order; None where there is no batch."""


A = TypeVar("A")


class Counter(Protocol[A]):
    """One country's Hacienda over the sandbox's memory. Every method is safe to call from any thread."""

    def service_of(self, request: Request) -> str | None:
        """Return the name of the service that a request is for, or None when it is not for this counter."""

    def page(self, request: Request) -> Response | None:
        """Return the answer to a request for none of the services, or None when the path is not known here."""

    def take_in(self, service: str, request: Request, at: datetime) -> A:
        """Return the request taken apart."""

    def with_orders(self, arrival: A, ordered: Mapping[int, tuple[str | None, str | None]]) -> A:
        """Return a batch's arrival with the rejections that faults order, by position: code and message."""

    def serve(self, arrival: A) -> Answer:
        """Return the answer of the service."""

    def obey(self, arrival: A, order: str, code: str | None, message: str | None) -> Answer:
        """Return the answer to a request about which a fault gave an order, such as `reject`."""

    def unsealed(self, answer: Answer, code: str | None) -> Response:
        """Return an answer without what proves that it is Hacienda's; `code` may say in which way."""

    def unauthorized(self) -> Answer:
        """Return the answer to a request whose token is not taken."""

    def throttled(self) -> Answer:
        """Return the answer to one request too many."""

    def stop(self) -> None:
        """End at once what it does beside answering."""
