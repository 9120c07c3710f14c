"""Hacienda's catalogues as the port shows them: public names, titles and editions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from hacienda.catalogs import Catalog, Edition
from hacienda.elsalvador import catalogs


@dataclass(frozen=True, slots=True)
class _Heading:
    name: str
    spanish: str
    english: str

    @property
    def titles(self) -> Mapping[str, str]:
        return MappingProxyType({"es": self.spanish, "en": self.english})


_HEADINGS: Final[Mapping[str, _Heading]] = MappingProxyType(
    {
        "CAT-001": _Heading("environments", "Ambiente de destino", "Destination environment"),
        "CAT-002": _Heading("document_types", "Tipo de documento o evento", "Type of document or event"),
        "CAT-003": _Heading("billing_models", "Modelo de facturación", "Billing model"),
        "CAT-004": _Heading("transmission_types", "Tipo de transmisión", "Type of transmission"),
        "CAT-005": _Heading("contingency_types", "Tipo de contingencia", "Type of contingency"),
        "CAT-006": _Heading("vat_withholdings", "Retención de IVA", "Withholding of VAT"),
        "CAT-007": _Heading(
            "generation_types", "Tipo de generación del documento", "How a related document was generated"
        ),
        "CAT-008": _Heading("districts", "Distrito", "District"),
        "CAT-009": _Heading("establishment_types", "Tipo de establecimiento", "Type of establishment"),
        "CAT-010": _Heading("medical_services", "Servicio médico", "Medical service"),
        "CAT-011": _Heading("item_types", "Tipo de ítem", "Type of item"),
        "CAT-012": _Heading("departments", "Departamento", "Department"),
        "CAT-013": _Heading("municipalities", "Municipio", "Municipality"),
        "CAT-014": _Heading("units", "Unidad de medida", "Unit of measure"),
        "CAT-015": _Heading("taxes", "Tributos", "Taxes"),
        "CAT-016": _Heading("payment_conditions", "Condición de la operación", "Condition of payment"),
        "CAT-017": _Heading("payment_methods", "Forma de pago", "Means of payment"),
        "CAT-018": _Heading("payment_terms", "Plazo", "Unit of the term of payment"),
        "CAT-019": _Heading("activities", "Actividad económica", "Economic activity"),
        "CAT-020": _Heading("countries", "País", "Country"),
        "CAT-021": _Heading("associated_documents", "Otros documentos asociados", "Other associated documents"),
        "CAT-022": _Heading("id_types", "Tipo de documento de identificación", "Type of identity document"),
        "CAT-023": _Heading(
            "special_operations", "Documentos de operaciones especiales", "Documents of special operations"
        ),
        "CAT-024": _Heading("invalidation_reasons", "Motivo de la invalidación", "Reason for invalidation"),
        "CAT-025": _Heading("goods_titles", "Título de la remisión de bienes", "Title by which goods are delivered"),
        "CAT-026": _Heading("donation_types", "Tipo de donación", "Type of donation"),
        "CAT-027": _Heading("customs_posts", "Recinto fiscal", "Customs post"),
        "CAT-028": _Heading("export_regimes", "Régimen", "Export regime"),
        "CAT-029": _Heading("person_types", "Tipo de persona", "Type of person"),
        "CAT-030": _Heading("transport_modes", "Transporte", "Means of transport"),
        "CAT-031": _Heading("incoterms", "INCOTERMS", "INCOTERMS"),
        "CAT-032": _Heading("tax_domiciles", "Domicilio fiscal", "Tax domicile"),
        "CAT-033": _Heading("regime_types", "Tipo de régimen", "Type of export regime"),
    }
)
# Codes that meant another thing in an older edition.
_OTHER_MEANING: Final[Mapping[tuple[str, str], _Heading]] = MappingProxyType(
    {
        ("2025-10", "CAT-023"): _Heading(
            "special_operations", "Tipo de documento en contingencia", "Type of document in contingency"
        ),
    }
)


class CatalogList:
    """Implements `hacienda.catalogs.Catalogs`."""

    @property
    def editions(self) -> tuple[Edition, ...]:
        return catalogs.editions()

    def listed(self, edition: str | None = None) -> tuple[Catalog, ...]:
        return self._listed[edition or self.editions[0].name]

    def find(self, name: str, edition: str | None = None) -> Catalog | None:
        wanted = name.casefold()
        return next((one for one in self.listed(edition) if wanted in (one.name, one.code.casefold())), None)

    @cached_property
    def _listed(self) -> Mapping[str, tuple[Catalog, ...]]:
        return {
            edition.name: tuple(
                Catalog(heading.name, code, heading.titles, edition, rows)
                for code, rows in catalogs.of_edition(edition.name).items()
                for heading in (_OTHER_MEANING.get((edition.name, code), _HEADINGS[code]),)
            )
            for edition in self.editions
        }


CATALOGS: Final = CatalogList()
