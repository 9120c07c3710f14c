"""Hacienda's services over the network: each call is made once, but for new tokens after a refused one.

Answers become verdicts (`answers`); no answer is an exception of `hacienda.errors`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from typing import Final

from hacienda import http
from hacienda.costarica.signature.seal import KNOWN, KnownSeal
from hacienda.costarica.transport import answers
from hacienda.costarica.transport.heads import Party, head_of, message_head_of
from hacienda.costarica.transport.tokens import Tokens
from hacienda.costarica.transport.wire import is_page
from hacienda.errors import Cause, Refused, Throttled, Unreachable
from hacienda.values import Envelope, Login
from hacienda.verdicts import Verdict

RECEPTION: Final = "/recepcion"  # below the base address; the clave follows in questions


class Client:
    """Hacienda as it is reached with the login of one issuer or another; safe to share between threads."""

    def __init__(
        self,
        *,
        patience: http.Patience = http.PATIENCE,
        tokens: Tokens | None = None,
        known_seals: Collection[KnownSeal] = KNOWN,
    ) -> None:
        self._patience = patience
        self._tokens = tokens or Tokens(patience=patience)
        self._known_seals = known_seals

    def submit(self, envelope: Envelope, login: Login, *, callback_url: str = "") -> Verdict:
        """Send a document once: `Pending`, `Unknown`, or `Rejected` for a request that Hacienda did not take.

        Raises `NoAnswer`; `ValueError` where the envelope is of another document than the signed one in it.
        """
        head = head_of(envelope.signature)
        if head.clave != envelope.generation_code:
            raise ValueError("the envelope is of another document")
        members: dict[str, object] = {"clave": head.clave, "fecha": head.issued_at, "emisor": _party(head.issuer)}
        if head.receptor:
            members["receptor"] = _party(head.receptor)
        if callback_url:
            members["callbackUrl"] = callback_url
        return answers.submitted(self._send({**members, "comprobanteXml": _xml(envelope.signature)}, login))

    def ask(self, envelope: Envelope, login: Login) -> Verdict:
        """Ask what became of a document: any verdict. Raises `NoAnswer`."""
        return self._ask(envelope.generation_code, envelope.generation_code, login)

    def submit_message(
        self, signed: str, login: Login, *, issuer_id_type: str, receptor_id_type: str, callback_url: str = ""
    ) -> Verdict:
        """Send a receptor's signed message once, as `submit` does; the login is the receptor's.

        The kinds of identification stand in the document that the message is about, not in the message.
        """
        head = message_head_of(signed)
        members: dict[str, object] = {
            "clave": head.clave,
            "fecha": head.issued_at,
            "emisor": _party(Party(issuer_id_type, head.issuer_number)),
            "receptor": _party(Party(receptor_id_type, head.receptor_number)),
            "consecutivoReceptor": head.consecutivo,
        }
        if callback_url:
            members["callbackUrl"] = callback_url
        return answers.submitted(self._send({**members, "comprobanteXml": _xml(signed)}, login))

    def ask_message(self, clave: str, consecutivo: str, login: Login) -> Verdict:
        """Ask what became of a receptor's message, as `ask` does; it has an answer of its own."""
        return self._ask(f"{clave}-{consecutivo}", clave, login)

    def log_in(self, login: Login) -> None:
        """Log in, whatever token there is; raises `NoAnswer`."""
        self._tokens.renew(login)

    def knock(self, base_url: str) -> None:
        """Ask reception to take nothing, without a token: that it says no is enough. Raises `Unreachable`."""
        try:
            reply = http.post(_reception(base_url), b"{}", content_type="application/json", patience=self._patience)
        except Throttled:
            return
        if reply.status >= 500 or is_page(reply):
            raise Unreachable(Cause.CLOSED, f"reception: HTTP {reply.status} of a gateway", reply.milliseconds)

    def _send(self, members: Mapping[str, object], login: Login) -> http.Reply:
        body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()

        def post(headers: Mapping[str, str]) -> http.Reply:
            return http.post(
                _reception(login.base_url),
                body,
                content_type="application/json; charset=utf-8",
                headers=headers,
                patience=self._patience,
            )

        return self._with_token(post, login)

    def _ask(self, key: str, clave: str, login: Login) -> Verdict:
        def get(headers: Mapping[str, str]) -> http.Reply:
            return http.get(f"{_reception(login.base_url)}/{key}", headers=headers, patience=self._patience)

        reply = self._with_token(get, login)
        return answers.asked(reply, clave, login.environment, known=self._known_seals)

    def _with_token(self, request: Callable[[Mapping[str, str]], http.Reply], login: Login) -> http.Reply:
        """Make a request; a refused token is replaced by the session once and by a new login once.

        After that the account is left alone for a while: Hacienda counts what it refuses.
        """
        token = self._tokens.get(login)
        for anew in (False, True, None):
            reply = request({"Authorization": f"Bearer {token}"})
            why = answers.forbidden(reply)
            if why is not None:
                raise Refused(f"Hacienda forbids this account the service: {why}", lasting=not is_page(reply))
            if not answers.token_refused(reply):
                return reply
            if anew is not None:
                token = self._tokens.replaced(login, token, anew=anew)
        self._tokens.refuse(login, "Hacienda refuses even the token of a new login")
        raise Refused("Hacienda refuses even the token of a new login", lasting=True)


def _reception(base_url: str) -> str:
    return base_url.rstrip("/") + RECEPTION


def _party(party: Party) -> dict[str, str]:
    return {"tipoIdentificacion": party.id_type, "numeroIdentificacion": party.id_number}


def _xml(signed: str) -> str:
    return b64encode(signed.encode()).decode("ascii")
