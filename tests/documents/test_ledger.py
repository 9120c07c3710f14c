"""The ledger of numbers: each one explained, whatever happens; and an alarm where one is not."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from accounts import vault
from accounts.models import Establishment, Merchant, PointOfSale, Role
from documents import alarms, ledger, mapping
from documents.drafting import parsed
from documents.ledger import Fate, Span
from documents.models import Document, NumberStart, Sequence
from documents.serializers import DraftBody
from documents.services import numbering
from documents.services.issue import issue
from hacienda.values import Invalid
from tests.actors import Caller, Sandbox, invoice
from tests.effort import examples
from tests.people import text, visitor

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = ZoneInfo("America/El_Salvador")
YEAR = timezone.now().astimezone(ZONE).year


def spans(**series: Any) -> list[Span]:
    return list(ledger.spans(Sequence.objects.get(**series), now=timezone.now()))


def lines(**series: Any) -> list[tuple[int, int, str]]:
    return [(span.first, span.last, span.fate.value) for span in spans(**series)]


def begin_at(merchant: Merchant, number: int, series: str = "M001") -> NumberStart | None:
    return numbering.begin_at(
        merchant=merchant, environment="sandbox", series=series, number=number, year=YEAR, now=timezone.now()
    )


def issued(merchant: Merchant, establishment: str = "M001") -> Document:
    """Sealed and not sent: on its way."""
    draft = mapping.draft(parsed(DraftBody, invoice()), merchant=merchant, environment="sandbox")
    return issue(
        merchant=merchant, environment="sandbox", draft=draft, establishment=establishment, now=timezone.now()
    ).document


def age(document: dict[str, Any], **by: float) -> None:
    row = Document.objects.get(public_id=document["id"])
    assert row.rejection is not None
    row.rejection["at"] = (timezone.now() - timedelta(**by)).isoformat()
    row.save(update_fields=["rejection"])


def alarm(code: str) -> list[int]:
    """The counts of the alarms of one code."""
    return [one.count for one in alarms.found(timezone.now()) if one.code == code]


# --- Whatever happens -------------------------------------------------------------------------------------------
class Numbers(RuleBasedStateMachine):
    """Issue, refuse, reject, correct, abandon, roll back, start elsewhere; each example in a place of its own."""

    places = 100

    def __init__(self, merchant: Merchant, caller: Caller, sandbox: Sandbox) -> None:
        super().__init__()
        self.merchant, self.caller, self.sandbox = merchant, caller, sandbox
        Numbers.places += 1
        self.place = f"M{Numbers.places}"
        first = merchant.establishments.get(code="M001")
        shop = Establishment.objects.create(
            merchant=merchant,
            code=self.place,
            department=first.department,
            municipality=first.municipality,
            district=first.district,
            address_line=first.address_line,
        )
        PointOfSale.objects.create(establishment=shop, code="P001")
        self.fates: dict[int, str] = {}
        self.last = 0
        self.rejections: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []

    def body(self, **more: object) -> dict[str, Any]:
        return invoice(establishment=self.place, **more)

    def number(self, made: dict[str, Any]) -> int:
        return int(made["control_number"][-15:])

    def takes(self, made: dict[str, Any], fate: str) -> None:
        self.last += 1
        assert self.number(made) == self.last
        self.fates[self.last] = fate

    @rule()
    def accept(self) -> None:
        made = self.caller.send(self.body(), Prefer="wait=20").json()
        self.takes(made, "accepted")
        self.accepted.append(made)

    @rule()
    def reject(self) -> None:
        self.sandbox.fault("reject", "recepciondte", count=1, code="003", message="[receptor.nombre] NO")
        made = self.caller.send(self.body(), Prefer="wait=20").json()["document"]
        self.takes(made, "correctable")
        self.rejections.append(made)

    @rule()
    def refuse(self) -> None:
        assert self.caller.send(self.body(items=[])).status_code == 422

    @precondition(lambda self: self.accepted)
    @rule()
    def conflict(self) -> None:
        body = self.body(external_id=f"{self.place}-{self.last}")
        first = self.caller.send(body, Prefer="wait=20")
        if first.status_code == 201:
            self.takes(first.json(), "accepted")
        assert self.caller.send(body).status_code == 409

    @rule()
    def seal_without_sending(self) -> None:
        made = issued(self.merchant, self.place)
        self.last += 1
        assert made.number == self.last
        self.fates[self.last] = "transmitting"

    @rule()
    def roll_back(self) -> None:
        with transaction.atomic():
            issued(self.merchant, self.place)
            transaction.set_rollback(True)

    @precondition(lambda self: self.rejections)
    @rule(again=st.booleans())
    def correct_in_time(self, again: bool) -> None:
        made = self.rejections.pop()
        if again:
            self.sandbox.fault("reject", "recepciondte", count=1, code="003", message="[receptor.nombre] NO")
        answer = self.caller.post(f"documents/{made['id']}/correct", self.body(), Prefer="wait=20")
        if again:
            self.rejections.append(made)
        else:
            assert answer.json()["control_number"] == made["control_number"]
            self.fates[self.number(made)] = "accepted"

    @precondition(lambda self: self.rejections)
    @rule(replaced=st.booleans())
    def correct_too_late(self, replaced: bool) -> None:
        made = self.rejections.pop()
        age(made, hours=25)
        self.fates[self.number(made)] = "abandoned"
        if replaced:
            new = self.caller.post(f"documents/{made['id']}/correct", self.body(), Prefer="wait=20").json()
            self.takes(new, "accepted")

    @precondition(lambda self: self.accepted)
    @rule()
    def invalidate(self) -> None:
        made = self.accepted.pop()
        answer = self.caller.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"}, Prefer="wait=20")
        assert answer.json()["status"] == "invalidated", answer.json()
        self.fates[self.number(made)] = "invalidated"

    @rule(by=st.integers(2, 10**9))
    def start_elsewhere(self, by: int) -> None:
        begin_at(self.merchant, self.last + by, self.place)
        self.fates.update(dict.fromkeys((self.last + 1, self.last + by - 1), "not_used"))
        self.last += by - 1
        with pytest.raises(Invalid):
            begin_at(self.merchant, max(self.used, 0), self.place)

    @property
    def used(self) -> int:
        return max((number for number, fate in self.fates.items() if fate != "not_used"), default=0)

    def teardown(self) -> None:
        row = Sequence.objects.filter(scope=self.place).first()
        if row is None:
            assert self.last == 0
            return
        told = spans(pk=row.pk)
        # Every number from 1 on stands in exactly one line, and neighbours differ.
        assert [span.first for span in told] == [1, *(span.last + 1 for span in told[:-1])] if told else not self.last
        assert row.last == self.last == (told[-1].last if told else 0)
        for number, fate in self.fates.items():
            assert [span.fate for span in told if span.first <= number <= span.last] == [fate]
        numbers = list(Document.objects.filter(series=self.place).values_list("number", flat=True))
        assert len(numbers) == len(set(numbers)) == sum(fate != "not_used" for fate in self.fates.values())


def test_every_number_is_explained_whatever_happens(merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
    run_state_machine_as_test(
        lambda: Numbers(merchant, manager, sandbox),
        settings=settings(
            max_examples=examples(6),
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    assert alarm("number_gap") == []


# --- What nothing explains --------------------------------------------------------------------------------------
@pytest.fixture
def ten(merchant: Merchant) -> Merchant:
    """Ten documents on their way, as rows; the counts have been taken."""
    first = issued(merchant)
    for number in range(2, 11):
        copy = Document.objects.get(pk=first.pk)
        copy.pk, copy.number, copy.generation_code = None, number, f"C{number}"
        copy.public_id, copy.token, copy.current_sealing = f"doc_{number}", f"token{number}", None
        copy.control_number = f"DTE-01-M001P001-{number:015d}"
        copy.save(force_insert=True)
    Sequence.objects.update(last=10)
    assert ledger.count(timezone.now()) == 0
    assert Sequence.objects.get().counted == 10
    return merchant


def remove(*numbers: int) -> None:
    for row in Document.objects.filter(number__in=numbers):
        Document.objects.filter(pk=row.pk).update(series="LOST")


def told() -> tuple[int, str]:
    """Exit code and words of the command."""
    out = io.StringIO()
    try:
        call_command("ledger", stdout=out, stderr=io.StringIO())
    except SystemExit as error:
        return int(error.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_gap_is_found_shown_and_an_alarm(ten: Merchant, manager: Caller) -> None:
    assert told()[0] == 0
    remove(4, 5, 10)

    assert lines() == [
        (1, 3, "transmitting"),
        (4, 5, "missing"),
        (6, 9, "transmitting"),
        (10, 10, "missing"),
    ]
    code, words = told()
    assert code == 1
    assert "4-5 missing" in words
    assert manager.get("numbering").json()["results"][0]["unexplained"] == 3
    page = text(visitor(ten).get("/numbering"))
    assert "3 numbers without an explanation" in page


def test_the_alarm_counts_what_came_since_the_daily_count_and_the_count_finds_the_rest(ten: Merchant) -> None:
    issued(ten)
    issued(ten)
    remove(11)
    assert alarm("number_gap") == [1]

    remove(3)
    assert alarm("number_gap") == [1]  # below what was counted: found by the next count
    assert ledger.count(timezone.now()) == 1
    assert alarm("number_gap") == [2]
    assert Sequence.objects.get().counted == 2


def test_a_number_that_was_never_given_out_is_an_alarm(ten: Merchant) -> None:
    Sequence.objects.update(last=8, counted=8)

    assert lines()[-2:] == [(9, 9, "ahead"), (10, 10, "ahead")]
    assert alarm("number_gap") == [1]
    assert told()[0] == 1


def test_what_is_issued_while_it_is_read_is_no_gap(ten: Merchant) -> None:
    row = ledger.series(ten, "sandbox").get()
    reading = ledger.spans(row, now=timezone.now())
    issued(ten)
    issued(ten)

    assert {span.fate for span in reading} == {Fate.TRANSMITTING}


def test_a_million_numbers_are_a_few_lines(ten: Merchant) -> None:
    begin_at(ten, 1_000_001)
    issued(ten)

    assert lines() == [(1, 10, "transmitting"), (11, 1_000_000, "not_used"), (1_000_001, 1_000_001, "transmitting")]
    assert alarm("number_gap") == []


def test_pages_put_together_are_the_whole(ten: Merchant, manager: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "LONGEST_PAGE", 3)
    remove(2, 3, 7)
    found, cursor = [], ""
    while True:
        answer = manager.get(f"numbering/M001-{YEAR}?limit=2{cursor}").json()
        found += [Span(one["first"], one["last"], Fate(one["fate"])) for one in answer["results"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"

    assert list(ledger.joined(found)) == spans()


# --- Where a series begins --------------------------------------------------------------------------------------
def test_a_start_may_be_mended_until_it_is_used_and_covers_no_later_gap(merchant: Merchant) -> None:
    begin_at(merchant, 5000)
    begin_at(merchant, 301)
    for _ in range(3):
        issued(merchant)
    assert lines() == [(1, 300, "not_used"), (301, 303, "transmitting")]

    remove(302)

    assert lines()[1:] == [(301, 301, "transmitting"), (302, 302, "missing"), (303, 303, "transmitting")]
    for used in (1, 301, 303):
        with pytest.raises(Invalid):
            begin_at(merchant, used)


def test_a_manager_sets_the_start_and_it_is_written_down_who_did(merchant: Merchant) -> None:
    ana = visitor(merchant)

    assert ana.post("/numbering/start", {"series": "M001", "number": "501"}).status_code == 302
    issued(merchant)
    refused = ana.post("/numbering/start", {"series": "M001", "number": "501"})

    assert refused.status_code == 422
    assert "The numbers up to 501 are used already." in text(refused)
    page = text(ana.get(f"/numbering/M001-{YEAR}"))
    assert "After 0 with 501 · The merchant set the number to start from." in page
    assert "ana@example.com" in page


def test_only_managers_may_and_only_for_their_own_series(merchant: Merchant, other_merchant: Merchant) -> None:
    issued(merchant)
    leo = visitor(merchant, Role.TRANSMITTER, email="leo@example.com")
    eva = visitor(other_merchant, email="eva@example.com")

    assert leo.post("/numbering/start", {"series": "M001", "number": "9"}).status_code == 403
    assert leo.post("/numbering/scope", {"number_scope": "type"}).status_code == 403
    assert leo.get(f"/numbering/M001-{YEAR}").status_code == 200
    assert eva.get(f"/numbering/M001-{YEAR}").status_code == 404
    assert eva.post("/numbering/start", {"series": "S009", "number": "9"}).status_code == 422


def test_another_scope_never_repeats_a_control_number(merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
    ana = visitor(merchant)
    made = [manager.send(Prefer="wait=20").json() for _ in range(2)]
    ana.post("/numbering/scope", {"number_scope": "type"})
    made += [manager.send(Prefer="wait=20").json() for _ in range(2)]
    ana.post("/numbering/scope", {"number_scope": "establishment"})
    made += [manager.send(Prefer="wait=20").json()]

    numbers = [one["control_number"][-2:] for one in made]
    assert numbers == ["01", "02", "03", "04", "05"]
    assert [one["status"] for one in made] == ["accepted"] * 5
    assert lines(scope="M001") == [(1, 2, "accepted"), (3, 4, "not_used"), (5, 5, "accepted")]
    assert lines(scope="M001-01") == [(1, 2, "not_used"), (3, 4, "accepted")]


def test_a_scope_changed_behind_our_back_is_stepped_over(
    merchant: Merchant, manager: Caller, sandbox: Sandbox
) -> None:
    manager.send(Prefer="wait=20")
    manager.send(Prefer="wait=20")
    Merchant.objects.filter(pk=merchant.pk).update(number_scope="type")

    assert manager.send(Prefer="wait=20").json()["control_number"].endswith("003")
    assert lines(scope="M001-01") == [(1, 2, "not_used"), (3, 3, "accepted")]


# --- Other alarms -----------------------------------------------------------------------------------------------
def test_a_document_that_nobody_takes_up_is_an_alarm(ten: Merchant) -> None:
    now = timezone.now()
    Document.objects.update(next_attempt_at=now - timedelta(seconds=90), lease_until=None)
    assert alarm("document_stuck") == [10]

    Document.objects.filter(number__gt=4).update(lease_until=now + timedelta(seconds=10))  # somebody is at work
    Document.objects.filter(number=1).update(next_attempt_at=now - timedelta(seconds=30))
    assert alarm("document_stuck") == [3]


def test_a_merchant_whose_access_is_refused_is_an_alarm_while_documents_wait(ten: Merchant) -> None:
    assert alarm("issuer_stopped") == []
    vault.hold(ten, "sandbox", "refused", timezone.now())
    assert alarm("issuer_stopped") == [10]
    Document.objects.update(state="accepted")
    assert alarm("issuer_stopped") == []


def test_a_correction_whose_term_ends_is_an_alarm(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepciondte", count=1, code="003", message="[receptor.nombre] NO")
    made = manager.send(Prefer="wait=20").json()["document"]
    assert alarm("correction_ends") == []
    age(made, hours=19)
    assert alarm("correction_ends") == [1]
    age(made, hours=24)
    assert alarm("correction_ends") == []


# --- New Year ---------------------------------------------------------------------------------------------------
def test_the_instant_is_judged_in_el_salvador(merchant: Merchant) -> None:
    last = datetime(YEAR, 12, 31, 23, 59, 59, 999999, tzinfo=ZONE)
    assert last.astimezone(ZoneInfo("UTC")).year == YEAR + 1
    draft = mapping.draft(parsed(DraftBody, invoice()), merchant=merchant, environment="sandbox")
    made = [
        issue(merchant=merchant, environment="sandbox", draft=draft, now=at).document
        for at in (last - timedelta(seconds=1), last, last + timedelta(microseconds=1), last + timedelta(hours=6))
    ]

    assert [(one.year, one.number) for one in made] == [(YEAR, 1), (YEAR, 2), (YEAR + 1, 1), (YEAR + 1, 2)]
