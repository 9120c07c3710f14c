from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.sandbox.elsalvador.arithmetic import arithmetic_fault
from hacienda.sandbox.elsalvador.kinds import KINDS
from hacienda.sandbox.elsalvador.schema import schema_faults
from hacienda.sandbox.server import Sandbox
from hacienda.sandbox.wire import read_json
from tests.effort import examples
from tests.sandbox.merchant import Merchant, changed, line

CENT, EIGHT = Decimal("0.01"), Decimal("0.00000001")
INVOICE, CREDIT = KINDS["01", 2], KINDS["03", 4]
COMPUTED = (
    "totalNoSuj",
    "totalExenta",
    "totalGravada",
    "subTotalVentas",
    "totalDescu",
    "subTotal",
    "montoTotalOperacion",
    "totalNoGravado",
    "totalPagar",
)
CLASSES = ("ventaGravada", "ventaExenta", "ventaNoSuj")
lines_of_a_sale = st.lists(
    st.tuples(
        st.integers(1, 999),
        st.decimals("0.01", "9999", places=4),
        st.decimals(0, "0.5", places=2),
        st.sampled_from(CLASSES),
    ),
    min_size=1,
    max_size=6,
)


def half_up(amount: Decimal, places: Decimal) -> Decimal:
    return amount.quantize(places, ROUND_HALF_UP)


