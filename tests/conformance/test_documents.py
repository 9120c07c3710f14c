"""Built documents against Hacienda's own schemas and the constructed samples of version 2.0."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator, FormatChecker

from hacienda.drafts import (
    Condition,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
    ThirdParty,
)
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.readable import read
from hacienda.elsalvador.rules import ZONE
from hacienda.values import Environment, Identity, Invalid, Manner
from tests.effort import examples
from tests.hacienda.drafts import AT, CONSUMER, ISSUER, TAXPAYER, VERSIONS
from tests.hacienda.strategies import drafts

SCHEMAS = {"01": "fe-f-v2.json", "03": "fe-ccf-v4.json"}
LARGE_TAXPAYER = replace(TAXPAYER, name="CLIENTE GRAN CONTRIBUYENTE, S.A. DE C.V.", phone=None)
NOTE = "3390A3A2-E692-4AA1-8DA4-89F838BF3C05"
THIRTY_DAYS = Payment(Condition.CREDIT, (PaymentMethod(term="01", period=Decimal(30)),))


def line(description: str, price: str, quantity: str = "1", **more: Any) -> Item:
    return replace(Item(description, Decimal(price), Decimal(quantity)), **more)


def service(description: str, price: str, **more: Any) -> Item:
    return line(description, price, kind=ItemKind.SERVICE, **more)


def paid_by(code: str, reference: str | None = None) -> Payment:
    return Payment(Condition.CASH, (PaymentMethod(code=code, reference=reference),))


def invoice(*items: Item, customer: Party | None = None, **more: Any) -> Draft:
    return replace(Draft("01", items, customer=customer), **more)


def credit(*items: Item, **more: Any) -> Draft:
    return replace(Draft("03", items, customer=TAXPAYER), **more)


# What a merchant would send for each constructed sample.
SAMPLES: dict[str, Draft] = {
    "01-fe-v2-a-consumidor-final-sin-receptor": invoice(
        line("Martillo de uña 16 oz", "11.30", code="MART16"),
        line("Clavo de 2 pulgadas (libra)", "1.13", "3", code="CLV2", unit=36),
    ),
    "01-fe-v2-b-receptor-dui-descuento-global-propina": invoice(
        line("Taladro percutor 1/2", "84.75", "2", code="TAL12", discount=Decimal("4.50")),
        line("Libro técnico (exento)", "25", code="LIB01", tax=Taxation.EXEMPT),
        service("Reembolso por cuenta ajena (no sujeto)", "10", tax=Taxation.NOT_SUBJECT),
        service("Propina voluntaria", "8", tax=Taxation.NOT_TAXED),
        customer=CONSUMER,
        payment=paid_by("03", "AUT-918273"),
        global_discount=GlobalDiscount(taxed=Decimal("16.50"), exempt=Decimal("2.50"), percentage=Decimal(10)),
    ),
    "01-fe-v2-c-combustible-fovial-cotrans": invoice(
        line(
            "Gasolina regular (galón)",
            "3.54",
            "50",
            code="GAS-R",
            unit=22,
            extra_taxes=(ExtraTax("D1"), ExtraTax("C8")),
        )
    ),
    "01-fe-v2-d-con-retencion-1pct": invoice(
        service("Servicio de mantenimiento", "1130"),
        customer=LARGE_TAXPAYER,
        payment=paid_by("05"),
        vat_withheld=True,
    ),
    "01-fe-v2-e-contingencia-falla-internet": invoice(line("Pintura acrílica (galón)", "22.60", "2", unit=22)),
    "01-fe-v2-f-credito-30-dias": invoice(
        service("Consultoría (servicio, crédito 30 días)", "565"), customer=LARGE_TAXPAYER, payment=THIRTY_DAYS
    ),
    "01-fe-v2-g-tributo-como-item-cemento": invoice(
        line("Cemento gris (bolsa)", "9.04", "100", unit=99, extra_taxes=(ExtraTax("57", Decimal(32)),))
    ),
    "03-ccf-v4-a-contado": credit(line("Varilla de hierro 3/8", "100", "10", code="VAR38")),
    "03-ccf-v4-b-manual-descuento-global-retencion": credit(
        line("Camisas/gris", "11", "10", code="00D56", discount=Decimal(10)),
        line("Centros", "5", "15", code="00C25"),
        line("Jeans", "21", "25", code="0056D", discount=Decimal(25)),
        line("Cinturón", "20", "5", code="0D586"),
        line("Pagos no afectos", "-20", tax=Taxation.NOT_TAXED),
        global_discount=GlobalDiscount(taxed=Decimal("77.50"), percentage=Decimal(10)),
        vat_withheld=True,
        notes="Ejemplo del Manual Funcional v2.0, p. 47",
    ),
    "03-ccf-v4-c-cemento-tributo-seccion2": credit(
        line("Super cemento fuerte", "8", "100", extra_taxes=(ExtraTax("57", Decimal(32)),))
    ),
    "03-ccf-v4-d-credito-relaciona-nota-remision": credit(
        line("Lámina galvanizada", "12.34567891", "20", code="LAM"),
        line("Libro exento", "8", "3", tax=Taxation.EXEMPT),
        related=(Related("04", NOTE, True, date(2026, 11, 18)),),
        payment=THIRTY_DAYS,
    ),
    "03-ccf-v4-e-percepcion-1pct": credit(
        line("Refrigerador comercial (percepción)", "450", "2"), vat_perceived=True
    ),
    "03-ccf-v4-f-turismo-alojamiento-5pct": credit(
        service("Alojamiento una noche", "60", quantity=Decimal(2), extra_taxes=(ExtraTax("59"),))
    ),
    "03-ccf-v4-g-venta-por-cuenta-de-tercero": credit(
        line("Venta por cuenta de mandante", "40", "5"),
        third_party_sale=ThirdParty("MANDANTE DE EJEMPLO, S.A. DE C.V.", "06143006991013"),
    ),
}

# Where a sample's text is free: amounts in words have no fixed wording, and one sample writes the name of
# the cement tax with another capital than the catalogue.
FREE_TEXTS = {("resumen", "totalLetras")}
CEMENT = "03-ccf-v4-c-cemento-tributo-seccion2"


@pytest.fixture(scope="module")
def official() -> Path:
    """The folder of official data."""
    beside = Path(django_settings.BASE_DIR).parent / "shared"
    folder = Path(os.environ.get("SHARED_DIR", str(beside))) / "elsalvador"
    if not folder.is_dir():
        pytest.skip("the official reference data is not beside the project (SHARED_DIR)")
    return folder


@pytest.fixture(scope="module")
def schemas(official: Path) -> dict[str, Draft7Validator]:
    """Hacienda's own schemas, with exact decimals."""
    made = {}
    for type_code, name in SCHEMAS.items():
        text = (official / "schemas" / "v2.0" / name).read_text(encoding="utf-8")
        made[type_code] = Draft7Validator(exact(text), format_checker=FormatChecker())
    return made


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def sample(official: Path, name: str) -> dict[str, Any]:
    path = official / "samples" / "v2.0-constructed" / f"{name}.json"
    return dict(exact(path.read_text(encoding="utf-8")))


