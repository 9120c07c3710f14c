"""Withholdings (07) and the settlements of agents and card acquirers (08, 09) at the sandbox's reception."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.merchant import CUSTOMER_NIT, OTHER_NIT, UNKNOWN_CODE, Merchant, changed
from tests.sandbox.other_documents import (
    BUYER,
    MANDANTE,
    all_changed,
    as_row,
    card_settlement,
    fresh,
    note,
    paper,
    purchase,
    settlement,
    withholding,
)
from tests.sandbox.test_rules import field_of, refusal
from tests.sandbox.test_schema import CONSUMER

DAY = "2020-01-02"


@pytest.fixture
def supplier(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> Merchant:
    """Another taxpayer, who sells to the merchant."""
    made = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    made.register()
    return made


def bought(merchant: Merchant, supplier: Merchant) -> dict[str, Any]:
    """A sealed sale of the supplier's to the merchant, of 100.00 without IVA."""
    sale = changed(supplier.tax_credit(), "receptor.nit", merchant.nit)
    supplier.accepted(sale)
    return sale


def withheld_from(merchant: Merchant, supplier: Merchant, *sales: dict[str, Any]) -> dict[str, Any]:
    document = withholding(merchant, *map(as_row, sales))
    return changed(document, "receptor.numDocumento", supplier.nit)


def test_withholdings_and_settlements_are_sealed(merchant: Merchant) -> None:
    for document in (withholding(merchant), settlement(merchant), card_settlement(merchant)):
        assert merchant.send(document).json()["codigoMsg"] == "001"


# Withholdings

WITHHOLDING_FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"identificacion.tipoOperacion": 3, "identificacion.tipoModelo": 3}, "003", "identificacion.tipoOperacion"),
    ({"identificacion.tipoModelo": 2}, "007", "identificacion.tipoModelo"),
    ({"identificacion.tipoContingencia": 1}, "024", "identificacion.tipoContingencia"),
    ({"identificacion.fusion": "1"}, "006", "identificacion.fusion"),
    ({"receptor.tipoDocumento": "99"}, "003", "receptor.tipoDocumento"),
    ({"receptor.numDocumento": "1-2"}, "006", "receptor.numDocumento"),
    ({"cuerpoDocumento.0.tipoDte": None}, "005", "cuerpoDocumento.1.tipoDte"),
    ({"cuerpoDocumento.0.tipoGeneracion": None}, "005", "cuerpoDocumento.1.tipoGeneracion"),
    ({"cuerpoDocumento.0.numeroDocumento": None}, "005", "cuerpoDocumento.1.numeroDocumento"),
    ({"cuerpoDocumento.0.fechaEmision": None}, "005", "cuerpoDocumento.1.fechaEmision"),
    ({"cuerpoDocumento.0.tipoDte": "05"}, "007", "cuerpoDocumento.1.tipoDte"),
    ({"cuerpoDocumento.0.tipoGeneracion": 3}, "003", "cuerpoDocumento.1.tipoGeneracion"),
    ({"cuerpoDocumento.0.numeroDocumento": ""}, "006", "cuerpoDocumento.1.numeroDocumento"),
    ({"cuerpoDocumento.0.fechaEmision": "2099-01-01"}, "017", "cuerpoDocumento.1.fechaEmision"),
    ({"cuerpoDocumento.0.codigoRetencionMH": "99"}, "003", "cuerpoDocumento.1.codigoRetencionMH"),
    ({"cuerpoDocumento.0.codigoRetencionMH": "C4"}, "020", "cuerpoDocumento.1.ivaRetenido"),
    ({"cuerpoDocumento.0.ivaRetenido": 1.02}, "020", "cuerpoDocumento.1.ivaRetenido"),
    ({"cuerpoDocumento.0.numItem": 2}, "019", "Cuerpodocumento.numItem"),
    ({"resumen.totalSujetoRetencion": 99}, "020", "resumen.totalSujetoRetencion"),
    ({"resumen.totalIvaRetenido": 2}, "020", "resumen.totalIvaRetenido"),
    ({"resumen.totalIva": 1}, "020", "resumen.totalIva"),
]


@pytest.mark.parametrize(("changes", "code", "field"), WITHHOLDING_FAULTS)
def test_a_withholding_that_breaks_a_rule_is_told_which(
    merchant: Merchant, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(withholding(merchant), changes))

    assert (told, field_of(text)) == (code, field)


