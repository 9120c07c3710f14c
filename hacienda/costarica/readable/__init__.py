"""A document as a Costa Rican reads it: the "representación gráfica" (resolution MH-DGT-RES-0027-2024; annex v4.4).

Everything comes out of the signed XML; codes are put into words by the lists. Labels are in Spanish because the
document is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from hacienda.costarica import catalogs, clave, xml_tree
from hacienda.costarica.facts import ZONE
from hacienda.costarica.readable import lines, parties, sections, sums
from hacienda.costarica.readable.wording import fields, named
from hacienda.costarica.xml_tree import Node
from hacienda.messages import gettext_noop
from hacienda.readable import Readable, ReadableParty

DOCUMENT: Final = "COMPROBANTE ELECTRÓNICO"
VERSION: Final = 44
NAMESPACE: Final = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/"

PURCHASE: Final = "08"

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "FacturaElectronica": "01",
        "NotaDebitoElectronica": "02",
        "NotaCreditoElectronica": "03",
        "TiqueteElectronico": "04",
        "FacturaElectronicaCompra": PURCHASE,
        "FacturaElectronicaExportacion": "09",
        "ReciboElectronicoPago": "10",
    }
)


def read(payload: str, *, is_test: bool = False) -> Readable:
    """The document in `payload`, signed or not, as it is printed; amounts in its own currency.

    A preview reads too, with empty key and number. Its environment is not in the document: `is_test` says whether it
    has no legal value. Raises `ValueError` for what is no document of version 4.4.
    """
    tree = xml_tree.read(payload)
    document = tree.root
    type_code = _TYPES.get(document.name)
    if type_code is None or tree.namespace != NAMESPACE + document.name[:1].lower() + document.name[1:]:
        raise ValueError(f"no readable version of {document.name}")
    key = document.said("Clave")
    situation = clave.read(key).situation if key else clave.NORMAL
    issuer, customer = _parties(document, type_code)
    total = sums.total(document, type_code)
    manner = named(catalogs.SITUATIONS, situation)
    return Readable(
        title=DOCUMENT,
        type_code=type_code,
        type_name=named(catalogs.DOCUMENT_TYPES, type_code).upper(),
        version=VERSION,
        is_test=is_test,
        generation_code=key,
        control_number=document.said("NumeroConsecutivo"),
        code_label=gettext_noop("Document key"),
        number_label=gettext_noop("Consecutive number"),
        manner=fields(("Situación", manner), ("Versión", "4.4")),
        model="Comprobante electrónico v4.4",
        transmission=manner,
        is_contingency=situation != clave.NORMAL,
        issued_at=_moment(document.said("FechaEmision")),
        currency=sections.currency(document),
        issuer=issuer,
        customer=customer,
        table=lines.table(document),
        sums=(*sums.leading(document), total),
        payable=total.amount,
        in_words="",
        sections=tuple(sections.told(document)),
        notes=sections.notes(document),
        issuer_sells=type_code != PURCHASE,
    )


def _parties(document: Node, type_code: str) -> tuple[ReadableParty, ReadableParty | None]:
    """Who issues and the other side; a purchase invoice is issued by its buyer."""
    first, second = document.at("Emisor"), document.at("Receptor")
    activities = document.said("CodigoActividadEmisor"), document.said("CodigoActividadReceptor")
    if first is None:
        raise ValueError("the document has no issuer")
    if type_code == PURCHASE:
        if second is None:
            raise ValueError("the document has no buyer")
        buyer = parties.party(second, "Comprador que emite la factura", activities[1])
        return buyer, parties.party(first, "Proveedor", activities[0])
    issuer = parties.party(first, "Emisor", activities[0])
    return issuer, None if second is None else parties.party(second, "Receptor", activities[1])


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZONE)
