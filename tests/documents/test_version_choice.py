"""Choosing which version of a schema is sent: the page, the service, and what the choice does to documents."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts import services
from accounts.models import Merchant, Role
from documents.models import Document, Invalidation
from hacienda.values import Invalid, Resolution
from tests.actors import Caller, Sandbox, invoice, tax_credit
from tests.documents.test_purchases_and_donations import donation, purchase
from tests.documents.test_trade import CUSTOMS, export, transfer
from tests.people import Visitor, text, visitor

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/hacienda/versions"
EARLIER = {"03": 3, "14": 1}
ABROAD = {"name": "JOHN DONOR", "tax_id": "X1234567", "id_type": "03", "country": "US", "domiciled": False}


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    """A manager, in the sandbox."""
    return visitor(merchant)


@pytest.fixture
def exporter(manager: Caller, merchant: Merchant) -> Caller:
    """A caller whose company sells abroad and takes donations."""
    resolution = Resolution("Resolución 12345", "Entidad exenta, art. 6 LISR")
    services.set_donation_resolution(merchant=merchant, resolution=resolution)
    return manager


def fields(page: str) -> set[str]:
    return set(re.findall(r'<select name="versions_(\w+)"', page))


def chosen(page: str) -> dict[str, str]:
    """The version that each field has selected, where it is not the newest."""
    selects = re.findall(r'<select name="versions_(\w+)".*?</select>', page, re.DOTALL)
    blocks = re.findall(r'<select name="versions_\w+".*?</select>', page, re.DOTALL)
    found = {}
    for name, block in zip(selects, blocks, strict=True):
        option = re.search(r'<option value="(\d+)" selected', block)
        if option is not None:
            found[name] = option[1]
    return found


def choose(merchant: Merchant, **versions: int | None) -> None:
    named = {name.removeprefix("t"): version for name, version in versions.items()}
    services.set_schema_versions(merchant=merchant, environment="sandbox", versions=named)


def sealed(made: dict[str, Any]) -> dict[str, Any]:
    document = Document.objects.select_related("current_sealing").get(public_id=made["id"])
    assert document.current_sealing is not None
    return dict(json.loads(document.current_sealing.payload))


class TestThePage:
    def test_it_offers_every_type_and_event_of_two_versions(self, ana: Visitor) -> None:
        page = ana.get(PAGE).content.decode()
        assert {"01", "03", "14", "15", "invalidation", "contingency"} <= fields(page)
        assert "18" not in fields(page)
        assert chosen(page) == {}
        assert "Newest: version 2" in page

    def test_a_choice_holds_in_its_environment_alone(self, ana: Visitor, merchant: Merchant) -> None:
        answer = ana.post(PAGE, {"versions_01": "1", "versions_invalidation": "2"}, follow=True)
        assert "Saved. It holds for what is issued from now on." in text(answer)
        assert chosen(answer.content.decode()) == {"01": "1", "invalidation": "2"}
        merchant.refresh_from_db()
        assert merchant.schema_versions == {"sandbox": {"01": 1, "invalidation": 2}}
        ana.work(environment="test")
        assert chosen(ana.get(PAGE).content.decode()) == {}

    def test_the_newest_is_no_choice(self, ana: Visitor, merchant: Merchant) -> None:
        choose(merchant, t01=1, t03=3)
        ana.post(PAGE, {"versions_03": "3"})
        merchant.refresh_from_db()
        assert merchant.schema_versions == {"sandbox": {"03": 3}}

    def test_what_is_no_version_is_refused(self, ana: Visitor, merchant: Merchant) -> None:
        answer = ana.post(PAGE, {"versions_01": "7"})
        assert answer.status_code == 422
        merchant.refresh_from_db()
        assert merchant.schema_versions == {}

    def test_it_is_for_managers(self, merchant: Merchant) -> None:
        ben = visitor(merchant, Role.TRANSMITTER, email="ben@example.com")
        assert ben.get(PAGE).status_code == 403
        assert PAGE not in ben.get("/hacienda").content.decode()

    def test_hacienda_leads_to_it(self, ana: Visitor) -> None:
        assert f'href="{PAGE}"' in ana.get("/hacienda").content.decode()


class TestTheService:
    def test_what_it_does_not_name_stays(self, merchant: Merchant) -> None:
        choose(merchant, t01=1)
        choose(merchant, t03=3)
        choose(merchant, t01=None)
        merchant.refresh_from_db()
        assert merchant.schema_versions == {"sandbox": {"03": 3}}

    def test_every_fault_is_told(self, merchant: Merchant) -> None:
        with pytest.raises(Invalid) as refused:
            services.set_schema_versions(merchant=merchant, environment="moon", versions={"01": 9, "99": 1})
        assert {fault.pointer for fault in refused.value.faults} == {"/environment", "/versions/01", "/versions/99"}


class TestDocuments:
    def test_an_invoice_goes_in_the_version_that_was_chosen(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        choose(merchant, t01=1)
        body = invoice(notes="Gracias", customer={"name": "Ana Ejemplo", "tax_id": "01234567-8"})
        answer = manager.send(body)
        assert answer.status_code == 201, answer.content
        made = answer.json()
        assert made["status"] == "accepted", made
        payload = sealed(made)
        assert payload["identificacion"]["version"] == 1
        assert payload["receptor"]["numDocumento"] == "01234567-8"
        assert payload["extension"]["observaciones"] == "Gracias"
        assert Document.objects.get(public_id=made["id"]).version == 1

    def test_the_other_types_do_as_well(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        choose(merchant, t01=1, t03=3, t14=1)
        credit = tax_credit(vat_withheld=True, notes="Gracias")
        credit["customer"]["email"] = "compras@example.com"
        for body in (credit, purchase()):
            made = manager.send(body).json()
            assert made["status"] == "accepted", made
            assert made["observations"] == []
            assert sealed(made)["identificacion"]["version"] == EARLIER[made["type_code"]]

    @pytest.mark.parametrize(
        ("body", "code", "country", "number"),
        [
            (export(export=CUSTOMS), "11", "US", "9450"),
            (donation(), "15", "SV", "9300"),
            (donation(customer=ABROAD), "15", "US", "9450"),
        ],
        ids=["export", "donation", "donation from abroad"],
    )
    def test_countries_go_by_their_older_numbers(
        self,
        exporter: Caller,
        merchant: Merchant,
        sandbox: Sandbox,
        body: dict[str, Any],
        code: str,
        country: str,
        number: str,
    ) -> None:
        choose(merchant, **{f"t{code}": 1})
        made = exporter.send(body).json()
        assert (made.get("status"), made.get("observations")) == ("accepted", []), made
        payload = sealed(made)
        receiver = payload.get("receptor") or payload["donante"]
        assert (payload["identificacion"]["version"], receiver["codPais"]) == (1, number)
        assert made["customer"]["country"] == country
        unknown = {**body, "customer": {**body["customer"], "country": "AQ"}}
        answer = exporter.send(unknown)
        assert answer.status_code == 422
        assert ("/customer/country", "country_not_in_version") in {
            (one["pointer"], one["code"]) for one in answer.json()["errors"]
        }

    def test_the_least_transfer_needs_nothing_more(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        choose(merchant, t04=3)
        made = manager.send(transfer()).json()
        assert (made.get("status"), made.get("observations")) == ("accepted", []), made
        assert sealed(made)["identificacion"]["version"] == 3
        assert made["totals"]["payable"] == "180.00"

    def test_an_earlier_export_is_given_back(self, exporter: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        choose(merchant, t11=1)
        sale = exporter.send(export(export=CUSTOMS)).json()
        made = exporter.send({"type": "return", "related": [{"id": sale["id"]}]}).json()
        assert made.get("status") == "accepted", made
        assert sealed(made)["documento"]["codPais"] == "US"

    def test_it_goes_into_contingency_as_it_is(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        choose(merchant, t01=1)
        sandbox.fault("down")
        made = manager.send().json()
        assert made["status"] == "contingency", made
        assert sealed(made)["identificacion"]["version"] == 1
        assert sealed(made)["identificacion"]["tipoContingencia"] == 1
        assert sealed(made)["emisor"]["codEstableMH"] == "M001"

    def test_a_preview_shows_it_too(self, manager: Caller, merchant: Merchant) -> None:
        choose(merchant, t03=3)
        answer = manager.post("documents/preview", tax_credit())
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
            ("/customer/email", "required_in_version")
        ]
        body = tax_credit()
        body["customer"]["email"] = "compras@example.com"
        assert manager.post("documents/preview", body).status_code == 200

    def test_its_page_and_its_paper_can_be_read(self, manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
        choose(merchant, t01=1)
        made = manager.send(invoice(notes="Gracias")).json()
        reader = Visitor()
        page, paper = (reader.get(urlsplit(made[name]).path) for name in ("url", "pdf_url"))
        assert page.status_code == paper.status_code == 200
        assert "Gracias" in text(page)
        assert paper["Content-Type"] == "application/pdf"

    def test_an_earlier_document_is_invalidated_by_an_earlier_event(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        choose(merchant, t01=1, invalidation=2)
        made = manager.send().json()
        answer = manager.post(
            f"documents/{made['id']}/invalidate", {"kind": "rescinded", "reason": "El cliente desistió"}
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["status"] == "invalidated"
        event = json.loads(Invalidation.objects.get().payload)
        assert event["identificacion"]["version"] == 2
        assert "fecAnula" in event["identificacion"]

    def test_a_document_keeps_its_version_when_another_is_chosen(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox
    ) -> None:
        choose(merchant, t01=1)
        made = manager.send().json()
        choose(merchant, t01=None)
        assert sealed(manager.send().json())["identificacion"]["version"] == 2
        assert sealed(made)["identificacion"]["version"] == 1
        answer = manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})
        assert answer.json()["status"] == "invalidated", answer.content


def test_notes_adjust_documents_of_the_version_before(manager: Caller, sandbox: Sandbox, merchant: Merchant) -> None:
    choose(merchant, t03=3, t05=3, t06=3)
    items = [{"description": "Jeans", "quantity": 10, "price": "21.00"}]
    body = tax_credit(items=items)
    body["customer"]["email"] = "cliente@example.com"  # which version 3 wants
    sale = manager.send(body).json()
    assert "errors" not in sale, sale["errors"]
    assert (sale["status"], sealed(sale)["identificacion"]["version"]) == ("accepted", 3), sale

    for wanted in (
        {"type": "credit_note", "related": [{"id": sale["id"]}], "items": [{"line": 1, "quantity": 4}]},
        {
            "type": "debit_note",
            "related": [{"id": sale["id"]}],
            "items": [{"description": "Intereses", "price": "5.00", "kind": "service"}],
        },
    ):
        note = manager.send(wanted).json()
        assert "errors" not in note, note["errors"]
        assert (note["status"], sealed(note)["identificacion"]["version"]) == ("accepted", 3), note

    # Moved meanwhile: the rest is credited in the version of today, its place known from what was given then.
    choose(merchant, t05=None)
    rest = manager.send({"type": "credit_note", "related": [{"id": sale["id"]}]}).json()
    assert "errors" not in rest, rest["errors"]
    assert (rest["status"], sealed(rest)["identificacion"]["version"]) == ("accepted", 4), rest
    assert rest["totals"]["taxed"] == "126.00"
