"""Sending what waited out an outage: one by one, by the same service; there are no events and no batches here.

To the rest of the product a document by itself is a batch of one, read by its clave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hacienda.certificates import SigningKey
from hacienda.costarica.transport.client import Client
from hacienda.costarica.transport.heads import head_of
from hacienda.values import BatchEnvelope, Envelope, Environment, Login, OutageReport, Sealed
from hacienda.verdicts import Absent, Accepted, BatchResults, Pending, Received, Rejected, Unknown, Verdict

_NO_EVENTS = "no event is reported in Costa Rica"


class Desk:
    """Implements `hacienda.authority.ContingencyDesk`; safe to share between threads, as its client is."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def seal_report(
        self,
        report: OutageReport,
        *,
        environment: Environment,
        generation_code: str,
        at: datetime,
        key: SigningKey,
        version: int = 0,
    ) -> Sealed:
        raise LookupError(_NO_EVENTS)

    def report(self, sealed: Sealed, login: Login) -> Verdict:
        raise LookupError(_NO_EVENTS)

    def submit_batch(self, batch: BatchEnvelope, login: Login) -> Received | Rejected | Unknown:
        [signed] = batch.signatures
        clave = head_of(signed).clave
        envelope = Envelope(batch.environment, clave[29:31], 0, clave, batch.tax_id, signed)
        match self._client.submit(envelope, login):
            case Pending(answer=answer) | Accepted(answer=answer):
                return Received(clave, answer)
            case Rejected() | Unknown() as verdict:
                return verdict
            case Absent(answer=answer):
                return Unknown("not_taken", answer)

    def read_batch(self, code: str, documents: Sequence[Envelope], login: Login) -> BatchResults | Absent | Unknown:
        [document] = documents
        match self._client.ask(document, login):
            case Pending(answer=answer):
                return BatchResults({}, answer)
            case Accepted(answer=answer) | Rejected(answer=answer) as verdict:
                return BatchResults({code: verdict}, answer)
            case Absent() | Unknown() as verdict:
                return verdict
