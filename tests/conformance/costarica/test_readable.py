"""Every sample reads without loss: each text of the XML is on paper, as it is or in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from hacienda.costarica import catalogs
from hacienda.costarica.readable import read
from hacienda.costarica.readable.wording import figure
from hacienda.readable import Readable

# What is told in words, by the end of its path.
CODED = {
    "Identificacion/Tipo": "id_types",
    "IdentificacionTercero/Tipo": "id_types",
    "CodigoComercial/Tipo": "commercial_code_types",
    "CondicionVenta": "sale_conditions",
    "UnidadMedida": "units",
    "TipoMedioPago": "payment_methods",
    "TipoDocIR": "reference_document_types",
    "InformacionReferencia/Codigo": "reference_codes",
    "TipoDocumentoOC": "other_charges",
    "CodigoDescuento": "discounts",
    "TipoDocumentoEX1": "exemption_types",
    "NombreInstitucion": "exemption_institutions",
    "CodigoMoneda": "currencies",
    "Provincia": "provinces",
}
# What is not told for itself, and why.
EXPLAINED: dict[str, Callable[[str, Readable], bool]] = {
    # The date alone is told of other documents; of this one, date and time.
    "FechaEmision": lambda text, readable: datetime.fromisoformat(text) == readable.issued_at,
    "FechaEmisionIR": lambda text, readable: f"{datetime.fromisoformat(text):%d/%m/%Y}" in words(readable),
    "FechaEmisionEX": lambda text, readable: f"{datetime.fromisoformat(text):%d/%m/%Y}" in words(readable),
    # The first type of transaction is the ordinary one, a colón is a colón.
    "TipoTransaccion": lambda text, readable: text == "01",
    "TipoCambio": lambda text, readable: (
        (Decimal(text) == 1 and readable.currency == "CRC") or is_told(text, readable)
    ),
    # Value added tax is what the column of rates is of.
    "Impuesto/Codigo": lambda text, readable: text == "01" and "Rate of VAT" in words(readable),
    "TotalDesgloseImpuesto/Codigo": lambda text, readable: text == "01",
    "CodigoTarifaIVA": lambda text, readable: rate(text) in words(readable).lower(),
    "Tarifa": lambda text, readable: Decimal(text) == 0 or f"{figure(Decimal(text), 0)}%" in words(readable),
    "TarifaExonerada": lambda text, readable: f"{figure(Decimal(text), 0)}%" in words(readable),
    "PorcentajeOC": lambda text, readable: f"{figure(Decimal(text), 0)}%" in words(readable),
    # Told as the name inside of the province.
    "Canton": lambda text, readable: True,
    "Distrito": lambda text, readable: True,
}


def rate(code: str) -> str:
    return (catalogs.name("vat_rates", code) or "").removeprefix("Tarifa ").lower()


def strings(readable: Readable) -> Iterator[str]:
    yield from (readable.generation_code, readable.control_number or "", readable.notes or "")
    for party in filter(None, (readable.issuer, readable.customer)):
        yield party.name
        yield from (text for field in party.fields for text in (field.label, field.value))
    yield from (column.label for column in readable.table.columns)
    yield from (str(cell) for row in readable.table.rows for cell in row)
    yield from (one.label for one in readable.sums)
    for section in readable.sections:
        yield from (text for row in section.rows for field in row for text in (field.label, field.value))


def words(readable: Readable) -> str:
    return "\n".join(strings(readable))


def is_told(text: str, readable: Readable) -> bool:
    """Whether a text is there, or its number is; an amount of zero need not be."""
    if text in words(readable):
        return True
    try:
        number = Decimal(text)
    except ArithmeticError:
        return False
    amounts = {cell for row in readable.table.rows for cell in row if isinstance(cell, Decimal)}
    amounts |= {one.amount for one in readable.sums}
    return not number or number in amounts or figure(number) in words(readable)


def leaves(root: etree._Element) -> Iterator[tuple[str, str]]:
    """The path of names and the text of each element without children."""
    for element in root.iter(f"{{{etree.QName(root).namespace}}}*"):
        if len(element) == 0 and element.text:
            above = [etree.QName(one).localname for one in element.iterancestors()][-2::-1]
            yield "/".join([*above, etree.QName(element).localname]), element.text.strip()


def lost(payload: str) -> list[str]:
    readable, missing = read(payload), []
    for path, text in leaves(etree.fromstring(payload.encode())):
        key = next((end for end in (*EXPLAINED, *CODED) if f"/{path}".endswith(f"/{end}")), None)
        if key in EXPLAINED:
            found = EXPLAINED[key](text, readable)
        elif key in CODED:
            found = (catalogs.name(CODED[key], text) or "?") in words(readable)
        else:
            found = is_told(text, readable)
        if not found:
            missing.append(f"{path}: {text}")
    return missing


@pytest.fixture(scope="module")
def samples(reference: Path) -> list[Path]:
    folder = reference / "costarica" / "samples"
    paths = [*folder.glob("unsigned/*.xml"), *folder.glob("invalid/*.xml")]
    return sorted(path for path in paths if not path.name.startswith(("mh-", "mr-")))


def test_every_sample_reads_without_loss(samples: list[Path]) -> None:
    assert len(samples) == 17 + 6
    assert {path.name: lost(path.read_text(encoding="utf-8")) for path in samples} == {
        path.name: [] for path in samples
    }


def test_what_is_lost_would_be_noticed(samples: list[Path]) -> None:
    payload = samples[1].read_text(encoding="utf-8")
    for name in ("Detalle", "TotalVenta"):
        assert lost(payload.replace(f"<{name}>", f"<{name}><Otro>perdido</Otro>"))
    assert lost(payload.replace("</Emisor>", "<Nuevo>perdido</Nuevo></Emisor>")) == ["Emisor/Nuevo: perdido"]


def test_a_signed_sample_reads_as_the_unsigned_one(samples: list[Path]) -> None:
    signed = {path.name: path for path in samples[0].parents[1].glob("signed/*.xml")}
    unsigned = [path for path in samples if path.parent.name == "unsigned"]
    assert len(unsigned) == 17
    for path in unsigned:
        assert read(signed[path.name].read_text(encoding="utf-8")) == read(path.read_text(encoding="utf-8"))


def test_messages_are_no_documents(reference: Path) -> None:
    others = sorted((reference / "costarica" / "samples" / "unsigned").glob("m[hr]-*.xml"))
    assert len(others) == 9
    for path in others:
        with pytest.raises(ValueError, match="no readable version"):
            read(path.read_text(encoding="utf-8"))
