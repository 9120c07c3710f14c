"""A refusal while an earlier sending may still be on its way is none yet: that one may be accepted after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from documents import alarms
from documents.models import Attempt, Document, Invalidation
from documents.services import contingency, exchange
from documents.services.errands import SendDocument
from hacienda import policy, registry
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.transport.client import Client
from hacienda.http import Patience
from hacienda.models import Outage
from hacienda.verdicts import Absent, Answer, Rejected, Unknown
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


def asked() -> list[str]:
    return list(Attempt.objects.filter(action="ask").order_by("id").values_list("outcome", flat=True))


def test_a_question_that_only_hears_of_trouble_never_makes_a_refusal_of_a_known_code(
    manager: Caller, sandbox: Sandbox
) -> None:
    """Reception says that the code exists, the question that something failed: it is ours, and was accepted."""
    sandbox.fault("reject", "consultadte", count=6, **BUSY)
    sandbox.fault("drop_answer", "recepciondte", count=1)

    manager.send()

    work_until_settled()
    assert Document.objects.get().state == "accepted"
    assert outcomes() == ["closed", "known_already"]
    assert asked() == ["told_once", "absent", *["unknown"] * 4, "accepted"]


def test_nor_of_an_invalidation(manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made = manager.send().json()
    work_until_settled()
    hurry_from_now_on(monkeypatch)
    sandbox.fault("reject", "consultadte", count=6, **BUSY)
    refuse_the_second(sandbox, "anulardte")

    manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})

    work_until_settled()
    assert Document.objects.get().state == "invalidated"
    assert outcomes()[1:] == ["silent", "refused_in_doubt"]


def test_an_invalidation_that_has_happened_before_is_no_doubt(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = manager.send().json()
    work_until_settled()
    hurry_from_now_on(monkeypatch)
    sandbox.fault("reject", "consultadte", count=2, code="014")
    sandbox.fault("late_answer", "anulardte", count=1, delay_ms=round(2 * PATIENCE * 1000))

    manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})

    work_until_settled()
    assert Document.objects.get().state == "invalidated"
    assert Invalidation.objects.get().status == "accepted"


ANSWER = Answer(400, "{}", 5)
LATER = Absent(ANSWER, refused=True, of_question=True)  # El Salvador's: perhaps only the question failed
UNJUDGED = Absent(ANSWER, refused=True)  # Costa Rica's: it has the document and could not judge it


def said(document: Document, *steps: str) -> None:
    for step in steps:
        action, outcome = step.split()
        Attempt.objects.create(document=document, action=action, outcome=outcome, started_at=timezone.now())


@pytest.mark.parametrize("doubt", ["known_already", "refused_in_doubt"])
def test_in_doubt_a_question_that_may_have_failed_has_heard_nothing(
    manager: Caller, sandbox: Sandbox, doubt: str
) -> None:
    manager.send()
    work_until_settled()
    document = Document.objects.get()
    Attempt.objects.all().delete()
    said(document, "submit silent", "ask absent", f"submit {doubt}", "ask unknown", "ask unknown")

    assert exchange.confirmed(LATER, document) == Unknown(exchange.QUESTION_FAILED, ANSWER)
    # What it heard is no refusal either, once a refusal is told.
    refused = Rejected("020", "NO", (), (), ANSWER)
    assert exchange.confirmed(refused, document) == (
        refused if doubt == "known_already" else Unknown(exchange.TOLD_ONCE, ANSWER)
    )
    # After a backup was restored it counts as sent once more; the doubt is as it was.
    said(document, "submit started")
    assert exchange.confirmed(LATER, document) == Unknown(exchange.QUESTION_FAILED, ANSWER)


def test_in_doubt_a_document_that_could_not_be_judged_is_no_failed_question(
    manager: Caller, sandbox: Sandbox
) -> None:
    manager.send()
    work_until_settled()
    document = Document.objects.get()
    said(document, "submit silent", "submit refused_in_doubt", "ask told_once", "ask told_once")

    assert exchange.confirmed(UNJUDGED, document) == UNJUDGED


def test_what_hacienda_contradicts_for_long_is_an_alarm_and_no_outage(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage would bring the merchant's other documents into contingency, again and again."""
    manager.send()
    work_until_settled()
    monkeypatch.setattr(contingency, "is_allowed", lambda _document: False)  # as of the types 08, 09 and 15
    document = Document.objects.get()
    Document.objects.update(state="transmitting", next_attempt_at=timezone.now())
    said(document, "submit closed", "ask absent", "submit known_already", "ask unknown")
    later = timezone.now() + timedelta(minutes=61)

    decision = SendDocument(document).decide(SendDocument(document).tries(), now=timezone.now(), mended_at=None)

    assert isinstance(decision, policy.Rest)
    assert not Outage.objects.exists()
    assert [one.count for one in alarms.undecided(later)] == [1]
    assert not list(alarms.undecided(timezone.now()))
    Document.objects.update(state="accepted")
    assert not list(alarms.undecided(later))
