"""Hacienda's answer to a document, before it is sealed: the elements in their order, and the layout of its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

from lxml import etree

from .kinds import ANSWER_NAMESPACE

UNKNOWN = "DESCONOCIDO"
ACCEPTED_TEXT = "Este comprobante fue aceptado"
TESTS_TEXT = (
    "Este comprobante fue aceptado en el ambiente de pruebas, por lo cual no tiene validez para fines tributarios"
)
REJECTED_TEXT = "El comprobante electrónico tiene los siguientes errores: "
HEADING = "codigo, mensaje, fila, columna"
END = "\r\n"
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of an answer: a fault, or a notice about a document that is accepted all the same."""

    code: int | str
    text: str
    row: int = 0
    column: int = 0

    def line(self) -> str:
        """Return the row as it is written."""
        text = " ".join(self.text.replace('"', "'").split())
        return f'{self.code}, ""{text}"", {self.row}, {self.column}{END}'


def rows(findings: Iterable[Finding]) -> str:
    """Return the block of rows under their heading."""
    return f"{HEADING}{END}{''.join(finding.line() for finding in findings)}"


def acceptance(notices: Iterable[Finding]) -> str:
    """Return the text of an acceptance, with notices where there are any."""
    listed = list(notices)
    return f".\n\n{rows(listed)}" if listed else ACCEPTED_TEXT


def rejection(findings: Iterable[Finding], ambiente: str) -> str:
    """Return the text of a rejection for faults; outside production it says first that nothing counts there."""
    first = "" if ambiente == "01" else f"{TESTS_TEXT}\n\n"
    return f"{first}{REJECTED_TEXT}\n\n[\n{rows(findings)}\n]"


@dataclass(frozen=True, slots=True)
class Party:
    """Who is named in an answer."""

    name: str
    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a document: accepted or not, in which words, of whom, over how much."""

    clave: str
    accepted: bool
    text: str
    issuer: Party
    receiver: Party | None = None
    tax: Decimal | None = None
    total: Decimal = Decimal(0)


def message(judgement: Judgement) -> etree._Element:
    """Return the unsigned answer; amounts have two decimals, half up."""
    values = {
        "Clave": judgement.clave,
        "NombreEmisor": judgement.issuer.name,
        "TipoIdentificacionEmisor": judgement.issuer.kind,
        "NumeroCedulaEmisor": judgement.issuer.number,
    }
    if judgement.receiver is not None:
        values |= {
            "NombreReceptor": judgement.receiver.name,
            "TipoIdentificacionReceptor": judgement.receiver.kind,
            "NumeroCedulaReceptor": judgement.receiver.number,
        }
    values |= {
        "Mensaje": "1" if judgement.accepted else "3",
        "EstadoMensaje": "Aceptado" if judgement.accepted else "Rechazado",
        "DetalleMensaje": judgement.text,
    }
    if judgement.tax is not None:
        values["MontoTotalImpuesto"] = _two_decimals(judgement.tax)
    values["TotalFactura"] = _two_decimals(judgement.total)
    names = cast("dict[str, str]", {None: ANSWER_NAMESPACE})
    root = etree.Element(f"{{{ANSWER_NAMESPACE}}}MensajeHacienda", nsmap=names)
    root.text = "\n  "
    for name, value in values.items():
        element = etree.SubElement(root, f"{{{ANSWER_NAMESPACE}}}{name}")
        element.text, element.tail = value, "\n  "
    root[-1].tail = "\n"
    return root


def _two_decimals(amount: Decimal) -> str:
    return str(amount.quantize(CENT, rounding=ROUND_HALF_UP))
