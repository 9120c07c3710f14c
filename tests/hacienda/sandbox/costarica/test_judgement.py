"""What is accepted, and what is rejected for what reason: each level of the checks, over HTTP."""

from __future__ import annotations

import base64
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from tests.hacienda.sandbox.costarica.signing import DS, sign, signing_key, verifies
from tests.hacienda.sandbox.costarica.taxpayer import (
    BUYER,
    STRANGER,
    SUFFIX,
    Document,
    Taxpayer,
    changed,
    codes,
    identity,
    line,
    message_of,
    xml,
)

HEADING = "codigo, mensaje, fila, columna\r\n"
SUMMARY, LINE = "ResumenFactura", "DetalleServicio.LineaDetalle.0"


@pytest.mark.parametrize("xpath", [False, True])
def test_both_forms_of_signature_are_taken(taxpayer: Taxpayer, xpath: bool) -> None:
    taxpayer.accepted(taxpayer.document(), xpath=xpath)


def test_the_answer_is_sealed_and_has_the_names_and_totals(taxpayer: Taxpayer) -> None:
    document = taxpayer.accepted(taxpayer.document())
    raw = base64.b64decode(taxpayer.final(document)["respuesta-xml"])
    said = etree.fromstring(raw)

    assert verifies(raw)
    assert not verifies(raw.replace(b"<TotalFactura>1131.13", b"<TotalFactura>1131.14"))
    values = {etree.QName(one).localname: one.text for one in said if etree.QName(one).namespace != DS}
    assert values == {
        "Clave": document["Clave"],
        "NombreEmisor": "EMPRESA DE PRUEBA",
        "TipoIdentificacionEmisor": "02",
        "NumeroCedulaEmisor": taxpayer.tax_id,
        "NombreReceptor": "CLIENTE DE PRUEBA",
        "TipoIdentificacionReceptor": "02",
        "NumeroCedulaReceptor": BUYER,
        "Mensaje": "1",
        "EstadoMensaje": "Aceptado",
        "DetalleMensaje": "Este comprobante fue aceptado",
        "MontoTotalImpuesto": "130.13",
        "TotalFactura": "1131.13",
    }
    assert said.find(f".//{{{DS}}}Reference").get("URI") == ""
    assert b"SignaturePolicyIdentifier" not in raw
    pinned = taxpayer.control("GET", "seal").json()["certificate"]
    assert said.findtext(f".//{{{DS}}}X509Certificate") == pinned


def test_a_ticket_has_no_receptor(taxpayer: Taxpayer) -> None:
    said = taxpayer.judged(taxpayer.document("04"))

    assert said.findtext("{*}Mensaje") == "1"
    assert said.find("{*}NombreReceptor") is None


def test_a_rejection_lists_its_reasons_as_rows(taxpayer: Taxpayer) -> None:
    text = taxpayer.refused(changed(taxpayer.document(), "FechaEmision", "2020-01-01T00:00:00-06:00"))

    assert text.endswith("\r\n\n]")
    assert "no tiene validez para fines tributarios" in text
    assert f'\n\n[\n{HEADING}-405, ""' in text
    assert '"", 0, 0\r\n' in text


# Structure


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Emisor.Nombre", "SA"),
        ("Emisor.Identificacion.Tipo", "07"),
        ("Emisor.CorreoElectronico", [f"{number}@example.com" for number in range(5)]),
        ("CodigoActividadEmisor", "62010"),
        ("CondicionVenta", "09"),
        ("PlazoCredito", "un mes"),
        ("FechaEmision", "2026-02-30T00:00:00-06:00"),
        (f"{LINE}.Cantidad", "2.0001"),
        (f"{LINE}.Cantidad", "1e3"),
        (f"{LINE}.UnidadMedida", "unid"),
        (f"{LINE}.CodigoCABYS", "831430000000"),
        (f"{LINE}.BaseImponible", None),
        (f"{LINE}.Impuesto", None),
        (f"{LINE}.SubTotal", "-1"),
        (f"{LINE}.NumeroLinea", "0"),
        (f"{SUMMARY}.CodigoTipoMoneda.CodigoMoneda", "BTC"),
        (f"{SUMMARY}.TotalComprobante", "99999999999999"),
        (f"{SUMMARY}.Extra", "1"),
    ],
)
def test_what_is_not_built_as_its_kind_is_rejected_with_the_place(taxpayer: Taxpayer, path: str, value: Any) -> None:
    text = taxpayer.refused(changed(taxpayer.document(), path, value))

    assert codes(text) == ["-1"]
    assert "cvc-" in text
    row = text.partition(HEADING)[2].partition("\r\n")[0]
    assert int(row.rpartition(",")[2]) > 0


