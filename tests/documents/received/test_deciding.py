"""What is said about documents that were received, over real HTTP to the sandbox's counter."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from lxml import etree

from accounts import vault
from accounts.models import AuditEntry, Merchant
from contingency import verification as contingency_verification
from contingency.services import clocks
from documents import ledger, verification
from documents.models import Decision, DecisionAttempt, Notice, ReceivedDocument, Said, Sequence
from documents.received import verification as received_verification
from documents.received.services import deciding, receiving
from documents.received.services.deciding import decide
from documents.received.services.errand import SendDecision
from documents.received.services.receiving import opened
from documents.services import doubting
from hacienda import inbox
from tests import books
from tests.actors import Caller, Sandbox
from tests.documents.received.conftest import Deliver, Work

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPT: dict[str, Any] = {"kind": "accept", "condition": "01"}
PARTLY: dict[str, Any] = {"kind": "accept_partly", "reason": "Faltó una caja", "condition": "02", "tax_credit": "100"}
REJECT: dict[str, Any] = {"kind": "reject", "reason": "No corresponde a lo pactado"}


def receive(buyer: Caller, xml: str, **more: object) -> dict[str, Any]:
    answer = buyer.post("received", {"xml": xml, **more})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def sent(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The messages that arrived."""
    return [one for one in sandbox.received("recepcion") if "-" in str(one["generation_code"])]


def exchange() -> list[tuple[str, str]]:
    return [(one.action, one.outcome) for one in DecisionAttempt.objects.order_by("pk")]


def test_a_document_is_shown_as_it_says(tico_manager: Caller, deliver: Deliver) -> None:
    xml = deliver()
    shown = receive(tico_manager, xml)

    root = etree.fromstring(xml.encode())
    assert shown["generation_code"] == root.findtext("{*}Clave")
    assert shown["issuer"]["tax_id"] == "3101000005"
    assert (shown["total"], shown["tax"], shown["currency"]) == ("3390.00", "390.00", "CRC")
    assert (shown["status"], shown["decision"], shown["is_late"]) == ("undecided", None, False)
    assert ReceivedDocument.objects.get().xml == xml
    again = tico_manager.post("received", {"xml": base64.b64encode(xml.encode()).decode()})
    assert (again.status_code, again.json()["id"]) == (200, shown["id"])
    detail = tico_manager.get(f"received/{shown['generation_code']}").json()
    assert detail["texts"] == {"document": xml, "message": None, "answer": None}
    assert [one["id"] for one in tico_manager.get("received?status=undecided").json()["results"]] == [shown["id"]]


@pytest.mark.parametrize(
    ("body", "series", "says"), [(ACCEPT, "05", "1"), (PARTLY, "06", "2"), (REJECT, "07", "3")], ids=lambda one: one
)
def test_it_is_accepted_partly_or_rejected(
    tico_transmitter: Caller, deliver: Deliver, sandbox: Sandbox, body: dict[str, Any], series: str, says: str
) -> None:
    shown = receive(tico_transmitter, deliver())
    answer = tico_transmitter.post(f"received/{shown['id']}/decision", body)

    assert answer.status_code == 200, answer.content
    told = answer.json()
    decision = told["decision"]
    assert (told["status"], decision["status"], decision["kind"]) == ("accepted", "accepted", body["kind"])
    assert decision["control_number"] == f"00100001{series}0000000001"
    row = Decision.objects.get()
    message = etree.fromstring(row.signature.encode())
    assert message.findtext("{*}Mensaje") == says
    assert "<MensajeHacienda" in row.receipt
    assert decision["stamp"] == row.stamp
    assert exchange()[0] == ("submit", "received")
    assert exchange()[-1] == ("ask", "accepted")
    texts = tico_transmitter.get(f"received/{shown['id']}").json()["texts"]
    assert (texts["message"], texts["answer"]) == (row.signature, row.receipt)
    assert len(sent(sandbox)) == 1


def test_it_is_received_and_decided_at_once(tico_manager: Caller, deliver: Deliver) -> None:
    shown = receive(tico_manager, deliver(), decision=ACCEPT)

    decision = shown["decision"]
    assert (decision["tax_credit"], decision["expense"], decision["activity"]) == ("390.00", "0.00", "5610.0")


def test_the_same_said_again_is_nothing_new_and_something_else_is_refused(
    tico_manager: Caller, deliver: Deliver, sandbox: Sandbox
) -> None:
    path = f"received/{receive(tico_manager, deliver())['id']}/decision"
    first = tico_manager.post(path, ACCEPT)
    again = tico_manager.post(path, ACCEPT)
    other = tico_manager.post(path, REJECT)

    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "already_decided")
    assert len(sent(sandbox)) == Decision.objects.count() == 1


