"""The kinds of documents that Costa Rica's Hacienda takes: code, root element, namespace."""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACES = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/"
ANSWER_NAMESPACE = f"{NAMESPACES}mensajeHacienda"
RECEPTOR_CODES = ("05", "06", "07")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind by its root element. `code` is that of its consecutive numbers; the receptor's message has three."""

    code: str
    root: str

    @property
    def namespace(self) -> str:
        """Return the namespace of all its elements."""
        return f"{NAMESPACES}{self.root[0].lower()}{self.root[1:]}"

    @property
    def tag(self) -> str:
        """Return the root's name with its namespace, as a parsed document has it."""
        return f"{{{self.namespace}}}{self.root}"


INVOICE = Kind("01", "FacturaElectronica")
DEBIT_NOTE = Kind("02", "NotaDebitoElectronica")
CREDIT_NOTE = Kind("03", "NotaCreditoElectronica")
TICKET = Kind("04", "TiqueteElectronico")
RECEPTOR_MESSAGE = Kind("05", "MensajeReceptor")
PURCHASE = Kind("08", "FacturaElectronicaCompra")
EXPORT = Kind("09", "FacturaElectronicaExportacion")
PAYMENT_RECEIPT = Kind("10", "ReciboElectronicoPago")
KINDS = {
    kind.tag: kind
    for kind in (
        INVOICE,
        DEBIT_NOTE,
        CREDIT_NOTE,
        TICKET,
        RECEPTOR_MESSAGE,
        PURCHASE,
        EXPORT,
        PAYMENT_RECEIPT,
    )
}
NOTES = (DEBIT_NOTE, CREDIT_NOTE)
