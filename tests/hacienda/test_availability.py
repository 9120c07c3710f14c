"""Outages as all processes know them: whose, since when, and how carefully they are closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hacienda import availability
from hacienda.models import Outage

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANA, BEA = "06140101010019", "06140202020029"


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fail(tax_id: str = ANA, at: float = 2, accepted_at: float | None = None, environment: str = "sandbox") -> Outage:
    return availability.failed(
        "SV",
        environment,
        tax_id,
        began_at=after(at - 2),
        at=after(at),
        cause="closed",
        accepted_at=None if accepted_at is None else after(accepted_at),
    )


def current(tax_id: str = ANA, environment: str = "sandbox") -> Outage | None:
    return availability.current("SV", environment, tax_id)


def probe(at: float, *, good: bool) -> bool:
    outage = current()
    assert outage is not None
    if good:
        return availability.probe_succeeded(outage, at=after(at))
    availability.probe_failed(outage, at=after(at))
    return False


class TestOpening:
    def test_it_is_one_emitters_and_began_with_the_first_failure(self) -> None:
        outage = fail()
        assert current() == outage
        assert (outage.tax_id, outage.began_at, outage.ended_at) == (ANA, START, None)
        assert current(BEA) is None
        assert current(environment="live") is None

    def test_a_second_emitter_makes_it_everybodys(self) -> None:
        first = fail()
        fail(BEA, at=5)
        everybodys = current("another")
        assert everybodys is not None
        assert everybodys.tax_id == ""
        assert current(ANA) == current(BEA) == everybodys
        assert everybodys.began_at == START or first.pk != everybodys.pk

    def test_emitters_of_other_environments_say_nothing(self) -> None:
        fail()
        fail(BEA, environment="live")
        assert current("another") is None

    def test_failing_again_goes_on_with_the_open_one(self) -> None:
        fail()
        probe(10, good=True)
        again = fail(at=12)
        assert Outage.objects.count() == 1
        assert (again.began_at, again.last_failure_at, again.good_probes) == (START, after(12), 0)


class TestClosing:
    def test_two_good_probes_in_a_row_close_it(self) -> None:
        fail()
        assert not probe(10, good=True)
        probe(12, good=False)
        assert not probe(14, good=True)
        assert probe(15, good=True)
        assert current() is None
        assert Outage.objects.get().ended_at == after(15)

    def test_an_accepted_document_closes_its_emitters_and_everybodys(self) -> None:
        fail()
        assert availability.accepted("SV", "sandbox", BEA, at=after(5)) == 0
        assert availability.accepted("SV", "sandbox", ANA, at=after(5)) == 1
        assert current() is None

    def test_everybodys_end_is_each_ones(self) -> None:
        outage = fail()
        fail(BEA)
        assert probe(10, good=True) is False
        assert probe(11, good=True) is True
        assert current(ANA) is None
        assert current(BEA) is None
        assert outage.documents.count() == 0

    def test_what_comes_back_soon_is_the_same_and_harder_to_close(self) -> None:
        outage = fail()
        for turn in range(2):
            probe(10 + 100 * turn, good=True)
            assert probe(11 + 100 * turn, good=True)
            again = fail(at=50 + 100 * turn)
            assert (again.pk, again.returns, again.began_at) == (outage.pk, turn + 1, START)

        assert not probe(300, good=True)
        assert not probe(301, good=True)
        assert not probe(306, good=True)
        assert probe(311, good=True)

    def test_a_document_that_was_accepted_since_makes_the_next_one_new(self) -> None:
        first = fail()
        probe(10, good=True)
        probe(11, good=True)
        second = fail(at=50, accepted_at=30)
        assert second.pk != first.pk
        assert second.returns == 0

    def test_one_that_a_document_ended_was_over(self) -> None:
        first = fail()
        probe(5, good=True)
        availability.accepted("SV", "sandbox", ANA, at=after(10))
        assert fail(at=20).pk != first.pk

    def test_after_ten_minutes_it_is_another(self) -> None:
        first = fail()
        probe(10, good=True)
        probe(11, good=True)
        assert fail(at=700).pk != first.pk


class TestProbing:
    def test_the_pauses_grow_to_a_third_of_a_minute(self) -> None:
        outage = fail()
        assert outage.next_probe_at == after(3)
        pauses = []
        for _ in range(7):
            probe(100, good=False)
            outage.refresh_from_db()
            pauses.append((outage.next_probe_at - after(100)).total_seconds())
        assert pauses == [2, 4, 8, 15, 20, 20, 20]

    def test_only_one_worker_probes(self) -> None:
        fail()
        assert availability.probes_due(now=after(2.5)) == []
        [due] = availability.probes_due(now=after(3))
        assert availability.claim_probe(due, now=after(3))
        assert not availability.claim_probe(due, now=after(3))
        assert availability.probes_due(now=after(4)) == []
        # A worker that died while it probed does not keep the outage open for ever.
        assert availability.probes_due(now=after(30))

    def test_documents_are_let_through_one_by_one_after_a_good_probe(self) -> None:
        fail()
        outage = current()
        assert outage is not None
        assert not availability.let_through(outage, now=after(5))
        probe(6, good=True)
        outage.refresh_from_db()
        assert availability.let_through(outage, now=after(7))
        assert not availability.let_through(outage, now=after(8))
        assert availability.let_through(outage, now=after(18))
