"""The published description of the API holds for Costa Rica too, and says which fields are whose."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from lxml import etree

from documents.schema_owners import tell_owners
from documents.serializers import DraftBody
from hacienda.registry import authority, countries
from tests.actors import Caller
from tests.ticos import cr_invoice, ticket

OWNERS = [(country, path) for country in countries() for path in sorted(authority(country).rules.own_fields)]


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def fits(openapi: dict[str, Any], component: str, body: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{component}", "components": openapi["components"]}
    jsonschema.Draft202012Validator(schema).validate(body)


def property_at(openapi: dict[str, Any], path: str) -> dict[str, Any]:
    """The property of a body at a path of names."""
    components = openapi["components"]["schemas"]
    holder = components["DraftBodyRequest"]
    *places, last = path.split(".")
    for place in places:
        told = str(holder["properties"][place])
        holder = components[told.partition("#/components/schemas/")[2].partition("'")[0]]
    found: dict[str, Any] = holder["properties"][last]
    return found


@pytest.mark.parametrize(("country", "path"), OWNERS)
def test_what_is_one_country_s_alone_says_so(openapi: dict[str, Any], country: str, path: str) -> None:
    assert property_at(openapi, path)["description"].startswith(f"{authority(country).name} only.")


def test_what_is_everybody_s_is_nobody_s(openapi: dict[str, Any]) -> None:
    for name in ("items", "customer", "payment", "items.price", "items.unit"):
        assert " only." not in property_at(openapi, name).get("description", "")


def test_a_description_without_documents_is_left_as_it_is() -> None:
    assert tell_owners({"components": {"schemas": {}}}) == {"components": {"schemas": {}}}


def test_every_type_is_named(openapi: dict[str, Any]) -> None:
    told = property_at(openapi, "type")["description"]
    for country in countries():
        assert all(f"`{name}`" in told for name in authority(country).rules.names)


def test_the_bodies_shown_have_the_shape_of_a_body(openapi: dict[str, Any]) -> None:
    media = openapi["paths"]["/api/v1/documents"]["post"]["requestBody"]["content"]["application/json"]
    bodies = [one["value"] for name, one in media["examples"].items() if "CostaRica" in name]
    assert len(bodies) == 3
    for body in bodies:
        DraftBody().run_validation(body)
        fits(openapi, "DraftBodyRequest", body)


@pytest.mark.django_db(transaction=True)
def test_answers_fit(openapi: dict[str, Any], tico_manager: Caller) -> None:
    sold = tico_manager.send(cr_invoice(payment={"code": "10", "days": 90})).json()
    fits(openapi, "ShownDocument", sold)
    paid = tico_manager.send({"type": "payment_receipt", "related": [{"id": sold["id"]}]}).json()
    fits(openapi, "ShownDocument", paid)
    assert paid["items"][0]["unit"] is None
    fits(openapi, "DocumentPage", tico_manager.get("documents").json())
    fits(openapi, "CatalogIndex", tico_manager.get("catalogs").json())
    fits(openapi, "ShownEntries", tico_manager.get("catalogs/cabys?q=cafe molido&limit=2").json())
    fits(openapi, "Problem", tico_manager.send(ticket(vat_withheld=True)).json())
    ended_at = timezone.now().replace(microsecond=0) - timedelta(minutes=1)
    began_at = (ended_at - timedelta(hours=1)).isoformat()
    outage = {"reason": 3, "from": began_at, "to": ended_at.isoformat()}
    waiting = tico_manager.send(ticket(contingency=outage, issued_at=began_at)).json()
    assert waiting["status"] == "contingency", waiting
    fits(openapi, "ShownDocument", waiting)


@pytest.mark.django_db(transaction=True)
def test_a_preview_is_xml_and_each_of_its_figures_is_explained(openapi: dict[str, Any], tico_manager: Caller) -> None:
    body = ticket(other_charges=[{"type": "06", "description": "Servicio", "percentage": "10"}])
    told = tico_manager.post("documents/preview?explain=1", body, **{"Accept-Language": "es"}).json()
    fits(openapi, "ShownPreview", told)
    root = etree.fromstring(told["document"].encode())
    steps = {one["field"]: one for one in told["explanation"]["steps"]}
    total = steps["/ResumenFactura/TotalComprobante"]
    assert Decimal(total["value"]) == Decimal(root.findtext("{*}ResumenFactura/{*}TotalComprobante") or 0)
    assert total["numbers"] == "3000 + 390 + 300 - 0"
    assert steps["/OtrosCargos/0/MontoCargo"]["pointer"] == "/other_charges/0/amount"
    rule = next(one for one in told["explanation"]["rules"] if one["code"] == "vat_rate")
    assert rule["text"].startswith("En la línea 1: IVA del 13% (código 08)")


@pytest.mark.django_db(transaction=True)
def test_the_products_are_never_sent_all_at_once(tico_manager: Caller) -> None:
    first = tico_manager.get("catalogs/cabys").json()
    assert (first["entries"], len(first["results"])) == (20506, 100)
    assert first["next"]
    assert len(tico_manager.get("catalogs/cabys?limit=1000").json()["results"]) == 1000
    assert tico_manager.get("catalogs/cabys?limit=1001").status_code == 422
    assert len(tico_manager.get("catalogs").content) < 20_000


@pytest.mark.django_db(transaction=True)
def test_receipts_count_what_earlier_ones_have_paid(tico_manager: Caller) -> None:
    sold = tico_manager.send(cr_invoice(payment={"code": "10", "days": 90})).json()
    receipt = {"type": "payment_receipt", "related": [{"id": sold["id"]}]}
    part = tico_manager.send({**receipt, "items": [{"description": "Abono", "price": "1000"}]}).json()
    rest = tico_manager.send(receipt).json()
    assert Decimal(part["totals"]["payable"]) + Decimal(rest["totals"]["payable"]) == Decimal("3390")
    more = tico_manager.send(receipt)
    assert more.status_code == 422
    assert [(one["pointer"], one["code"]) for one in more.json()["errors"]] == [("/related/0", "nothing_left")]
