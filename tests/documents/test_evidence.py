"""Evidence: written as it happens, one chain for each document; no change of it stays unseen."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Merchant
from documents import chain, facts, mapping, selectors, verification
from documents.chain import Link
from documents.drafting import parsed
from documents.models import (
    Attempt,
    Document,
    EvidenceAnchor,
    EvidenceLink,
    HistoryEntry,
    Invalidation,
    Sealing,
)
from documents.serializers import DraftBody
from documents.services import anchoring, evidence, moves, transmit
from documents.services.errands import SendDocument
from documents.services.issue import issue
from tests.actors import HACIENDA_PASSWORD, OTHER_TAX_ID, Caller, Sandbox, invoice
from tests.effort import examples
from tests.people import visitor

pytestmark = pytest.mark.django_db(transaction=True)

AT = timezone.now()


def kinds(document: Document) -> list[str]:
    rows = EvidenceLink.objects.filter(chain=facts.chain_of(document)).order_by("position")
    return [fact["fact"] for fact in chain.facts(Link(one.chain, one.position, one.body, one.digest) for one in rows)]


def verify() -> list[str]:
    """What the command says; empty where everything fits."""
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("verify_evidence", stdout=out, stderr=io.StringIO())
    return [line for line in out.getvalue().splitlines() if line != "Everything fits."]


@pytest.fixture
def eventful(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    """A document that was rejected, corrected, lost on its way, asked about, accepted and invalidated."""
    sandbox.fault("reject", "recepciondte", count=1, code="003", message="[receptor.nombre] NO")
    made = manager.send(invoice(external_id="A-1"), Prefer="wait=20").json()["document"]
    sandbox.fault("drop_answer", "recepciondte", count=1)
    manager.post(f"documents/{made['id']}/correct", invoice(external_id="A-1"), Prefer="wait=20")
    answer = manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"}, Prefer="wait=20")
    assert answer.json()["status"] == "invalidated", answer.json()
    body: dict[str, Any] = answer.json()
    return body


# --- What is written --------------------------------------------------------------------------------------------
def test_everything_that_happens_is_told_in_order(eventful: dict[str, Any]) -> None:
    assert kinds(Document.objects.get()) == [
        *("issued", "sealed", "history", "started"),
        *("finished", "history", "refused"),
        *("history", "sealed", "started"),
        "finished",
        "started",
        *("finished", "history", "stamped"),
        *("invalidation", "started"),
        *("finished", "invalidation_settled", "history"),
    ]
    assert EvidenceLink.objects.count() == 8  # a link for each transaction
    assert verify() == []


def test_an_exchange_costs_one_statement_more(merchant: Merchant, sandbox: Sandbox) -> None:
    draft = mapping.draft(parsed(DraftBody, invoice()), merchant=merchant, environment="sandbox")

    with CaptureQueriesContext(connection) as sealing:
        issued = issue(merchant=merchant, environment="sandbox", draft=draft, now=timezone.now())
    with CaptureQueriesContext(connection) as sending:
        transmit.work(SendDocument(issued.document), issued.owner, first=issued.first)

    assert issued.document.state == "accepted"
    for queries in (sealing, sending):
        ours = [one["sql"] for one in queries.captured_queries if "evidence" in one["sql"]]
        assert [sql.split()[:3] for sql in ours] == [["INSERT", "INTO", "documents_evidencelink"]]
        assert not [one for one in queries.captured_queries if "SAVEPOINT" in one["sql"]]


def test_what_is_undone_leaves_no_link_and_the_chain_goes_on(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(Prefer="wait=20")
    document = Document.objects.get()
    evidence.tell(document, {"fact": "note"})

    def fail(*, savepoint: bool = False) -> None:
        with evidence.recording(savepoint=savepoint):
            evidence.tell(document, {"fact": "never"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with transaction.atomic():
        evidence.tell(document, {"fact": "never"})
        transaction.set_rollback(True)
    with evidence.recording():
        with pytest.raises(ZeroDivisionError):
            fail(savepoint=True)
        evidence.tell(document, {"fact": "note"})

    assert kinds(document)[-2:] == ["note", "note"]
    assert "never" not in kinds(document)
    assert verify() == []


def test_a_document_that_is_older_than_the_chains_begins_with_what_is_stored(
    eventful: dict[str, Any], manager: Caller
) -> None:
    EvidenceLink.objects.all().delete()
    document = Document.objects.get()
    assert verify() == ["1 documents have no chain: nothing has happened to them since there are any."]

    moves.note(document, at=timezone.now(), why="Something more.")

    told = kinds(document)
    assert told[0] == "gathered"
    assert (told.count("sealed"), told.count("history"), told[-1]) == (2, 6, "history")
    assert verify() == []


def test_the_file_of_such_a_document_says_so(eventful: dict[str, Any], manager: Caller) -> None:
    EvidenceLink.objects.all().delete()

    for _ in range(2):
        told = json.loads(manager.get(f"documents/{eventful['id']}/evidence").content)

    [[link]] = told["chains"].values()
    assert [fact["fact"] for fact in link["facts"]].index("gathered") == 0
    assert list(verification.file(told)) == verify() == []


def test_a_sending_that_never_left_is_withdrawn(manager: Caller, sandbox: Sandbox, no_free_thread: None) -> None:
    manager.send()
    document = Document.objects.get()
    assert kinds(document)[-2:] == ["started", "withdrawn"]
    assert verify() == []


def test_writers_at_once_do_not_fork_a_chain(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(Prefer="wait=20")
    key = Document.objects.get().pk

    def write(turn: int) -> None:
        try:
            document = Document.objects.get(pk=key)
            for _ in range(4):
                with evidence.recording():
                    moves.note(document, at=timezone.now(), why=f"writer {turn}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    # In turns, each time after the other one has written where this one believes the end to be.
    document, other = Document.objects.get(), Document.objects.get()
    for turn in range(3):
        moves.note(document, at=timezone.now(), why=f"one {turn}")
        moves.note(other, at=timezone.now(), why=f"other {turn}")

    assert kinds(document).count("history") == 2 + 32 + 6
    assert EvidenceLink.objects.count() == 2 + 32 + 6
    assert verify() == []
    first = EvidenceLink.objects.order_by("position").first()
    assert first is not None
    with pytest.raises(IntegrityError):
        EvidenceLink.objects.create(
            chain=first.chain, position=0, merchant=document.merchant, environment="sandbox", at=AT, body="{}"
        )


# --- What is changed ------------------------------------------------------------------------------------------
CHANGES: dict[type[Any], dict[str, Callable[[Any], Any]]] = {
    EvidenceLink: {
        "body": lambda text: text[:-3] + ("x" if text[-3] != "x" else "y") + text[-2:],
        "digest": lambda text: text[::-1],
        "position": lambda number: number + 100,
        "chain": lambda text: text + "A",
        "at": lambda at: at + timedelta(microseconds=1),
    },
    Sealing: {
        "payload": lambda text: text.replace("Café", "Cafe"),
        "signature": lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        "reason": lambda reason: 1 if reason is None else None,
        "created_at": lambda at: at + timedelta(seconds=1),
    },
    Attempt: {
        "answer": lambda text: text + " ",
        "outcome": lambda text: "accepted" if text != "accepted" else "silent",
        "http_status": lambda status: 201,
        "milliseconds": lambda number: (number or 0) + 1,
        "pause": lambda pause: 7,
        "started_at": lambda at: at - timedelta(seconds=1),
        "action": lambda action: "ask" if action == "submit" else "submit",
    },
    HistoryEntry: {
        "status": lambda status: "contingency",
        "detail": lambda text: text + ".",
        "at": lambda at: at + timedelta(seconds=1),
    },
    Invalidation: {
        "reason": lambda text: text + "x",
        "stamp": lambda text: text[::-1],
        "payload": lambda text: text + " ",
        "signature": lambda text: text + "A",
        "kind": lambda kind: "other",
        "at": lambda at: at + timedelta(days=1),
        "stamped_at": lambda at: at - timedelta(days=1),
    },
    Document: {
        "received_stamp": lambda text: text[::-1],
        "stamped_at": lambda at: at + timedelta(hours=1),
        "control_number": lambda text: text[:-1] + "9",
        "number": lambda number: number + 1,
        "rejection": lambda told: told | {"message": "another"},
    },
    EvidenceAnchor: {
        "root": lambda text: text[::-1],
        "digest": lambda text: text[::-1],
        "previous": lambda text: "a" * 64,
        "heads": lambda text: text.replace("document/", "document/A"),
        "chains": lambda number: number + 1,
        "day": lambda day: day - timedelta(days=1),
    },
}


def test_any_change_of_what_is_stored_is_found(eventful: dict[str, Any], merchant: Merchant) -> None:
    assert anchoring.anchor(timezone.now() + timedelta(days=1)) == 1
    assert verify() == []

    @settings(max_examples=examples(45), database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def change(data: st.DataObject) -> None:
        model = data.draw(st.sampled_from(sorted(CHANGES, key=lambda one: one.__name__)))
        row = data.draw(st.sampled_from(list(model._default_manager.order_by("pk"))))
        name = data.draw(st.sampled_from([*CHANGES[model], ""] if model is not Document else list(CHANGES[model])))
        with transaction.atomic():
            rows = model._default_manager.filter(pk=row.pk)
            if name:
                rows.update(**{name: CHANGES[model][name](getattr(row, name))})
            elif model in (EvidenceLink, Attempt, HistoryEntry):
                rows.delete()
            found = [
                *verification.chains(merchant, "sandbox"),
                *verification.documents(merchant, "sandbox"),
                *verification.anchors(merchant, "sandbox", now=timezone.now()),
            ]
            transaction.set_rollback(True)
        assert found or (not name and model not in (EvidenceLink, Attempt, HistoryEntry)), (model, name)

    change()


def test_an_end_that_was_cut_off_is_found_by_the_anchor(eventful: dict[str, Any], manager: Caller) -> None:
    later = manager.send(Prefer="wait=20").json()
    anchoring.anchor(timezone.now() + timedelta(days=1))
    document = Document.objects.get(public_id=later["id"])
    # Without a trace but for the anchor: the rows go with the end of the chain.
    EvidenceLink.objects.filter(chain=facts.chain_of(document), position=1).delete()
    Attempt.objects.filter(document=document).update(
        outcome="started", http_status=None, answer="", milliseconds=None
    )
    HistoryEntry.objects.filter(document=document, status="accepted").delete()
    Document.objects.filter(pk=document.pk).update(received_stamp="", stamped_at=None, state="transmitting")

    found = verify()

    assert len(found) == 1
    assert f"document/{document.generation_code}: cut off" in found[0]


def test_a_chain_or_a_document_that_is_gone_is_found(eventful: dict[str, Any], manager: Caller) -> None:
    later = manager.send(Prefer="wait=20").json()
    document = Document.objects.get(public_id=later["id"])
    EvidenceLink.objects.filter(chain=facts.chain_of(document)).delete()
    assert ["its whole chain was removed" in line for line in verify()] == [True]


def test_anchors_are_made_for_every_day_that_is_over_and_chained(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(Prefer="wait=20")
    now = timezone.now()
    assert anchoring.anchor(now) == 0  # today is not over
    EvidenceLink.objects.filter(position=0).update(at=now - timedelta(days=3))
    EvidenceLink.objects.filter(position=1).update(at=now - timedelta(days=1))

    assert (anchoring.anchor(now), anchoring.anchor(now)) == (2, 0)

    first, second = EvidenceAnchor.objects.order_by("day")
    assert (first.previous, second.previous) == ("", first.digest)
    first.delete()
    assert any("an anchor before it was removed" in line for line in verify())
    second.delete()
    assert sum("it was removed, or never made" in line for line in verify()) == 1  # the other day is not over long


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
@settings(max_examples=examples(30))
def test_every_head_leads_to_the_root(numbers: list[int]) -> None:
    heads = [(f"document/{at}", number, f"{number}") for at, number in enumerate(numbers)]
    root = chain.root(heads)
    for head in heads:
        assert chain.climbed(head, chain.path(heads, head)) == root
        assert chain.climbed((head[0], head[1] + 1, head[2]), chain.path(heads, head)) != root


# --- The file ---------------------------------------------------------------------------------------------------
@pytest.fixture
def file(eventful: dict[str, Any], manager: Caller) -> dict[str, Any]:
    anchoring.anchor(timezone.now() + timedelta(days=1))
    answer = manager.get(f"documents/{eventful['id']}/evidence")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="evidence-')
    told: dict[str, Any] = json.loads(answer.content)
    return told


def ten_lines(told: dict[str, Any], folder: Path) -> bool:
    """Whether the lines that stand in the file itself find it whole."""
    (folder / "check.py").write_text(told["check"])
    (folder / "evidence.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", "check.py", "evidence.json"], cwd=folder, capture_output=True)
    assert run.stdout.strip() in (b"everything fits", b"")
    return run.returncode == 0


def test_the_file_proves_itself_without_a_network(file: dict[str, Any], tmp_path: Path) -> None:
    assert file["check"].count("\n") == 10
    assert ten_lines(file, tmp_path)
    file["timeline"][0]["at"] = "2026-01-01T00:00:00+00:00"
    assert not ten_lines(file, tmp_path)


def resealed(told: dict[str, Any]) -> dict[str, Any]:
    """The file with a digest that fits: as somebody would make it who wants to hide a change."""
    rest = {name: value for name, value in told.items() if name != "digest"}
    return {**rest, "digest": chain.digest(chain.canonical(rest))}


def test_any_change_of_the_file_is_found(file: dict[str, Any]) -> None:
    assert list(verification.file(file)) == []

    @settings(max_examples=examples(40), database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def change(data: st.DataObject) -> None:
        told = json.loads(json.dumps(file))
        what = data.draw(st.sampled_from(["text", "without", "link", "removed", "cut", "anchor"]))
        name = data.draw(st.sampled_from(sorted(told["chains"])))
        links = told["chains"][name]
        at = data.draw(st.integers(0, len(links) - 1))
        match what:
            case "text" | "without":
                named = data.draw(st.sampled_from(sorted(told["texts"])))
                if what == "text":
                    told["texts"][named] += " "
                elif named != told["delivered"]:
                    del told["texts"][named]
                else:
                    return
            case "link":
                field = data.draw(st.sampled_from(["at", "chain", "facts", "digest", "previous"]))
                links[at][field] = [] if field == "facts" else "changed"
            case "removed":
                del links[at]
            case "cut":
                del links[-1:]
            case "anchor":
                told["anchors"][0][data.draw(st.sampled_from(["root", "digest", "day", "previous", "link"]))] = "x"
        assert list(verification.file(resealed(told)))

    change()


def test_it_holds_everything_of_this_document_and_nothing_of_others(
    file: dict[str, Any], eventful: dict[str, Any], manager: Caller, stranger: Caller
) -> None:
    document = Document.objects.get()
    texts = file["texts"].values()
    for row in document.sealings.all():
        assert row.payload in texts
        assert row.signature in texts
    assert [one["what"] for one in file["timeline"] if one["what"] != "history"] == [
        "submit",
        "submit",
        "ask",
        "submit",
    ]
    assert file["document"]["received_stamp"] == eventful["received_stamp"]
    assert file["texts"][file["delivered"]] == selectors.delivered_json(document)
    assert [one["status"] for one in file["invalidations"]] == ["accepted"]
    assert len(file["anchors"]) == 1
    whole = json.dumps(file)
    for secret in (HACIENDA_PASSWORD, "Bearer", manager.private_key, OTHER_TAX_ID):
        assert secret not in whole
    assert stranger.get(f"documents/{eventful['id']}/evidence").status_code == 404


def test_people_get_it_from_the_documents_page(
    eventful: dict[str, Any], merchant: Merchant, other_merchant: Merchant
) -> None:
    ana, eva = visitor(merchant), visitor(other_merchant, email="eva@example.com")
    path = f"/contingency/evidence/{eventful['id']}"

    assert path in ana.get(f"/documents/{eventful['id']}").content.decode()
    assert json.loads(ana.get(path).content)["document"]["id"] == eventful["id"]
    assert eva.get(path).status_code == 404


def test_the_command_reads_a_file(file: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    call_command("verify_evidence", str(path), stdout=io.StringIO())
    file["chains"][next(iter(file["chains"]))].pop()
    path.write_text(json.dumps(resealed(file)), encoding="utf-8")
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_evidence", str(path), stdout=out, stderr=io.StringIO())
    assert "cut off" in out.getvalue()