def identity_of(document: Mapping[str, Any]) -> tuple[Identity, Manner]:
    head = document["identificacion"]
    at = datetime.fromisoformat(f"{head['fecEmi']}T{head['horEmi']}").replace(tzinfo=ZONE)
    identity = Identity(Environment.TEST, head["codigoGeneracion"], head["numeroControl"], at)
    return identity, Manner(head["tipoContingencia"], head["motivoContin"])


def built(draft: Draft, identity: Identity, manner: Manner) -> str:
    prepared = prepare(
        draft, ISSUER, version=VERSIONS[draft.type_code], at=identity.issued_at, now=identity.issued_at
    )
    return finish(prepared, identity, manner)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    """Every single value of a document under its path; an empty list or object is a value."""
    if isinstance(value, dict) and value:
        return {at: leaf for key, member in value.items() for at, leaf in leaves(member, (*path, key)).items()}
    if isinstance(value, list) and value:
        return {at: leaf for key, member in enumerate(value) for at, leaf in leaves(member, (*path, key)).items()}
    return {path: value}


def test_every_sample_of_the_two_types_is_compared(official: Path) -> None:
    folder = official / "samples" / "v2.0-constructed"
    assert {path.stem for path in folder.glob("0[13]-*.json")} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_minimal_draft_becomes_the_sample(name: str, official: Path, schemas: dict[str, Draft7Validator]) -> None:
    wanted = sample(official, name)
    text = built(SAMPLES[name], *identity_of(wanted))
    made = exact(text)
    expected, got = leaves(wanted), leaves(made)
    differing = {path for path in expected.keys() | got.keys() if expected.get(path, ...) != got.get(path, ...)}
    explained = set(FREE_TEXTS)
    if name == CEMENT:
        explained.add(("cuerpoDocumento", 1, "descripcion"))
    assert differing == explained
    assert list(schemas[SAMPLES[name].type_code].iter_errors(made)) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_keys_stand_in_the_order_of_the_schema(name: str, official: Path) -> None:
    draft = SAMPLES[name]
    schema = exact((official / "schemas" / "v2.0" / SCHEMAS[draft.type_code]).read_text(encoding="utf-8"))
    made = exact(built(draft, *identity_of(sample(official, name))))
    properties = schema["properties"]
    assert list(made) == list(properties)
    for block in ("identificacion", "emisor", "resumen"):
        assert list(made[block]) == list(properties[block]["properties"])
    for row in made["cuerpoDocumento"]:
        assert list(row) == list(properties["cuerpoDocumento"]["items"]["properties"])
    if made["receptor"] is not None:
        assert list(made["receptor"]) == list(properties["receptor"]["properties"])


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_read(name: str, official: Path) -> None:
    wanted = sample(official, name)
    path = official / "samples" / "v2.0-constructed" / f"{name}.json"
    readable = read(path.read_text(encoding="utf-8"))
    assert readable.is_test
    assert readable.payable == wanted["resumen"]["totalPagar"]
    assert readable.is_contingency == ("contingencia" in name)
    shown = {each.label: each.amount for each in readable.sums}
    assert shown["Total amount of the operation"] == wanted["resumen"]["montoTotalOperacion"]


