"""A run sends everything that waits, once, whoever asks for it, however often, and whatever happens meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Credential, Merchant
from contingency import deadlines
from contingency.models import Batch, Event, Run, RunDocument
from contingency.services import batches, planning, reporting, runs
from documents.models import Document
from hacienda import policy
from hacienda.models import Outage
from tests.actors import Sandbox, invoice
from tests.contingency.outages import (
    ago,
    all_in,
    blind_resends,
    contingency,
    dead,
    going_on,
    lowered,
    outage,
    send_earlier_copy,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)

done = all_in(Run, "done")
over = all_in(Run, "done", "failed")


@pytest.fixture(autouse=True)
def batches_are_judged_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """As this room's sandbox judges them (conftest); and the pauses are cut short."""
    monkeypatch.setattr(batches, "JUDGED_BY_SANDBOX_WITHIN", timedelta(seconds=0.6))
    monkeypatch.setattr(batches, "FIRST_READING", timedelta(seconds=0.1))
    monkeypatch.setattr(policy, "BACKOFF", (timedelta(seconds=0.1),))


def press(merchant: Merchant) -> Run:
    run, _made = runs.start(merchant=merchant, environment="sandbox", trigger=Run.Trigger.BUTTON, now=timezone.now())
    return run


def referring_to(document: Document) -> dict[str, Any]:
    """An invoice that names another document."""
    return invoice(notes=f"Completa la factura {document.generation_code}")


def states() -> list[str]:
    return list(Document.objects.order_by("id").values_list("state", flat=True))


def sent_in_batches(sandbox: Sandbox) -> list[str]:
    return [code for one in sandbox.received("recepcionlote") for code in one["generation_codes"]]


