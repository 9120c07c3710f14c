"""Nobody's backlog keeps the others waiting: whose turn it is, and how much one issuer may take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Merchant
from documents.models import Document
from documents.services import fairness
from documents.services.fairness import in_turn
from documents.services.sharing import Owner, Shares
from tests.effort import examples

NOW = timezone.now()


def company(number: int) -> Merchant:
    return Merchant.objects.create(
        tax_id=f"{number:014d}", registration="1", name=f"Comercio {number}", activity="46632", phone="1"
    )


def backlog(merchant: Merchant, count: int, environment: str = "sandbox", *, due: float = -60, **more: Any) -> None:
    """So many documents on their way, the first of them due so many seconds from now."""
    Document.objects.bulk_create(
        Document(
            merchant=merchant,
            environment=environment,
            type_code="01",
            version=2,
            generation_code=str(uuid4()).upper(),
            year=2026,
            number=number,
            issued_at=NOW,
            total=1,
            content={},
            next_attempt_at=NOW + timedelta(seconds=due + number / 1000),
            **more,
        )
        for number in range(count)
    )


def owners(places: list[fairness.Place]) -> list[Owner]:
    return [owner for _key, owner in places]


@pytest.fixture
def companies(db: None) -> list[Merchant]:
    return [company(number) for number in range(1, 6)]


def test_with_room_for_all_everything_due_is_taken(companies: list[Merchant]) -> None:
    backlog(companies[0], 3)
    backlog(companies[1], 2, due=60)
    backlog(companies[2], 2, lease_until=NOW + timedelta(seconds=9))

    assert len(in_turn(Document, now=NOW, most=4)) == 3


def test_a_single_document_goes_with_the_first_of_a_backlog(companies: list[Merchant]) -> None:
    backlog(companies[0], 500)
    backlog(companies[1], 1, due=-0.5)

    chosen = in_turn(Document, now=NOW, most=4)

    assert len(chosen) == 4
    assert (companies[1].pk, "sandbox") in owners(chosen)


def test_every_issuer_gets_its_turn_and_each_environment_is_one(companies: list[Merchant]) -> None:
    for merchant in companies:
        backlog(merchant, 20)
        backlog(merchant, 20, "live")
    order = sorted((merchant.pk, environment) for merchant in companies for environment in ("live", "sandbox"))

    served: list[Owner] = []
    for _turn in range(5):
        chosen = in_turn(Document, now=NOW, most=4, after=served[-1] if served else None)
        served += owners(chosen)

    assert served == order * 2


def test_within_one_issuer_the_oldest_go_first(companies: list[Merchant]) -> None:
    backlog(companies[0], 9)

    chosen = [key for key, _owner in in_turn(Document, now=NOW, most=4)]

    assert chosen == list(Document.objects.order_by("next_attempt_at").values_list("pk", flat=True)[:4])


def test_who_may_take_no_more_is_passed_over(companies: list[Merchant]) -> None:
    backlog(companies[0], 20)
    backlog(companies[1], 3)
    greedy = (companies[0].pk, "sandbox")

    chosen = in_turn(Document, now=NOW, most=4, room=lambda owner: 0 if owner == greedy else 4)

    assert owners(chosen) == [(companies[1].pk, "sandbox")] * 3


def test_a_turn_costs_few_queries_however_long_the_backlogs(
    companies: list[Merchant], django_assert_max_num_queries: Any
) -> None:
    backlog(companies[0], 300)
    for merchant in companies[1:]:
        backlog(merchant, 30)

    with django_assert_max_num_queries(20):
        assert len(in_turn(Document, now=NOW, most=4, after=(companies[3].pk, "sandbox"))) == 4


# --- Shares -----------------------------------------------------------------------------------------------------
def test_one_issuer_gets_two_thirds_and_the_next_one_two_thirds_of_the_rest() -> None:
    shares = Shares(24)
    taken = [sum(shares.take((number, "live")) for _try in range(99)) for number in range(4)]
    assert taken == [16, 6, 2, 0]


def test_one_place_is_enough_for_one() -> None:
    shares = Shares(1)
    assert shares.take((1, "live"))
    assert not shares.take((2, "live"))
    shares.give_back((1, "live"))
    assert shares.take((2, "live"))


@settings(max_examples=examples(50))
@given(places=st.integers(1, 40), steps=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=60))
def test_what_an_issuer_has_room_for_it_can_take_and_no_more(places: int, steps: list[tuple[int, bool]]) -> None:
    shares = Shares(places)
    held: list[Owner] = []
    for number, gives_back in steps:
        owner = (number, "live")
        if gives_back:
            if owner in held:
                held.remove(owner)
                shares.give_back(owner)
            continue
        room = shares.room(owner)
        if number not in [other for other, _environment in held] and shares.free:
            assert room  # who holds nothing is never turned away while there is a place
        took = sum(shares.take(owner) for _try in range(room + 1))
        assert took == room
        held += [owner] * took
        assert shares.free == places - len(held) >= 0
