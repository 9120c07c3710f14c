"""A run sends everything that waits, once, whoever asks for it, however often, and whatever happens meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Merchant
from contingency import deadlines
from contingency.models import Batch, Event, Run, RunDocument
from contingency.services import planning, runs
from documents.models import Document
from hacienda.models import Outage
from tests.actors import Sandbox
from tests.contingency.outages import (
    ago,
    all_in,
    contingency,
    going_on,
    outage,
    work,
)
from tests.contingency.pressing import counts, done, over, press, referring_to, sent_in_batches, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("batches_are_judged_fast")]


class TestStarting:
    def test_it_sends_all_that_waits(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        documents = [contingency(merchant, row) for _ in range(4)]
        run = press(merchant)
        assert (run.state, run.total, counts(run)) == ("queued", 4, (0, 0, 4))

        assert work(done)

        assert states() == ["accepted"] * 4
        run.refresh_from_db()
        batch = Batch.objects.get()
        assert counts(run) == (4, 0, 0)
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
        assert (run.state, run.total, run.finished_at is None, counts(run)) == ("done", 0, False, (0, 0, 0))
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
        assert counts(run) == (1, 0, 0)

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
        assert counts(run) == (1, 0, 0)

    def test_what_refers_to_another_goes_after_it(self, merchant: Merchant, sandbox: Sandbox) -> None:
        row = outage()
        first = contingency(merchant, row)
        second = contingency(merchant, row, referring_to(first))
        press(merchant)

        assert work(done)
        assert states() == ["accepted"] * 2
        assert sent_in_batches(sandbox) == [first.generation_code, second.generation_code]
        assert Batch.objects.count() == 2

    def test_what_refers_to_another_that_is_stamped_at_this_moment_is_not_left(
        self, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = outage()
        first = contingency(merchant, row)
        contingency(merchant, row, referring_to(first))
        Document.objects.update(event_accepted_at=timezone.now())
        run = press(merchant)
        batch = Batch.objects.create(run=run, sending_id="A", size=1, state="received")
        run.entries.filter(document=first).update(batch=batch)
        looked_up = planning._unstamped

        def stamped_just_after(*asked: Any) -> list[str]:
            found = list(looked_up(*asked))
            Document.objects.filter(pk=first.pk).update(state="accepted")
            run.entries.filter(document=first).update(outcome="accepted")
            return found

        monkeypatch.setattr(planning, "_unstamped", stamped_just_after)
        assert planning.plan(run, now=timezone.now()) == planning.Plan(ready=[], left={})

        [waiting] = run.entries.exclude(document=first)
        assert planning.plan(run, now=timezone.now()) == planning.Plan(ready=[waiting.pk], left={})

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
        assert (entry.outcome, entry.why, counts(run)) == ("left", planning.EVENT_REFUSED, (0, 0, 1))
        assert not work(lambda: False, seconds=0.5)
        assert len(sandbox.received("contingencia")) == 1

        sandbox.heal()
        press(merchant)  # which tries the refused event again
        assert work(over)
        assert states() == ["accepted"]


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
