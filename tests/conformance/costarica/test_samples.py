"""Every constructed sample, rebuilt from what a merchant would send for it, and its sums counted anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hacienda.costarica.build import VERSION, finish, prepare
from hacienda.costarica.facts import ZONE
from hacienda.costarica.writer import ROOTS
from hacienda.drafts import (
    Address,
    Discount,
    Draft,
    Exemption,
    Item,
    Original,
    OtherCharge,
    Party,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
)
from hacienda.values import NORMAL, Environment, Identity, Issuer, Manner
from tests.conformance.costarica.official import errors, leaves, sample

D = Decimal
ISSUER = Issuer(
    tax_id="3101000000",
    registration="",
    name="EMPRESA DE EJEMPLO SOCIEDAD ANONIMA",
    activity="6201.0",
    trade_name="Ejemplo CR",
    address=Address("1", "01", "01", "200 metros norte del parque de ejemplo"),
    phone="2200-0000",
    email="facturas@ejemplo.example",
    establishment="001",
    point_of_sale="00001",
    system_provider="3101000009",
)
CLIENT = Party(
    name="CLIENTE DE EJEMPLO LIMITADA",
    tax_id="3-102-000000",
    activity="4711.0",
    address=Address("4", "01", "01", "Edificio de ejemplo, piso 2"),
    email="compras@cliente.example",
)
BUYER = Party(
    name="EXAMPLE BUYER GMBH",
    tax_id="DE123456789",
    id_type="05",
    address=Address(line="Beispielstrasse 1, Berlin, Alemania"),
    email="ap@buyer.example",
)
HOURS = Item(
    "Desarrollo de software, horas de trabajo", D(25000), D(10), "SRV-001", cabys="8314300000000", measure="Sp"
)
INVOICE = Draft("01", (HOURS,), CLIENT)
DOLLARS: dict[str, Any] = {"currency": "USD", "exchange_rate": D("505.12")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def paper(type_code: str, number: str, moment: datetime, code: str | None, reason: str) -> Related:
    return Related(type_code, number, False, moment.date(), issued_at=moment, reference_code=code, reason=reason)


COMPLEX = Draft(
    "01",
    (
        Item("Hospedaje de sitio web, un mes", D("120.5"), cabys="8315100000000"),
        Item("Arroz precocido, canasta básica", D("1.35"), D(12), cabys="2314000991000", measure="Kg", tax_rate="02"),
        Item("Libro técnico impreso", D(40), D(2), tax=Taxation.EXEMPT, cabys="3229100000000"),
        Item(
            "Paquete de software, licencia en caja",
            D("99.99"),
            D(3),
            cabys="4782900000000",
            discounts=(Discount(D(15), description="Descuento comercial pactado"),),
        ),
        Item(
            "Paquete de base de datos, compra exonerada",
            D(1000),
            cabys="4781300000000",
            exemption=Exemption("04", "AL-00012345-26", "01", at("2026-02-01")),
        ),
    ),
    CLIENT,
    Payment(code="02", days=30),
    other_charges=(
        OtherCharge(
            "04",
            "Flete cobrado por cuenta de tercero",
            D(25),
            third_party=Party("TRANSPORTES DE EJEMPLO SOCIEDAD ANONIMA", "3101000777"),
        ),
    ),
    notes="Orden de compra 4500012",
    **DOLLARS,
)
TICKET = Draft(
    "04",
    (
        Item("Almuerzo ejecutivo con mesero", D(4500), D(2), cabys="6331000000000", measure="Sp"),
        Item("Cerveza nacional servida en el local", D(1500), D(2), cabys="6340002010100", measure="Unid"),
    ),
    payment=Payment(methods=(PaymentMethod("02", D(10000)), PaymentMethod("06", D(4760)))),
    other_charges=(OtherCharge("06", "Impuesto de servicio", percentage=D(10)),),
)
PURCHASE = Draft(
    "08",
    (
        Item(
            "Arroz con cáscara comprado a productor",
            D(700),
            D(50),
            tax=Taxation.EXEMPT,
            cabys="0113200000000",
            measure="Kg",
        ),
    ),
    Party(
        name="PROVEEDOR RÉGIMEN ESPECIAL EJEMPLO",
        tax_id="1-0000-0000",
        address=Address("2", "01", "01", "Frente al mercado de ejemplo"),
        phone="+506 8800-0000",
    ),
    related=(paper("14", "FAC-000123", at("2026-11-21T09:30"), None, "Comprobante de régimen especial"),),
)
FOREIGN_PURCHASE = Draft(
    "08",
    (Item("Servicio de nube de proveedor no domiciliado", D("120.5"), cabys="8315100000000"),),
    Party(
        name="CLOUD EXAMPLE INC",
        tax_id="US-TAX-998877",
        id_type="05",
        address=Address(line="1 Example Street, Example City, US"),
        email="billing@cloud.example",
    ),
    Payment(methods=(PaymentMethod("02"),)),
    related=(Related("16", "INV-2026-8871", False, date(2026, 11, 19)),),
    **DOLLARS,
)
EXPORT = Draft(
    "09",
    (replace(HOURS, description="Servicio de desarrollo exportado", price=D("60.25")),),
    BUYER,
    Payment(methods=(PaymentMethod("04"),)),
    **DOLLARS,
)
EXPORTED_GOODS = replace(
    EXPORT,
    items=(
        Item(
            "Libro técnico impreso para exportación",
            D(40),
            D(2),
            cabys="3229100000000",
            tariff_heading="490199000000",
        ),
    ),
)

# What a merchant would send for each sample; the name of the sample that it refers to, where it is one of its own.
SAMPLES: Mapping[str, tuple[Draft, str | None]] = {
    "fe-01-simple": (INVOICE, None),
    "fe-02-compleja-usd-credito": (COMPLEX, None),
    "fe-03-servicios-al-estado-08": (replace(INVOICE, payment=Payment(code="08")), None),
    "fe-04-contingencia-situacion-2": (
        replace(
            INVOICE,
            related=(
                paper(
                    "08",
                    "PROV-000045",
                    at("2026-11-19T15:00"),
                    None,
                    "Sustituye comprobante provisional por contingencia",
                ),
            ),
        ),
        None,
    ),
    "fe-05-sin-internet-situacion-3": (INVOICE, None),
    "fe-06-sustituye-rechazado-16": (
        replace(
            INVOICE,
            related=(
                Related(
                    "01",
                    "50620112600310100000000100001010000000101199887766",
                    True,
                    date(2026, 11, 20),
                    issued_at=at("2026-11-20T09:15"),
                    reference_code="16",
                ),
            ),
        ),
        None,
    ),
    "fe-07-clave-alfanumerica": (INVOICE, None),
    "te-01-sin-receptor-dos-medios-pago": (TICKET, None),
    "nc-01-anula-total": (Draft("03"), "fe-01-simple"),
    "nc-02-corrige-monto": (
        Draft("03", (Item("Ajuste de 2 horas cobradas de más", line=1, quantity=D(2)),)),
        "fe-01-simple",
    ),
    "nc-03-anula-error-material-13": (Draft("03"), "fe-01-simple"),
    "nd-01-corrige-monto": (
        Draft("02", (Item("Una hora adicional no facturada", line=1, quantity=D(1)),)),
        "fe-01-simple",
    ),
    "fec-01-regimen-especial": (PURCHASE, None),
    "fec-02-no-domiciliado": (FOREIGN_PURCHASE, None),
    "fee-01-servicio": (EXPORT, None),
    "fee-02-mercancia-partida-arancelaria": (EXPORTED_GOODS, None),
    "rep-01-pago-estado": (
        Draft("10", payment=Payment(methods=(PaymentMethod("04"),))),
        "fe-03-servicios-al-estado-08",
    ),
}
# What cannot be the same, one by one. Everything else must be.
OWN_NEIGHBOURHOOD = {"/Emisor/Ubicacion/Barrio", "/Receptor/Ubicacion/Barrio"}  # we ask nobody for it
DIFFERENCES: Mapping[str, set[str]] = {
    # A reason in other words than the usual ones of its code.
    "nc-01-anula-total": {"/InformacionReferencia/Razon"},
    "nc-02-corrige-monto": {"/InformacionReferencia/Razon"},
    "nc-03-anula-error-material-13": {"/InformacionReferencia/Razon"},
    "nd-01-corrige-monto": {"/InformacionReferencia/Razon"},
    # Annex v4.4 allows letters and digits in a foreign identification, the sample has dashes.
    "fec-02-no-domiciliado": {"/Emisor/Identificacion/Numero"},
    # The text of a payment is free.
    "rep-01-pago-estado": {"/DetalleServicio/LineaDetalle/Detalle"},
}


def text(root: Any, place: str) -> str:
    found = root.findtext("/".join(f"{{*}}{name}" for name in place.split("/")))
    assert found is not None
    return str(found)


def built(name: str, reference: Path) -> tuple[str, str]:
    """Type and text of the document that stands for a sample."""
    wanted = sample(reference, name)
    draft, refers_to = SAMPLES[name]
    if refers_to is not None:
        original = sample(reference, refers_to)
        known = Original(etree.tostring(original, encoding="unicode"), is_stamped=True, is_invalidated=False)
        code = "13" if name.startswith("nc-03") else None
        related = Related("01", text(original, "Clave"), True, date(2026, 11, 20), known, reference_code=code)
        draft = replace(draft, related=(related,))
    key, moment = text(wanted, "Clave"), datetime.fromisoformat(text(wanted, "FechaEmision"))
    issuer = replace(ISSUER, tax_id="3101A00000") if name.startswith("fe-07") else ISSUER
    prepared = prepare(draft, issuer, version=VERSION, at=moment, now=moment)
    manner = {"2": Manner(2), "3": Manner(3)}.get(key[41], NORMAL)
    identity = Identity(Environment.TEST, key, text(wanted, "NumeroConsecutivo"), moment)
    return draft.type_code, finish(prepared, identity, manner)


def test_every_sample_of_a_document_is_rebuilt(reference: Path) -> None:
    folder = reference / "costarica" / "samples" / "unsigned"
    messages = {"mr", "mh"}  # answers and decisions, which are no documents
    assert {path.stem for path in folder.glob("*.xml") if path.stem[:2] not in messages} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_minimal_draft_becomes_the_sample(name: str, reference: Path) -> None:
    type_code, made = built(name, reference)
    expected, got = leaves(sample(reference, name)), leaves(etree.fromstring(made.encode()))
    differing = {path for path in expected.keys() | got.keys() if expected.get(path) != got.get(path)}
    assert differing - OWN_NEIGHBOURHOOD == DIFFERENCES.get(name, set()) - OWN_NEIGHBOURHOOD
    assert [path for path in expected if path in got] == [path for path in got if path in expected]
    assert errors(reference, type_code, made) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_the_only_thing_that_a_sample_lacks_is_its_signature(name: str, reference: Path) -> None:
    wanted = sample(reference, name)
    root = etree.QName(wanted).localname
    type_code = next(code for code, known in ROOTS.items() if known == root)
    assert errors(reference, type_code, etree.tostring(wanted, encoding="unicode")) == []
