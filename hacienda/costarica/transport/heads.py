"""What the envelope of a sending repeats of the document in it: read from the signed text itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from hacienda.costarica.signature.parsing import parse, text_of

PURCHASE: Final = "FacturaElectronicaCompra"  # its issuer is the buyer, who stands in it as the receptor
MESSAGE: Final = "MensajeReceptor"
_LONGEST_ID: Final = 12
_FOREIGN: Final = frozenset({"05", "06"})  # identifications that the interface has no room for


@dataclass(frozen=True, slots=True)
class Party:
    """A kind of identification (the annex's code) and its number."""

    id_type: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Head:
    """`issued_at` as the document writes it. `issuer` is who signs and sends; `receptor` None where none is told."""

    clave: str
    issued_at: str
    issuer: Party
    receptor: Party | None


@dataclass(frozen=True, slots=True)
class MessageHead:
    """The same of a receptor's message: about which document of whom, by whom, under which number of its own."""

    clave: str
    issued_at: str
    issuer_number: str
    receptor_number: str
    consecutivo: str


def head_of(signed: str) -> Head:
    """Of a signed document. Raises `ValueError` for what is none."""
    root = parse(signed.encode())
    sides = [_party(root, name) for name in ("Emisor", "Receptor")]
    issuer, receptor = reversed(sides) if etree.QName(root).localname == PURCHASE else sides
    clave, issued_at = text_of(root, "{*}Clave"), text_of(root, "{*}FechaEmision")
    if not (clave and issued_at and issuer.id_number):
        raise ValueError("not a document that can be sent")
    tellable = receptor.id_type and receptor.id_type not in _FOREIGN and len(receptor.id_number) <= _LONGEST_ID
    return Head(clave, issued_at, issuer, receptor if tellable else None)


def message_head_of(signed: str) -> MessageHead:
    """Of a signed message of a receptor. Raises `ValueError` for what is none."""
    root = parse(signed.encode())
    names = ("Clave", "FechaEmisionDoc", "NumeroCedulaEmisor", "NumeroCedulaReceptor", "NumeroConsecutivoReceptor")
    values = [text_of(root, f"{{*}}{name}") for name in names]
    if etree.QName(root).localname != MESSAGE or not all(values):
        raise ValueError("not a receptor's message")
    return MessageHead(*values)


def _party(root: etree._Element, name: str) -> Party:
    path = f"{{*}}{name}/{{*}}Identificacion"
    return Party(text_of(root, f"{path}/{{*}}Tipo"), text_of(root, f"{path}/{{*}}Numero"))
