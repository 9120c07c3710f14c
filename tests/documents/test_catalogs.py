"""The catalogues of the public API, and addresses that name their places."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from documents.models import Document
from tests.actors import Caller, invoice

pytestmark = pytest.mark.django_db(transaction=True)


def get(caller: Caller, path: str) -> dict[str, Any]:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def error(caller: Caller, path: str) -> tuple[int, list[tuple[str, str]]]:
    answer = caller.get(path)
    return answer.status_code, [(one["pointer"], one["code"]) for one in answer.json().get("errors", [])]


def test_all_catalogues_are_listed_with_their_source(transmitter: Caller) -> None:
    body = get(transmitter, "catalogs")
    assert [(one["name"], one["is_current"]) for one in body["editions"]] == [("2026-07", True), ("2025-10", False)]
    assert len(body["results"]) == 33
    (departments,) = [one for one in body["results"] if one["name"] == "departments"]
    assert departments == {
        "name": "departments",
        "code": "CAT-012",
        "title": {"es": "Departamento", "en": "Department"},
        "entries": 15,
        "levels": [],
        "edition": "2026-07",
        "source": body["editions"][0]["source"],
    }


@pytest.mark.parametrize("name", ["departments", "CAT-012", "cat-012"])
def test_a_catalogue_goes_by_either_name(manager: Caller, name: str) -> None:
    body = get(manager, f"catalogs/{name}")
    assert (body["code"], body["next"], body["previous"]) == ("CAT-012", None, None)
    assert body["results"][6] == {
        "code": "06",
        "name": "San Salvador",
        "full_name": None,
        "within": {},
        "note": None,
    }


def test_entries_are_searched_and_narrowed_down(manager: Caller) -> None:
    body = get(manager, "catalogs/districts?q=LIMÁ rosa&parent=14")
    assert [one["full_name"] for one in body["results"]] == ["Santa Rosa de Lima"]
    assert body["results"][0]["within"] == {"department": "14", "municipality": "19"}
    assert body["entries"] == 263, "of the whole catalogue"
    assert get(manager, "catalogs/districts?q=")["results"][0]["code"] == "00"
    assert get(manager, "catalogs/districts?q=atlantis")["results"] == []
    assert len(get(manager, "catalogs/municipalities?parent=06")["results"]) == 5


def test_what_is_unsure_is_told_in_the_callers_language(manager: Caller) -> None:
    (entry,) = get(manager, "catalogs/districts?q=ilobasco")["results"]
    assert entry["note"].startswith("Hacienda's editions disagree")


def test_pages_lead_on_and_back_without_a_gap(manager: Caller) -> None:
    seen: list[str] = []
    path = "catalogs/activities?limit=300"
    page = get(manager, path)
    pages = [page]
    while page["next"]:
        page = get(manager, f"{path}&cursor={page['next']}")
        pages.append(page)
    for each in pages:
        seen += [one["code"] for one in each["results"]]
    assert len(pages) == 3
    assert len(seen) == len(set(seen)) == 774
    assert pages[0]["previous"] is None
    assert get(manager, f"{path}&cursor={pages[2]['previous']}")["results"] == pages[1]["results"]
    assert get(manager, f"{path}&cursor={pages[1]['previous']}")["results"] == pages[0]["results"]
    assert get(manager, "catalogs/activities?limit=1000")["next"] is None
    assert get(manager, "catalogs/units?limit=20")["results"] == get(manager, "catalogs/units")["results"][:20]


def test_the_older_edition_can_be_asked_for(manager: Caller) -> None:
    listed = get(manager, "catalogs?edition=2025-10")["results"]
    assert [one["code"] for one in listed] == ["CAT-002", "CAT-013", "CAT-023", "CAT-027", "CAT-028"]
    older = get(manager, "catalogs/municipalities?edition=2025-10&q=cabañas")
    assert [(one["code"], one["name"]) for one in older["results"]] == [
        ("10", "CABAÑAS OESTE"),
        ("11", "CABAÑAS ESTE"),
    ]
    assert (older["edition"], "October 2025" in older["source"]) == ("2025-10", True)
    assert error(manager, "catalogs/units?edition=2025-10") == (404, [])


@pytest.mark.parametrize(
    ("path", "status", "errors"),
    [
        ("catalogs/planets", 404, []),
        ("catalogs/CAT-034", 404, []),
        ("catalogs?edition=1999-01", 422, [("/edition", "unknown_edition")]),
        ("catalogs/districts?parent=99", 422, [("/parent", "unknown_parent")]),
        ("catalogs/departments?parent=06", 422, [("/parent", "unknown_parent")]),
        ("catalogs/departments?cursor=!", 422, [("/cursor", "invalid")]),
        ("catalogs/departments?limit=0", 422, [("/limit", "min_value")]),
        ("catalogs/departments?limit=1001", 422, [("/limit", "max_value")]),
    ],
)
def test_what_is_not_there_is_refused(manager: Caller, path: str, status: int, errors: list[tuple[str, str]]) -> None:
    assert error(manager, path) == (status, errors)


@pytest.mark.parametrize("path", ["catalogs", "catalogs/districts?q=san&limit=5"])
def test_nothing_is_sent_twice_to_who_has_it(manager: Caller, path: str) -> None:
    first = manager.get(path)
    assert first["Cache-Control"] == "private, max-age=3600"
    assert "Accept-Language" in first["Vary"], "notes are translated"
    again = manager.get(path, If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], first["Cache-Control"])
    other = manager.get("catalogs/countries", If_None_Match=first["ETag"])
    assert other.status_code == 200


def test_a_key_is_needed(client: Client, manager: Caller) -> None:
    for path in ("catalogs", "catalogs/departments"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert manager.post(path).status_code == 405


def test_no_catalogue_needs_the_database_beyond_the_key(manager: Caller, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        manager.get("catalogs/activities?q=venta")


def lives_in(caller: Caller, **address: str) -> Any:
    return caller.post(
        "documents/preview", invoice(customer={"name": "Ana", "address": {"line": "Calle 1"} | address})
    )


def test_a_district_is_enough_of_an_address(manager: Caller) -> None:
    shown = lives_in(manager, district="Santa Tecla").json()
    assert shown["customer"]["address"] == {
        "department": "05",
        "municipality": "28",
        "district": "11",
        "line": "Calle 1",
    }
    full = lives_in(manager, department="05", municipality="28", district="11").json()
    assert shown["document"]["receptor"] == full["document"]["receptor"]


def test_an_ambiguous_district_is_told_with_its_candidates(manager: Caller) -> None:
    answer = lives_in(manager, district="San Fernando")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/customer/address/district", "district_ambiguous")
    assert "22 SAN FERNANDO (Chalatenango), 18 SAN FERNANDO (Morazán)" in fault["message"]


def test_faults_of_an_address_come_with_all_others(manager: Caller) -> None:
    body = invoice(customer={"name": "Ana", "phone": "1", "address": {"line": "Calle 1", "district": "Atlantis"}})
    answer = manager.send(body)
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/customer/address/district", "district_unknown"),
        ("/customer/phone", "too_short"),
    }
    assert not Document.objects.exists()
