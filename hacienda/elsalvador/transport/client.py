"""Hacienda's services over the network: each call is made once, but for one new login after a refused token.

What is made up for after an outage has a desk of its own (`desk`), which calls through the same client.

Answers become verdicts (`answers`); no answer is an exception of `hacienda.errors`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hacienda import http
from hacienda.elsalvador import codes
from hacienda.elsalvador.transport import answers
from hacienda.elsalvador.transport.tokens import Tokens
from hacienda.elsalvador.transport.wire import environment_code, read_object, text_of
from hacienda.errors import Cause, Refused, Throttled, Unreachable
from hacienda.values import Envelope, Environment, Login, Sealed
from hacienda.verdicts import Verdict

SENDING_NUMBER: Final = 1  # idEnvio: the sender's own, free; constant 1 is common and accepted


@dataclass(frozen=True, slots=True)
class Paths:
    """Where Hacienda answers, below the base address. Its manual prints two of them with a final slash."""

    login: str = "/seguridad/auth"
    submit: str = "/fesv/recepciondte"
    ask: str = "/fesv/recepcion/consultadte"
    invalidate: str = "/fesv/anulardte"
    report: str = "/fesv/contingencia"
    submit_batch: str = "/fesv/recepcionlote"
    read_batch: str = "/fesv/recepcion/consultadtelote"  # the batch's code follows


class Client:
    """Hacienda as it is reached with the login of one issuer or another; safe to share between threads."""

    def __init__(
        self,
        paths: Paths = Paths(),
        *,
        patience: http.Patience = http.PATIENCE,
        tokens: Tokens | None = None,
    ) -> None:
        self.paths = paths
        self._patience = patience
        self._tokens = tokens or Tokens(paths.login, patience=patience)

    def submit(self, envelope: Envelope, login: Login) -> Verdict:
        """Send a document once. `Accepted`, `Rejected` or `Unknown`; raises `NoAnswer`."""
        reply = self.call(
            self.paths.submit,
            {
                "ambiente": environment_code(envelope.environment),
                "idEnvio": SENDING_NUMBER,
                "version": envelope.version,
                "tipoDte": envelope.type_code,
                "documento": envelope.signature,
                "codigoGeneracion": envelope.generation_code,
            },
            login,
        )
        return answers.submitted(reply, envelope, datetime.now(UTC))

    def ask(self, envelope: Envelope, login: Login) -> Verdict:
        """Ask what became of a document, or of an event: its generation code is all that counts.

        `Accepted`, `Rejected`, `Absent` or `Unknown`; raises `NoAnswer`.
        """
        reply = self.call(
            self.paths.ask,
            {
                "nitEmisor": envelope.tax_id,
                "tdte": envelope.type_code,
                "codigoGeneracion": envelope.generation_code,
            },
            login,
        )
        return answers.asked(reply, envelope, datetime.now(UTC))

    def invalidate(self, sealed: Sealed, login: Login) -> Verdict:
        """Send an invalidation event once. The stamp of an `Accepted` is the event's; raises `NoAnswer`."""
        event = read_object(sealed.payload) or {}
        identification, document = event["identificacion"], event["documento"]
        reply = self.call(
            self.paths.invalidate,
            {
                "ambiente": identification["ambiente"],
                "idEnvio": SENDING_NUMBER,
                "version": identification["version"],
                "documento": sealed.signature,
            },
            login,
        )
        codes = (text_of(identification["codigoGeneracion"]), text_of(document["codigoGeneracion"]))
        return answers.invalidated(reply, codes, datetime.now(UTC))

    def log_in(self, login: Login) -> None:
        """Log in, whatever token there is; raises `NoAnswer`."""
        self._tokens.renew(login)

    def knock(self, environment: Environment, base_url: str) -> None:
        """Ask reception to take nothing, without a token: that it says no is enough. Raises `Unreachable`.

        Complete in form, and with a code of its own, so that nothing in front of Hacienda stops it sooner.
        """
        members = {
            "ambiente": environment_code(environment),
            "idEnvio": SENDING_NUMBER,
            "version": 1,
            "tipoDte": "01",
            "documento": "",
            "codigoGeneracion": codes.new(),
        }
        url = base_url.rstrip("/") + self.paths.submit
        try:
            reply = http.post(
                url, json.dumps(members).encode(), content_type="application/json", patience=self._patience
            )
        except Throttled:
            return
        if not reply.complete or reply.status >= 500 or reply.text.lstrip().startswith("<"):
            raise Unreachable(Cause.CLOSED, f"reception: HTTP {reply.status} of a gateway", reply.milliseconds)

    def call(self, path: str, members: Mapping[str, object], login: Login) -> http.Reply:
        """Post `members` with a token; raises `NoAnswer`.

        A refused token is replaced once and the request repeated once.
        """
        body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()

        def post(url: str, headers: Mapping[str, str]) -> http.Reply:
            return http.post(url, body, content_type="application/json", headers=headers, patience=self._patience)

        return self._with_token(post, path, login)

    def fetch(self, path: str, login: Login) -> http.Reply:
        """Get `path` with a token, as `call` posts."""

        def get(url: str, headers: Mapping[str, str]) -> http.Reply:
            return http.get(url, headers=headers, patience=self._patience)

        return self._with_token(get, path, login)

    def _with_token(
        self, request: Callable[[str, Mapping[str, str]], http.Reply], path: str, login: Login
    ) -> http.Reply:
        url = login.base_url.rstrip("/") + path
        for _ in range(2):
            token = self._tokens.get(login)
            reply = request(url, {"Authorization": f"Bearer {token}"})
            if answers.forbidden(reply):
                raise Refused("Hacienda forbids this account the service (HTTP 403)", lasting=False)
            if not answers.token_refused(reply):
                return reply
            self._tokens.drop(login, token)
        raise Refused("Hacienda refuses even a new token", lasting=False)
