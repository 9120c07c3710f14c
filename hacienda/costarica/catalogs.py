"""Costa Rica's lists of codes: names, places, products, and which codes a type of document takes.

The data is `data/catalogs.json` and `data/cabys.gz`, made by `data/generate.py`, and `data/limits.json`. Codes are
text with their leading zeros, and case matters in those of units. Lists go by their public names, the constants here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hacienda.catalogs import Catalog, Edition, Entry
from hacienda.costarica.cabys import EXEMPT, PRODUCTS

DOCUMENT_TYPES: Final = "document_types"
SITUATIONS: Final = "situations"
ID_TYPES: Final = "id_types"
SALE_CONDITIONS: Final = "sale_conditions"
PAYMENT_METHODS: Final = "payment_methods"
TAXES: Final = "taxes"
VAT_RATES: Final = "vat_rates"
REFERENCE_CODES: Final = "reference_codes"
REFERENCE_DOCUMENT_TYPES: Final = "reference_document_types"
EXEMPTION_TYPES: Final = "exemption_types"
EXEMPTION_INSTITUTIONS: Final = "exemption_institutions"
CUSTOMER_MESSAGES: Final = "customer_messages"
COMMERCIAL_CODE_TYPES: Final = "commercial_code_types"
OTHER_CHARGES: Final = "other_charges"
VAT_CONDITIONS: Final = "vat_conditions"
DISCOUNTS: Final = "discounts"
FACTORY_VAT: Final = "factory_vat"
TRANSACTION_TYPES: Final = "transaction_types"
UNITS: Final = "units"
CURRENCIES: Final = "currencies"
PROVINCES: Final = "provinces"
CANTONS: Final = "cantons"
DISTRICTS: Final = "districts"
PHARMA_FORMS: Final = "pharma_forms"
CABYS: Final = "cabys"

# Their codes repeat from one parent to the next.
NESTED: Final = frozenset({CANTONS, DISTRICTS})

_DATA: Final = Path(__file__).with_name("data")

# Hacienda's own name of each list, a note of the annexes or an element of the schemas, and titles.
_HEADINGS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        DOCUMENT_TYPES: ("Nota 3", "Tipo de comprobante o documento", "Type of document"),
        SITUATIONS: ("Situación", "Situación del comprobante", "Situation in which it is issued"),
        ID_TYPES: ("Nota 4", "Tipo de identificación", "Type of identification"),
        SALE_CONDITIONS: ("Nota 5", "Condición de la venta", "Condition of the sale"),
        PAYMENT_METHODS: ("Nota 6", "Medio de pago", "Means of payment"),
        TAXES: ("Nota 8", "Código del impuesto", "Tax"),
        VAT_RATES: ("Nota 8.1", "Tarifa del impuesto al valor agregado", "Rate of value added tax"),
        REFERENCE_CODES: ("Nota 9", "Código de referencia", "Why another document is referred to"),
        REFERENCE_DOCUMENT_TYPES: ("Nota 10", "Tipo de documento de referencia", "Type of document referred to"),
        EXEMPTION_TYPES: ("Nota 10.1", "Tipo de documento de exoneración", "Type of exemption"),
        EXEMPTION_INSTITUTIONS: ("Nota 23", "Institución que emite la exoneración", "Who granted an exemption"),
        CUSTOMER_MESSAGES: ("Nota 11", "Mensaje del receptor", "What the customer answers"),
        COMMERCIAL_CODE_TYPES: ("Nota 12", "Tipo de código comercial", "Whose code of a product"),
        OTHER_CHARGES: ("Nota 16", "Otros cargos", "Other charges"),
        VAT_CONDITIONS: ("Nota 18", "Condición del impuesto", "What the tax gives the customer"),
        DISCOUNTS: ("Nota 20", "Tipo de descuento", "Type of discount"),
        FACTORY_VAT: ("Nota 21", "IVA cobrado a nivel de fábrica", "Value added tax charged at the factory"),
        TRANSACTION_TYPES: ("Nota 22", "Tipo de transacción", "Type of transaction"),
        UNITS: ("UnidadMedida", "Unidad de medida", "Unit of measure"),
        CURRENCIES: ("CodigoMoneda", "Moneda", "Currency"),
        PROVINCES: ("Provincia", "Provincia", "Province"),
        CANTONS: ("Canton", "Cantón", "Canton"),
        DISTRICTS: ("Distrito", "Distrito", "District"),
        PHARMA_FORMS: ("FormaFarmaceutica", "Forma farmacéutica", "Pharmaceutical form"),
        CABYS: ("CodigoCABYS", "Catálogo de bienes y servicios", "Catalogue of goods and services"),
    }
)


class CatalogList:
    """Implements `hacienda.catalogs.Catalogs`. A catalogue's own edition names what that list was taken from."""

    @property
    def editions(self) -> tuple[Edition, ...]:
        return tuple(edition for edition, _catalogs in _editions().values())

    def listed(self, edition: str | None = None) -> tuple[Catalog, ...]:
        _edition, catalogs = _editions()[edition or self.editions[0].name]
        return tuple(catalogs.values())

    def find(self, name: str, edition: str | None = None) -> Catalog | None:
        wanted = name.casefold()
        return next((one for one in self.listed(edition) if wanted in (one.name, one.code.casefold())), None)

    def has(self, name: str, code: str) -> bool:
        """As the function of that name."""
        return has(name, code)


