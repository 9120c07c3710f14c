"""Every row of Costa Rica's lists is the facts', and the schemas of both editions take exactly our codes."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from hacienda.catalogs import Catalog
from hacienda.costarica import catalogs
from hacienda.costarica.catalogs import CATALOGS
from hacienda.costarica.data import generate

XSD = "{http://www.w3.org/2001/XMLSchema}"
SCHEMAS = {
    "01": "FacturaElectronica",
    "02": "NotaDebitoElectronica",
    "03": "NotaCreditoElectronica",
    "04": "TiqueteElectronico",
    "08": "FacturaElectronicaCompra",
    "09": "FacturaElectronicaExportacion",
    "10": "ReciboElectronicoPago",
}
# Where the schemas enumerate a list: its name, and the end of the path of its element.
ENUMERATED = {
    "id_types": "Receptor/Identificacion/Tipo",
    "sale_conditions": "/CondicionVenta",
    "payment_methods": "MedioPago/TipoMedioPago",
    "taxes": "LineaDetalle/Impuesto/Codigo",
    "vat_rates": "LineaDetalle/Impuesto/CodigoTarifaIVA",
    "reference_codes": "InformacionReferencia/Codigo",
    "reference_document_types": "InformacionReferencia/TipoDocIR",
    "exemption_types": "Exoneracion/TipoDocumentoEX1",
    "exemption_institutions": "Exoneracion/NombreInstitucion",
    "commercial_code_types": "CodigoComercial/Tipo",
    "discounts": "Descuento/CodigoDescuento",
    "factory_vat": "LineaDetalle/IVACobradoFabrica",
    "units": "LineaDetalle/UnidadMedida",
    "currencies": "CodigoTipoMoneda/CodigoMoneda",
}
# Codes that the texts keep for fewer types than the schemas do.
NARROWER = {
    "sale_conditions": {"13"},
    "vat_rates": {"05", "06", "07"},
    "reference_codes": {"12"},
    "reference_document_types": {"09", "16"},
    "exemption_types": {"01", "05", "06", "07"},
}


@pytest.fixture(scope="session")
def facts(reference: Path) -> Path:
    return reference / "costarica" / "catalogs"


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def ours(name: str) -> list[list[str]]:
    return [[entry.code, entry.name] for entry in catalogs.entries(name)]


def test_the_lists_of_the_annexes(facts: Path) -> None:
    document = json.loads((facts / "codes.json").read_text(encoding="utf-8"))
    assert set(document) == set(generate.LISTS)
    for theirs, name in generate.LISTS.items():
        codes = document[theirs]["codes"]
        labels = {code: one["label"] if isinstance(one, dict) else one for code, one in codes.items()}
        assert dict(ours(name)) == labels, name
    rates = {code: one["rate"] for code, one in document["iva_rates"]["codes"].items()}
    assert {entry.code: entry.within["rate"] for entry in catalogs.entries("vat_rates")} == rates


def test_units_currencies_and_forms(facts: Path) -> None:
    assert ours("units") == rows(facts / "units.csv")
    assert ours("pharma_forms") == rows(facts / "pharma_forms.csv")
    assert [entry.code for entry in catalogs.entries("currencies")] == [
        code for (code,) in rows(facts / "currencies.csv")
    ]


def test_places(facts: Path) -> None:
    listed = rows(facts / "locations.csv")
    assert len(listed) == len(catalogs.entries("districts")) == 492
    assert len(catalogs.entries("cantons")) == 84
    for province, canton, district, *names in listed:
        assert [
            catalogs.province(province),
            catalogs.canton(province, canton),
            catalogs.district(province, canton, district),
        ] == names


def test_products(facts: Path) -> None:
    with gzip.open(facts / "cabys.csv.gz", "rt", encoding="utf-8", newline="") as file:
        theirs = [[code, " ".join(name.split()), rate] for code, name, rate in list(csv.reader(file))[1:]]
    rate = {"exento": "exempt"}
    assert [[one.code, one.name, one.within["rate"]] for one in catalogs.entries("cabys")] == sorted(
        [code, name, rate.get(tax, tax)] for code, name, tax in theirs
    )


def test_what_is_kept_is_what_the_generator_makes_of_the_facts(facts: Path) -> None:
    for name, content in generate.made(facts).items():
        assert (Path(generate.__file__).parent / name).read_bytes() == content, name


def enumerations(schema: Path) -> Iterator[tuple[str, list[str]]]:
    """The path and the codes of each element whose type is an enumeration, once for each place."""
    root = etree.parse(str(schema)).getroot()
    types = {node.get("name"): node for node in root.findall(f"{XSD}simpleType") + root.findall(f"{XSD}complexType")}

    def below(node: etree._Element, path: str) -> Iterator[tuple[str, list[str]]]:
        for child in node:
            if child.tag != f"{XSD}element":
                yield from below(child, path)
                continue
            here = f"{path}/{child.get('name')}"
            named = types.get((child.get("type") or "").rpartition(":")[2])
            for kind in [named] if named is not None else list(child):
                codes = [one.get("value") for one in kind.iter(f"{XSD}enumeration")] if "simple" in kind.tag else []
                if codes:
                    yield here, codes
                elif kind.tag == f"{XSD}complexType":
                    yield from below(kind, here)

    for element in root.findall(f"{XSD}element"):
        yield from below(element, "")


@pytest.mark.parametrize("type_code", SCHEMAS)
@pytest.mark.parametrize(("edition", "folder"), [("2026-11", "2026"), ("2025-09", "2024")])
def test_the_schemas_take_our_codes(reference: Path, type_code: str, edition: str, folder: str) -> None:
    schema = reference / "costarica" / "xsd" / folder / "v4.4" / f"{SCHEMAS[type_code]}_V4.4.xsd"
    found = list(enumerations(schema))
    compared = 0
    for name, ending in ENUMERATED.items():
        catalog: Catalog | None = CATALOGS.find(name, edition) or CATALOGS.find(name)
        assert catalog is not None
        known = {entry.code for entry in catalog.entries}
        for codes in (codes for path, codes in found if path.endswith(ending)):
            compared += 1
            taken = {code for code in known if catalogs.takes(type_code, name, code)}
            assert set(codes) <= known, name
            assert taken <= set(codes), name
            assert set(codes) - taken <= NARROWER.get(name, set()), name
    assert compared >= {"10": 6, "09": 11}.get(type_code, 12)
