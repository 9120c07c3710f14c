"""How an installation gets its first company: from a file, with one person who may sign in."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import AuditEntry, Membership, Merchant, User
from tests.ticos import TICO_ADDRESS

pytestmark = pytest.mark.django_db
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def body() -> dict[str, Any]:
    """The example of the documentation."""
    example = re.search(r"```json\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    assert example is not None
    told: dict[str, Any] = json.loads(example[1])
    return told


def open_company(body: object, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(body if isinstance(body, str) else json.dumps(body)))
    said = io.StringIO()
    call_command("company", "-", stdout=said)
    return said.getvalue()


def faults(body: object, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Pointer → message of everything that is wrong with it; and nothing may be left of it."""
    with pytest.raises(CommandError) as refused:
        open_company(body, monkeypatch)
    assert not Merchant.objects.exists()
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()
    pairs = (line.split(": ", 1) for line in str(refused.value).split("\n"))
    return dict(pairs)


def password_in(said: str) -> str:
    told = re.search(r"password, told this once: (\S+)", said)
    assert told is not None, said
    return told[1]


def test_its_manager_signs_in_and_finds_the_company(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    said = open_company(body, monkeypatch)

    browser = Client()
    password = password_in(said)
    answer = browser.post(reverse("login"), {"username": body["person"]["email"], "password": password}, follow=True)
    assert answer.status_code == 200
    assert body["trade_name"] in browser.get(reverse("dashboard:company")).content.decode()
    merchant = Merchant.objects.get()
    assert (merchant.country, merchant.tax_id, merchant.registration) == ("SV", "06140101011030", "1000003")
    assert merchant.establishments.get().address_line == body["address"]["line"]
    assert Membership.objects.get().role == "manager"
    assert password not in json.dumps(list(AuditEntry.objects.values("subject", "details")))


def test_a_company_of_costa_rica(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    address = {
        "department": TICO_ADDRESS.department,
        "municipality": TICO_ADDRESS.municipality,
        "district": TICO_ADDRESS.district,
        "line": TICO_ADDRESS.line,
    }
    more = {"country": "CR", "tax_id": "3-101-000002", "activity": "1071.1", "address": address}
    told = {name: value for name, value in body.items() if name not in ("registration", "responsible")} | more

    open_company(told, monkeypatch)

    assert Merchant.objects.get().country == "CR"


def test_somebody_who_is_known_keeps_the_password(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    open_company(body, monkeypatch)
    before = User.objects.get().password

    said = open_company(body | {"tax_id": "0614-010101-104-9", "registration": "100000-4"}, monkeypatch)

    assert "the password that they have" in said
    assert User.objects.get().password == before
    assert Membership.objects.count() == 2


def test_somebody_without_a_password_gets_one(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    open_company(body, monkeypatch)
    services.add_member(
        merchant=Merchant.objects.get(), email="nueva@smartbill.example", password=None, role="manager"
    )

    assert not User.objects.get(email="nueva@smartbill.example").has_usable_password()
    more = {"tax_id": "0614-010101-104-9", "registration": "100000-4", "person": {"email": "nueva@smartbill.example"}}

    password = password_in(open_company(body | more, monkeypatch))

    assert User.objects.get(email="nueva@smartbill.example").check_password(password)


def test_somebody_who_was_deactivated_is_no_manager(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    open_company(body, monkeypatch)
    User.objects.update(is_active=False)

    with pytest.raises(CommandError, match=r"/person/email: .*deactivated"):
        open_company(body | {"tax_id": "0614-010101-104-9", "registration": "100000-4"}, monkeypatch)

    assert Merchant.objects.count() == 1


def test_everything_that_is_wrong_is_told_at_once(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        **{name: value for name, value in body.items() if name != "phone"},
        "name": 7,
        "colour": "blue",
        "tax_id": "none",
        "address": {"department": "99", "planet": "Mars"},
        "person": {"email": "nobody", "name": "N" * 200},
        "trade_name": "\ud800",
    }

    found = faults(wrong, monkeypatch)

    assert {
        "/name",
        "/colour",
        "/tax_id",
        "/phone",
        "/address/planet",
        "/person/email",
        "/person/name",
        "/trade_name",
    } <= set(found)
    assert any(pointer.startswith("/address/d") for pointer in found)
    assert found["/name"] == "Expected a text."


@pytest.mark.parametrize("country", ["XX", "sv"])
def test_a_country_that_is_not_there(body: dict[str, Any], country: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "/country" in faults(body | {"country": country}, monkeypatch)


@pytest.mark.parametrize("given", [[], "text", None, {"address": [], "person": 1, "responsible": "X"}])
def test_what_is_no_company_is_refused(given: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(json.dumps(given), monkeypatch)


@pytest.mark.parametrize("given", ["", "{", "\x00", "[" * 100_000, '{"name": NaN}', '{"name": "A", "name": "B"}'])
def test_what_is_no_json_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="no JSON"):
        open_company(given, monkeypatch)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("company", str(tmp_path / "company.json"))


def test_the_same_company_twice(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    open_company(body, monkeypatch)

    with pytest.raises(CommandError, match="/tax_id"):
        open_company(body | {"person": {"email": "otra@smartbill.example"}}, monkeypatch)

    assert Merchant.objects.count() == 1
    assert User.objects.count() == 1
