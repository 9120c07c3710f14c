"""Following what happened: in order, from where one stopped, only one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Environment, Merchant
from documents.models import Notice
from documents.notices_api import notice_id
from tests.actors import Caller, caller
from tests.documents.test_openapi import fits

pytestmark = pytest.mark.django_db(transaction=True)


def happen(merchant: Merchant, *types: str, environment: str = "sandbox") -> list[str]:
    """Write down that these things happened a while ago; returns their ids."""
    at = timezone.now() - timedelta(minutes=1)
    rows = [
        Notice.objects.create(
            merchant=merchant, environment=environment, type=name, data={"id": f"doc_{number}"}, at=at
        )
        for number, name in enumerate(types)
    ]
    return [notice_id(row.pk) for row in rows]


def ids(answer: dict[str, object]) -> list[str]:
    results = answer["results"]
    assert isinstance(results, list)
    return [one["id"] for one in results]


def test_events_come_oldest_first_with_what_happened(manager: Caller, merchant: Merchant) -> None:
    made = happen(merchant, "document.contingency", "document.accepted")

    answer = manager.get("events").json()

    assert ids(answer) == made
    assert answer["next"] == made[-1]
    first = answer["results"][0]
    assert first.keys() == {"id", "type", "at", "environment", "data"}
    assert (first["type"], first["environment"], first["data"]) == (
        "document.contingency",
        "sandbox",
        {"id": "doc_0"},
    )
    assert first["at"].endswith("-06:00")


def test_one_goes_on_where_one_stopped(manager: Caller, merchant: Merchant) -> None:
    made = happen(merchant, *["document.accepted"] * 5)

    first = manager.get("events?limit=2").json()
    second = manager.get(f"events?limit=2&after={first['next']}").json()
    third = manager.get(f"events?limit=2&after={second['next']}").json()
    last = manager.get(f"events?after={third['next']}").json()

    assert ids(first) + ids(second) + ids(third) == made
    assert last == {"results": [], "next": None}


def test_only_some_kinds_can_be_followed(manager: Caller, merchant: Merchant) -> None:
    made = happen(merchant, "document.accepted", "document.rejected", "document.accepted")

    answer = manager.get(f"events?type=document.rejected&after={made[0]}").json()

    assert ids(answer) == [made[1]]


def test_nothing_of_others_is_told(manager: Caller, stranger: Caller, merchant: Merchant) -> None:
    made = happen(merchant, "document.accepted")
    elsewhere = caller(merchant, environment=Environment.TEST)

    for other in (stranger, elsewhere):
        assert ids(other.get("events").json()) == []
        assert other.get(f"events?after={made[0]}").status_code == 422


@pytest.mark.parametrize("after", ["evt_ffffffffffff", "evt_000000000000", "evt_1", "doc_1", "1"])
def test_an_id_that_was_never_given_out_is_refused(after: str, manager: Caller, merchant: Merchant) -> None:
    happen(merchant, "document.accepted")

    answer = manager.get(f"events?after={after}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/after"


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "type=document.eaten"])
def test_a_query_that_makes_no_sense_is_refused(query: str, manager: Caller) -> None:
    answer = manager.get(f"events?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/" + query.split("=")[0]


def test_it_needs_a_key(client: Client) -> None:
    assert client.get("/api/v1/events").status_code == 401


def test_answers_fit_the_published_description(manager: Caller, merchant: Merchant) -> None:
    openapi = SchemaGenerator().get_schema(request=None, public=True)
    happen(merchant, "document.accepted")

    fits(openapi, "EventPage", manager.get("events").json())
    happen(merchant)
    fits(openapi, "EventPage", caller(merchant, environment=Environment.TEST).get("events").json())