OTHERS = ("04-", "05-", "06-", "07-", "08-", "09-", "11-", "14-", "15-", "ev-operaciones-", "ev-retorno-")
PAYABLES = ("totalPagar", "liquidoApagar", "totalIvaRetenido", "valorTotal", "total", "montoTotalOperacion")


def test_every_sample_of_the_other_types_can_be_read(official: Path) -> None:
    paths = [
        path
        for path in sorted((official / "samples" / "v2.0-constructed").glob("*.json"))
        if path.name.startswith(OTHERS)
    ]
    assert len(paths) == 16
    for path in paths:
        text = path.read_text(encoding="utf-8")
        wanted = json.loads(text, parse_float=Decimal)
        readable = read(text)
        summary = wanted.get("resumen") or wanted["cuerpoDocumento"]
        assert readable.payable == next(summary[key] for key in PAYABLES if key in summary), path.name
        assert readable.in_words == summary["totalLetras"], path.name
        rows = wanted["cuerpoDocumento"] if "resumen" in wanted else []
        assert len(readable.table.rows) == len(rows), path.name
        assert readable.issuer.name == wanted["emisor"]["nombre"], path.name
        assert readable.version == wanted["identificacion"]["version"], path.name


def test_the_catalogues_are_those_of_hacienda(official: Path) -> None:
    for path in (official / "catalogs").glob("CAT-*.csv"):
        rows = path.read_text(encoding="utf-8").strip().splitlines()
        identifier = path.stem.partition("_")[0]
        codes = [entry.code for entry in catalogs.entries(identifier)]
        assert codes == [row.split(",", 1)[0] for row in rows[1:]], identifier


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def recomputed(document: Mapping[str, Any]) -> dict[str, Decimal]:
    """The summary computed again from the lines as printed, by the formulas of version 2.0."""
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    is_invoice = document["identificacion"]["tipoDte"] == "01"
    sections = {entry.code: entry.within["section"] for entry in reversed(catalogs.entries(catalogs.TAXES))}
    sums = {
        total: sum((Decimal(row[column]) for row in lines), Decimal(0))
        for total, column in (
            ("totalNoSuj", "ventaNoSuj"),
            ("totalExenta", "ventaExenta"),
            ("totalGravada", "ventaGravada"),
            ("totalNoGravado", "noGravado"),
        )
    }
    discounts = sum(Decimal(summary[key]) for key in ("descuNoSuj", "descuExenta", "descuGravada"))
    sales = cents(sums["totalNoSuj"]) + cents(sums["totalExenta"]) + cents(sums["totalGravada"])
    taxes = {row["codigo"]: Decimal(row["valor"]) for row in summary["tributos"] or ()}
    base = cents(sums["totalGravada"]) - Decimal(summary["descuGravada"])
    if "20" in taxes:
        taxes["20"] = cents(base * Decimal("0.13"))
    net = base / Decimal("1.13") if is_invoice else base
    advance = cents(net / 100) if net >= 100 else Decimal(0)
    total = sales - discounts + sum(value for code, value in taxes.items() if sections[code] != "3")
    withheld = advance if summary["ivaRete"] else Decimal(0)
    perceived = advance if summary.get("ivaPerci") else Decimal(0)
    payable = total + perceived - withheld + cents(sums["totalNoGravado"])
    result = {name: cents(amount) for name, amount in sums.items()}
    result |= {
        "subTotalVentas": sales,
        "subTotal": sales - discounts,
        "montoTotalOperacion": total,
        "ivaRete": withheld,
        "totalPagar": max(payable, Decimal(0)),
        "totalDescu": cents(discounts + sum(Decimal(row["montoDescu"]) for row in lines)),
    }
    if is_invoice:
        result["totalIva"] = cents(base / Decimal("1.13") * Decimal("0.13"))
    else:
        result["ivaPerci"] = perceived
    return result


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.too_slow])
@given(draft=drafts())
def test_a_random_draft_is_refused_or_fits_schema_and_arithmetic(
    schemas: dict[str, Draft7Validator], draft: Draft
) -> None:
    identity = Identity(
        Environment.TEST,
        "79C4121F-C608-47DF-BEFC-74B999CC85F1",
        f"DTE-{draft.type_code}-M001P001-000000000000001",
        AT,
    )
    try:
        document = exact(built(draft, identity, Manner()))
    except Invalid:
        return
    assert list(schemas[draft.type_code].iter_errors(document)) == []
    with localcontext(prec=60):
        for row in document["cuerpoDocumento"]:
            sale = row["ventaNoSuj"] + row["ventaExenta"] + row["ventaGravada"]
            figured = Decimal(row["cantidad"]) * row["precioUni"] - row["montoDescu"]
            assert abs(figured - sale) <= Decimal("0.01")
        for name, amount in recomputed(document).items():
            assert abs(document["resumen"][name] - amount) <= Decimal("0.01"), name
        paid = sum(Decimal(row["montoPago"]) for row in document["resumen"]["pagos"])
        assert paid == document["resumen"]["totalPagar"]