@pytest.fixture(scope="session")
def blank(running_sandbox: Sandbox, merchant_key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """A valid document of each kind, with exact decimals."""
    merchant = Merchant(running_sandbox, merchant_key)
    both = {"01": merchant.invoice(), "03": merchant.tax_credit()}
    return {kind: read_json(json.dumps(document)) for kind, document in both.items()}


def sale(blank: dict[str, Any], kind: str, rows: list[Any], share: Decimal) -> dict[str, Any]:
    """A document computed here a third time: exact lines, one rounding a printed figure."""
    document = read_json(json.dumps(blank[kind], default=str))
    lines, taxed = [], kind == "03"
    for number, (quantity, price, part, sold_as) in enumerate(rows, start=1):
        discount = half_up(price * quantity * part, EIGHT)
        amount = price * quantity - discount
        item = line(number, cantidad=quantity, precioUni=price, montoDescu=discount, ventaGravada=0)
        item[sold_as] = amount
        is_taxed = sold_as == "ventaGravada"
        item["ivaItem"] = half_up(amount / Decimal("1.13") * Decimal("0.13"), EIGHT) if is_taxed else 0
        if taxed:
            del item["ivaItem"]
            item["tributos"] = ["20"] if is_taxed else None
        lines.append(item)
    totals = {name: half_up(sum((one[name] for one in lines), Decimal(0)), CENT) for name in CLASSES}
    discount = half_up(totals["ventaGravada"] * share, CENT)
    subtotal = sum(totals.values(), Decimal(0)) - discount
    iva = half_up((totals["ventaGravada"] - discount) * Decimal("0.13"), CENT) if taxed else Decimal(0)
    document["cuerpoDocumento"] = lines
    document["resumen"] |= {
        "totalNoSuj": totals["ventaNoSuj"],
        "totalExenta": totals["ventaExenta"],
        "totalGravada": totals["ventaGravada"],
        "subTotalVentas": sum(totals.values(), Decimal(0)),
        "descuNoSuj": Decimal(0),
        "descuExenta": Decimal(0),
        "descuGravada": discount,
        "totalDescu": half_up(discount + sum(one["montoDescu"] for one in lines), CENT),
        "subTotal": subtotal,
        "ivaRete": Decimal(0),
        "montoTotalOperacion": subtotal + iva,
        "totalNoGravado": Decimal(0),
        "totalPagar": subtotal + iva,
    }
    if taxed:
        row = {"codigo": "20", "descripcion": "IVA", "valor": iva}
        document["resumen"]["tributos"] = [row] if totals["ventaGravada"] else None
        document["resumen"]["ivaPerci"] = Decimal(0)
    else:
        exact = sum((one["ivaItem"] for one in lines), Decimal(0))
        inside = discount / Decimal("1.13") * Decimal("0.13")
        document["resumen"]["totalIva"] = half_up(exact - inside, CENT)
    return document


@pytest.mark.parametrize("kind", ["01", "03"])
@settings(max_examples=examples(60))
@given(rows=lines_of_a_sale, share=st.decimals(0, "0.3", places=2))
def test_a_sale_computed_exactly_is_taken(blank: dict[str, Any], kind: str, rows: list[Any], share: Decimal) -> None:
    document = sale(blank, kind, rows, share)
    chosen = {"01": INVOICE, "03": CREDIT}[kind]

    assert schema_faults(chosen.form.fields["cuerpoDocumento"], document["cuerpoDocumento"]) == []
    assert arithmetic_fault(document, chosen) is None


@pytest.mark.parametrize("kind", ["01", "03"])
@settings(max_examples=examples(60))
@given(rows=lines_of_a_sale, name=st.sampled_from(COMPUTED), off=st.decimals("0.03", "50", places=2))
def test_a_figure_off_by_more_than_a_cent_is_refused(
    blank: dict[str, Any], kind: str, rows: list[Any], name: str, off: Decimal
) -> None:
    document = sale(blank, kind, rows, Decimal(0))
    document["resumen"][name] += off

    refusal = arithmetic_fault(document, {"01": INVOICE, "03": CREDIT}[kind])

    assert refusal is not None
    assert refusal.code == "020"
    assert refusal.field.startswith("resumen.")


def test_a_line_may_differ_by_a_cent(merchant: Merchant) -> None:
    document = merchant.invoice()
    document["cuerpoDocumento"] = [line(cantidad=6, precioUni=1.16666667, ventaGravada=7.00, ivaItem=0.81)]
    names = ("totalGravada", "subTotalVentas", "subTotal", "montoTotalOperacion", "totalPagar")
    document["resumen"] |= dict.fromkeys(names, 7) | {"totalIva": 0.81}

    assert merchant.send(document).status_code == 200
    for path, value in (("cuerpoDocumento.0.ventaGravada", 7.01), ("resumen.totalPagar", 7.01)):
        near = changed(merchant.invoice(), "cuerpoDocumento", document["cuerpoDocumento"])
        near["resumen"] = document["resumen"]
        assert merchant.send(changed(near, path, value)).status_code == 200
    far = changed(merchant.invoice(), "cuerpoDocumento", document["cuerpoDocumento"])
    far["resumen"] = document["resumen"]
    assert merchant.send(changed(far, "resumen.totalPagar", 7.02)).json()["codigoMsg"] == "020"


def fuel(merchant: Merchant) -> dict[str, Any]:
    document = merchant.invoice()
    sold = line(cantidad=50, precioUni=3.54, ventaGravada=177, uniMedida=22, tributos=["D1", "C8"])
    document["cuerpoDocumento"] = [sold | {"ivaItem": 20.36283186}]
    names = ("totalGravada", "subTotalVentas", "subTotal")
    document["resumen"] |= dict.fromkeys(names, 177) | {
        "tributos": [
            {"codigo": "D1", "descripcion": "FOVIAL", "valor": 10},
            {"codigo": "C8", "descripcion": "COTRANS", "valor": 5},
        ],
        "montoTotalOperacion": 192,
        "totalPagar": 192,
        "totalIva": 20.36,
    }
    document["resumen"]["pagos"][0]["montoPago"] = 192
    return document


def test_fuel_taxes_are_added_by_the_gallon(merchant: Merchant) -> None:
    assert merchant.send(fuel(merchant)).json()["codigoMsg"] == "001"
    cheap = changed(fuel(merchant), "resumen.tributos.0.valor", 9)
    assert merchant.send(cheap).json()["descripcionMsg"] == "[resumen.tributos] CALCULO INCORRECTO"
    missing = changed(fuel(merchant), "resumen.tributos.1.codigo", "D5")
    assert merchant.send(missing).json()["codigoMsg"] == "023"
    twice = changed(fuel(merchant), "resumen.tributos.1.codigo", "D1")
    assert merchant.send(twice).json()["codigoMsg"] == "025"


def test_a_tax_may_be_a_line_of_its_own(merchant: Merchant) -> None:
    document = merchant.invoice()
    cement = line(2, tipoItem=4, codTributo="57", uniMedida=99, precioUni=1.13, ventaGravada=1.13, ivaItem=0.13)
    document["cuerpoDocumento"].append(cement)
    names = ("totalGravada", "subTotalVentas", "subTotal", "montoTotalOperacion", "totalPagar")
    document["resumen"] |= dict.fromkeys(names, 12.43) | {"totalIva": 1.43}

    assert merchant.send(document).status_code == 200
    for field, value in (("codTributo", None), ("codTributo", "20"), ("cantidad", 2), ("uniMedida", 59)):
        wrong = changed(document, f"cuerpoDocumento.1.{field}", value)
        wrong["identificacion"] = merchant.invoice()["identificacion"]
        answer = merchant.send(wrong).json()
        assert answer["descripcionMsg"].startswith(f"[cuerpoDocumento.2.{field}]")


def with_charge(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    document = merchant.invoice()
    tip = line(2, tipoItem=2, uniMedida=99, precioUni=0, ventaGravada=0, ivaItem=0, noGravado=2)
    document["cuerpoDocumento"].append(tip | changes)
    document["resumen"] |= {"totalNoGravado": 2, "totalPagar": 13.3}
    return document


def test_a_charge_outside_the_tax_base_is_a_line_of_its_own(merchant: Merchant) -> None:
    assert merchant.send(with_charge(merchant)).status_code == 200
    mixed = with_charge(merchant, ventaExenta=1)
    assert merchant.send(mixed).json()["descripcionMsg"] == (
        "[cuerpoDocumento.2.ventaExenta] VALOR EN CAMPO NO APLICA"
    )
    many = with_charge(merchant, cantidad=2)
    assert merchant.send(many).json()["descripcionMsg"] == "[cuerpoDocumento.2.cantidad] VALOR NO VALIDO"


def test_a_document_of_charges_alone_is_refused(merchant: Merchant) -> None:
    document = with_charge(merchant)
    document["cuerpoDocumento"] = [document["cuerpoDocumento"][1] | {"numItem": 1}]

    assert merchant.send(document).json()["codigoMsg"] == "023"


def test_the_withheld_percent_is_taken_of_the_amount_without_iva(merchant: Merchant) -> None:
    document = merchant.tax_credit()
    document["resumen"] |= {"ivaRete": 1, "totalPagar": 112}
    document["resumen"]["pagos"][0]["montoPago"] = 112

    assert merchant.send(document).json()["codigoMsg"] == "001"
    wrong = changed(merchant.tax_credit(), "resumen.ivaRete", 2)
    assert merchant.send(wrong).json()["descripcionMsg"] == "[resumen.ivaRete] CALCULO INCORRECTO"


def test_nothing_to_pay_is_paid_in_cash(merchant: Merchant) -> None:
    document = with_charge(merchant, noGravado=-20)
    document["resumen"] |= {"totalNoGravado": -20, "totalPagar": 0}
    document["resumen"]["pagos"][0] |= {"codigo": "99", "montoPago": 0}

    on_credit = changed(document, "resumen.condicionOperacion", 2)
    assert merchant.send(on_credit).json()["descripcionMsg"] == ("[resumen.condicionOperacion] VALOR NO PERMITIDO")
    assert merchant.send(document).json()["codigoMsg"] == "001"
