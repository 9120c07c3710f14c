"""The batches of a run: sent once, read, asked about; whatever is lost, half-rejected or killed meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Credential, Merchant
from contingency.models import Batch, Event, Run, RunDocument
from contingency.services import batches, planning, reporting, runs
from documents.models import Document
from tests.actors import Sandbox
from tests.contingency.outages import (
    ago,
    all_in,
    blind_resends,
    contingency,
    dead,
    lowered,
    outage,
    send_earlier_copy,
    work,
)
from tests.contingency.pressing import counts, done, over, press, sent_in_batches, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("batches_are_judged_fast")]


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
        with django_assert_max_num_queries(18):  # three for the evidence
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
        assert counts(run) == (2, 2, 0)
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
        assert counts(run) == (3, 0, 0)
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
        assert counts(run) == (0, 0, 101)
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
        assert counts(run) == (2, 0, 0)

    def test_a_question_that_only_hears_of_trouble_rejects_no_earlier_copy(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        document = contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        stamp = send_earlier_copy(document)
        sandbox.fault("reject", "consultadte", count=5, code="099", message="ERROR NO CATALOGADO")
        press(merchant)

        assert work(lambda: bool(sandbox.received("consultadte")))
        monkeypatch.setattr(batches, "LONGEST_READING", timedelta(0))  # as if it had gone on for half an hour
        assert work(done)
        document.refresh_from_db()
        assert (document.state, document.received_stamp, document.contingency_reason) == ("accepted", stamp, None)
        assert document.current_sealing is not None
        assert document.current_sealing.reason is None
        assert len(sandbox.received("recepcionlote")) == 1

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

    def test_what_hacienda_takes_and_never_judges_is_left_after_many_sendings(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(planning, "MOST_SENDINGS", 2)
        contingency(merchant, outage())
        sandbox.fault("reject", "recepcionlote", code="022", message="SERVICIO NO DISPONIBLE")
        run = press(merchant)

        assert work(all_in(Run, "failed"))
        assert run.entries.get().why == planning.NOT_TAKEN
        assert len(sandbox.received("recepcionlote")) == 2

    def test_while_only_the_service_for_batches_fails_a_run_waits_and_goes_on_by_itself(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One batch goes ahead to try, however often; the others go when it was taken."""
        monkeypatch.setattr(planning, "MOST_SENDINGS", 2)
        lowered(monkeypatch, documents_per_batch=2)
        over_since = outage()
        for _ in range(6):
            contingency(merchant, over_since)
        sandbox.fault("unavailable", "recepcionlote")
        run = press(merchant)

        def sent() -> list[int]:
            return sorted(run.entries.values_list("sendings", flat=True))

        assert work(lambda: sent()[-1] >= 4)
        assert sent()[:4] == [1, 1, 1, 1]
        run.refresh_from_db()
        assert run.finished_at is None
        sandbox.heal()

        assert work(done)
        assert counts(run) == (6, 0, 0)
        assert blind_resends(sandbox) == []

    def test_the_wait_ends_with_the_term_of_the_documents(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(planning, "MOST_SENDINGS", 2)
        contingency(merchant, outage())
        sandbox.fault("unavailable", "recepcionlote")
        run = press(merchant)
        assert work(lambda: run.entries.filter(sendings__gte=2).exists())
        Document.objects.update(documents_due=ago(seconds=1))

        assert work(all_in(Run, "failed"))
        assert run.entries.get().why == planning.NOT_TAKEN

    def test_a_run_that_rests_says_that_it_waits_for_hacienda(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        assert work(all_in(Event, "accepted"))
        run = press(merchant)
        run.entries.update(sendings=9)
        run.batches.create(sending_id="A", size=1, state="lost", finished_at=timezone.now())
        Run.objects.update(lease_owner="me")

        runs.advance(run.pk, "me")

        run.refresh_from_db()
        assert run.state == "waiting_for_hacienda"
        pauses = [planning._pause(sendings) for sendings in range(1, 40)]
        assert pauses == sorted(pauses)
        assert pauses[-1] == timedelta(minutes=15)


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
        assert counts(run) == (2, 0, 0)

    def test_after_a_document_was_moved_by_somebody_else(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        for _ in range(2):
            contingency(merchant, row)
        assert work(all_in(Event, "accepted"))
        run = press(merchant)
        Document.objects.filter(pk=Document.objects.earliest("id").pk).update(state="rejected")

        assert work(done)
        assert counts(run) == (1, 1, 0)
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
