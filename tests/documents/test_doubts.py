"""A refusal while an earlier sending may still be on its way is none yet: that one may be accepted after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from documents.models import Attempt, Document, Invalidation
from hacienda import policy, registry
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.transport.client import Client
from hacienda.http import Patience
from tests import pace
from tests.actors import Caller, Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 0.3  # seconds, in place of the law's eight
REFUSAL = {"code": "020", "message": "[resumen.totalPagar] CALCULO INCORRECTO"}


@pytest.fixture(autouse=True)
def impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pace.hurry(settings, monkeypatch)
    monkeypatch.setattr(policy, "BACKOFF", (timedelta(seconds=PATIENCE),))
    settings.LEASE = timedelta(seconds=15)  # nobody dies here
    settings.DEFAULT_WAIT = timedelta(seconds=0.1)


def hurry_from_now_on(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(patience=Patience(connect=PATIENCE, total=PATIENCE))
    monkeypatch.setattr(registry, "_AUTHORITIES", {**registry._AUTHORITIES, "SV": ElSalvador(client)})


def refuse_the_second(sandbox: Sandbox, service: str) -> None:
    """The first request is worked on for longer than we wait, and the second is refused."""
    sandbox.fault("reject", service, count=1, **REFUSAL)
    sandbox.fault("slow", service, count=1, delay_ms=round(2 * PATIENCE * 1000))


def outcomes() -> list[str]:
    return list(Attempt.objects.filter(action="submit").order_by("id").values_list("outcome", flat=True))


def work_until_settled() -> None:
    def settled() -> bool:
        sent = Document.objects.filter(state="transmitting").exists()
        return not sent and not Invalidation.objects.filter(status="transmitting").exists()

    pace.work(settled, seconds=20)


def test_a_document_that_is_accepted_late(manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry_from_now_on(monkeypatch)
    refuse_the_second(sandbox, "recepciondte")

    manager.send()

    work_until_settled()
    assert Document.objects.get().state == "accepted"
    assert outcomes() == ["silent", "refused_in_doubt"]


def test_an_invalidation_that_is_accepted_late(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = manager.send().json()
    work_until_settled()
    hurry_from_now_on(monkeypatch)
    refuse_the_second(sandbox, "anulardte")

    manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})

    work_until_settled()
    assert Document.objects.get().state == "invalidated"
    assert outcomes()[1:] == ["silent", "refused_in_doubt"]


def test_a_refusal_that_nothing_contradicts_stands(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry_from_now_on(monkeypatch)
    sandbox.fault("reject", "recepciondte", count=1, **REFUSAL)
    sandbox.fault("hang", "recepciondte", count=1)

    manager.send()

    work_until_settled()
    document = Document.objects.get()
    assert document.state == "rejected"
    assert document.rejection is not None
    assert document.rejection["code"] == "020"
    assert outcomes() == ["silent", "refused_in_doubt"]


BUSY = {"code": "099", "message": "ERROR NO CATALOGADO"}


@pytest.mark.parametrize("times", [8])
def test_a_question_that_only_hears_of_trouble_never_makes_a_refusal_of_a_known_code(
    manager: Caller, sandbox: Sandbox, times: int
) -> None:
    """Reception says that the code exists, the question that something failed: it is ours, and was accepted."""
    sandbox.fault("reject", "consultadte", count=times, **BUSY)
    sandbox.fault("drop_answer", "recepciondte", count=1)

    manager.send()

    work_until_settled()
    assert Document.objects.get().state == "accepted"
    assert outcomes() == ["closed", "known_already"]
    asked = Attempt.objects.filter(action="ask").order_by("id").values_list("outcome", flat=True)
    assert list(asked) == ["told_once", "absent", *["told_once"] * (times - 2), "accepted"]
