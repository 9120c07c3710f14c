"""Delivery notes, exports and special operations against Hacienda's own schemas and the constructed samples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator, FormatChecker

from hacienda.drafts import (
    AssociatedDocument,
    Draft,
    Export,
    Item,
    ItemKind,
    PaperRange,
    Party,
    Payment,
    PaymentMethod,
    Transport,
)
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.rules import ZONE
from hacienda.values import Environment, Identity, Invalid
from tests.effort import examples
from tests.hacienda.drafts import AT, BUYER_ABROAD, ISSUER, TAXPAYER, VERSIONS
from tests.hacienda.trade import EXPORTER, any_of_them

SCHEMAS = {"04": "fe-nr-v4.json", "11": "fe-fex-v3.json", "17": "fe-eop-v1.json"}
BUYER: Party = replace(BUYER_ABROAD, activity="Importador de artesanías", email="buyer@example.com")
BY_TRANSFER = Payment(methods=(PaymentMethod(code="05"),))

# What a merchant would send for each constructed sample.
SAMPLES: dict[str, Draft] = {
    "04-nr-v4-consignacion": Draft(
        "04",
        (Item("Mercadería en consignación", Decimal(15), Decimal(12)),),
        customer=replace(TAXPAYER, goods_title="03"),
        notes="Entrega en bodega del receptor",
    ),
    "11-fex-v3-a-bienes-fob": Draft(
        "11",
        (
            Item("Artesanía de madera", Decimal("7.25"), Decimal(100), code="ART-1"),
            Item("Hamaca tejida", Decimal(30), Decimal(20), code="HAM-1", discount=Decimal(20)),
        ),
        customer=BUYER,
        payment=BY_TRANSFER,
        export=Export("02", regime="1000.000", incoterm="09", freight=Decimal(150), insurance=Decimal(25)),
        associated_documents=(
            AssociatedDocument(4, transport=Transport(1, "C-123456", "JUAN CONDUCTOR DE EJEMPLO", "012345678")),
        ),
    ),
    "11-fex-v3-b-servicios": Draft(
        "11",
        (Item("Desarrollo de software (servicio exportado)", Decimal(2500), kind=ItemKind.SERVICE),),
        customer=BUYER,
        payment=BY_TRANSFER,
    ),
    "ev-operaciones-especiales-v1": Draft(
        "17",
        (
            Item(
                "Facturas de venta simplificada del día",
                Decimal(1),
                paper=PaperRange("02", "1", "120", issued_on=date(2026, 11, 20)),
            ),
        ),
    ),
}
# Amounts in words have no fixed wording.
FREE_TEXTS = {("resumen", "totalLetras")}


@pytest.fixture(scope="module")
def official(reference: Path) -> Path:
    return reference / "elsalvador"


@pytest.fixture(scope="module")
def schemas(official: Path) -> dict[str, dict[str, Any]]:
    folder = official / "schemas" / "v2.0"
    return {code: dict(exact((folder / name).read_text(encoding="utf-8"))) for code, name in SCHEMAS.items()}


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def complaints(schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    return [one.message for one in Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(document)]


def sample(official: Path, name: str) -> dict[str, Any]:
    path = official / "samples" / "v2.0-constructed" / f"{name}.json"
    return dict(exact(path.read_text(encoding="utf-8")))


def identity_of(document: Mapping[str, Any]) -> Identity:
    head = document["identificacion"]
    at = datetime.fromisoformat(f"{head['fecEmi']}T{head['horEmi']}").replace(tzinfo=ZONE)
    return Identity(Environment.TEST, head["codigoGeneracion"], head.get("numeroControl", ""), at)


def rebuilt(name: str, official: Path) -> dict[str, Any]:
    draft, identity = SAMPLES[name], identity_of(sample(official, name))
    at = identity.issued_at
    prepared = prepare(draft, ISSUER, version=VERSIONS[draft.type_code], at=at, now=at)
    return dict(exact(finish(prepared, identity)))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    """Every single value of a document under its path; an empty list or object is a value."""
    members = list(value.items()) if isinstance(value, dict) else []
    members = list(enumerate(value)) if isinstance(value, list) else members
    if not members:
        return {path: value}
    return {at: leaf for key, member in members for at, leaf in leaves(member, (*path, key)).items()}


def test_every_sample_of_the_three_types_is_compared(official: Path) -> None:
    folder = official / "samples" / "v2.0-constructed"
    found = {path.stem for form in ("04-*", "11-*", "ev-operaciones-*") for path in folder.glob(f"{form}.json")}
    assert found == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_minimal_draft_becomes_the_sample(name: str, official: Path, schemas: dict[str, dict[str, Any]]) -> None:
    made = rebuilt(name, official)
    expected, got = leaves(sample(official, name)), leaves(made)
    differing = {path for path in expected.keys() | got.keys() if expected.get(path, ...) != got.get(path, ...)}
    assert differing == FREE_TEXTS
    assert complaints(schemas[SAMPLES[name].type_code], made) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_keys_stand_in_the_order_of_the_schema(name: str, official: Path, schemas: dict[str, dict[str, Any]]) -> None:
    made = rebuilt(name, official)
    properties = schemas[SAMPLES[name].type_code]["properties"]
    assert list(made) == list(properties)
    for block in ("emisor", "receptor", "resumen"):
        if block in properties:
            assert list(made[block]) == list(properties[block]["properties"])
    for block in ("cuerpoDocumento", "otrosDocumentos"):
        for row in made.get(block) or ():
            assert row.keys() == properties[block]["items"]["properties"].keys()
    for row in made["cuerpoDocumento"]:
        assert list(row) == list(properties["cuerpoDocumento"]["items"]["properties"])


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(draft=any_of_them())
def test_a_random_draft_is_refused_or_fits_the_schema(schemas: dict[str, dict[str, Any]], draft: Draft) -> None:
    number = "" if draft.type_code == "17" else f"DTE-{draft.type_code}-M001P001-000000000000001"
    identity = Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", number, AT)
    try:
        prepared = prepare(draft, EXPORTER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    except Invalid:
        return
    assert complaints(schemas[draft.type_code], exact(finish(prepared, identity))) == []
