"""Making up for an outage: the event is reported, the documents are sent in batches, their results are read.

Technical manual 1.0, 4.2.2, 4.3.2 and 4.4. Each call is made once, as in `client`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from hacienda.certificates import SigningKey
from hacienda.elsalvador import contingency
from hacienda.elsalvador.transport import receipts
from hacienda.elsalvador.transport.client import Client
from hacienda.elsalvador.transport.wire import environment_code, read_object
from hacienda.values import BatchEnvelope, Envelope, Environment, Login, OutageReport, Sealed
from hacienda.verdicts import Absent, BatchResults, Received, Rejected, Unknown, Verdict

BATCH_VERSION: Final = 1  # not documented; 1 in the manual's example


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
        version: int = contingency.VERSION,
    ) -> Sealed:
        return contingency.seal(
            report,
            environment=environment,
            generation_code=generation_code,
            at=at,
            key=key.private_key,
            version=version,
        )

    def report(self, sealed: Sealed, login: Login) -> Verdict:
        event = read_object(sealed.payload) or {}
        reply = self._client.call(
            self._client.paths.report, {"nit": event["emisor"]["nit"], "documento": sealed.signature}, login
        )
        return receipts.reported(reply, receipts.Event.of(event), datetime.now(UTC))

    def submit_batch(self, batch: BatchEnvelope, login: Login) -> Received | Rejected | Unknown:
        reply = self._client.call(
            self._client.paths.submit_batch,
            {
                "ambiente": environment_code(batch.environment),
                "idEnvio": batch.sending_id,
                "version": BATCH_VERSION,
                "nitEmisor": batch.tax_id,
                "documentos": batch.signatures,
            },
            login,
        )
        return receipts.batch(reply, batch.sending_id)

    def read_batch(self, code: str, documents: Sequence[Envelope], login: Login) -> BatchResults | Absent | Unknown:
        reply = self._client.fetch(f"{self._client.paths.read_batch.rstrip('/')}/{quote(code, safe='')}", login)
        return receipts.batch_results(reply, documents, datetime.now(UTC))
