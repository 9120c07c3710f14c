"""Who issues a document and to whom."""

from __future__ import annotations

from hacienda.costarica import catalogs
from hacienda.costarica.readable.wording import address, fields, named
from hacienda.costarica.xml_tree import Node
from hacienda.readable import ReadableParty


def party(block: Node, heading: str, activity: str) -> ReadableParty:
    """One side with all that its block tells; its economic activity stands elsewhere in the document."""
    return ReadableParty(
        heading,
        block.said("Nombre"),
        fields(
            ("Nombre comercial", block.said("NombreComercial")),
            (
                named(catalogs.ID_TYPES, block.said("Identificacion", "Tipo")),
                block.said("Identificacion", "Numero"),
            ),
            ("Registro fiscal (Ley 8707)", block.said("Registrofiscal8707")),
            ("Actividad económica", activity),
            ("Dirección", address(block.at("Ubicacion"))),
            ("Dirección en el extranjero", block.said("OtrasSenasExtranjero")),
            ("Teléfono", _telephone(block.at("Telefono"))),
            ("Correo electrónico", ", ".join(one.text for one in block.all("CorreoElectronico"))),
        ),
    )


def _telephone(block: Node | None) -> str:
    return f"+{block.said('CodigoPais')} {block.said('NumTelefono')}" if block else ""