def test_a_withholding_is_of_documents_of_one_type_each_once(merchant: Merchant) -> None:
    mixed = withholding(merchant, paper("1", DAY), paper("2", DAY, "01"))
    twice = withholding(merchant, paper("1", DAY), paper("1", DAY))

    assert refusal(merchant, mixed) == ("026", "[cuerpoDocumento.2.tipoDte] NO SE PERMITEN VALORES DIFERENTES")
    assert refusal(merchant, twice) == ("025", "[cuerpoDocumento.2.numeroDocumento] VALORES REPETIDOS")
    assert merchant.send(withholding(merchant, paper("1", DAY), paper("2", DAY))).status_code == 200


def test_a_withholding_of_another_rate_is_taken(merchant: Merchant) -> None:
    at_thirteen = {"codigoRetencionMH": "C4", "ivaRetenido": 13}
    special = {"codigoRetencionMH": "C9", "ivaRetenido": 7.5}
    for row in (at_thirteen, special):
        document = withholding(merchant)
        document["cuerpoDocumento"][0] |= row
        document["resumen"] |= {"totalIvaRetenido": row["ivaRetenido"], "totalIva": 13}
        assert merchant.send(document).status_code == 200


def test_what_was_issued_elsewhere_may_be_withheld_on(merchant: Merchant) -> None:
    unknown = {"tipoDte": "03", "tipoGeneracion": 2, "numeroDocumento": UNKNOWN_CODE, "fechaEmision": DAY}

    assert merchant.send(withholding(merchant, unknown)).status_code == 200


def test_a_known_sale_is_withheld_on_by_its_buyer(merchant: Merchant, supplier: Merchant) -> None:
    document = withheld_from(merchant, supplier, bought(merchant, supplier))

    assert refusal(merchant, changed(document, "receptor.numDocumento", CUSTOMER_NIT))[0] == "008"
    assert refusal(merchant, changed(document, "cuerpoDocumento.0.tipoDte", "01"))[0] == "027"
    assert refusal(merchant, changed(document, "cuerpoDocumento.0.fechaEmision", DAY))[0] == "027"
    assert merchant.send(document).status_code == 200
    to_somebody_else = supplier.tax_credit()
    supplier.accepted(to_somebody_else)
    assert refusal(merchant, withheld_from(merchant, supplier, to_somebody_else)) == (
        "026",
        "[receptor] NO SE PERMITEN VALORES DIFERENTES",
    )


def test_no_more_is_withheld_on_than_was_sold(merchant: Merchant, supplier: Merchant) -> None:
    sale = bought(merchant, supplier)
    document = changed(withholding(merchant, as_row(sale), base=101), "receptor.numDocumento", supplier.nit)

    assert refusal(merchant, document)[1].startswith("[cuerpoDocumento.1.montoSujetoGrav] MONTO ES MAYOR")


def test_a_consumers_invoice_is_withheld_on_without_its_iva(merchant: Merchant, supplier: Merchant) -> None:
    buyer = CONSUMER | {"tipoDocumento": "36", "numDocumento": merchant.nit, "nombre": "EMPRESA DE PRUEBA"}
    sale = supplier.invoice(receptor=buyer)
    supplier.accepted(sale)
    of_the_price, of_the_net = (
        changed(withholding(merchant, as_row(sale), base=base), "receptor.numDocumento", supplier.nit)
        for base in (11.3, 10)
    )

    assert refusal(merchant, of_the_price)[0] == "016"
    assert merchant.send(of_the_net).status_code == 200


def test_a_purchase_is_withheld_on_by_who_issued_it(merchant: Merchant) -> None:
    paid = purchase(merchant)
    merchant.accepted(paid)
    document = withholding(merchant, as_row(paid))
    document["receptor"] |= {"tipoDocumento": "13", "numDocumento": paid["receptor"]["numDocumento"], "nrc": None}

    assert refusal(merchant, changed(document, "receptor.numDocumento", "111111111"))[0] == "026"
    assert merchant.send(document).status_code == 200


def test_an_invalidated_sale_is_not_withheld_on(merchant: Merchant, supplier: Merchant) -> None:
    sale = changed(supplier.tax_credit(), "receptor.nit", merchant.nit)
    event = supplier.invalidation(sale, supplier.accepted(sale))
    assert supplier.annul(event).status_code == 200

    assert refusal(merchant, withheld_from(merchant, supplier, sale))[0] == "015"


def test_a_withholding_may_be_issued_in_contingency(merchant: Merchant) -> None:
    document = merchant.contingency(withholding(merchant))
    for changes, code in (({"tipoContingencia": 9}, "003"), ({"motivoContin": ""}, "006")):
        assert refusal(merchant, document | {"identificacion": document["identificacion"] | changes})[0] == code

    assert refusal(merchant, document)[0] == "012"
    assert merchant.report(merchant.outage(document)).json()["estado"] == "RECIBIDO"
    assert merchant.send(document).status_code == 200


# Settlements of commission agents


