"""The kinds of document that can be issued, as data: what differs between factura and crédito fiscal.

Sources: fe-f-v2.json and fe-ccf-v4.json (key order included) and the functional manual v2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador.faults import Faults

INVOICE: Final = "01"
TAX_CREDIT: Final = "03"
DELIVERY_NOTE: Final = "04"
SETTLEMENT: Final = "08"
ACCOUNTING_SETTLEMENT: Final = "09"

VAT: Final = "20"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of document in one schema version.

    `prices_include_vat` is the basis on which lines are printed, whatever basis the caller uses.
    """

    code: str
    version: int
    title: str
    prices_include_vat: bool
    customer_is_taxpayer: bool
    may_perceive: bool
    related_types: frozenset[str]
    line_keys: tuple[str, ...]
    summary_keys: tuple[str, ...]


_LINE_AMOUNTS: Final = (
    "precioUni",
    "montoDescu",
    "ventaNoSuj",
    "ventaExenta",
    "ventaGravada",
    "tributos",
    "psv",
    "noGravado",
)
_SALES: Final = (
    "totalNoSuj",
    "totalExenta",
    "totalGravada",
    "subTotalVentas",
    "descuNoSuj",
    "descuExenta",
    "descuGravada",
    "porcentajeDescuento",
    "totalDescu",
    "tributos",
    "subTotal",
)
_PAYABLE: Final = ("ivaRete", "montoTotalOperacion", "totalNoGravado", "totalPagar", "totalLetras")
_PAYMENT: Final = ("saldoFavor", "condicionOperacion", "pagos", "numPagoElectronico", "observaciones")

KINDS: Final = MappingProxyType(
    {
        INVOICE: Kind(
            code=INVOICE,
            version=2,
            title="FACTURA",
            prices_include_vat=True,
            customer_is_taxpayer=False,
            may_perceive=False,
            related_types=frozenset({DELIVERY_NOTE, SETTLEMENT, ACCOUNTING_SETTLEMENT}),
            line_keys=(
                "numItem",
                "tipoItem",
                "numeroDocumento",
                "cantidad",
                "codigo",
                "codTributo",
                "uniMedida",
                "descripcion",
                *_LINE_AMOUNTS,
                "ivaItem",
            ),
            summary_keys=(*_SALES, *_PAYABLE, "totalIva", *_PAYMENT),
        ),
        TAX_CREDIT: Kind(
            code=TAX_CREDIT,
            version=4,
            title="COMPROBANTE DE CRÉDITO FISCAL",
            prices_include_vat=False,
            customer_is_taxpayer=True,
            may_perceive=True,
            related_types=frozenset({DELIVERY_NOTE, SETTLEMENT, ACCOUNTING_SETTLEMENT}),
            line_keys=(
                "numItem",
                "tipoItem",
                "numeroDocumento",
                "codigo",
                "codTributo",
                "descripcion",
                "cantidad",
                "uniMedida",
                *_LINE_AMOUNTS,
            ),
            summary_keys=(*_SALES, "ivaPerci", *_PAYABLE, *_PAYMENT),
        ),
    }
)


def find(type_code: str, version: int) -> Kind:
    """The kind of that type and version. Raises `Invalid` at `type` for what cannot be issued."""
    faults = Faults()
    kind = KINDS.get(type_code)
    if kind is None:
        faults.add(("type",), "type_not_supported", type=type_code)
    elif kind.version != version:
        faults.add(("type",), "version_not_supported", type=type_code, version=version)
    faults.refuse()
    assert kind is not None
    return kind
