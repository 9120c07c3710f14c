"""Every legal clock: shown, announced once at each step, exact to the second, said to be missed when it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Credential, Merchant
from contingency.services import clocks, runs
from contingency.services.clocks import look
from documents import deadlines
from documents.models import Announcement, Attempt, Document, Invalidation, Notice
from documents.services import errands, queue, transmit
from hacienda.clocks import CLOCKS, Clock
from tests.actors import Caller, Sandbox, caller
from tests.contingency import rows

ZONE = ZoneInfo("America/El_Salvador")
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("transactional_db")


def told() -> list[tuple[str, str, str]]:
    """What was announced: type, name of the clock, its end."""
    found = Notice.objects.filter(type__startswith="deadline.").order_by("id")
    return [(one.type, one.data["deadline"], one.data["until"]) for one in found]


def all_steps(until: datetime, clock: Clock) -> list[str]:
    """Look a second before and at each moment at which something is to be said, twice each; what was said then."""
    said: list[str] = []
    for step in clock.steps:
        moment = until - clock.before(step)
        for now in (moment - SECOND, moment, moment):
            before = Notice.objects.count()
            look(now)
            said += [one.type for one in Notice.objects.order_by("id")[before:]]
            if now < moment:
                assert Notice.objects.count() == before, f"{clock.name} was announced too soon"
    return said


MOMENTS = st.integers(1_770_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(until=MOMENTS, ahead=st.integers(0, 10**7))
def test_a_clock_tells_the_last_step_that_was_reached(until: datetime, ahead: int) -> None:
    for clock in CLOCKS.values():
        now = until - timedelta(seconds=ahead)
        step = clock.step(until, now)
        reached = [one for one in clock.steps if now >= until - clock.before(one)]
        assert step == (max(reached) if reached else None)
        assert clock.announced == tuple(sorted(clock.announced, reverse=True))


class TestOfDocuments:
    @pytest.mark.parametrize("name", ["contingency_event", "contingency_document"])
    def test_contingency_is_announced_at_each_step_once(
        self, merchant: Merchant, sandbox: Sandbox, manager: Caller, name: str
    ) -> None:
        until = timezone.now() + timedelta(days=3)
        column = {"contingency_event": "event_due", "contingency_document": "documents_due"}[name]
        document = rows.waiting(merchant, rows.outage(ended=rows.ago(minutes=1)), **{column: until})
        Document.objects.filter(pk=document.pk).update(**{column: until})

        assert all_steps(until, CLOCKS[name]) == ["deadline.approaching"] * 2 + ["deadline.missed"]
        assert told()[0][1:] == (name, until.astimezone(ZONE).isoformat(timespec="seconds"))
        notice = Notice.objects.filter(type="deadline.missed").get()
        assert (notice.document, notice.data["status"]) == (document, "contingency")
        [shown] = manager.get(f"documents/{document.public_id}").json()["deadlines"]
        assert (shown["name"], shown["is_late"], shown["demand"]) == (name, False, None)
        with time_machine.travel(until, tick=False):
            [shown] = manager.get(f"documents/{document.public_id}").json()["deadlines"]
        assert shown["is_late"]
        assert "DGII" in shown["demand"]

    def test_many_with_one_term_are_announced_in_one_look(self, merchant: Merchant, sandbox: Sandbox) -> None:
        due = timezone.now() + timedelta(hours=2)
        pattern = rows.waiting(merchant, rows.outage(ended=rows.ago(minutes=1)))
        Document.objects.filter(pk=pattern.pk).update(event_due=due)
        rows.many(pattern, 250)

        assert look(timezone.now()) == 251
        assert look(timezone.now()) == 0
        assert Announcement.objects.count() == 251

    def test_a_document_that_was_reported_has_no_event_clock(self, merchant: Merchant, sandbox: Sandbox) -> None:
        past = rows.ago(hours=1)
        document = rows.waiting(merchant, rows.outage(ended=rows.ago(minutes=1)))
        Document.objects.filter(pk=document.pk).update(event_due=past, event_accepted_at=past)

        assert look(timezone.now()) == 0

    def test_the_correction_of_a_rejected_document_and_again_of_the_next_rejection(
        self, sandbox: Sandbox, manager: Caller
    ) -> None:
        sandbox.fault("reject", "recepciondte", code="020", message="[resumen.totalPagar] CALCULO INCORRECTO")
        made = manager.send().json()["document"]
        document = Document.objects.get(public_id=made["id"])
        assert document.rejection is not None
        until = datetime.fromisoformat(document.rejection["at"]) + DAY

        assert all_steps(until, CLOCKS["correction"]) == ["deadline.approaching"] * 2 + ["deadline.missed"]
        later = {**document.rejection, "at": (until + HOUR).isoformat()}
        Document.objects.filter(pk=document.pk).update(rejection=later, changed_at=until + HOUR)
        assert look(until + 20 * HOUR) == 1
        with time_machine.travel(until + 30 * HOUR, tick=False):
            [shown] = manager.get(f"documents/{document.public_id}").json()["deadlines"]
        assert (shown["name"], shown["is_late"]) == ("correction", True)
        assert "new code" in shown["demand"]

    def test_an_invalidation_is_announced_only_where_somebody_wants_one(
        self, manager: Caller, sandbox: Sandbox
    ) -> None:
        documents = [Document.objects.get(public_id=manager.send().json()["id"]) for _ in range(2)]
        stamped = datetime(2026, 11, 30, 23, 59, 59, tzinfo=ZONE)  # the last second of a month
        Document.objects.update(stamped_at=stamped, type_code="03")
        until = datetime(2026, 12, 14, 23, 59, 59, tzinfo=ZONE)  # the tenth business day of the next one
        assert look(until - HOUR) == 0
        person = {"name": "P", "id_type": "13", "id_number": "1"}
        Invalidation.objects.create(
            document=documents[0],
            kind="rescinded",
            requested_by=person,
            responsible=person,
            status="rejected",
            generation_code="A",
            payload="",
            signature="",
            at=stamped,
        )

        assert all_steps(until, CLOCKS["invalidation"]) == ["deadline.approaching"] * 2 + ["deadline.missed"]
        for document in documents:  # and it is always shown
            [shown] = manager.get(f"documents/{document.public_id}").json()["deadlines"]
            assert (shown["name"], shown["until"]) == ("invalidation", "2026-12-14T23:59:59-06:00")

    @pytest.mark.parametrize(
        ("type_code", "stamped", "until"),
        [
            ("01", "2025-11-30T18:30:00-06:00", "2026-02-28T23:59:59-06:00"),  # the example of the manual
            ("11", "2026-11-30T23:59:59-06:00", "2027-02-28T23:59:59-06:00"),
            ("01", "2026-12-01T05:59:59+00:00", "2027-02-28T23:59:59-06:00"),  # still November in El Salvador
            ("01", "2026-12-01T06:00:00+00:00", "2027-03-01T23:59:59-06:00"),
            ("05", "2026-03-19T10:00:00-06:00", "2026-04-20T23:59:59-06:00"),  # over Holy Week
            ("03", "2026-08-01T05:59:59+00:00", "2026-08-20T23:59:59-06:00"),  # over the August holidays
        ],
    )
    def test_the_end_of_an_invalidation_is_exact(self, type_code: str, stamped: str, until: str) -> None:
        document = Document(
            merchant=Merchant(country="SV"),
            type_code=type_code,
            state="accepted",
            received_stamp="A",
            stamped_at=datetime.fromisoformat(stamped),
            issued_at=datetime.fromisoformat(stamped),
        )
        end = datetime.fromisoformat(until)
        [before] = deadlines.of(document, now=end - SECOND)
        [after] = deadlines.of(document, now=end)

        assert (before.until, before.is_late, after.is_late) == (end, False, True)


class TestOfEventsAndMerchants:
    def test_a_refused_event_has_a_day_to_be_corrected(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over = rows.outage(ended=rows.ago(minutes=1))
        refused = {"code": "008", "message": "X", "at": timezone.now().isoformat()}
        event = rows.event(merchant, [rows.waiting(merchant, over)], over, state="rejected", refusal=refused)
        until = datetime.fromisoformat(refused["at"]) + DAY
        assert clocks.correction_due(event) == until

        assert all_steps(until, CLOCKS["event_correction"]) == ["deadline.approaching"] * 2 + ["deadline.missed"]
        notice = Notice.objects.latest("id")
        assert notice.document is None
        assert notice.data["event"] == event.generation_code

    def test_a_certificate_is_announced_a_month_a_week_and_a_day_before_and_at_its_end(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        Credential.objects.filter(environment="test").delete()
        until = datetime(2027, 3, 1, 5, 59, 59, tzinfo=UTC)  # in El Salvador the last second of February
        Credential.objects.update(valid_until=until)

        assert all_steps(until, CLOCKS["certificate"]) == ["deadline.approaching"] * 3 + ["deadline.missed"]
        assert told()[-1] == ("deadline.missed", "certificate", "2027-02-28T23:59:59-06:00")
        Credential.objects.update(valid_until=until + 10 * DAY)  # a new one, which ends as well
        assert look(until + 9 * DAY) == 1

    def test_access_to_hacienda_s_tests_lasts_two_months_from_its_saving_at_most(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        saved = datetime(2027, 1, 1, 12, tzinfo=ZONE)
        Credential.objects.update(updated_at=saved)  # in the sandbox it lasts
        until = datetime(2027, 3, 1, 12, tzinfo=ZONE)

        assert all_steps(until, CLOCKS["test_access"]) == ["deadline.approaching"] * 2 + ["deadline.missed"]
        assert set(Notice.objects.values_list("environment", flat=True)) == {"test"}

    def test_two_who_look_at_the_same_moment_announce_once(self, merchant: Merchant, sandbox: Sandbox) -> None:
        pattern = rows.waiting(merchant, rows.outage(ended=rows.ago(minutes=1)))
        Document.objects.filter(pk=pattern.pk).update(event_due=timezone.now() + HOUR)
        rows.many(pattern, 40)
        now = timezone.now()

        def look_too() -> int:
            try:
                return look(now)
            finally:
                connection.close()

        with ThreadPoolExecutor(3) as threads:
            made = [threads.submit(look_too) for _ in range(3)]
        assert sum(one.result() for one in made) + look(now) == 41
        assert Notice.objects.filter(type="deadline.approaching").count() == 41

    def test_whoever_issued_in_an_outage_of_more_than_four_days_owes_a_report(
        self, merchant: Merchant, other_merchant: Merchant, sandbox: Sandbox
    ) -> None:
        began = timezone.now() - timedelta(minutes=5)
        document = rows.waiting(merchant, rows.outage(began=began))
        Document.objects.filter(pk=document.pk).update(event_due=None)
        until = began + timedelta(days=6)

        assert look(began + 4 * DAY) == 0
        assert look(began + 4 * DAY + SECOND) == 1
        assert look(began + 5 * DAY + 12 * HOUR) == 1
        assert look(until) == 1
        assert {(kind, name) for kind, name, _until in told()} == {
            ("deadline.approaching", "outage_report"),
            ("deadline.missed", "outage_report"),
        }
        assert set(Notice.objects.filter(type="deadline.missed").values_list("merchant", flat=True)) == {merchant.pk}
        with time_machine.travel(until, tick=False):
            shown = caller(merchant).get("contingency").json()["outage"]
        assert shown["report_due"] == until.astimezone(ZONE).isoformat(timespec="seconds")


def test_announcements_can_be_followed_and_filtered(merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
    Credential.objects.update(valid_until=timezone.now() + 3 * DAY)
    look(timezone.now() - HOUR)

    [told_of] = manager.get("events?type=deadline.approaching").json()["results"]
    assert told_of["data"]["deadline"] == "certificate"
    assert manager.get("events?type=deadline.missed").json()["results"] == []


def test_with_an_ended_certificate_nothing_is_signed_and_that_is_said(
    merchant: Merchant, manager: Caller, sandbox: Sandbox
) -> None:
    Credential.objects.update(valid_until=timezone.now() - SECOND)

    answer = manager.send()

    assert (answer.status_code, answer.json()["code"]) == (409, "certificate_ended")
    assert "ended on" in answer.json()["detail"]
    assert not Document.objects.exists()
    run, _made = runs.start(merchant=merchant, environment="sandbox", trigger="api", now=timezone.now())
    assert run.state == "done"


def test_a_document_on_its_way_waits_for_a_new_certificate(
    merchant: Merchant, manager: Caller, sandbox: Sandbox
) -> None:
    """It was signed in time; to go on in contingency it has to be signed anew, and stays where it is till then."""
    sandbox.fault("throttled", "recepciondte")
    document = Document.objects.get(public_id=manager.send().json()["id"])
    sandbox.heal()
    sandbox.fault("down")

    def work() -> str:
        Document.objects.update(next_attempt_at=rows.ago(seconds=1), lease_until=None)
        owner, won = queue.claim_all(Document, [document.pk], now=timezone.now())
        assert won
        transmit.work(errands.load(Document, document.pk), owner)
        document.refresh_from_db()
        return document.state

    Attempt.objects.update(started_at=rows.ago(minutes=5))
    Credential.objects.update(paused_until=None, valid_until=rows.ago(seconds=1))
    assert work() == "transmitting"
    assert document.lease_until is None
    Credential.objects.update(valid_until=rows.ahead(days=1))
    assert work() == "contingency"