CATALOGS: Final = CatalogList()


@cache
def _editions() -> Mapping[str, tuple[Edition, Mapping[str, Catalog]]]:
    document = json.loads((_DATA / "catalogs.json").read_text(encoding="utf-8"), parse_float=str)
    return {
        each["name"]: (
            Edition(each["name"], each["source"]),
            {
                name: _catalog(name, Edition(each["name"], table.get("source", each["source"])), table)
                for name, table in each["catalogs"].items()
            },
        )
        for each in document["editions"]
    }


def _catalog(name: str, edition: Edition, table: Mapping[str, Any]) -> Catalog:
    code, spanish, english = _HEADINGS[name]
    entries: Sequence[Entry] = PRODUCTS
    if name != CABYS:
        outer = table["columns"][2:]
        entries = tuple(
            Entry(row[0], row[1], MappingProxyType(dict(zip(outer, row[2:], strict=True)))) for row in table["rows"]
        )
    return Catalog(name, code, MappingProxyType({"es": spanish, "en": english}), edition, entries)


def entries(name: str) -> Sequence[Entry]:
    """The rows of a list of the newest edition. Raises `KeyError` for an unknown list."""
    return _newest()[name].entries


@cache
def _newest() -> Mapping[str, Catalog]:
    return _editions()[CATALOGS.editions[0].name][1]


@cache
def _names(name: str) -> Mapping[str, str]:
    return {entry.code: entry.name for entry in entries(name)}


def name(catalog: str, code: str) -> str | None:
    """The name of a code in the newest edition, or None for a code that the list does not have.

    Raises `KeyError` for an unknown list and `ValueError` for one whose codes repeat: see `canton` and `district`.
    """
    if catalog in NESTED:
        raise ValueError(f"the codes of {catalog} repeat")
    if catalog == CABYS:
        product = PRODUCTS.find(code)
        return None if product is None else product.name
    return _names(catalog).get(code)


def has(catalog: str, code: str) -> bool:
    """Whether the list of that public name has the code; exceptions as of `name`."""
    return name(catalog, code) is not None


@cache
def _limits() -> Mapping[str, Mapping[str, frozenset[str]]]:
    document = json.loads((_DATA / "limits.json").read_text(encoding="utf-8"), parse_float=str)
    return {
        name: {code: frozenset(types) for code, types in codes.items()} for name, codes in document["limits"].items()
    }


def takes(type_code: str, catalog: str, code: str) -> bool:
    """Whether a document of that type may carry the code: the list has it and does not keep it for other types."""
    allowed = _limits().get(catalog, {}).get(code)
    return has(catalog, code) and (allowed is None or type_code in allowed)


@cache
def vat_rates() -> Mapping[str, Decimal]:
    """The percentage of each rate code of value added tax."""
    return {entry.code: Decimal(entry.within["rate"]) for entry in entries(VAT_RATES)}


def suggested_rate(code: str) -> Decimal | None:
    """The percentage of value added tax that a product suggests; zero for exempt, None where nothing is known."""
    product = PRODUCTS.find(code)
    rate = product.within["rate"] if product else ""
    if rate == EXEMPT:
        return Decimal(0)
    return Decimal(rate) if rate else None


@cache
def _cantons() -> Mapping[tuple[str, str], str]:
    return {(entry.within["province"], entry.code): entry.name for entry in entries(CANTONS)}


@cache
def _districts() -> Mapping[tuple[str, str, str], str]:
    return {
        (entry.within["province"], entry.within["canton"], entry.code): entry.name for entry in entries(DISTRICTS)
    }


def province(code: str) -> str | None:
    """The name of a province (1 digit), or None."""
    return name(PROVINCES, code)


def canton(province: str, code: str) -> str | None:
    """The name of a canton (2 digits) inside a province, or None where it is not inside it."""
    return _cantons().get((province, code))


def district(province: str, canton: str, code: str) -> str | None:
    """The name of a district (2 digits) inside a canton, or None where it is not inside it."""
    return _districts().get((province, canton, code))
