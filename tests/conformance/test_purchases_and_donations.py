"""Purchases (14) and donations (15) against Hacienda's own schemas and the constructed samples of version 2.0."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator, FormatChecker

from hacienda.drafts import Draft, Item, ItemKind, Party, Payment, PaymentMethod
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.rules import ZONE
from hacienda.values import Environment, Identity, Invalid, Issuer
from tests.conformance.test_documents import exact, leaves
from tests.effort import examples
from tests.hacienda.drafts import AT, ISSUER, SANTA_TECLA, SELLER, VERSIONS
from tests.hacienda.receipts import donations, purchases

SCHEMAS = {"14": "fe-fse-v2.json", "15": "fe-cd-v2.json"}
FOUNDATION = replace(ISSUER, name="FUNDACIÓN EJEMPLO", activity="94990")
DONOR = Party(name="DONANTE DE EJEMPLO", tax_id="012345678", address=SANTA_TECLA, email="donante@example.com")
FOREIGN_DONOR = Party(
    name="FOREIGN DONOR", tax_id="X1234567", id_type="03", country="US", email="donante@example.com"
)

# What a merchant would send for each constructed sample.
SAMPLES: dict[str, tuple[Draft, Issuer]] = {
    "14-fse-v2-a-servicio-renta-10pct": (
        Draft("14", (Item("Servicio de arbitraje", Decimal(280), kind=ItemKind.SERVICE),), customer=SELLER),
        ISSUER,
    ),
    "14-fse-v2-b-bienes-sin-renta": (
        Draft(
            "14",
            (Item("Tomate de cocina (libra)", Decimal("0.45"), Decimal(30), unit=36, discount=Decimal("1.50")),),
            customer=SELLER,
        ),
        ISSUER,
    ),
    "15-cd-v2-a-efectivo": (
        Draft(
            "15",
            (Item("Donación en efectivo", Decimal(500), donation="cash"),),
            customer=DONOR,
            payment=Payment(methods=(PaymentMethod("05", reference="TRX-1"),)),
        ),
        FOUNDATION,
    ),
    "15-cd-v2-b-bienes-no-domiciliado": (
        Draft(
            "15",
            (Item("Computadoras usadas", Decimal(100), Decimal(10), donation="goods", depreciation=Decimal(50)),),
            customer=FOREIGN_DONOR,
        ),
        FOUNDATION,
    ),
}
# Amounts in words have no fixed wording.
FREE_TEXTS = {("resumen", "totalLetras")}


def folder(reference: Path) -> Path:
    return reference / "elsalvador" / "samples" / "v2.0-constructed"


def schema(reference: Path, type_code: str) -> dict[str, Any]:
    path = reference / "elsalvador" / "schemas" / "v2.0" / SCHEMAS[type_code]
    return dict(exact(path.read_text(encoding="utf-8")))


def rebuilt(reference: Path, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sample, and what its draft becomes under the same identity."""
    wanted: dict[str, Any] = exact((folder(reference) / f"{name}.json").read_text(encoding="utf-8"))
    head = wanted["identificacion"]
    at = datetime.fromisoformat(f"{head['fecEmi']}T{head['horEmi']}").replace(tzinfo=ZONE)
    draft, issuer = SAMPLES[name]
    prepared = prepare(draft, issuer, version=VERSIONS[draft.type_code], at=at, now=at)
    identity = Identity(Environment.TEST, head["codigoGeneracion"], head["numeroControl"], at)
    return wanted, exact(finish(prepared, identity))


def test_every_sample_of_the_two_types_is_compared(reference: Path) -> None:
    assert {path.stem for path in folder(reference).glob("1[45]-*.json")} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_minimal_draft_becomes_the_sample(name: str, reference: Path) -> None:
    wanted, made = rebuilt(reference, name)
    expected, got = leaves(wanted), leaves(made)
    assert {
        path for path in expected.keys() | got.keys() if expected.get(path, ...) != got.get(path, ...)
    } == FREE_TEXTS


@pytest.mark.parametrize("name", SAMPLES)
def test_keys_stand_in_the_order_of_the_schema(name: str, reference: Path) -> None:
    _, made = rebuilt(reference, name)
    properties = schema(reference, made["identificacion"]["tipoDte"])["properties"]
    assert list(made) == list(properties)
    for block in ("identificacion", "emisor", "receptor", "resumen"):
        assert list(made[block]) == list(properties[block]["properties"])
    for block in ("cuerpoDocumento", "otrosDocumentos"):
        for row in made.get(block, ()):
            assert list(row) == list(properties[block]["items"]["properties"])


@pytest.mark.parametrize("type_code", SCHEMAS)
def test_a_random_draft_is_refused_or_fits_the_schema(type_code: str, reference: Path) -> None:
    validator = Draft7Validator(schema(reference, type_code), format_checker=FormatChecker())
    fitting = []

    @settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
    @given({"14": purchases, "15": donations}[type_code]())
    def check(draft: Draft) -> None:
        try:
            prepared = prepare(draft, ISSUER, version=VERSIONS[type_code], at=AT, now=AT)
        except Invalid:
            return
        number = f"DTE-{type_code}-M001P001-000000000000001"
        text = finish(prepared, Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", number, AT))
        assert list(validator.iter_errors(exact(text))) == []
        fitting.append(draft)

    check()
    assert len(fitting) >= examples(60) // 6


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_itself_fits_the_schema_and_so_does_ours(name: str, reference: Path) -> None:
    wanted, made = rebuilt(reference, name)
    validator = Draft7Validator(schema(reference, name[:2]), format_checker=FormatChecker())
    assert list(validator.iter_errors(wanted)) == list(validator.iter_errors(made)) == []