def test_elements_have_their_order(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    late = document.pop("ProveedorSistemas")

    assert "ProveedorSistemas" in taxpayer.refused(document | {"ProveedorSistemas": late})


def test_a_document_without_signature_is_not_built_right(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    assert taxpayer.post(taxpayer.envelope(document, xml(SUFFIX["01"], document))).status_code == 202

    text = message_of(taxpayer.final(document)).findtext("{*}DetalleMensaje")
    assert "Signature" in text
    assert codes(text) == ["-1"]


# Signature


def badly_signed(taxpayer: Taxpayer, document: Document, raw: bytes) -> str:
    """Send these bytes as the document; return why they are rejected, as of nobody."""
    assert taxpayer.post(taxpayer.envelope(document, raw)).status_code == 202
    said = message_of(taxpayer.final(document))
    assert said.findtext("{*}NombreEmisor") == "DESCONOCIDO"
    assert said.findtext("{*}TotalFactura") == "0.00"
    assert said.find("{*}NombreReceptor") is None
    return str(said.findtext("{*}DetalleMensaje"))


@pytest.mark.parametrize("xpath", [False, True])
@pytest.mark.parametrize("before", [b"<?hoja una?>", b"<!-- nota -->", b"<?una?><!-- y --><?otra mas?>"])
def test_what_stands_around_the_root_is_signed_too(taxpayer: Taxpayer, xpath: bool, before: bytes) -> None:
    document = taxpayer.document()
    unsigned = xml(SUFFIX["01"], document).replace(b"<FacturaElectronica", before + b"<FacturaElectronica", 1)
    raw = sign(
        unsigned.replace(b"<CondicionVenta>", b"<!-- venta --><?p i?>\n<CondicionVenta>"), taxpayer.key, xpath=xpath
    )
    assert taxpayer.post(taxpayer.envelope(document, raw)).status_code == 202

    assert before in raw
    assert verifies(raw)
    assert taxpayer.final(document)["ind-estado"] == "aceptado"


@pytest.mark.parametrize("xpath", [False, True])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<TotalComprobante>1131", b"<TotalComprobante>1132"),
        (b"<xades:SigningTime>2026", b"<xades:SigningTime>2027"),
        (b"Servicio de prueba", b"Servicio de  prueba"),
        (b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha512"),
    ],
)
def test_a_signature_covers_every_byte(taxpayer: Taxpayer, xpath: bool, old: bytes, new: bytes) -> None:
    document = taxpayer.document()
    raw = taxpayer.signed(document, xpath=xpath)
    assert old in raw

    assert (
        badly_signed(taxpayer, document, raw.replace(old, new))
        == "La firma del comprobante electrónico no es válida."
    )


def test_a_signature_names_a_policy(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    text = badly_signed(taxpayer, document, taxpayer.signed(document, policy=None))

    assert text == "La firma del documento no tiene el Policy Id"


def test_a_signature_is_the_issuers(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    text = badly_signed(taxpayer, document, taxpayer.signed(document, key=signing_key(STRANGER, 1)))

    assert "no corresponde" in text


def test_a_new_key_ends_the_one_before_it(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    raw = taxpayer.signed(document)
    taxpayer.register(certificate=signing_key(taxpayer.tax_id, 1).der)

    assert "no está vigente" in badly_signed(taxpayer, document, raw)


def test_a_certificate_has_its_time(taxpayer: Taxpayer) -> None:
    old = signing_key(taxpayer.tax_id, 0, 20, 10)
    taxpayer.register(certificate=old.der)
    document = taxpayer.document()

    assert "no está vigente" in badly_signed(taxpayer, document, taxpayer.signed(document, key=old))


def test_two_signatures_are_of_a_commercial_copy(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    raw = sign(taxpayer.signed(document), signing_key(BUYER, 1))

    assert "no es válida" in badly_signed(taxpayer, document, raw)


def rewired(raw: bytes, old: str, new: str) -> bytes:
    """The document with something else in its signature; the digest of the document itself still fits."""
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode())


def test_references_are_few(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    raw = taxpayer.signed(document)
    reference = raw[raw.index(b'<ds:Reference URI="#ki') : raw.index(b"<ds:Reference Type=")]

    assert "no es válida" in badly_signed(taxpayer, document, raw.replace(reference, reference * 5000))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('URI=""', 'URI="#x"'),
        ("xmldsig#enveloped-signature", "xmldsig#base64"),
        ("xmlenc#sha256", "xmlenc#sha1"),
        ("01903#SignedProperties", "01903#Others"),
    ],
)
def test_a_signature_has_only_the_forms_that_are_known(taxpayer: Taxpayer, old: str, new: str) -> None:
    document = taxpayer.document()

    assert "no es válida" in badly_signed(taxpayer, document, rewired(taxpayer.signed(document), old, new))


def test_a_thousand_lines_in_the_costly_form_are_judged_at_once(taxpayer: Taxpayer) -> None:
    """General libraries take more than half a minute: here it must not hang the sandbox."""
    document = taxpayer.document()
    big = taxpayer.with_lines(document, [line(number + 1) for number in range(1000)])
    unsigned = xml(SUFFIX["01"], big)
    small = taxpayer.signed(document, xpath=True)
    # The digest does not fit, which is found out only when it has been computed.
    signature = small[small.index(b"<ds:Signature") :]
    raw = unsigned.replace(b"</FacturaElectronica>", b"") + signature
    began = time.monotonic()

    assert "no es válida" in badly_signed(taxpayer, document, raw)
    assert time.monotonic() - began < 3


# Dates and numbers


def test_the_date_is_the_keys(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    other = (taxpayer.now() - timedelta(days=1)).isoformat(timespec="seconds")

    assert codes(taxpayer.refused(changed(document, "FechaEmision", other))) == ["-405"]


def test_the_date_is_costa_rican_whatever_its_zone(taxpayer: Taxpayer) -> None:
    late = datetime.fromisoformat(f"{taxpayer.now().date()}T00:30:00-06:00")
    document = taxpayer.document(at=late)

    taxpayer.accepted(changed(document, "FechaEmision", f"{late.date()}T06:30:00Z"))


@pytest.mark.parametrize(
    ("situation", "days", "accepted"),
    [("1", 1, True), ("1", 6, False), ("2", 2, True), ("3", 2, True), ("3", 9, False), ("1", -1, False)],
)
def test_a_date_may_be_old_by_its_situation_and_never_new(
    taxpayer: Taxpayer, situation: str, days: int, accepted: bool
) -> None:
    document = taxpayer.document(situation=situation, at=taxpayer.now() - timedelta(days=days))

    if accepted:
        taxpayer.accepted(document)
    else:
        assert codes(taxpayer.refused(document)) == ["-16"]


def test_a_number_is_used_once_even_by_a_rejected_document(taxpayer: Taxpayer) -> None:
    first = taxpayer.document()
    taxpayer.refused(changed(first, "ResumenFactura.TotalVenta", "5"))
    second = changed(first, "Clave", first["Clave"][:-8] + "87654321")

    assert codes(taxpayer.refused(second)) == ["-99"]


def test_numbers_run_by_kind(taxpayer: Taxpayer) -> None:
    taxpayer.accepted(taxpayer.document("01"))
    taxpayer._numbers = 0
    taxpayer.accepted(taxpayer.document("04"))


@pytest.mark.parametrize(
    ("path", "value"),
    [("NumeroConsecutivo", "00100001010000009999"), ("CodigoActividadEmisor", "no hay")],
)
def test_the_document_agrees_with_its_key(taxpayer: Taxpayer, path: str, value: str) -> None:
    assert codes(taxpayer.refused(changed(taxpayer.document(), path, value))) == ["-471"]


def test_a_document_is_of_the_kind_in_its_key(taxpayer: Taxpayer) -> None:
    document = taxpayer.document("04")
    assert taxpayer.post(taxpayer.envelope(document, taxpayer.signed(document, "01"))).status_code == 202

    assert message_of(taxpayer.final(document)).findtext("{*}Mensaje") == "3"


# Amounts and codes


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (f"{LINE}.MontoTotal", "1001.00001", "-478"),
        (f"{LINE}.SubTotal", "1000.99999", "-478"),
        (f"{LINE}.BaseImponible", "1000", "-454"),
        (f"{LINE}.Impuesto.0.Monto", "130.14", "-45"),
        (f"{LINE}.ImpuestoNeto", "130.14", "-45"),
        (f"{LINE}.MontoTotalLinea", "1131.14", "-478"),
        (f"{LINE}.ImpuestoAsumidoEmisorFabrica", "1", "-45"),
        (f"{LINE}.NumeroLinea", "2", "-312"),
        (f"{SUMMARY}.TotalServGravados", None, "-111"),
        (f"{SUMMARY}.TotalMercanciasGravadas", "1", "-110"),
        (f"{SUMMARY}.TotalGravado", None, "-312"),
        (f"{SUMMARY}.TotalVenta", "1", "-312"),
        (f"{SUMMARY}.TotalDescuentos", "1", "-312"),
        (f"{SUMMARY}.TotalVentaNeta", "1", "-312"),
        (f"{SUMMARY}.TotalDesgloseImpuesto", None, "-45"),
        (f"{SUMMARY}.TotalDesgloseImpuesto.0.TotalMontoImpuesto", "1", "-45"),
        (f"{SUMMARY}.TotalImpuesto", "1", "-45"),
        (f"{SUMMARY}.TotalIVADevuelto", "1", "-488"),
        (f"{SUMMARY}.TotalOtrosCargos", "1", "-125"),
        (f"{SUMMARY}.TotalComprobante", "1131.14", "-312"),
        (f"{SUMMARY}.MedioPago.0.TotalMedioPago", "1", "-300"),
        (f"{SUMMARY}.MedioPago", None, "-473"),
        (f"{SUMMARY}.MedioPago.0.TipoMedioPago", None, "-473"),
        (f"{SUMMARY}.MedioPago.0.TipoMedioPago", "99", "-459"),
        (f"{SUMMARY}.CodigoTipoMoneda.TipoCambio", "500", "-471"),
        ("CondicionVenta", "02", "-58"),
        ("CondicionVenta", "99", "-459"),
        ("CondicionVenta", "13", "-471"),
        ("Emisor.CorreoElectronico", ["sin arroba"], "-471"),
        ("Emisor.Ubicacion.Provincia", "9", "-471"),
        ("Receptor.Identificacion.Tipo", "01", "-38"),
        ("Receptor.Identificacion.Tipo", "05", "-38"),
        (f"{LINE}.CodigoCABYS", "83143000000AB", "-400"),
        (f"{LINE}.Impuesto.0.CodigoTarifaIVA", "04", "-45"),
    ],
)
def test_what_does_not_fit_is_told_by_its_code(taxpayer: Taxpayer, path: str, value: str | None, code: str) -> None:
    assert code in codes(taxpayer.refused(changed(taxpayer.document(), path, value)))


def test_a_rate_is_its_codes(taxpayer: Taxpayer) -> None:
    document = changed(taxpayer.document(), f"{LINE}.Impuesto.0.CodigoTarifaIVA", "04")
    document = changed(document, f"{SUMMARY}.TotalDesgloseImpuesto.0.CodigoTarifaIVA", "04")

    assert codes(taxpayer.refused(document)) == ["-508"]


def test_a_credit_has_its_days(taxpayer: Taxpayer) -> None:
    document = changed(taxpayer.document(), "CondicionVenta", "02")
    del document[SUMMARY]["MedioPago"]
    ordered = {}
    for name, value in document.items():
        ordered[name] = value
        if name == "CondicionVenta":
            ordered["PlazoCredito"] = "30"

    taxpayer.accepted(ordered)


def test_a_purchase_is_of_the_buyer_who_signs_it(taxpayer: Taxpayer) -> None:
    made = taxpayer.document("08")
    document = {
        "Clave": made["Clave"],
        "ProveedorSistemas": made["ProveedorSistemas"],
        "CodigoActividadReceptor": "6201.0",
        "NumeroConsecutivo": made["NumeroConsecutivo"],
        "FechaEmision": made["FechaEmision"],
        "Emisor": {"Nombre": "CLOUD EXAMPLE INC", "Identificacion": {"Tipo": "05", "Numero": "US998877"}},
        "Receptor": {"Nombre": "EMPRESA DE PRUEBA", "Identificacion": identity(taxpayer.tax_id)},
        "CondicionVenta": "01",
        "DetalleServicio": changed(made, f"{LINE}.ImpuestoAsumidoEmisorFabrica", None)["DetalleServicio"],
        "ResumenFactura": changed(made, f"{SUMMARY}.TotalIVADevuelto", None)[SUMMARY],
        "InformacionReferencia": [
            {
                "TipoDocIR": "16",
                "Numero": "INV-1",
                "FechaEmisionIR": made["FechaEmision"],
                "Codigo": "11",
                "Razon": "Proveedor no domiciliado",
            }
        ],
    }

    taxpayer.accepted(document)
    # A note on it names the buyer, who issues both, as its issuer.
    note = taxpayer.note(document, of="17")
    taxpayer.refused(note | {"Receptor": document["Receptor"]})
    supplier = {"Nombre": "CLOUD EXAMPLE INC", "Identificacion": document["Emisor"]["Identificacion"]}
    note = {**taxpayer.note(document, of="17"), "Receptor": supplier}
    body = taxpayer.envelope(note, taxpayer.signed(note))
    del body["receptor"]
    assert taxpayer.post(body).status_code == 202
    assert taxpayer.final(note)["ind-estado"] == "aceptado"
    foreign = changed(document, "InformacionReferencia.0.TipoDocIR", "09")
    number = taxpayer.number("08")
    foreign |= {"Clave": taxpayer.clave(number), "NumeroConsecutivo": number}
    assert set(codes(taxpayer.refused(foreign))) == {"-509"}


def test_an_export_has_no_base_and_names_what_goods_are(taxpayer: Taxpayer) -> None:
    def export(**changes: Any) -> Document:
        made = taxpayer.document("09")
        goods = line(cabys="3229100000000")
        for name in ("BaseImponible", "ImpuestoAsumidoEmisorFabrica", "ImpuestoNeto"):
            del goods[name]
        goods["Impuesto"] = [{"Codigo": "01", "CodigoTarifaIVA": "10", "Tarifa": "0", "Monto": "0"}]
        goods["MontoTotalLinea"] = goods["SubTotal"]
        goods = {"NumeroLinea": goods.pop("NumeroLinea"), **changes, **goods}
        total: Decimal = goods["SubTotal"]
        made["Receptor"] = {"Nombre": "EXAMPLE GMBH", "Identificacion": {"Tipo": "05", "Numero": "DE1234"}}
        made["DetalleServicio"] = {"LineaDetalle": [goods]}
        made["ResumenFactura"] = {
            "CodigoTipoMoneda": {"CodigoMoneda": "USD", "TipoCambio": "505.12"},
            "TotalMercanciasExentas": total,
            "TotalExento": total,
            "TotalVenta": total,
            "TotalVentaNeta": total,
            "TotalDesgloseImpuesto": [{"Codigo": "01", "CodigoTarifaIVA": "10", "TotalMontoImpuesto": "0"}],
            "TotalImpuesto": "0",
            "MedioPago": [{"TipoMedioPago": "04"}],
            "TotalComprobante": total,
        }
        return made

    def sent(document: Document) -> Any:
        body = taxpayer.envelope(document, taxpayer.signed(document))
        del body["receptor"]
        assert taxpayer.post(body).status_code == 202
        return message_of(taxpayer.final(document))

    assert sent(export(PartidaArancelaria="490199000000")).findtext("{*}Mensaje") == "1"
    assert "arancelaria" in sent(export()).findtext("{*}DetalleMensaje")
