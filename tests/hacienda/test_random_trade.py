"""Random delivery notes, exports and special operations against formulas written a second time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from hypothesis import HealthCheck, event, given, settings

from hacienda.drafts import Draft
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks.taxes import INFORMATIVE, section
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.rules import ZONE
from hacienda.sandbox.elsalvador.kinds import KINDS
from hacienda.sandbox.elsalvador.rules import document_fault
from hacienda.sandbox.elsalvador.schema import schema_faults
from hacienda.values import Environment, Identity, Invalid
from tests.effort import examples
from tests.hacienda.drafts import AT, VERSIONS
from tests.hacienda.trade import EXPORTER, SPECIAL_OPERATIONS, any_of_them, delivery_notes, exports

CLASSES = ("ventaNoSuj", "ventaExenta", "ventaGravada")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def made(draft: Draft) -> Mapping[str, Any] | None:
    """The body; None, with reasons, for what is refused."""
    try:
        prepared = prepare(draft, EXPORTER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    except Invalid as refused:
        reasons = [fault.text for fault in refused.faults]
    else:
        event("prepared")
        body: dict[str, Any] = dict(prepared.body)
        assert prepared.totals.payable == body["resumen"].get("totalPagar", prepared.totals.total)
        return body
    event("refused")
    assert reasons
    assert not [reason for reason in reasons if "%(" in reason]
    return None


def summed(lines: list[Mapping[str, Any]], column: str) -> Decimal:
    return cents(sum((Decimal(row[column]) for row in lines), Decimal(0)))


def check(summary: Mapping[str, Any], expected: Mapping[str, Decimal]) -> None:
    for name, amount in expected.items():
        assert abs(summary[name] - amount) <= Decimal("0.01"), name


def bearing(lines: list[Mapping[str, Any]], code: str) -> list[Mapping[str, Any]]:
    return [row for row in lines if code in (row["tributos"] or ())]


def fuel(lines: list[Mapping[str, Any]], code: str, rate: str) -> Decimal:
    """A tax on gallons."""
    return cents(sum((Decimal(row["cantidad"]) for row in bearing(lines, code)), Decimal(0)) * Decimal(rate))


def check_lines(lines: list[Mapping[str, Any]], columns: tuple[str, ...]) -> None:
    for number, row in enumerate(lines, 1):
        assert row["numItem"] == number
        used = [column for column in columns if row[column]]
        charged = row.get("noGravado", 0)
        is_gift = not charged and not row["precioUni"]
        assert len(used) == (0 if charged or is_gift else 1)
        if used:
            figured = Decimal(row["cantidad"]) * row["precioUni"] - row.get("montoDescu", 0)
            assert abs(figured - row[used[0]]) <= Decimal("0.000000005")


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(delivery_notes())
def test_the_sums_of_a_delivery_note_follow_from_its_lines(draft: Draft) -> None:
    body = made(draft)
    if body is None:
        return
    lines, summary = body["cuerpoDocumento"], body["resumen"]
    with localcontext(prec=60):
        check_lines(lines, CLASSES)
        sums = [summed(lines, column) for column in CLASSES]
        discounts = sum(Decimal(summary[name]) for name in ("descuNoSuj", "descuExenta", "descuGravada"))
        rows = {row["codigo"]: Decimal(row["valor"]) for row in summary["tributos"] or ()}
        listed = {code for row in lines for code in row["tributos"] or ()}
        assert rows.keys() == listed
        assert {"20" in (row["tributos"] or ()) for row in lines if row["ventaGravada"]} in (set(), {True}, {False})
        if "20" in rows:
            assert abs(rows["20"] - cents((sums[2] - summary["descuGravada"]) * 13 / 100)) <= Decimal("0.01")
        else:
            assert not rows
        added = sum((amount for code, amount in rows.items() if section(code) != INFORMATIVE), Decimal(0))
        check(
            summary,
            {
                "totalNoSuj": sums[0],
                "totalExenta": sums[1],
                "totalGravada": sums[2],
                "subTotalVentas": sum(sums),
                "subTotal": sum(sums) - discounts,
                "montoTotalOperacion": sum(sums) - discounts + added,
                "totalDescu": summed(lines, "montoDescu") + discounts,
            },
        )


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(exports())
def test_the_sums_of_an_export_follow_from_its_lines_freight_and_insurance(draft: Draft) -> None:
    body = made(draft)
    if body is None:
        return
    lines, summary = body["cuerpoDocumento"], body["resumen"]
    export = draft.export
    carriage = export.freight + export.insurance if export else Decimal(0)
    with localcontext(prec=60):
        check_lines(lines, ("ventaGravada",))
        taxed, charged = summed(lines, "ventaGravada"), summed(lines, "noGravado")
        added = {code: fuel(lines, code, rate) for code, rate in (("D1", "0.20"), ("C8", "0.10"))}
        total = taxed - summary["descuGravada"] + sum(added.values()) + carriage
        check(
            summary,
            {
                "totalGravada": taxed,
                "totalNoGravado": charged,
                "montoTotalOperacion": total,
                "totalPagar": max(total + charged, Decimal(0)),
                "totalDescu": summed(lines, "montoDescu") + summary["descuGravada"],
            },
        )
        assert summary["seguro"] + summary["flete"] == carriage
        assert sum(Decimal(row["montoPago"]) for row in summary["pagos"]) == summary["totalPagar"]
    # At nothing for every sale; not for what costs nothing, nor for a tax that is a line.
    assert ["C3" in (row["tributos"] or ()) for row in lines] == [
        bool(row["ventaGravada"]) and not row["codTributo"] for row in lines
    ]
    assert {row["codigo"]: row["valor"] for row in summary["tributos"] or ()} == {
        code: amount for code, amount in {"C3": Decimal(0), **added}.items() if bearing(lines, code)
    }
    gifts = [item for item in draft.items if item.free_of_charge]
    assert len(gifts) == len([row for row in lines if not row["precioUni"] and not row["noGravado"]])
    with localcontext(prec=60):
        worth = [(item.price or 0) * (Decimal(1) if item.quantity is None else item.quantity) for item in gifts]
        told = cents(sum(worth, Decimal(0))) if gifts else export.free_of_charge if export else 0
    assert summary["totalNoOnerosas"] == told
    named = (*(body["emisor"][name] for name in ("recintoFiscal", "tipoRegimen", "regimen")), summary["codIncoterms"])
    assert {value is None for value in named} == {body["emisor"]["tipoItemExpor"] == 2}
    assert {row["tipoItem"] for row in lines if not row["codTributo"]} == {body["emisor"]["tipoItemExpor"]}
    assert body["receptor"]["nombrePais"] == catalogs.name("CAT-020", body["receptor"]["codPais"])


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(SPECIAL_OPERATIONS)
def test_the_sums_of_special_operations_follow_from_their_lines(draft: Draft) -> None:
    body = made(draft)
    if body is None:
        return
    lines, summary = body["cuerpoDocumento"], body["resumen"]
    with localcontext(prec=60):
        check_lines(lines, CLASSES)
        sums = [summed(lines, column) for column in CLASSES]
        vat = cents(sum((row["ventaGravada"] for row in lines), Decimal(0)) * 13 / 100)
        check(
            summary,
            {
                "totalNoSuj": sums[0],
                "totalExenta": sums[1],
                "totalGravada": sums[2],
                "subTotal": sum(sums),
                "total": sum(sums) + vat,
            },
        )
    taxed = any(row["tributos"] for row in lines)
    assert [(row["codigo"], row["valor"]) for row in summary["tributos"] or ()] == ([("20", vat)] if taxed else [])
    for row in lines:
        if row["tipoDocumento"] == "02":
            assert row["cantidad"] <= int(row["docAl"]) - int(row["docDel"]) + 1
            assert row["numDocumento"] is None
        else:
            assert (row["docDel"], row["docAl"]) == (None, None)


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(any_of_them())
def test_the_sandbox_takes_whatever_can_be_prepared(draft: Draft) -> None:
    try:
        prepared = prepare(draft, EXPORTER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    except Invalid:
        return
    number = "" if draft.type_code == "17" else f"DTE-{draft.type_code}-M001P001-000000000000001"
    identity = Identity(Environment.TEST, "79C4121F-C608-47DF-BEFC-74B999CC85F1", number, AT)
    document = json.loads(finish(prepared, identity), parse_float=Decimal)
    kind = KINDS[draft.type_code, VERSIONS[draft.type_code]]
    assert list(schema_faults(kind.form, document)) == []
    assert document_fault(document, kind, at=AT.astimezone(ZONE), threshold=Decimal(25000)) is None
