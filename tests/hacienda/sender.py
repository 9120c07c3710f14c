"""A merchant that speaks to the sandbox through the real client."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from hacienda import http
from hacienda.drafts import Draft
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.rules import ZONE
from hacienda.errors import Cause, Unreachable
from hacienda.values import Envelope, Environment, Identity, InvalidationDraft, IssuedDocument, Issuer, Login, Sealed
from hacienda.verdicts import Accepted, Unknown
from tests.actors import HACIENDA_PASSWORD, TAX_ID, Sandbox, SigningFile
from tests.hacienda.drafts import INVOICE, ISSUER, VERSIONS

HASTE = http.Patience(connect=0.5, total=1.0)
NUMBERS = count(1)


class Sender:
    """A merchant with its key, its login and a client without cached tokens."""

    def __init__(self, sandbox: Sandbox, signing_file: SigningFile, law: ElSalvador) -> None:
        self.law = law
        self.sandbox = sandbox
        self.login = Login(Environment.SANDBOX, sandbox.url, TAX_ID, HACIENDA_PASSWORD)
        self.key = signing_file.opened.signing_key  # opening the file again for each test takes long
        self.issuer: Issuer = replace(ISSUER, tax_id=TAX_ID)

    def sealed(
        self, draft: Draft = INVOICE, *, control_number: str | None = None, issued_at: datetime | None = None
    ) -> tuple[Sealed, Envelope, Identity]:
        now = datetime.now(ZONE).replace(microsecond=0)
        version = VERSIONS[draft.type_code]
        identity = Identity(
            environment=Environment.SANDBOX,
            generation_code=str(uuid.uuid4()).upper(),
            control_number=control_number or self.law.control_number(draft.type_code, "M001", "P001", next(NUMBERS)),
            issued_at=issued_at or now,
        )
        prepared = self.law.prepare(draft, self.issuer, version=version, at=identity.issued_at, now=now)
        sealed = self.law.seal(prepared, identity, self.key)
        envelope = Envelope(
            environment=identity.environment,
            type_code=draft.type_code,
            version=version,
            generation_code=identity.generation_code,
            tax_id=TAX_ID,
            signature=sealed.signature,
        )
        return sealed, envelope, identity

    def envelope(self, draft: Draft = INVOICE, *, control_number: str | None = None) -> Envelope:
        return self.sealed(draft, control_number=control_number)[1]

    def submit(self, envelope: Envelope) -> Any:
        return self.law.submit(envelope, self.login)

    def ask(self, envelope: Envelope) -> Any:
        return self.law.ask(envelope, self.login)

    def accepted(self, draft: Draft = INVOICE) -> IssuedDocument:
        sealed, envelope, identity = self.sealed(draft)
        verdict = self.submit(envelope)
        assert isinstance(verdict, Accepted), verdict
        return IssuedDocument(
            type_code=draft.type_code,
            generation_code=identity.generation_code,
            control_number=identity.control_number,
            received_stamp=verdict.stamp,
            stamped_at=verdict.stamped_at,
            issued_at=identity.issued_at,
            payload=sealed.payload,
        )

    def event(self, draft: InvalidationDraft, code: str | None = None) -> Sealed:
        return self.law.seal_invalidation(
            draft,
            environment=Environment.SANDBOX,
            generation_code=code or str(uuid.uuid4()).upper(),
            at=datetime.now(ZONE),
            key=self.key,
        )


@contextmanager
def failing(cause: Cause) -> Iterator[None]:
    with pytest.raises(Unreachable) as caught:
        yield
    assert caught.value.cause is cause, str(caught.value)


def reason(verdict: object) -> str:
    assert isinstance(verdict, Unknown), verdict
    return verdict.reason
