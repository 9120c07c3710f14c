"""Pages that belong to no room: what is not there, what broke, what an error code means."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from smartbill import problems, views


def test_an_unknown_address_is_answered_with_a_way_on(client: Client) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": "en"})

    assert answer.status_code == 404
    assert 'href="/documents"' in answer.content.decode()
    assert "This is not here" in answer.content.decode()


def test_a_fault_of_ours_is_told_without_details(rf: RequestFactory) -> None:
    with translation.override("en"):
        answer = views.broken(rf.get("/documents"))

    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_error_code_has_a_page(client: Client, language: str) -> None:
    for code, title in problems.TITLES.items():
        answer = client.get(f"/errors/{code}", headers={"Accept-Language": language})
        with translation.override(language):
            assert str(title) in answer.content.decode()
        assert answer.status_code == 200

    assert client.get("/errors/nonsense").status_code == 404
