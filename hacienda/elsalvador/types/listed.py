"""Documents that are the lines of another one: of a withholding (07) and of a settlement (08)."""

from __future__ import annotations

from hacienda.drafts import Related
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import references
from hacienda.elsalvador.case import Block, Case
from hacienda.values import Path


def number_of(document: Related, path: Path, case: Case) -> str | None:
    """The number as it will be written; None after a fault. Checks what holds for every listed document."""
    faults = case.faults
    if document.type_code not in case.kind.related_types:
        faults.add((*path, "type"), "related_type_not_allowed", value=document.type_code)
    if document.issued_on > case.day:
        faults.add((*path, "issued_at"), "related_after_document")
    return references.written_number(document, place_of_number(document, path), faults)


def place_of_number(document: Related, path: Path) -> Path:
    """Where the caller wrote the number: an electronic document goes by its code, a paper one by its number."""
    return (*path, "generation_code" if document.electronic else "number")


def head(document: Related, number: str, position: int) -> Block:
    """The members of a line that name its document."""
    return {
        "numItem": position,
        "tipoDte": document.type_code,
        "tipoGeneracion": 2 if document.electronic else 1,
        "numeroDocumento": number,
        "fechaEmision": document.issued_on.isoformat(),
    }


def title(document: Related, number: str) -> str:
    """The document in words, such as "Factura 3390A3A2-...": what a list of lines shows for it."""
    return f"{catalogs.name(catalogs.DOCUMENT_TYPES, document.type_code) or document.type_code} {number}"