def test_numbers_have_no_gap_and_the_ledger_explains_each(
    tico_manager: Caller, tico: Merchant, deliver: Deliver
) -> None:
    for _ in range(2):
        receive(tico_manager, deliver(), decision=ACCEPT)
    wrong = tico_manager.post(f"received/{receive(tico_manager, deliver())['id']}/decision", {"kind": "reject"})
    assert wrong.status_code == 422

    row = Sequence.objects.get(merchant=tico, scope="00100001-05")
    assert row.last == 2
    assert not Sequence.objects.filter(merchant=tico, scope="00100001-07").exists()
    listed = tico_manager.get("numbering?year=2000").json()
    assert listed["results"] == []
    [summary] = ledger.summaries(tico, "sandbox")
    assert (summary.accepted, summary.unexplained) == (2, 0)
    [line] = tico_manager.get("numbering/00100001-05-0").json()["results"]
    assert (line["first"], line["last"], line["fate"]) == (1, 2, "accepted")


def test_a_lost_number_is_not_hidden(tico_manager: Caller, tico: Merchant, deliver: Deliver) -> None:
    receive(tico_manager, deliver(), decision=ACCEPT)
    Sequence.objects.filter(merchant=tico).update(last=2)

    assert [one.unexplained for one in ledger.summaries(tico, "sandbox")] == [1]


def test_a_lost_answer_is_asked_about_and_nothing_is_sent_twice(
    tico_manager: Caller, deliver: Deliver, sandbox: Sandbox, work: Work
) -> None:
    shown = receive(tico_manager, deliver())
    sandbox.fault("drop_answer", "recepcion", count=1)
    answer = tico_manager.post(f"received/{shown['id']}/decision", ACCEPT, Prefer="wait=0")

    assert answer.status_code == 202, answer.content
    work(lambda: not Decision.objects.filter(Decision.ACTIVE).exists())
    assert Decision.objects.get().status == "accepted"
    assert len(sent(sandbox)) == 1
    assert exchange()[0][0] == "submit"
    assert [action for action, _ in exchange()].count("submit") == 1


@pytest.mark.parametrize(
    ("fault", "service"),
    [
        ("drop_answer", "consulta"),
        ("no_seal", "consulta"),
        ("error", "consulta"),
        ("garbage", "consulta"),
        ("unavailable", "recepcion"),
        ("garbage", "recepcion"),
        ("truncated", "recepcion"),
        ("unauthorized", "recepcion"),
        ("throttled", "recepcion"),
    ],
)
def test_whatever_goes_wrong_it_is_said_once(
    tico_manager: Caller, deliver: Deliver, sandbox: Sandbox, work: Work, fault: str, service: str
) -> None:
    shown = receive(tico_manager, deliver())
    sandbox.fault(fault, service, count=1)
    tico_manager.post(f"received/{shown['id']}/decision", ACCEPT, Prefer="wait=0")
    work(books.at_rest)

    row = Decision.objects.get()
    assert (row.status, row.number) == ("accepted", 1)
    assert [one["fault"] for one in sent(sandbox)].count(None) + (fault == "truncated") == 1
    assert books.blind_resends(sandbox.received()) == []


