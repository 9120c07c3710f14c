"""The event: made as soon as the outage is over, by itself; one for what belongs together; accepted in the end."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Credential, Establishment, Merchant, PointOfSale
from contingency.models import Event, EventDocument, Exchange
from contingency.services import reporting
from contingency.services.reporting import Waiting
from documents.models import Document
from documents.services import queue
from hacienda.values import Environment, OutageReport
from tests.actors import Sandbox, tax_credit
from tests.contingency.outages import (
    LAW,
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
from tests.hacienda.outages import outage as report_of
from tests.hacienda.signing import SIGNING_KEY

pytestmark = pytest.mark.django_db(transaction=True)

accepted = all_in(Event, "accepted")
refused = all_in(Event, "rejected")


def branch(merchant: Merchant, code: str = "S001") -> str:
    head = merchant.establishments.get(code="M001")
    shop = Establishment.objects.create(
        merchant=merchant,
        code=code,
        department=head.department,
        municipality=head.municipality,
        district=head.district,
        address_line="Otra calle 2",
    )
    PointOfSale.objects.create(establishment=shop, code="P001")
    return code


def listed(event: Event) -> set[int]:
    return set(event.entries.filter(alive=True).values_list("document_id", flat=True))


class TestMaking:
    def test_what_belongs_together_stands_in_one_event(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over, other = outage(), outage(began=ago(hours=3), ended=ago(hours=2))
        own = {"contingency_from": ago(minutes=40), "contingency_to": ago(minutes=5)}
        two = [contingency(merchant, over), contingency(merchant, over, tax_credit())]
        alone = [
            contingency(merchant, over, establishment=branch(merchant)),
            contingency(merchant, other, issued_at=ago(hours=2, minutes=30)),
            contingency(merchant, None, reason=2, **own),
            contingency(merchant, None, reason=5, note="Se inundó la bodega", **own),
        ]
        now = timezone.now()

        assert reporting.gather(now) == 5
        assert reporting.gather(now) == 0

        events = list(Event.objects.all())
        assert sorted(map(len, map(listed, events))) == [1, 1, 1, 1, 2]
        first = next(one for one in events if len(listed(one)) == 2)
        assert listed(first) == {one.pk for one in two}
        assert (first.began_at, first.ended_at) == (over.began_at, over.ended_at)
        assert first.due_at == over.ended_at + timedelta(hours=24)
        assert {listed(one).pop() for one in events if one != first} == {one.pk for one in alone}
        due = set(Document.objects.filter(outage=over).values_list("event_due", flat=True))
        assert due == {first.due_at}

    def test_it_goes_in_the_version_that_the_merchant_chose(self, merchant: Merchant, sandbox: Sandbox) -> None:
        accounts.set_schema_versions(merchant=merchant, environment="sandbox", versions={"contingency": 3})
        contingency(merchant, outage())

        assert work(accepted)

        sent = json.loads(Event.objects.get().payload)
        assert sent["identificacion"]["version"] == 3
        assert sent["emisor"]["codPuntoVenta"] == "P001"

    def test_everything_is_accepted_and_the_documents_may_go(self, merchant: Merchant, sandbox: Sandbox) -> None:
        document = contingency(merchant, outage())
        contingency(
            merchant, None, reason=5, note="Sin luz", contingency_from=ago(hours=1), contingency_to=ago(hours=0.5)
        )

        assert work(accepted)

        document.refresh_from_db()
        event = document.event_entries.get().event
        assert len(event.stamp) == 40
        assert (document.event_stamp, document.event_accepted_at) == (event.stamp, event.stamped_at)
        assert document.documents_due == event.stamped_at + timedelta(hours=72)
        assert (document.state, event.refusal, event.next_attempt_at) == ("contingency", None, None)
        assert len(sandbox.received("contingencia")) == 2
        assert sandbox.received("recepcionlote") == []

    def test_too_many_for_one_event_make_more_events(
        self, merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lowered(monkeypatch, documents_per_event=2)
        over = outage()
        documents = [contingency(merchant, over) for _ in range(5)]

        assert work(accepted)
        assert sorted(len(listed(event)) for event in Event.objects.all()) == [1, 2, 2]
        assert EventDocument.objects.filter(document__in=documents, alive=True).count() == 5

    def test_the_period_covers_all_that_was_issued(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over = outage(began=ago(minutes=5), ended=ago(minutes=4))
        before, after = ago(minutes=9).replace(microsecond=0), ago(minutes=2).replace(microsecond=0)
        contingency(merchant, over, issued_at=before)
        contingency(merchant, over, issued_at=after)

        assert work(accepted)
        event = Event.objects.get()
        assert (event.began_at, event.ended_at) == (before, after)
        assert event.due_at == over.ended_at + timedelta(hours=24)

    def test_an_outage_over_midnight_is_one_event(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage(began=ago(hours=26)), issued_at=ago(hours=25))
        contingency(merchant, Document.objects.get().outage)

        assert work(accepted)
        told = json.loads(Event.objects.get().payload)["motivo"]
        assert told["fInicio"] < told["fFin"]

    def test_an_outage_over_the_months_end_is_one_event(self) -> None:
        zone = ZoneInfo("America/El_Salvador")
        began, ended = datetime(2026, 10, 31, 23, 50, tzinfo=zone), datetime(2026, 11, 1, 0, 10, tzinfo=zone)
        waiting = [
            Waiting(
                1, "SV", 1, "sandbox", "M001", "P001", 1, 1, "", began, ended, issued, uncertain=False, due_at=None
            )
            for issued in (began + timedelta(minutes=1), ended - timedelta(minutes=1))
        ]
        period = reporting.period(waiting)
        assert period == (began, ended)

        report: OutageReport = report_of(began_at=period[0], ended_at=period[1])
        sealed = LAW.contingency.seal_report(
            report, environment=Environment.SANDBOX, generation_code="A" * 8, at=ended, key=SIGNING_KEY
        )
        told = json.loads(sealed.payload)["motivo"]
        assert (told["fInicio"], told["fFin"]) == ("2026-10-31", "2026-11-01")

    def test_the_shortest_outage_lasts_a_second(self) -> None:
        at = timezone.now()
        waiting = Waiting(1, "SV", 1, "sandbox", "M001", "P001", 1, 1, "", at, at, at, uncertain=False, due_at=None)
        assert reporting.period([waiting]) == (at, at + timedelta(seconds=1))

    def test_several_senders_make_each_event_once(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over = outage()
        for _ in range(3):
            contingency(merchant, over)
        now, made = timezone.now(), []
        start = threading.Barrier(4)

        def gather() -> None:
            start.wait()
            made.append(reporting.gather(now))
            connection.close()

        threads = [threading.Thread(target=gather) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(made) == [0, 0, 0, 1]
        assert len(listed(Event.objects.get())) == 3

    def test_while_the_outage_lasts_there_is_no_event(self, merchant: Merchant, sandbox: Sandbox) -> None:
        document = contingency(merchant, going_on())
        later = {"contingency_from": ago(minutes=40), "contingency_to": timezone.now() + timedelta(minutes=5)}
        contingency(merchant, None, reason=2, **later)

        assert reporting.gather(timezone.now()) == 0
        document.refresh_from_db()
        assert document.event_due is None


class TestUncertain:
    def test_it_is_asked_about_before_it_stands_in_an_event(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over = outage()
        document = contingency(merchant, over, uncertain=True)
        now = timezone.now()

        assert reporting.gather(now) == 0
        document.refresh_from_db()
        assert document.event_due == over.ended_at + timedelta(hours=24)
        assert document.next_attempt_at == now

        assert reporting.gather(now + timedelta(minutes=1)) == 0
        document.refresh_from_db()
        assert document.next_attempt_at == now  # told once

    def test_near_the_end_of_its_term_it_gets_an_event_of_its_own(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over = outage(began=ago(hours=24), ended=ago(hours=22, minutes=30))
        doubtful = contingency(merchant, over, uncertain=True, issued_at=ago(hours=23))
        sure = contingency(merchant, over, issued_at=ago(hours=23))

        assert work(accepted)
        assert {frozenset(listed(one)) for one in Event.objects.all()} == {
            frozenset({doubtful.pk}),
            frozenset({sure.pk}),
        }


class TestSending:
    @pytest.mark.parametrize("fault", ["down", "unavailable", "garbage"])
    def test_what_never_arrived_is_sent_again(self, merchant: Merchant, sandbox: Sandbox, fault: str) -> None:
        contingency(merchant, outage())
        sandbox.fault(fault, "contingencia", count=1)

        assert work(accepted)
        assert [one["service"] for one in sandbox.received() if one["service"] != "auth"] == [
            "contingencia",
            "consultadte",
            "contingencia",
        ]

    @pytest.mark.parametrize("fault", ["drop_answer", "truncated", "no_seal"])
    def test_a_lost_answer_is_asked_for(self, merchant: Merchant, sandbox: Sandbox, fault: str) -> None:
        document = contingency(merchant, outage())
        sandbox.fault(fault, "contingencia", count=1)

        assert work(accepted)
        assert len(sandbox.received("contingencia")) == 1
        document.refresh_from_db()
        assert len(document.event_stamp) == 40

    def test_where_queries_know_no_events_the_same_bytes_go_once_more(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        """004 on our own code means that it was received; the stamp stays unknown, the term counts all the same."""
        document = contingency(merchant, outage())
        sandbox.fault("drop_answer", "contingencia", count=1)
        sandbox.fault("reject", "consultadte", code="014")

        assert work(accepted)
        event = Event.objects.get()
        first = event.exchange.filter(action="submit").earliest("id").started_at
        document.refresh_from_db()
        assert (event.stamp, event.stamped_at) == ("", first)
        assert (document.event_accepted_at, document.documents_due) == (first, first + timedelta(hours=72))
        assert len(sandbox.received("contingencia")) == 2

    def test_a_silent_hacienda_is_asked(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        sandbox.fault("late_answer", "contingencia", count=1, delay_ms=9000)

        assert work(accepted, seconds=30)
        assert len(sandbox.received("contingencia")) == 1

    def test_without_a_connection_it_is_tried_again(
        self, merchant: Merchant, sandbox: Sandbox, settings: Any
    ) -> None:
        contingency(merchant, outage())
        urls = settings.AUTHORITY_URLS
        settings.AUTHORITY_URLS = {"SV": {"sandbox": "http://127.0.0.1:9"}}

        assert not work(accepted, seconds=1)
        assert Exchange.objects.exclude(outcome="not_written").count() == 0
        settings.AUTHORITY_URLS = urls
        assert work(accepted)
        assert sandbox.received("consultadte") == []

    def test_a_pause_that_hacienda_asks_for_is_kept(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        sandbox.fault("throttled", "contingencia", count=1)

        assert work(accepted)
        first, second = sandbox.received("contingencia")
        assert datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"]) >= timedelta(seconds=1)

    def test_an_open_outage_holds_it_back(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        again = going_on()

        assert not work(accepted, seconds=1)
        assert sandbox.received() == []
        again.ended_at = timezone.now()
        again.save()
        assert work(accepted)

    @pytest.mark.parametrize("arrived", [True, False])
    def test_a_crash_after_sending_is_made_up_for_by_asking(
        self, merchant: Merchant, sandbox: Sandbox, arrived: bool
    ) -> None:
        contingency(merchant, outage())
        assert work(accepted)
        event = Event.objects.get()
        dead(event, state="transmitting", stamp="", stamped_at=None)
        event.exchange.update(outcome="started", milliseconds=None)
        if not arrived:
            sandbox.control("DELETE", "state")
        sandbox.control("DELETE", "received")

        assert work(accepted)
        asked = [one["service"] for one in sandbox.received()]
        assert asked[0] == "consultadte"
        assert len(Event.objects.get().stamp) == 40
        assert asked.count("contingencia") == (0 if arrived else 1)

    def test_a_crash_while_it_is_asked_about_does_not_send_it_again(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        contingency(merchant, outage())
        assert work(accepted)
        event = Event.objects.get()
        dead(event, state="transmitting", stamp="", stamped_at=None)
        event.exchange.update(outcome="closed")
        event.exchange.create(action="ask", started_at=timezone.now())
        sandbox.control("DELETE", "received")

        assert work(accepted)
        assert [one["service"] for one in sandbox.received()] == ["consultadte"]

    def test_it_is_not_sent_again_while_nobody_answers_the_question(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        contingency(merchant, outage())
        sandbox.fault("drop_answer", "contingencia", count=1)
        sandbox.fault("garbage", "consultadte")

        assert not work(accepted, seconds=1.5)
        assert len(sandbox.received("contingencia")) == 1
        # After half an hour it is the query that knows no events.
        Exchange.objects.filter(action="submit").update(started_at=ago(minutes=31))
        assert work(accepted)
        assert len(sandbox.received("contingencia")) == 2

    @pytest.mark.parametrize("code", ["020", "099"])
    def test_a_refusal_that_a_question_was_told_is_asked_about_once_more(
        self, merchant: Merchant, sandbox: Sandbox, code: str
    ) -> None:
        contingency(merchant, outage())
        sandbox.fault("drop_answer", "contingencia", count=1)
        sandbox.fault("reject", "consultadte", count=1, code=code)

        assert work(accepted)
        assert len(sandbox.received("contingencia")) == 1

    def test_a_crash_before_sending_loses_nothing(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        reporting.gather(timezone.now())
        dead(Event.objects.get())

        assert work(accepted)
        assert len(sandbox.received("contingencia")) == 1


class TestRefusals:
    def test_a_refused_event_waits_for_a_person(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        sandbox.fault("reject", "contingencia", count=1, code="008", message="[emisor.nit] NO PERTENECE")

        assert work(refused)
        event = Event.objects.get()
        assert (event.refusal["code"], event.refusal["message"]) == ("008", "Validaciones no superadas")
        assert event.refusal.keys() == {"code", "message", "observations", "errors", "at"}
        assert work(refused)
        assert len(sandbox.received("contingencia")) == 1

        now = timezone.now()
        assert reporting.correct(event, now).state == "waiting"
        assert work(accepted)
        codes = {one["generation_code"] for one in sandbox.received("contingencia")}
        assert codes == {event.generation_code}

    def test_a_document_that_was_stamped_meanwhile_is_taken_out_and_asked_about(
        self, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        over = outage()
        stamped, unsent = contingency(merchant, over), contingency(merchant, over)
        send_earlier_copy(stamped)

        assert work(accepted)
        event = Event.objects.get()
        assert listed(event) == {unsent.pk}
        assert len(json.loads(event.payload)["detalleDTE"]) == 1
        stamped.refresh_from_db()
        assert (stamped.uncertain, stamped.event_accepted_at, stamped.state) == (True, None, "contingency")
        assert stamped.next_attempt_at is not None

    def test_alone_in_its_event_it_stays_there_and_is_asked_about(self, merchant: Merchant, sandbox: Sandbox) -> None:
        stamped = contingency(merchant, outage())
        send_earlier_copy(stamped)

        assert work(refused)
        stamped.refresh_from_db()
        assert stamped.uncertain
        assert listed(Event.objects.get()) == {stamped.pk}
        assert reporting.gather(timezone.now()) == 0

    def test_it_is_corrected_three_times_at_most(self, merchant: Merchant, sandbox: Sandbox) -> None:
        over = outage()
        documents = [contingency(merchant, over) for _ in range(6)]
        for document in documents[:5]:
            text = f"[detalleDTE.codigoGeneracion] {document.generation_code}"
            sandbox.fault("reject", "contingencia", count=1, code="004", message=text)

        assert work(refused)
        event = Event.objects.get()
        assert len(sandbox.received("contingencia")) == 4
        assert len(listed(event)) == 3
        reporting.correct(event, timezone.now())
        assert work(accepted)
        assert len(listed(Event.objects.get())) == 2

    def test_old_bytes_refused_for_their_time_are_signed_anew(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        assert work(accepted)
        event, long_ago = Event.objects.get(), ago(minutes=30)
        dead(event, state="transmitting", sealed_at=long_ago, stamp="", stamped_at=None)
        event.exchange.update(outcome="closed", started_at=long_ago)
        sandbox.control("DELETE", "state")
        sandbox.fault("reject", "contingencia", count=1, code="017", message="[identificacion.fTransmision] FECHA")

        assert work(accepted)
        again = Event.objects.get()
        assert again.sealed_at > event.sealed_at
        assert again.generation_code == event.generation_code

    def test_what_is_missing_is_told_and_then_it_goes(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        Merchant.objects.update(responsible_name="", phone="1")

        assert work(lambda: Event.objects.filter(refusal__isnull=False).exists())
        event = Event.objects.get()
        assert event.state == "waiting"
        assert {one["pointer"] for one in event.refusal["errors"]} == {"/responsible/name", "/issuer/phone"}
        assert sandbox.received("contingencia") == []

        Merchant.objects.update(responsible_name="PERSONA RESPONSABLE", phone="22001100")
        assert reporting.correct(event, timezone.now()).state == "waiting"
        assert work(accepted)
        assert Event.objects.get().refusal is None

    def test_refused_credentials_are_told_and_not_tried_in_a_loop(self, merchant: Merchant, sandbox: Sandbox) -> None:
        contingency(merchant, outage())
        Credential.objects.update(refused_at=timezone.now(), refused_reason="Usuario no valido")

        assert work(lambda: Event.objects.filter(refusal__isnull=False).exists())
        assert Event.objects.get().refusal["code"] == "no_credentials"
        assert sandbox.received() == []
        Credential.objects.update(refused_at=None)
        assert work(accepted)

    def test_an_event_with_nothing_left_to_report_is_not_sent(self, merchant: Merchant, sandbox: Sandbox) -> None:
        document = contingency(merchant, outage())
        reporting.gather(timezone.now())
        Document.objects.filter(pk=document.pk).update(state="accepted")

        assert work(lambda: not Event.objects.exists())
        assert queue._keeper._held == {}
        assert sandbox.received("contingencia") == []
        assert blind_resends(sandbox) == []
