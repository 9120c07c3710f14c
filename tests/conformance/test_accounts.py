"""Documents that account for others (07, 08, 09) against Hacienda's own schemas and constructed samples."""

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

from hacienda.drafts import Draft, Liquidation, Period
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.rules import ZONE
from hacienda.values import Environment, Identity, Issuer
from tests.effort import examples
from tests.hacienda.account_strategies import ACQUIRER, drafts, settled
from tests.hacienda.accounts import settlement, supplied, withholding
from tests.hacienda.drafts import AT, ISSUER, TAXPAYER, VERSIONS

SCHEMAS = {"07": "fe-cr-v2.json", "08": "fe-cl-v2.json", "09": "fe-dcl-v2.json"}

# What a merchant would send for each constructed sample. The documents that the settlement lists are none that a test
# could issue under the same codes, so they are named as issued elsewhere.
SAMPLES: dict[str, tuple[Draft, Issuer]] = {
    "07-cr-v2-retencion-1pct": (
        withholding(
            supplied("1000.00"),
            supplied("697.50", number="A58BF1F7-6B02-43E9-B302-ECC5C61DBCEB"),
        ),
        ISSUER,
    ),
    "08-cl-v2-con-documento-invalidado-negativo": (
        settlement(
            settled("03", "09FF175A-7D3F-48E1-A08D-5F6BF8EB7B1B", date(2026, 11, 20), "200"),
            settled(
                "01",
                "DC498AEE-4322-4496-8897-48811D290B15",
                date(2026, 11, 12),
                "100",
                description="FE de 113.00 con IVA incluido, liquidada a valor neto",
            ),
            settled(
                "01",
                "B1BDA137-1DFC-4482-93E1-F143092D9C5D",
                date(2026, 10, 28),
                "50",
                invalidated=True,
                description="Documento liquidado el mes anterior e invalidado",
            ),
        ),
        ISSUER,
    ),
    "09-dcl-v2-liquidacion-tarjetas": (
        Draft(
            "09",
            customer=replace(TAXPAYER, phone=None),
            liquidation=Liquidation(
                Period(date(2026, 11, 1), date(2026, 11, 15)),
                gross=Decimal(1230),
                not_perceived=Decimal(100),
                not_perceived_description="Propinas",
                fee_percentage=Decimal(3),
                code="LIQ-2026-11-A",
                count=42,
            ),
        ),
        ACQUIRER,
    ),
}
# Where a sample's text is free: amounts in words have no fixed wording.
FREE_TEXTS = {
    "07": ("resumen", "totalLetras"),
    "08": ("resumen", "totalLetras"),
    "09": ("cuerpoDocumento", "totalLetras"),
}


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


@pytest.fixture(scope="module")
def schemas(reference: Path) -> dict[str, Draft7Validator]:
    """Hacienda's own schemas, with exact decimals."""
    made = {}
    for type_code, name in SCHEMAS.items():
        text = (reference / "elsalvador" / "schemas" / "v2.0" / name).read_text(encoding="utf-8")
        made[type_code] = Draft7Validator(exact(text), format_checker=FormatChecker())
    return made


def sample(reference: Path, name: str) -> dict[str, Any]:
    path = reference / "elsalvador" / "samples" / "v2.0-constructed" / f"{name}.json"
    return dict(exact(path.read_text(encoding="utf-8")))


def built(draft: Draft, issuer: Issuer = ACQUIRER, head: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The finished document, under the codes of `head` if there is one."""
    code, number, at = "79C4121F-C608-47DF-BEFC-74B999CC85F1", f"DTE-{draft.type_code}-M001P001-{1:015d}", AT
    if head is not None:
        code, number = head["codigoGeneracion"], head["numeroControl"]
        at = datetime.fromisoformat(f"{head['fecEmi']}T{head['horEmi']}").replace(tzinfo=ZONE)
    prepared = prepare(draft, issuer, version=VERSIONS[draft.type_code], at=at, now=at)
    return dict(exact(finish(prepared, Identity(Environment.TEST, code, number, at))))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    """Every single value of a document under its path; an empty list or object is a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not members or not value:
        return {path: value}
    return {at: leaf for key, member in members for at, leaf in leaves(member, (*path, key)).items()}


def test_every_sample_of_these_types_is_compared(reference: Path) -> None:
    folder = reference / "elsalvador" / "samples" / "v2.0-constructed"
    assert {path.stem for path in folder.glob("0[789]-*.json")} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_minimal_draft_becomes_the_sample(name: str, reference: Path, schemas: dict[str, Draft7Validator]) -> None:
    draft, issuer = SAMPLES[name]
    wanted = sample(reference, name)
    made = built(draft, issuer, wanted["identificacion"])
    expected, got = leaves(wanted), leaves(made)
    differing = {path for path in expected.keys() | got.keys() if expected.get(path, ...) != got.get(path, ...)}
    assert differing == {FREE_TEXTS[draft.type_code]}
    assert list(schemas[draft.type_code].iter_errors(made)) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_keys_stand_in_the_order_of_the_schema(name: str, reference: Path) -> None:
    draft, issuer = SAMPLES[name]
    text = (reference / "elsalvador" / "schemas" / "v2.0" / SCHEMAS[draft.type_code]).read_text(encoding="utf-8")
    properties = exact(text)["properties"]
    made = built(draft, issuer)
    assert list(made) == list(properties)
    for block, value in made.items():
        schema = properties[block].get("items", properties[block])
        for row in value if isinstance(value, list) else [value]:
            assert row is None or list(row) == list(schema["properties"])


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(draft=drafts())
def test_whatever_is_accounted_for_fits_the_schema(schemas: dict[str, Draft7Validator], draft: Draft) -> None:
    assert list(schemas[draft.type_code].iter_errors(built(draft))) == []
