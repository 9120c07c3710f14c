"""Random sales, credited bit by bit: whatever was sold comes back in whatever parts, and no cent more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hacienda.drafts import Draft, Item
from hacienda.elsalvador.formula_table import TAX_ROWS
from hacienda.elsalvador.formulas import steps
from hacienda.values import Invalid
from tests.effort import examples
from tests.hacienda.notes import note, related, signed, text
from tests.hacienda.strategies import drafts

COLUMNS = {"ventaGravada": "Gravada", "ventaExenta": "Exenta", "ventaNoSuj": "NoSuj"}
TAXED = Decimal("0.13")
A_CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def total(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def check_note(document: Mapping[str, Any]) -> None:
    """The figures of a note or a return by the formulas of 2.0, from its lines as printed."""
    rows, summary = document["cuerpoDocumento"], document["resumen"]
    is_return = "tipoEvento" in document["identificacion"]
    for row in rows:
        classes = [row[name] for name in COLUMNS if row[name]]
        assert len(classes) == (0 if row["noGravado"] else 1)
        if classes:
            assert abs(row["cantidad"] * row["precioUni"] - row["montoDescu"] - classes[0]) <= Decimal("0.00000001")
            assert classes[0] > 0
        assert min(row["montoDescu"], row["precioUni"], row["ivaRete"]) >= 0
    for column, name in COLUMNS.items():
        assert summary[f"total{name}"] == cents(total(rows, column))
    listed = {code for row in rows for code in row["tributos"] or ()}
    values = {row["codigo"]: row["valor"] for row in summary["tributos"] or ()}
    assert listed == values.keys()
    told = {one.path: one.value for one in steps(document)}
    for at, row in enumerate(summary["tributos"] or ()):
        if row["codigo"] in TAX_ROWS:
            assert abs(told["resumen", "tributos", at, "valor"] - row["valor"]) <= (row["codigo"] == "20") * A_CENT
    if "20" in values:
        assert abs(values["20"] - summary["totalGravada"] * TAXED) <= Decimal("0.01")
    sales = sum(summary[f"total{name}"] for name in COLUMNS.values())
    informative = {"C5", "C6", "39"}
    assert summary["montoTotalOperacion"] == sales + sum(
        value for code, value in values.items() if code not in informative
    )
    net = summary["totalGravada"] / (Decimal("1.13") if is_return else 1)
    for name in ("ivaRete",) if is_return else ("ivaRete", "ivaPerci"):
        assert summary[name] == cents(total(rows, name))
        assert not summary[name] or abs(summary[name] - net / 100) <= Decimal("0.02")
    due = summary["montoTotalOperacion"] - summary["ivaRete"] + summary.get("ivaPerci", 0)
    assert summary["totalPagar"] == max(due + cents(total(rows, "noGravado")), Decimal(0))
    if is_return:
        assert abs(summary["totalIva"] - net * TAXED) <= Decimal("0.01")
    else:
        assert not summary["totalIva"]


def vat_of(document: Mapping[str, Any]) -> Decimal:
    rows = document["resumen"]["tributos"] or ()
    return sum((Decimal(row["valor"]) for row in rows if row["codigo"] == "20"), Decimal(0))


def check_vat(original: Mapping[str, Any], credits: list[dict[str, Any]]) -> None:
    """All VAT is credited, or the last credit took what Hacienda lets pass of the cents that are over."""
    over = vat_of(original) - sum(map(vat_of, credits))
    if over:
        one_more = vat_of(credits[-1]) + Decimal("0.01").copy_sign(over)
        base = credits[-1]["resumen"]["totalGravada"], total(credits[-1]["cuerpoDocumento"], "ventaGravada")
        assert max(abs(one_more - each * TAXED) for each in base) > Decimal("0.01")


@st.composite
def parts(draw: st.DrawFn, draft: Draft) -> tuple[Item, ...]:
    """Some lines of the sale, some of their units."""
    picked = draw(st.lists(st.integers(1, len(draft.items)), min_size=1, max_size=3, unique=True))
    return tuple(
        Item(line=line, quantity=draw(st.none() | st.sampled_from([Decimal(1), Decimal("0.5"), Decimal(2)])))
        for line in picked
    )


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_was_sold_comes_back_in_any_parts_to_the_cent(data: st.DataObject) -> None:
    draft = data.draw(drafts())
    try:
        sold = signed(draft)
    except Invalid:
        assume(False)
    original = json.loads(sold, parse_float=Decimal, parse_int=Decimal)
    type_code = "05" if draft.type_code == "03" else "18"
    notes: dict[str, str] = {}
    for turn in range(data.draw(st.integers(0, 3))):
        items = data.draw(parts(draft))
        try:
            code = f"E18E0162-B5CF-492A-8E47-{turn:012d}"
            notes[code] = text(note(related(sold, notes=notes), items=items, type_code=type_code), code)
        except Invalid:
            continue
    try:
        notes["last"] = text(note(related(sold, notes=notes), type_code=type_code))
    except Invalid as refused:
        codes = {fault.code for fault in refused.faults}
        # All was credited before, or nothing but charges is left, which cannot stand alone.
        assert codes <= {"nothing_left", "no_sale"}
        assume(notes)
    with localcontext(prec=60):
        found = [json.loads(one, parse_float=Decimal, parse_int=Decimal) for one in notes.values()]
        for each in found:
            check_note(each)
        for name in COLUMNS.values():
            whole = original["resumen"][f"total{name}"] - original["resumen"][f"descu{name}"]
            credited = sum(each["resumen"][f"total{name}"] for each in found)
            assert credited == whole or (not whole and not credited), name
        check_vat(original, [each for each in found if each["resumen"]["totalGravada"]])
        withheld = sum(each["resumen"]["ivaRete"] for each in found)
        assert abs(withheld - original["resumen"]["ivaRete"]) <= Decimal("0.01") * len(found)