class TestStarting:
    def test_it_sends_all_that_waits(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        documents = [contingency(merchant, row) for _ in range(4)]
        run = press(merchant)
        assert (run.state, run.total, runs.counts(run)) == ("queued", 4, (0, 0, 4))

        assert work(done)

        assert states() == ["accepted"] * 4
        run.refresh_from_db()
        batch = Batch.objects.get()
        assert runs.counts(run) == (4, 0, 0)
        assert (batch.state, batch.size, batch.accepted, batch.rejected) == ("done", 4, 4, 0)
        assert run.finished_at is not None
        assert len(batch.code) == 36
        for document in Document.objects.select_related("current_sealing"):
            assert len(document.received_stamp) == 40
            assert document.current_sealing is not None
            assert document.current_sealing.reason == 1
        assert sorted(sent_in_batches(sandbox)) == sorted(one.generation_code for one in documents)
        assert sandbox.received("consultadte") == []

    def test_with_nothing_to_send_it_is_done_at_once(self, merchant: Merchant) -> None:
        run = press(merchant)
        assert (run.state, run.total, run.finished_at is None, runs.counts(run)) == ("done", 0, False, (0, 0, 0))
        assert press(merchant) != run

    def test_five_at_once_are_one_run(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        for _ in range(3):
            contingency(merchant, row)
        found: list[tuple[int, bool]] = []
        start = threading.Barrier(5)

        def push() -> None:
            start.wait()
            run, made = runs.start(
                merchant=merchant, environment="sandbox", trigger=Run.Trigger.BUTTON, now=timezone.now()
            )
            found.append((run.pk, made))
            connection.close()

        threads = [threading.Thread(target=push) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({pk for pk, _made in found}) == 1
        assert sorted(made for _pk, made in found) == [False] * 4 + [True]
        assert work(done)
        assert Run.objects.count() == 1
        assert len(sent_in_batches(sandbox)) == 3

    def test_what_came_later_follows_in_another_run(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        contingency(merchant, row)
        first = press(merchant)
        assert press(merchant).again is False
        later = contingency(merchant, row)

        joined = press(merchant)
        assert (joined.pk, joined.again, joined.total) == (first.pk, True, 1)
        assert work(lambda: done() and Run.objects.count() == 2)
        assert Run.objects.exclude(pk=first.pk).get().entries.get().document_id == later.pk
        assert states() == ["accepted"] * 2

    def test_only_the_documents_asked_for(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        wanted = contingency(merchant, row)
        contingency(merchant, row)
        runs.start(
            merchant=merchant,
            environment="sandbox",
            trigger=Run.Trigger.MONTH_END,
            now=timezone.now(),
            documents=Document.objects.filter(pk=wanted.pk),
        )

        assert work(done)
        assert states() == ["accepted", "contingency"]

    def test_another_merchants_documents_are_not_touched(
        self, merchant: Merchant, other_merchant: Merchant, sandbox: Sandbox
    ) -> None:
        row = outage()
        contingency(merchant, row)
        other = contingency(other_merchant, row)
        press(merchant)

        assert work(done)
        other.refresh_from_db()
        assert other.state == "contingency"


class TestWaiting:
    def test_while_hacienda_is_down_it_waits_and_then_goes_on(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = going_on()
        contingency(merchant, row)
        run = press(merchant)

        assert work(all_in(Run, "waiting_for_hacienda"))
        assert not work(over, seconds=0.7)
        assert sandbox.received() == []

        Outage.objects.update(ended_at=timezone.now())
        assert work(done)
        assert runs.counts(run) == (1, 0, 0)

    def test_an_outage_of_somebody_else_concerns_nobody(self, merchant: Merchant, sandbox: Sandbox) -> None:
        going_on(tax_id="06140202020029")
        contingency(merchant, outage())
        press(merchant)
        assert work(done)

    def test_an_uncertain_document_is_waited_for(self, merchant: Merchant, sandbox: Sandbox) -> None:
        document = contingency(merchant, outage(), uncertain=True)
        run = press(merchant)

        assert not work(over, seconds=0.7)
        assert sandbox.received("recepcionlote") == []
        Document.objects.filter(pk=document.pk).update(state="accepted")
        assert work(done)
        assert runs.counts(run) == (1, 0, 0)

    def test_what_refers_to_another_goes_after_it(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        first = contingency(merchant, row)
        second = contingency(merchant, row, referring_to(first))
        press(merchant)

        assert work(done)
        assert states() == ["accepted"] * 2
        assert sent_in_batches(sandbox) == [first.generation_code, second.generation_code]
        assert Batch.objects.count() == 2

    def test_what_refers_to_a_document_that_is_left_is_left_too(self, merchant: Merchant, sandbox: Sandbox) -> None:
        first = contingency(merchant, None, reason=2)  # it was never told when its outage was
        contingency(merchant, outage(), referring_to(first))
        run = press(merchant)

        assert work(all_in(Run, "failed"))
        whys = list(run.entries.order_by("document_id").values_list("why", flat=True))
        assert whys == [planning.NO_OUTAGE, planning.REFERS_TO_UNSENT]
        assert sandbox.received("recepcionlote") == []

    def test_a_refused_event_leaves_its_documents(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        sandbox.fault("reject", "contingencia", code="008", message="[emisor.nit] NO PERTENECE")
        run = press(merchant)

        assert work(all_in(Run, "failed"))
        entry = run.entries.get()
        assert (entry.outcome, entry.why, runs.counts(run)) == ("left", planning.EVENT_REFUSED, (0, 0, 1))
        assert not work(lambda: False, seconds=0.5)
        assert len(sandbox.received("contingencia")) == 1

        sandbox.heal()
        press(merchant)  # which tries the refused event again
        assert work(over)
        assert states() == ["accepted"]


class TestBatches:
    def test_it_takes_few_questions_to_the_database(
        self, merchant: Merchant, sandbox: Sandbox, django_assert_max_num_queries: Any
    ) -> None:
        """What is done for every document is to move it; the rest is done for all of them at once."""
        row = outage()
        for _ in range(20):
            contingency(merchant, row)
        with django_assert_max_num_queries(10):
            assert reporting.gather(timezone.now()) == 1
        assert work(all_in(Event, "accepted"))
        with django_assert_max_num_queries(10):
            run = press(merchant)
        Run.objects.update(lease_owner="me")
        with django_assert_max_num_queries(25):
            runs.advance(run.pk, "me")
        assert Batch.objects.get().size == 20
        Batch.objects.update(lease_owner="me")
        with django_assert_max_num_queries(15):
            batches.send(Batch.objects.get().pk, "me")
        assert Batch.objects.get().state == "received"

    @pytest.mark.parametrize(
        ("environment", "seconds", "counts"),
        [("sandbox", 0.1, False), ("sandbox", 1, True), ("live", 240, False), ("live", 301, True)],
    )
    def test_a_no_counts_only_when_the_batch_can_no_longer_be_under_way(
        self, merchant: Merchant, environment: str, seconds: float, counts: bool
    ) -> None:
        run = Run.objects.create(merchant=merchant, environment=environment, trigger="button")
        batch = Batch.objects.create(run=run, sending_id="A", size=1, state="sent")
        sending = batch.exchange.create(action="submit", started_at=ago(seconds=seconds), outcome="closed")

        assert batches._absence_counts(batch, timezone.now()) is counts
        sending.outcome = "throttled"  # an answer: it was not taken
        sending.save()
        assert batches._absence_counts(batch, timezone.now())

    def test_no_batch_is_larger_than_the_law_allows(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lowered(monkeypatch, documents_per_batch=2)
        row = outage()
        for _ in range(5):
            contingency(merchant, row)
        press(merchant)

        assert work(done)
        assert sorted(len(one["generation_codes"]) for one in sandbox.received("recepcionlote")) == [1, 2, 2]

    def test_each_document_is_judged_alone(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        documents = [contingency(merchant, row) for _ in range(4)]
        for document in documents[::2]:
            sandbox.fault(
                "reject",
                "recepcionlote",
                count=1,
                code="020",
                message="[resumen.totalPagar] CALCULO INCORRECTO",
                generation_code=document.generation_code,
            )
        run = press(merchant)

        assert work(done)
        assert states() == ["rejected", "accepted", "rejected", "accepted"]
        assert runs.counts(run) == (2, 2, 0)
        batch = Batch.objects.get()
        assert (batch.accepted, batch.rejected) == (2, 2)
        rejection = Document.objects.earliest("id").rejection
        assert rejection is not None
        assert rejection["code"] == "020"

    @pytest.mark.parametrize("fault", ["drop_answer", "truncated"])
    def test_after_a_lost_answer_each_document_is_asked_about(
        self, merchant: Merchant, sandbox: Sandbox, fault: str
    ) -> None:
        row = outage()
        for _ in range(3):
            contingency(merchant, row)
        sandbox.fault(fault, "recepcionlote", count=1)
        run = press(merchant)

        assert work(done, seconds=30)
        assert states() == ["accepted"] * 3
        assert runs.counts(run) == (3, 0, 0)
        assert [one.state for one in Batch.objects.all()] == ["lost"]
        assert len(sandbox.received("recepcionlote")) == 1
        assert blind_resends(sandbox) == []

    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage", "throttled", "unauthorized"])
    def test_what_never_arrived_goes_again_after_a_clear_no(
        self, merchant: Merchant, sandbox: Sandbox, fault: str
    ) -> None:
        row = outage()
        for _ in range(2):
            contingency(merchant, row)
        count = 2 if fault == "unauthorized" else 1  # the client itself repeats once with a new token
        sandbox.fault(fault, "recepcionlote", count=count)
        press(merchant)

        def mended() -> bool:
            if fault == "unauthorized":
                Credential.objects.update(paused_until=None)
            return done()

        assert work(mended)
        assert states() == ["accepted"] * 2
        if fault != "unauthorized":
            assert blind_resends(sandbox) == []
        assert [one.state for one in Batch.objects.order_by("id")] == ["lost", "done"]
        assert set(RunDocument.objects.values_list("sendings", flat=True)) == {2}

    def test_without_a_connection_the_same_batch_goes_later(
        self, merchant: Merchant, sandbox: Sandbox, settings: Any
    ) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        urls = settings.AUTHORITY_URLS
        settings.AUTHORITY_URLS = {"SV": {"sandbox": "http://127.0.0.1:9"}}
        press(merchant)

        assert not work(over, seconds=1)
        assert Batch.objects.get().state == "waiting"
        settings.AUTHORITY_URLS = urls
        assert work(done)
        assert Batch.objects.count() == 1
        assert RunDocument.objects.get().sendings == 1
        assert sandbox.received("consultadte") == []

    def test_a_batch_that_is_refused_as_a_whole_leaves_its_documents(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More than a hundred: Hacienda looks at none of them."""
        lowered(monkeypatch, documents_per_batch=101)
        row = outage()
        for _ in range(101):
            contingency(merchant, row)
        run = press(merchant)

        assert work(all_in(Run, "failed"))
        batch = Batch.objects.get()
        assert batch.refusal is not None
        assert (batch.state, batch.refusal["code"]) == ("refused", "094")
        assert runs.counts(run) == (0, 0, 101)
        assert set(run.entries.values_list("why", flat=True)) == {batches.BATCH_REFUSED}
        assert set(states()) == {"contingency"}

    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage", "truncated", "no_seal", "drop_answer"])
    def test_a_question_that_gets_no_answer_is_asked_again(
        self, merchant: Merchant, sandbox: Sandbox, fault: str
    ) -> None:
        row = outage()
        for _ in range(2):
            contingency(merchant, row)
        sandbox.fault("drop_answer", "recepcionlote", count=1)
        sandbox.fault(fault, "consultadte", count=2)
        press(merchant)

        assert work(done)
        assert states() == ["accepted"] * 2
        assert len(sandbox.received("recepcionlote")) == 1
        assert len(sandbox.received("consultadte")) >= 3

    def test_nothing_is_sent_again_while_nobody_answers_the_question(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        contingency(merchant, outage())
        sandbox.fault("down", "recepcionlote", count=1)
        sandbox.fault("garbage", "consultadte")
        press(merchant)

        assert not work(over, seconds=1.5)
        assert len(sandbox.received("recepcionlote")) == 1
        sandbox.heal()
        assert work(done)
        assert blind_resends(sandbox) == []

    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage", "truncated", "no_seal", "drop_answer"])
    def test_results_are_read_until_they_can_be_read(self, merchant: Merchant, sandbox: Sandbox, fault: str) -> None:
        row = outage()
        for _ in range(3):
            contingency(merchant, row)
        sandbox.fault(fault, "consultadtelote", count=2)
        press(merchant)

        assert work(done)
        assert states() == ["accepted"] * 3
        assert len(sandbox.received("recepcionlote")) == 1

    def test_a_batch_that_hacienda_does_not_know_is_asked_about_one_by_one(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        press(merchant)
        assert work(all_in(Batch, "received"))
        Batch.objects.update(code="11111111-2222-4333-8444-555555555555")

        assert work(done)
        assert states() == ["accepted"]
        assert [one.state for one in Batch.objects.all()] == ["lost"]
        assert len(sandbox.received("recepcionlote")) == 1

    def test_an_earlier_copy_that_was_accepted_is_adopted(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        document, other = contingency(merchant, row), contingency(merchant, row)
        assert work(all_in(Event, "accepted"))
        stamp = send_earlier_copy(document)
        run = press(merchant)

        assert work(done)
        document.refresh_from_db()
        assert (document.state, document.received_stamp, document.contingency_reason) == ("accepted", stamp, None)
        assert document.current_sealing is not None
        assert document.current_sealing.reason is None
        other.refresh_from_db()
        assert other.current_sealing is not None
        assert (other.state, other.current_sealing.reason) == ("accepted", 1)
        assert runs.counts(run) == (2, 0, 0)

    @pytest.mark.parametrize("remembered", [True, False])
    def test_a_record_that_exists_and_is_not_ours_rejects_the_document(
        self, merchant: Merchant, sandbox: Sandbox, remembered: bool
    ) -> None:
        """004 for a control number that another document has: asked about, and then the refusal stands."""
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        text = "[identificacion.numeroControl] YA EXISTE"
        sandbox.fault("reject", "recepcionlote", count=1, code="004", message=text)
        if not remembered:
            sandbox.fault("reject", "consultadte", code="014")
        press(merchant)

        assert work(done)
        assert states() == ["rejected"]
        rejection = Document.objects.get().rejection
        assert rejection is not None
        assert rejection["code"] == "004"
        assert len(sandbox.received("recepcionlote")) == 1

    def test_what_hacienda_cannot_judge_goes_again(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        sandbox.fault("reject", "recepcionlote", count=1, code="022", message="SERVICIO NO DISPONIBLE")
        press(merchant)

        assert work(done)
        assert states() == ["accepted"]
        assert blind_resends(sandbox) == []

    def test_after_too_many_sendings_it_is_left(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(planning, "MOST_SENDINGS", 1)
        contingency(merchant, outage())
        sandbox.fault("down", "recepcionlote")
        run = press(merchant)

        assert work(all_in(Run, "failed"))
        assert run.entries.get().why == planning.NOT_TAKEN
        assert len(sandbox.received("recepcionlote")) == 1


class TestCrashes:
    """A killed process leaves its row as it was stored last, under a lease that runs out."""

    def test_before_the_batch_left(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        run = press(merchant)
        owner = "me"
        Run.objects.update(lease_owner=owner)
        runs.advance(run.pk, owner)
        dead(Batch.objects.get())
        dead(Run.objects.get())

        assert work(done)
        assert Batch.objects.count() == 1
        assert len(sandbox.received("recepcionlote")) == 1

    @pytest.mark.parametrize("arrived", [True, False])
    def test_after_it_was_stored_that_it_leaves(self, merchant: Merchant, sandbox: Sandbox, arrived: bool) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        press(merchant)
        if not arrived:
            sandbox.fault("down", "recepcionlote", count=1)
        assert work(all_in(Batch, "received", "sent"))
        batch = Batch.objects.get()
        batch.exchange.exclude(pk=batch.exchange.earliest("id").pk).delete()
        batch.exchange.update(outcome="started", milliseconds=None)
        dead(batch, state="sent", code="")

        assert work(done)
        assert states() == ["accepted"]
        assert blind_resends(sandbox) == []
        assert len(sandbox.received("recepcionlote")) == (1 if arrived else 2)

    def test_after_the_verdicts_were_applied(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        for _ in range(2):
            contingency(merchant, row)
        run = press(merchant)
        assert work(done)
        dead(Batch.objects.get(), state="received", finished_at=None)
        dead(run, state="running", finished_at=None)
        sandbox.control("DELETE", "received")

        assert work(done)
        assert [one for one in sandbox.received() if one["service"] != "auth"] == []
        assert runs.counts(run) == (2, 0, 0)

    def test_after_a_document_was_moved_by_somebody_else(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        for _ in range(2):
            contingency(merchant, row)
        assert work(all_in(Event, "accepted"))
        run = press(merchant)
        Document.objects.filter(pk=Document.objects.earliest("id").pk).update(state="rejected")

        assert work(done)
        assert runs.counts(run) == (1, 1, 0)
        assert len(sent_in_batches(sandbox)) == 1

    def test_before_a_run_made_its_batches(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        run = press(merchant)
        dead(run, state="running")
        assert work(done)
        assert states() == ["accepted"]

    def test_a_holder_that_lost_its_lease_makes_no_batches(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        run = press(merchant)
        dead(run)
        runs.advance(run.pk, "somebody else")
        assert not Batch.objects.exists()


class TestByItself:
    def test_on_recovery_the_documents_follow_their_event(self, merchant: Merchant, sandbox: Sandbox) -> None:
        Merchant.objects.update(contingency_sending="on_recovery")
        contingency(merchant, outage())

        assert work(done)
        assert states() == ["accepted"]
        assert Run.objects.get().trigger == "on_recovery"

    def test_by_deadline_they_wait_for_it(self, merchant: Merchant, sandbox: Sandbox) -> None:
        document = contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        assert not Run.objects.exists()
        document.refresh_from_db()
        assert document.documents_due is not None

        assert deadlines.start_runs(document.documents_due - timedelta(hours=6, minutes=1)) == 0
        assert deadlines.start_runs(document.documents_due - timedelta(hours=5)) == 1
        assert deadlines.start_runs(document.documents_due - timedelta(hours=5)) == 0
        assert work(done)
        assert (Run.objects.get().trigger, states()) == ("by_deadline", ["accepted"])

    def test_a_run_that_left_documents_is_not_repeated_every_second(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        now = timezone.now()
        Document.objects.update(documents_due=now + timedelta(hours=1))
        assert deadlines.start_runs(now) == 1
        Run.objects.update(state="failed", finished_at=now)
        RunDocument.objects.update(outcome="left")

        assert deadlines.start_runs(now + timedelta(minutes=1)) == 0
        assert deadlines.start_runs(now + timedelta(minutes=31)) == 1

    def test_what_is_late_already_is_left_to_a_person(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        Document.objects.update(documents_due=ago(minutes=1))
        assert deadlines.start_runs(timezone.now()) == 0
        assert press(merchant).total == 1
