"""The kinds of document that can be issued, as data: what differs between one type and another.

Sources: schemas v2.0 of July and August 2026 (key order included) and the functional manual v2.0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from hacienda.drafts import Taxation
from hacienda.elsalvador import key_order
from hacienda.elsalvador.earlier import versions
from hacienda.elsalvador.faults import Faults

INVOICE: Final = "01"
TAX_CREDIT: Final = "03"
DELIVERY_NOTE: Final = "04"
CREDIT_NOTE: Final = "05"
DEBIT_NOTE: Final = "06"
WITHHOLDING: Final = "07"
SETTLEMENT: Final = "08"
ACCOUNTING_SETTLEMENT: Final = "09"
EXPORT_INVOICE: Final = "11"
EXCLUDED_SUBJECT: Final = "14"
DONATION: Final = "15"
SPECIAL_OPERATIONS: Final = "17"
RETURN: Final = "18"

VAT: Final = "20"
EXPORT_VAT: Final = "C3"  # at 0 %


# The classes of a sale; what is outside the tax base is none.
SALE_CLASSES: Final = frozenset({Taxation.TAXED, Taxation.EXEMPT, Taxation.NOT_SUBJECT})


class Family(Enum):
    """Which module composes a document."""

    SALE = auto()
    PURCHASE = auto()
    DONATION = auto()
    DELIVERY = auto()
    EXPORT = auto()
    SPECIAL_OPERATIONS = auto()
    WITHHOLDING = auto()
    SETTLEMENT = auto()
    LIQUIDATION = auto()
    ADJUSTMENT = auto()
    RETURN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of document in one schema version.

    `takes` are the fields of a draft, `item_takes` those of an item, `related_takes` those of a document referred to
    that mean something to this type beside what all
    take: whatever else is given is refused, because it would be lost. `lacks` and `item_lacks` are what others take
    and this type has no place for. `merges`: the identification names an absorbed company (`fusion`). `is_event`: it
    has no control number and `tipoEvento` in place of `tipoDte`.
    `related_months`: how long after a document it may refer to it, where that is counted in months.

    Of sales: `prices_include_vat` is the basis on which lines are printed, whatever basis the caller uses; where they
    do not include it, `vat_code` is the tax that taxed lines list, None for none. `classes` are those its lines have,
    `extra_taxes` the taxes that its lines may bear beside it, None for all.
    """

    code: str
    version: int
    title: str
    family: Family
    takes: frozenset[str]
    item_takes: frozenset[str] = frozenset()
    related_takes: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    item_lacks: frozenset[str] = frozenset()
    related_types: frozenset[str] = frozenset()
    most_lines: int = 2000
    merges: bool = False
    is_event: bool = False
    related_months: int | None = None
    prices_include_vat: bool = False
    vat_code: str | None = VAT
    classes: frozenset[Taxation] = frozenset(Taxation)
    extra_taxes: frozenset[str] | None = None
    customer_is_taxpayer: bool = False
    may_perceive: bool = False
    line_keys: tuple[str, ...] = ()
    summary_keys: tuple[str, ...] = ()


_SALE_TAKES: Final = frozenset(
    {
        "payment",
        "related",
        "associated_documents",
        "third_party_sale",
        "prices_include_tax",
        "global_discount",
        "vat_withheld",
        "vat_perceived",  # where the kind may not perceive, that has a fault of its own
        "credit_balance",
        "electronic_payment_number",
    }
)
# What an export bears with Hacienda's permit: the taxes on fuel, and those that are lines by themselves.
_EXPORT_TAXES: Final = frozenset({"D1", "C8", "A8", "57", "90", "A6"})
_SALE_ITEM: Final = frozenset({"extra_taxes", "suggested_price", "related", "tax"})

_ADJUSTMENT_TAKES: Final = frozenset(
    {"related", "third_party_sale", "prices_include_tax", "vat_withheld", "vat_perceived"}
)
_ADJUSTMENT_ITEM: Final = frozenset({"extra_taxes", "related", "tax", "line"})
_ADJUSTED: Final = frozenset({TAX_CREDIT, WITHHOLDING})
_MONTHS_TO_ADJUST: Final = 3

