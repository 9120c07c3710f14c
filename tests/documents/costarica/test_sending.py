"""Costa Rica's documents on their way: taken at once, judged later, asked about until they are."""

from __future__ import annotations

import pytest

from tests.actors import Caller, Sandbox
from tests.ticos import cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("body", [ticket(), cr_invoice()], ids=["ticket", "invoice"])
def test_a_document_is_judged_while_its_caller_waits(
    tico_manager: Caller, sandbox: Sandbox, body: dict[str, object]
) -> None:
    answer = tico_manager.send(body)

    assert answer.status_code == 201, answer.content
    assert answer.json()["status"] == "accepted"
    assert len(sandbox.received("recepcion")) == 1
