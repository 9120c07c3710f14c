"""Codes of Costa Rica's lists that documents are built from, and where each may stand (annex v4.4; schemas of 2026).

Lists are named as the catalogues name them. A type of document may know fewer codes of a list than others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

# Types of document
INVOICE: Final = "01"
DEBIT_NOTE: Final = "02"
CREDIT_NOTE: Final = "03"
TICKET: Final = "04"
PURCHASE_INVOICE: Final = "08"
EXPORT_INVOICE: Final = "09"
PAYMENT_RECEIPT: Final = "10"
NOTES: Final = frozenset({CREDIT_NOTE, DEBIT_NOTE})

# Identifications
NATURAL: Final = "01"
LEGAL: Final = "02"
DIMEX: Final = "03"
NITE: Final = "04"
FOREIGNER: Final = "05"
NO_TAXPAYER: Final = "06"

# Conditions of sale
CASH_SALE: Final = "01"
CREDIT_SALE: Final = "02"
TO_THE_STATE: Final = "08"
STATE_PAID: Final = "09"
VAT_CREDIT: Final = "10"
VAT_CREDIT_PAID: Final = "11"
NOT_NATIONALISED: Final = "12"
USED_GOODS: Final = "13"
WITH_DAYS: Final = frozenset({CREDIT_SALE, VAT_CREDIT})
UNPAID: Final = frozenset({CREDIT_SALE, TO_THE_STATE, VAT_CREDIT})  # no means of payment is asked for
# What is paid by a receipt, and the condition that the receipt has.
PAID_BY_RECEIPT: Final[Mapping[str, str]] = MappingProxyType({TO_THE_STATE: STATE_PAID, VAT_CREDIT: VAT_CREDIT_PAID})

CASH: Final = "01"
CARD: Final = "02"
OTHER: Final = "99"

# Taxes
VAT: Final = "01"
SELECTIVE: Final = "02"
FUEL: Final = "03"
ALCOHOL: Final = "04"
DRINKS: Final = "05"
TOBACCO: Final = "06"
VAT_SPECIAL: Final = "07"
VAT_USED_GOODS: Final = "08"
CEMENT: Final = "12"
VATS: Final = frozenset({VAT, VAT_SPECIAL, VAT_USED_GOODS})
IN_TAX_BASE: Final = frozenset({SELECTIVE, ALCOHOL, DRINKS, CEMENT})  # VAT is laid on these too
LAID_DOWN_RATES: Final[Mapping[str, Decimal]] = MappingProxyType({CEMENT: Decimal(5)})

# Rates of VAT in percent, by code
RATES: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "01": Decimal(0),
        "02": Decimal(1),
        "03": Decimal(2),
        "04": Decimal(4),
        "05": Decimal(0),
        "06": Decimal(4),
        "07": Decimal(8),
        "08": Decimal(13),
        "09": Decimal("0.5"),
        "10": Decimal(0),
        "11": Decimal(0),
    }
)
GENERAL: Final = "08"
EXEMPT: Final = "10"
NOT_SUBJECT: Final = "11"
HEALTH_RATE: Final = "04"
SERVICE_UNITS: Final = frozenset({"Al", "Alc", "Cm", "Os", "Sp", "Spe", "St"})  # units that count no goods
NOT_SUBJECT_RATES: Final = frozenset({"01", "11"})
FIRST_OF_SERVICES: Final = "5"  # the first digit of a CABYS code tells goods from services
HEALTH_CABYS: Final = "931"  # health services: their VAT is given back where a card pays

# Discounts whose VAT is counted as if there were none, and those of them of which the issuer bears it.
FULL_VAT_DISCOUNTS: Final = frozenset({"01", "02", "03"})
ASSUMED_DISCOUNTS: Final = frozenset({"01", "03"})
COMMERCIAL_DISCOUNT: Final = "07"

FACTORY_COLLECTED: Final = "01"
FACTORY_EXEMPT: Final = "02"

OWN_CODE: Final = "04"  # of a product: for use inside the firm
NORMAL_SALE: Final = "01"

# Other charges
THIRD_PARTY_CHARGE: Final = "04"
SERVICE_CHARGE: Final = "06"
STANDING_ALONE: Final = frozenset({"04", "08", "09", "10"})  # charges of a document without lines

# References
CABYS_SINCE: Final = date(2020, 12, 1)  # documents before it had none, nor need notes on them
VOIDS: Final = "01"
CORRECTS_AMOUNT: Final = "02"
REFERS: Final = "04"
FINANCIAL: Final = frozenset({"09", "10"})
FOREIGN_SUPPLIER: Final = "11"
LATER_EXEMPTION: Final = "12"
VOIDS_BY_ERROR: Final = "13"
REPLACES_REJECTED: Final = "16"
PAYS: Final = "17"
REJECTED_DOCUMENT: Final = "10"
PAPER_RECEIPT: Final = "08"  # a document type of references: given out while the system was down
REPLACES_PAPER: Final = "05"
MONTH_PASSED: Final = "13"  # a document type of references that needs neither code nor reason
FOREIGN_DOCUMENT: Final = "16"
WITH_CLAVE: Final = frozenset({"01", "02", "03", "04", "09", "11", "12", "15"})
# What a receipt of payment can refer to, by the text of 2025; the schema is wider.
PAID_DOCUMENTS: Final = frozenset({"01", "02", "03", "04", "07", "08", "10"})
# A type of document -> the type of reference that names it, where the two differ.
REFERENCE_TYPES: Final[Mapping[str, str]] = MappingProxyType({EXPORT_INVOICE: "19", PAYMENT_RECEIPT: "20"})
# The same of a purchase invoice, by the type that refers to it.
PURCHASE_REFERENCES: Final[Mapping[str, str]] = MappingProxyType(
    {PURCHASE_INVOICE: "15", CREDIT_NOTE: "17", DEBIT_NOTE: "18"}
)
# Type of reference -> the code that says why it is referred to, if the caller does not.
USUAL_CODES: Final[Mapping[str, str]] = MappingProxyType({"08": "05", "09": "06", "10": "16", "16": "11"})
# Reason of a reference in the words of the law, if the caller gives none.
REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "01": "Anula documento de referencia",
        "02": "Corrige monto",
        "04": "Referencia a otro documento",
        "05": "Sustituye comprobante provisional por contingencia",
        "06": "Devolución de mercancía",
        "07": "Sustituye comprobante electrónico",
        "08": "Factura endosada",
        "09": "Nota de crédito financiera",
        "10": "Nota de débito financiera",
        "11": "Proveedor no domiciliado",
        "12": "Crédito por exoneración posterior a la facturación",
        "13": "Anula documento de referencia por error material",
        "14": "Corrige monto por error material",
        "15": "Sustituye comprobante electrónico por error material",
        "16": "Sustituye comprobante electrónico rechazado",
        "17": "Pago a comprobante electrónico",
    }
)

# Exemptions
CONCRETE_EXEMPTION: Final = "11"  # refers to the document that it is granted for


def _codes(last: int, *more: str, without: str = "") -> frozenset[str]:
    return frozenset({f"{number:02d}" for number in range(1, last + 1)} - {without} | set(more))


_LISTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "id_types": _codes(6),
        "sale_conditions": _codes(15, OTHER) - {STATE_PAID, VAT_CREDIT_PAID, NOT_NATIONALISED},
        "payment_methods": _codes(7, OTHER),
        "taxes": _codes(8, CEMENT, OTHER),
        "vat_rates": frozenset(RATES),
        "reference_codes": _codes(16, OTHER, without="03"),
        "reference_document_types": _codes(20, OTHER),
        "exemption_types": _codes(11, OTHER),
        "exemption_institutions": _codes(12, OTHER),
        "commercial_code_types": _codes(4, OTHER),
        "other_charges": _codes(10, OTHER),
        "discounts": _codes(9, OTHER),
        "factory_vat": _codes(2),
        "transaction_types": _codes(13),
    }
)
_BY_TYPE: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        ("sale_conditions", INVOICE): _codes(15, OTHER) - {STATE_PAID, VAT_CREDIT_PAID},
        ("sale_conditions", CREDIT_NOTE): _codes(15, OTHER),
        ("sale_conditions", DEBIT_NOTE): _codes(15, OTHER),
        ("sale_conditions", PAYMENT_RECEIPT): frozenset({STATE_PAID, VAT_CREDIT_PAID}),
        ("reference_codes", PAYMENT_RECEIPT): _codes(17, OTHER, without="03"),
    }
)


def listed(name: str, type_code: str) -> frozenset[str] | None:
    """The codes of a list that a type of document knows; None for a list that is not kept here."""
    return _BY_TYPE.get((name, type_code), _LISTS.get(name))
