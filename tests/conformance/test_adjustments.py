"""Notes and returns against Hacienda's own schemas and the constructed samples of version 2.0."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from hacienda.drafts import Draft, Item, ItemKind, Original, Related
from hacienda.elsalvador.build import finish, prepare
from hacienda.values import Invalid
from tests.conformance.test_documents import exact, identity_of, leaves, sample
from tests.effort import examples
from tests.hacienda.drafts import ISSUER, TAXPAYER, VERSIONS, item
from tests.hacienda.notes import (
    CR_ONE,
    CR_THIRTEEN,
    elsewhere,
    export_sale,
    note,
    part,
    purchase,
    related,
    signed,
    text,
)
from tests.hacienda.strategies import drafts

SCHEMAS = {"05": "fe-nc-v4.json", "06": "fe-nd-v4.json", "18": "fe-eret-v1.json"}
WORDS = ("resumen", "totalLetras")  # amounts in words have no fixed wording
CR = "F4BA20DB-9D8B-4082-B630-0636ED0D05F7"


@dataclass(frozen=True)
class Sample:
    """A sample, the sample that it adjusts, and the draft that a merchant would send for it."""

    name: str
    original: str | None
    draft: Draft
    differing: frozenset[tuple[str | int, ...]] = field(default_factory=frozenset)


SAMPLES = [
    Sample(
        "05-nc-v4-a-ajusta-ccf-manual",
        "03-ccf-v4-b-manual-descuento-global-retencion",
        note(
            items=(
                part(3, quantity="5", description="Devolución de 5 jeans (incluye descuento global prorrateado)"),
                part(5, price="-5"),
            )
        ),
    ),
    Sample(
        "05-nc-v4-b-devolucion-simple",
        "03-ccf-v4-a-contado",
        note(items=(part(1, quantity="2", description="Devolución de 2 varillas"),)),
    ),
    Sample(
        "05-nc-v4-c-ajusta-comprobante-retencion",
        None,
        note(
            Related("07", CR, True, date(2026, 10, 30)),
            items=(item("1.50", description="Ajuste a comprobante de retención 1%"),),
            customer=TAXPAYER,
        ),
    ),
    Sample(
        "06-nd-v4-a-ajusta-ccf",
        "03-ccf-v4-a-contado",
        note(
            items=(item("35", description="Cargo por diferencia de precio", kind=ItemKind.SERVICE),), type_code="06"
        ),
    ),
    Sample(
        "ev-retorno-v1-devolucion-fe",
        "01-fe-v2-a-consumidor-final-sin-receptor",
        note(items=(part(1, description="Devolución de martillo de uña 16 oz"),), type_code="18"),
    ),
]


@pytest.fixture(scope="module")
def official(reference: Path) -> Path:
    return reference / "elsalvador"


@pytest.fixture(scope="module")
def schemas(official: Path) -> dict[str, Draft7Validator]:
    """Hacienda's own schemas, with exact decimals."""
    folder = official / "schemas" / "v2.0"
    return {
        code: Draft7Validator(exact((folder / name).read_text(encoding="utf-8")), format_checker=FormatChecker())
        for code, name in SCHEMAS.items()
    }


def draft_of(one: Sample, official: Path) -> Draft:
    if one.original is None:
        return one.draft
    path = official / "samples" / "v2.0-constructed" / f"{one.original}.json"
    sold = path.read_text(encoding="utf-8")
    head = json.loads(sold)["identificacion"]
    original = Original(sold, is_stamped=True, is_invalidated=False)
    to = Related(head["tipoDte"], head["codigoGeneracion"], True, date.fromisoformat(head["fecEmi"]), original)
    return replace(one.draft, related=(to,))


def rebuilt(one: Sample, official: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sample, and what our draft makes."""
    wanted = sample(official, one.name)
    head = wanted["identificacion"]
    identity, manner = identity_of({"identificacion": {"numeroControl": "", **head}})
    draft = draft_of(one, official)
    version = VERSIONS[draft.type_code]
    prepared = prepare(draft, ISSUER, version=version, at=identity.issued_at, now=identity.issued_at)
    return wanted, dict(exact(finish(prepared, identity, manner)))


def test_every_sample_of_these_types_is_compared(official: Path) -> None:
    folder = official / "samples" / "v2.0-constructed"
    found = [path.stem for pattern in ("05-*", "06-*", "ev-retorno*") for path in folder.glob(f"{pattern}.json")]
    assert sorted(found) == sorted(one.name for one in SAMPLES)


@pytest.mark.parametrize("one", SAMPLES, ids=[one.name for one in SAMPLES])
def test_a_minimal_draft_becomes_the_sample(one: Sample, official: Path, schemas: dict[str, Draft7Validator]) -> None:
    wanted, got = rebuilt(one, official)
    expected, found = leaves(wanted), leaves(got)
    differing = {path for path in expected.keys() | found.keys() if expected.get(path, ...) != found.get(path, ...)}
    assert differing == one.differing | {WORDS}
    assert list(schemas[one.draft.type_code].iter_errors(got)) == []


@pytest.mark.parametrize("one", SAMPLES, ids=[one.name for one in SAMPLES])
def test_keys_stand_in_the_order_of_the_schema(one: Sample, official: Path) -> None:
    name = SCHEMAS[one.draft.type_code]
    properties = exact((official / "schemas" / "v2.0" / name).read_text(encoding="utf-8"))["properties"]
    _wanted, got = rebuilt(one, official)
    assert list(got) == list(properties)
    for block in ("identificacion", "emisor", "resumen", "receptor", "documento"):
        if got.get(block) is not None:
            assert list(got[block]) == list(properties[block]["properties"])
    for row in got["cuerpoDocumento"]:
        assert list(row) == list(properties["cuerpoDocumento"]["items"]["properties"])


@pytest.mark.parametrize(
    "draft",
    [
        note(related(CR_ONE)),
        note(related(CR_THIRTEEN)),
        note(related(CR_ONE), items=(item("3"),), type_code="06", notes="Por error", merged_company="06140101010019"),
        note(elsewhere(number="77", electronic=False), items=(item("10"),), customer=TAXPAYER, vat_perceived=True),
        note(related(export_sale(("3", "9.99", "1"), freight="10", insurance="1.01")), type_code="18"),
        note(related(purchase(("3", "9.99", 2), ("1", "7", 1), income_tax="3.00")), type_code="18"),
    ],
)
def test_whatever_is_adjusted_fits_the_schema(draft: Draft, schemas: dict[str, Draft7Validator]) -> None:
    assert list(schemas[draft.type_code].iter_errors(exact(text(draft)))) == []


@settings(max_examples=examples(50), suppress_health_check=list(HealthCheck))
@given(draft=drafts(), quantity=st.sampled_from([None, Decimal("0.5"), Decimal(1)]))
def test_whatever_was_sold_comes_back_in_the_form_of_the_schema(
    schemas: dict[str, Draft7Validator], draft: Draft, quantity: Decimal | None
) -> None:
    type_code = "05" if draft.type_code == "03" else "18"
    try:
        sold = signed(draft)
        first = text(note(related(sold), items=(Item(line=1, quantity=quantity),), type_code=type_code))
        last = text(note(related(sold, notes={"1": first}), type_code=type_code))
    except Invalid:
        assume(False)
    for each in (first, last):
        assert list(schemas[type_code].iter_errors(exact(each))) == []