KINDS: Final = MappingProxyType(
    {
        INVOICE: Kind(
            code=INVOICE,
            version=2,
            title="FACTURA",
            family=Family.SALE,
            takes=_SALE_TAKES,
            item_takes=_SALE_ITEM,
            prices_include_vat=True,
            customer_is_taxpayer=False,
            may_perceive=False,
            related_types=frozenset({DELIVERY_NOTE, SETTLEMENT, ACCOUNTING_SETTLEMENT}),
            line_keys=key_order.LINES[INVOICE],
            summary_keys=key_order.SUMMARIES[INVOICE],
        ),
        TAX_CREDIT: Kind(
            code=TAX_CREDIT,
            version=4,
            title="COMPROBANTE DE CRÉDITO FISCAL",
            family=Family.SALE,
            takes=_SALE_TAKES,
            item_takes=_SALE_ITEM,
            prices_include_vat=False,
            customer_is_taxpayer=True,
            may_perceive=True,
            related_types=frozenset({DELIVERY_NOTE, SETTLEMENT, ACCOUNTING_SETTLEMENT}),
            line_keys=key_order.LINES[TAX_CREDIT],
            summary_keys=key_order.SUMMARIES[TAX_CREDIT],
        ),
        EXCLUDED_SUBJECT: Kind(
            code=EXCLUDED_SUBJECT,
            version=2,
            title="FACTURA DE SUJETO EXCLUIDO",
            family=Family.PURCHASE,
            takes=frozenset({"payment", "global_discount", "income_tax_withheld"}),
        ),
        DONATION: Kind(
            code=DONATION,
            version=2,
            title="COMPROBANTE DE DONACIÓN",
            family=Family.DONATION,
            takes=frozenset({"payment", "associated_documents"}),
            item_takes=frozenset({"donation", "depreciation"}),
        ),
        DELIVERY_NOTE: Kind(
            code=DELIVERY_NOTE,
            version=4,
            title="NOTA DE REMISIÓN",
            family=Family.DELIVERY,
            takes=frozenset({"related", "third_party_sale", "prices_include_tax", "global_discount", "taxes_shown"}),
            item_takes=_SALE_ITEM - {"suggested_price"},
            classes=SALE_CLASSES,
            related_types=frozenset({INVOICE, TAX_CREDIT, EXPORT_INVOICE}),
            line_keys=key_order.LINES[DELIVERY_NOTE],
            summary_keys=key_order.SUMMARIES[DELIVERY_NOTE],
        ),
        EXPORT_INVOICE: Kind(
            code=EXPORT_INVOICE,
            version=3,
            title="FACTURA DE EXPORTACIÓN",
            family=Family.EXPORT,
            takes=(_SALE_TAKES - {"prices_include_tax", "vat_withheld", "vat_perceived"})
            | {"export", "third_party_purchase"},
            item_takes=frozenset({"related", "tax", "extra_taxes", "free_of_charge"}),
            vat_code=EXPORT_VAT,
            extra_taxes=_EXPORT_TAXES,
            classes=frozenset({Taxation.TAXED, Taxation.NOT_TAXED}),
            related_types=frozenset({DELIVERY_NOTE}),
            line_keys=key_order.LINES[EXPORT_INVOICE],
            summary_keys=key_order.SUMMARIES[EXPORT_INVOICE],
        ),
        SPECIAL_OPERATIONS: Kind(
            code=SPECIAL_OPERATIONS,
            version=1,
            title="EVENTO DE OPERACIONES ESPECIALES",
            family=Family.SPECIAL_OPERATIONS,
            is_event=True,
            takes=frozenset({"prices_include_tax"}),
            item_takes=frozenset({"tax", "paper"}),
            lacks=frozenset({"customer", "notes"}),
            item_lacks=frozenset({"code", "unit", "kind", "discount"}),
            classes=SALE_CLASSES,
        ),
        WITHHOLDING: Kind(
            code=WITHHOLDING,
            version=2,
            title="COMPROBANTE DE RETENCIÓN",
            family=Family.WITHHOLDING,
            related_takes=frozenset({"description", "taxable", "withholding", "withheld"}),
            takes=frozenset({"related"}),
            lacks=frozenset({"items"}),
            related_types=frozenset({INVOICE, TAX_CREDIT, EXCLUDED_SUBJECT}),
            most_lines=500,
            merges=True,
        ),
        SETTLEMENT: Kind(
            code=SETTLEMENT,
            version=2,
            title="COMPROBANTE DE LIQUIDACIÓN",
            family=Family.SETTLEMENT,
            related_takes=frozenset(
                {"taxable", "exempt", "not_subject", "exported", "perceived", "invalidated", "description"}
            ),
            takes=frozenset({"related", "period", "payment"}),
            lacks=frozenset({"items"}),
            related_types=frozenset({INVOICE, TAX_CREDIT, CREDIT_NOTE, DEBIT_NOTE, EXPORT_INVOICE, RETURN}),
            most_lines=500,
            merges=True,
        ),
        ACCOUNTING_SETTLEMENT: Kind(
            code=ACCOUNTING_SETTLEMENT,
            version=2,
            title="DOCUMENTO CONTABLE DE LIQUIDACIÓN",
            family=Family.LIQUIDATION,
            takes=frozenset({"liquidation", "extension"}),
            lacks=frozenset({"items"}),
            most_lines=1,
        ),
        CREDIT_NOTE: Kind(
            code=CREDIT_NOTE,
            version=4,
            title="NOTA DE CRÉDITO",
            family=Family.ADJUSTMENT,
            takes=_ADJUSTMENT_TAKES,
            item_takes=_ADJUSTMENT_ITEM,
            related_takes=frozenset({"withholding"}),
            related_types=_ADJUSTED,
            related_months=_MONTHS_TO_ADJUST,
            merges=True,
            may_perceive=True,
            line_keys=key_order.LINES[CREDIT_NOTE],
            summary_keys=key_order.SUMMARIES[CREDIT_NOTE],
        ),
        DEBIT_NOTE: Kind(
            code=DEBIT_NOTE,
            version=4,
            title="NOTA DE DÉBITO",
            family=Family.ADJUSTMENT,
            takes=_ADJUSTMENT_TAKES | {"electronic_payment_number"},
            item_takes=_ADJUSTMENT_ITEM,
            related_takes=frozenset({"withholding"}),
            related_types=_ADJUSTED,
            related_months=_MONTHS_TO_ADJUST,
            merges=True,
            may_perceive=True,
            line_keys=key_order.LINES[DEBIT_NOTE],
            summary_keys=key_order.SUMMARIES[DEBIT_NOTE],
        ),
        RETURN: Kind(
            code=RETURN,
            version=1,
            title="EVENTO DE RETORNO",
            family=Family.RETURN,
            takes=frozenset(
                {
                    "related",
                    "third_party_sale",
                    "third_party_purchase",
                    "prices_include_tax",
                    "vat_withheld",
                    "income_tax_withheld",
                    "export",
                }
            ),
            item_takes=_ADJUSTMENT_ITEM | {"suggested_price"},
            related_types=frozenset({INVOICE, EXPORT_INVOICE, EXCLUDED_SUBJECT}),
            related_months=_MONTHS_TO_ADJUST,
            merges=True,
            is_event=True,
            # Of an export or a purchase too: nothing comes on top of the prices of what is given back.
            prices_include_vat=True,
            line_keys=key_order.LINES[RETURN],
            summary_keys=key_order.SUMMARIES[RETURN],
        ),
    }
)


def find(type_code: str, version: int) -> Kind:
    """The kind of that type and version. Raises `Invalid` at `type` for what cannot be issued."""
    faults = Faults()
    kind = KINDS.get(type_code)
    if kind is None:
        faults.add(("type",), "type_not_supported", type=type_code)
    elif version not in versions.known(type_code, kind.version):
        faults.add(("type",), "version_not_supported", type=type_code, version=version)
    faults.refuse()
    assert kind is not None
    changes = versions.changed(type_code, version, kind.related_types)
    return replace(kind, **changes) if changes else kind
