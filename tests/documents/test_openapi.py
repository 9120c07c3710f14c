"""The published description of the API is true: what is answered fits what it says."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from tests.actors import Caller, Sandbox, invoice, tax_credit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def fits(openapi: dict[str, Any], component: str, body: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{component}", "components": openapi["components"]}
    jsonschema.Draft202012Validator(schema).validate(body)


def test_it_is_made_without_a_warning(openapi: dict[str, Any]) -> None:
    assert not GENERATOR_STATS
    assert openapi["openapi"].startswith("3.1")


def test_every_operation_is_there(openapi: dict[str, Any]) -> None:
    operations = {operation["operationId"] for path in openapi["paths"].values() for operation in path.values()}

    assert operations == {
        "me",
        "documents_send",
        "documents_list",
        "documents_preview",
        "documents_get",
        "documents_invalidate",
        "documents_correct",
        "contingency_get",
        "contingency_runs_start",
        "contingency_runs_list",
        "contingency_runs_get",
        "events_list",
        "received_add",
        "received_list",
        "received_get",
        "received_decide",
        "numbering_list",
        "numbering_get",
        "documents_evidence",
        "contingency_events_evidence",
        "audit_list",
        "catalogs_list",
        "catalogs_get",
    }


def test_answers_fit(openapi: dict[str, Any], manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send(tax_credit()).json()
    fits(openapi, "ShownDocument", made)
    fits(openapi, "DocumentPage", manager.get("documents").json())
    fits(openapi, "ShownPreview", manager.post("documents/preview", invoice()).json())
    fits(openapi, "CatalogIndex", manager.get("catalogs").json())
    series = manager.get("numbering").json()
    fits(openapi, "SeriesList", series)
    fits(openapi, "EvidenceFile", manager.get(f"documents/{made['id']}/evidence").json())
    fits(openapi, "LedgerPage", manager.get(f"numbering/{series['results'][0]['id']}").json())
    fits(openapi, "ShownEntries", manager.get("catalogs/districts?parent=06").json())
    fits(openapi, "Me", manager.get("me").json())
    fits(openapi, "Problem", manager.send(invoice(colour="red")).json())
    sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NO EXISTE", count=1)
    problem = manager.send(tax_credit()).json()
    fits(openapi, "Problem", problem)
    fits(openapi, "ShownDocument", problem["document"])
    corrected = manager.post(f"documents/{problem['document']['id']}/correct", tax_credit()).json()
    fits(openapi, "ShownDocument", corrected)
    invalidated = manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"}).json()
    fits(openapi, "ShownDocument", invalidated)


def test_the_schema_and_its_page_need_no_key(client: Client) -> None:
    assert client.get("/api/v1/schema").status_code == 200
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert b"cdn" not in page.content.lower()


def test_health(client: Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