def sold_for_another(merchant: Merchant, **third: Any) -> dict[str, Any]:
    """A sealed sale of 100.00 for a third party."""
    sale = merchant.tax_credit(ventaTercero=MANDANTE | third)
    merchant.accepted(sale)
    return sale


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"receptor.codDomiciliado": 3}, "003", "receptor.codDomiciliado"),
        ({"cuerpoDocumento.0.tipoDte": "07"}, "007", "cuerpoDocumento.1.tipoDte"),
        ({"cuerpoDocumento.0.tributos": None}, "005", "cuerpoDocumento.1.tributos"),
        ({"cuerpoDocumento.0.tributos": ["20", "A9"]}, "007", "cuerpoDocumento.1.tributos"),
        ({"cuerpoDocumento.0.tributos": ["20", "ZZ"]}, "003", "cuerpoDocumento.1.tributos"),
        ({"cuerpoDocumento.0.ventaGravada": 0}, "024", "cuerpoDocumento.1.tributos"),
        ({"cuerpoDocumento.0.ivaItem": 12}, "020", "cuerpoDocumento.1.ivaItem"),
        ({"resumen.totalGravada": 90}, "020", "resumen.totalGravada"),
        ({"resumen.exportacion": 1}, "020", "resumen.exportacion"),
        ({"resumen.subTotalVentas": 90}, "020", "resumen.subTotalVentas"),
        ({"resumen.tributos": None}, "005", "resumen.tributos"),
        ({"resumen.tributos.0.valor": 12}, "020", "resumen.tributos"),
        ({"resumen.montoTotalOperacion": 100}, "020", "resumen.montoTotalOperacion"),
        ({"resumen.total": 100}, "020", "resumen.total"),
        ({"resumen.condicionOperacion": 7}, "003", "resumen.condicionOperacion"),
    ],
)
def test_a_settlement_that_breaks_a_rule_is_told_which(
    merchant: Merchant, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(settlement(merchant), changes))

    assert (told, field_of(text)) == (code, field)


def test_a_settlement_mixes_types_and_undoes_what_was_undone(merchant: Merchant) -> None:
    sale = sold_for_another(merchant)
    rows = ((as_row(sale), 100), (paper("1", DAY, "01"), 50), (paper("1", DAY, "01"), -50))

    assert merchant.send(settlement(merchant, *rows)).status_code == 200
    twice = settlement(merchant, (paper("2", DAY), 10), (paper("2", DAY), 20))
    assert refusal(merchant, twice)[1].startswith("[cuerpoDocumento.2.numeroDocumento] VALORES REPETIDOS")


def test_a_negative_settlement_pays_nothing(merchant: Merchant) -> None:
    document = settlement(merchant, (paper("1", DAY, "05"), -50))

    assert document["resumen"]["total"] == 0
    assert merchant.send(document).status_code == 200


def test_an_export_is_settled_in_a_column_of_its_own(merchant: Merchant) -> None:
    document = settlement(merchant, (paper("1", DAY), 100), (paper("2", DAY, "11"), 0))
    document["cuerpoDocumento"][1] |= {"exportaciones": 40, "tributos": None}
    document["resumen"]["exportacion"] = 40
    added = fresh(document, 77)
    added["resumen"] |= {"subTotalVentas": 140, "montoTotalOperacion": 153, "total": 153}

    # The reference does not say whether the subtotal holds exports.
    assert merchant.send(document).status_code == 200
    assert merchant.send(added).status_code == 200


def test_a_sale_is_settled_with_the_one_it_was_for_and_once(merchant: Merchant) -> None:
    sale, own = sold_for_another(merchant), merchant.tax_credit()
    merchant.accepted(own)

    assert refusal(merchant, settlement(merchant, (as_row(own), 100)))[0] == "024"
    assert refusal(merchant, settlement(merchant, (as_row(sale), 101)))[1].startswith("[cuerpoDocumento.1.ventaGrav")
    other = changed(settlement(merchant, (as_row(sale), 100)), "receptor.numDocumento", OTHER_NIT)
    assert refusal(merchant, other)[1].startswith("[receptor.numDocumento]")
    abroad = changed(settlement(merchant, (as_row(sale), 100)), "receptor.codDomiciliado", 2)
    assert refusal(merchant, abroad)[1].startswith("[receptor.codDomiciliado] DATO NO COINCIDE")
    first = settlement(merchant, (as_row(sale), 100))
    stamp = merchant.accepted(first)
    again = settlement(merchant, (as_row(sale), 100))
    assert refusal(merchant, again)[0] == "028"
    # A settlement is never replaced; once it is invalidated, its documents are free.
    assert merchant.annul(merchant.invalidation(first, stamp)).status_code == 200
    assert merchant.send(again).status_code == 200


