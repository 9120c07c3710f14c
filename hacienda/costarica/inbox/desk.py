"""The inbox of Costa Rica: what the other floors see of documents received and of the messages about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hacienda.certificates import SigningKey
from hacienda.costarica.inbox import judging, message, reading, window
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.transport.client import Client
from hacienda.inbox import Decision, Kind, MessageEnvelope, Received
from hacienda.values import Environment, Login, Sealed
from hacienda.verdicts import Verdict


class InboxDesk:
    """Implements `hacienda.inbox.Inbox`; safe to share between threads, as its client is."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def series(self) -> Mapping[Kind, str]:
        return message.SERIES

    @property
    def conditions(self) -> Mapping[str, str]:
        return judging.CONDITIONS

    def read(self, signed: bytes, *, tax_id: str, environment: Environment) -> Received:
        return reading.read(signed, tax_id=tax_id, environment=environment)

    def due(self, received: Received) -> datetime:
        return window.due(received.issued_at)

    def complete(self, decision: Decision, received: Received, *, tax_id: str, activity: str) -> Decision:
        return judging.complete(decision, received, tax_id=tax_id, activity=activity)

    def seal(
        self,
        decision: Decision,
        received: Received,
        *,
        tax_id: str,
        control_number: str,
        at: datetime,
        key: SigningKey,
    ) -> Sealed:
        payload = message.build(decision, received, tax_id=tax_id, consecutivo=control_number, at=at)
        return Sealed(payload, sign(payload, key.private_key, key.certificate, at.replace(microsecond=0)))

    def submit(self, envelope: MessageEnvelope, login: Login) -> Verdict:
        return self._client.submit_message(
            envelope.signature,
            login,
            issuer_id_type=envelope.issuer_id_type,
            receptor_id_type=envelope.receiver_id_type,
        )

    def ask(self, envelope: MessageEnvelope, login: Login) -> Verdict:
        return self._client.ask_message(envelope.generation_code, envelope.control_number, login)