def test_of_two_at_once_one_counts(
    tico_manager: Caller, tico: Merchant, deliver: Deliver, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both look before either has decided: the second one finds the place taken when it stores."""
    path = f"received/{receive(tico_manager, deliver())['id']}/decision"
    assert tico_manager.post(path, ACCEPT).status_code == 200
    really, looks = deciding._alive, []

    def too_early(received: ReceivedDocument) -> Decision | None:
        looks.append(received)
        return None if len(looks) % 2 else really(received)

    monkeypatch.setattr(deciding, "_alive", too_early)
    assert tico_manager.post(path, ACCEPT).status_code == 200
    assert tico_manager.post(path, REJECT).json()["code"] == "already_decided"
    assert Decision.objects.count() == len(sent(sandbox)) == 1
    assert list(Sequence.objects.filter(merchant=tico).values_list("scope", "last")) == [("00100001-05", 1)]


@pytest.fixture
def abandoned(tico: Merchant, deliver: Deliver, work: Work) -> SendDecision:
    """A decision whose process died as soon as it was stored."""
    now, xml = timezone.now(), deliver()
    said = opened(xml, merchant=tico, environment="sandbox")
    row, _ = receiving.receive(xml, said, merchant=tico, environment="sandbox", now=now)
    return decide(received=row, decision=inbox.Decision(inbox.Kind.ACCEPT), now=now).errand


def settled() -> bool:
    return not Decision.objects.filter(Decision.ACTIVE).exists()


def test_another_process_takes_up_what_was_stored_and_not_sent(
    abandoned: SendDecision, sandbox: Sandbox, work: Work
) -> None:
    work(settled)
    assert Decision.objects.get().status == "accepted"
    assert exchange()[0] == ("submit", "received")
    assert len(sent(sandbox)) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_what_may_have_left_is_asked_about_first(
    abandoned: SendDecision, tico: Merchant, sandbox: Sandbox, work: Work, arrived: bool
) -> None:
    abandoned.started(Said.Action.SUBMIT, at=timezone.now())
    if arrived:
        abandoned.submit(vault.login(tico, "sandbox"))
    work(settled)

    assert Decision.objects.get().status == "accepted"
    assert exchange()[0] == ("submit", "started")
    assert exchange()[1][0] == "ask"
    assert (exchange()[1][1] == "absent") is not arrived
    assert len(sent(sandbox)) == 1


def test_a_restored_backup_asks_about_what_was_on_its_way(
    abandoned: SendDecision, sandbox: Sandbox, work: Work
) -> None:
    now = timezone.now()
    doubting.doubt(backup_at=now, now=now)
    work(settled)

    assert [action for action, _ in exchange()][:2] == ["submit", "ask"]
    assert Decision.objects.get().status == "accepted"
    assert len(sent(sandbox)) == 1


def test_what_hacienda_refuses_can_be_said_anew(tico_manager: Caller, tico: Merchant, deliver: Deliver) -> None:
    """Told here as if the document came to something else: no caller can bring that about."""
    shown = receive(tico_manager, deliver())
    ReceivedDocument.objects.update(total="3390.01")
    path = f"received/{shown['id']}/decision"
    refused = tico_manager.post(path, ACCEPT)

    assert refused.status_code == 422, refused.content
    told = refused.json()
    assert (told["code"], told["document"]["id"]) == ("hacienda_rejected", shown["id"])
    assert "-488" in told["document"]["decision"]["rejection"]["observations"][0]
    assert Decision.objects.get().receipt
    ReceivedDocument.objects.update(total="3390")
    answer = tico_manager.post(path, ACCEPT)
    assert answer.status_code == 200, answer.content
    assert answer.json()["decision"]["control_number"] == "00100001050000000002"
    row = Sequence.objects.get(merchant=tico, scope="00100001-05")
    lines = [(one.first, one.fate, one.reason) for one in ledger.spans(row, now=timezone.now())]
    assert lines == [(1, "abandoned", "message"), (2, "accepted", "")]


def test_every_fault_is_told_at_once(tico_manager: Caller, deliver: Deliver) -> None:
    xml = deliver()
    path = f"received/{receive(tico_manager, xml)['id']}/decision"
    wrong = {
        "kind": "accept_partly",
        "reason": "No",
        "condition": "02",
        "tax_credit": "390.00001",
        "expense": "4000",
        "activity": "12",
        "establishment": "999",
    }
    answer = tico_manager.post(path, wrong)

    assert answer.status_code == 422
    pointers = {one["pointer"]: one["code"] for one in answer.json()["errors"]}
    assert pointers == {
        "/establishment": "unknown_place",
        "/reason": "reason_required",
        "/activity": "activity_invalid",
        "/tax_credit": "credit_too_high",
        "/expense": "expense_too_high",
    }
    at_once = tico_manager.post("received", {"xml": xml, "decision": {"kind": "reject", "condition": "01"}})
    assert [one["pointer"] for one in at_once.json()["errors"]] == ["/decision/reason", "/decision/condition"]
    assert not Decision.objects.exists()


def test_after_its_time_nothing_is_said(tico_manager: Caller, deliver: Deliver, sandbox: Sandbox) -> None:
    shown = receive(tico_manager, deliver())
    ReceivedDocument.objects.update(due=timezone.now() - timedelta(days=1))
    answer = tico_manager.post(f"received/{shown['id']}/decision", ACCEPT)

    assert (answer.status_code, answer.json()["code"]) == (409, "decision_too_late")
    assert tico_manager.get(f"received/{shown['id']}").json()["is_late"]
    assert sent(sandbox) == []
    assert not Sequence.objects.filter(scope="00100001-05").exists()


def test_the_end_of_its_time_is_announced_once_while_nothing_was_said(tico_manager: Caller, deliver: Deliver) -> None:
    silent, said = (receive(tico_manager, deliver()) for _ in range(2))
    tico_manager.post(f"received/{said['id']}/decision", ACCEPT)
    now = timezone.now()
    ReceivedDocument.objects.update(due=now + timedelta(hours=30))
    for _ in range(2):
        clocks.look(now)
    clocks.look(now + timedelta(hours=31))

    told = [(one.type, one.data["received"], one.data["deadline"]) for one in Notice.objects.filter(document=None)]
    assert told == [
        ("deadline.approaching", silent["id"], "decision"),
        ("deadline.missed", silent["id"], "decision"),
    ]


def test_the_evidence_tells_what_was_said(tico_manager: Caller, tico: Merchant, deliver: Deliver) -> None:
    receive(tico_manager, deliver(), decision=ACCEPT)
    checks = (verification.chains, received_verification.decisions, contingency_verification.events)
    assert [line for check in checks for line in check(tico, "sandbox")] == []

    Decision.objects.update(receipt="<something else/>")
    told = list(received_verification.decisions(tico, "sandbox"))
    assert ["changed or removed" in line for line in told] == [True, False]
    (entry,) = AuditEntry.objects.filter(action="received.decided")
    assert (entry.actor, entry.details["kind"]) == (tico_manager.key.public_key, "accept")
