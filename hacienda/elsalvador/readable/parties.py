"""Who issues a document and to whom, under the names that each type has for them."""

from __future__ import annotations

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.readable.wording import Block, address, fields, named
from hacienda.readable import ReadableParty


def issuer(document: Block, heading: str = "Emisor") -> ReadableParty:
    """Who signs; of a company that absorbed another one and acts for it, the other one's NIT too."""
    block = document["emisor"]
    return ReadableParty(
        heading,
        block["nombre"],
        fields(
            ("Nombre comercial", block.get("nombreComercial")),
            ("NIT", block.get("nit") or block.get("numDocumento")),
            ("NRC", block.get("nrc")),
            ("Actividad económica", block.get("descActividad")),
            ("Dirección", address(block.get("direccion"))),
            ("Teléfono", block.get("telefono")),
            ("Correo electrónico", block.get("correo")),
            ("Establecimiento", block.get("codEstable") or block.get("codEstableMH")),
            ("Punto de venta", block.get("codPuntoVenta") or block.get("codPuntoVentaMH")),
            ("NIT de la sociedad absorbida por fusión", document["identificacion"].get("fusion")),
        ),
    )


def customer(block: Block | None, heading: str = "Receptor") -> ReadableParty | None:
    """To whom it is issued, with all that the block of the type may tell; None for a buyer without one."""
    if block is None:
        return None
    id_type = block.get("tipoDocumento")
    return ReadableParty(
        heading,
        block["nombre"] or "",
        fields(
            ("Nombre comercial", block.get("nombreComercial")),
            ("NIT", block.get("nit")),
            (named(catalogs.IDENTITY_DOCUMENTS, id_type), block.get("numDocumento")),
            ("NRC", block.get("nrc")),
            ("Tipo de persona", named(catalogs.PERSON_TYPES, block.get("tipoPersona"))),
            ("Actividad económica", block.get("descActividad")),
            ("Tipo de establecimiento", named(catalogs.ESTABLISHMENT_TYPES, block.get("tipoEstablecimiento"))),
            ("Dirección", address(block.get("direccion")) or block.get("complemento")),
            ("País", block.get("nombrePais") or named(catalogs.COUNTRIES, block.get("codPais"))),
            ("Domicilio fiscal", named(catalogs.DOMICILES, block.get("codDomiciliado"))),
            ("Teléfono", block.get("telefono")),
            ("Correo electrónico", block.get("correo")),
            ("Bienes remitidos a título de", named(catalogs.GOODS_TITLES, block.get("bienTitulo"))),
        ),
    )