def test_a_sale_without_seal_is_not_settled(merchant: Merchant) -> None:
    assert refusal(merchant, settlement(merchant, (as_row(merchant.tax_credit()), 100)))[0] == "014"


def test_an_invalidated_sale_is_settled_backwards(merchant: Merchant) -> None:
    sale = merchant.tax_credit(ventaTercero=dict(MANDANTE))
    stamp = merchant.accepted(sale)
    assert merchant.send(settlement(merchant, (as_row(sale), 100))).status_code == 200
    assert merchant.annul(merchant.invalidation(sale, stamp)).status_code == 200

    assert refusal(merchant, settlement(merchant, (as_row(sale), 100)))[0] == "015"
    assert merchant.send(settlement(merchant, (as_row(sale), -100))).status_code == 200


def test_the_price_of_a_consumers_invoice_is_settled_without_its_iva(merchant: Merchant) -> None:
    sale = merchant.invoice(ventaTercero=dict(MANDANTE))
    merchant.accepted(sale)

    assert refusal(merchant, settlement(merchant, (as_row(sale), 11.3)))[0] == "016"
    assert merchant.send(settlement(merchant, (as_row(sale), 10))).status_code == 200


def test_a_credit_note_is_settled_too(merchant: Merchant) -> None:
    credit = note(merchant, "05", sold_for_another(merchant)) | {"ventaTercero": dict(MANDANTE)}
    merchant.accepted(credit)

    assert merchant.send(settlement(merchant, (as_row(credit), -10))).status_code == 200


def test_a_sale_may_refer_to_the_settlement_that_its_seller_got(merchant: Merchant, supplier: Merchant) -> None:
    agents = changed(settlement(supplier), "receptor.numDocumento", merchant.nit)
    for receiver, code in ((merchant.nit, None), (CUSTOMER_NIT, "008")):
        made = fresh(changed(agents, "receptor.numDocumento", receiver), int(receiver[-4:]))
        supplier.accepted(made)
        sale = merchant.tax_credit()
        row = as_row(made)
        sale["documentoRelacionado"] = [{"tipoDocumento": row.pop("tipoDte"), **row}]
        sale["cuerpoDocumento"][0]["numeroDocumento"] = made["identificacion"]["codigoGeneracion"]
        if code is None:
            for_another = sale | {"ventaTercero": dict(MANDANTE)}
            assert refusal(merchant, for_another) == ("024", "[ventaTercero] VALOR EN CAMPO NO APLICA")
            assert merchant.send(sale).status_code == 200
        else:
            assert refusal(merchant, sale)[0] == code


# Settlements of card acquirers


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"receptor.nit": "1"}, "009", "receptor.nit"),
        ({"receptor.nrc": None}, "005", "receptor.nrc"),
        ({"receptor.tipoEstablecimiento": "99"}, "003", "receptor.tipoEstablecimiento"),
        (
            {"cuerpoDocumento.periodoLiquidacionFechaFin": "2026-10-31"},
            "017",
            "cuerpoDocumento.periodoLiquidacionFechaFin",
        ),
        ({"cuerpoDocumento.descripSinPercepcion": None}, "005", "cuerpoDocumento.descripSinPercepcion"),
        ({"cuerpoDocumento.montoSinPercepcion": None}, "024", "cuerpoDocumento.descripSinPercepcion"),
        ({"cuerpoDocumento.subTotal": 615}, "020", "cuerpoDocumento.subTotal"),
        ({"cuerpoDocumento.montoSujetoPercepcion": 565}, "020", "cuerpoDocumento.montoSujetoPercepcion"),
        ({"cuerpoDocumento.iva": 73.45}, "020", "cuerpoDocumento.iva"),
        ({"cuerpoDocumento.ivaPercibido": 11.3}, "020", "cuerpoDocumento.ivaPercibido"),
        ({"cuerpoDocumento.ivaComision": 2}, "020", "cuerpoDocumento.ivaComision"),
        ({"cuerpoDocumento.liquidoApagar": 600}, "020", "cuerpoDocumento.liquidoApagar"),
    ],
)
def test_a_card_settlement_that_breaks_an_equation_is_told_which(
    merchant: Merchant, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(card_settlement(merchant), changes))

    assert (told, field_of(text)) == (code, field)


@pytest.mark.parametrize("make", [withholding, settlement, card_settlement])
def test_what_accounts_for_others_is_invalidated(merchant: Merchant, make: Any) -> None:
    document = make(merchant)
    event = merchant.invalidation(document, merchant.accepted(document))
    receiver = event["documento"]

    assert (receiver["tipoDocumento"], receiver["numDocumento"]) == ("36", BUYER["numDocumento"])
    assert merchant.annul(event).status_code == 200
