"""Where in the caller's body a part of the document comes from, so that a fault of its form points there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hacienda.costarica import codes
from hacienda.drafts import Draft, Item
from hacienda.faults import Path

# Names of elements without what holds them -> the member of the object that they come from.
_PARTY: Final[Mapping[str, Path]] = MappingProxyType(
    {
        "Nombre": ("name",),
        "Tipo": ("id_type",),
        "Numero": ("tax_id",),
        "Identificacion": ("tax_id",),
        "NombreComercial": ("trade_name",),
        "Provincia": ("address", "department"),
        "Canton": ("address", "municipality"),
        "Distrito": ("address", "district"),
        "OtrasSenas": ("address", "line"),
        "OtrasSenasExtranjero": ("address", "line"),
        "Ubicacion": ("address",),
        "Telefono": ("phone",),
        "CodigoPais": ("phone",),
        "NumTelefono": ("phone",),
        "CorreoElectronico": ("email",),
    }
)
_LINE: Final[Mapping[str, Path]] = MappingProxyType(
    {
        "PartidaArancelaria": ("tariff_heading",),
        "CodigoCABYS": ("cabys",),
        "Cantidad": ("quantity",),
        "UnidadMedida": ("unit",),
        "TipoTransaccion": ("transaction",),
        "UnidadMedidaComercial": ("commercial_unit",),
        "Detalle": ("description",),
        "RegistroMedicamento": ("medicine", "registration"),
        "FormaFarmaceutica": ("medicine", "form"),
        "PrecioUnitario": ("price",),
        "MontoTotal": ("price",),
        "SubTotal": ("price",),
        "IVACobradoFabrica": ("factory_vat",),
        "BaseImponible": ("taxable_base",),
        "ImpuestoNeto": ("price",),
        "MontoTotalLinea": ("price",),
    }
)
_DISCOUNT: Final = MappingProxyType(
    {
        "MontoDescuento": ("amount",),
        "CodigoDescuento": ("code",),
        "CodigoDescuentoOTRO": ("description",),
        "NaturalezaDescuento": ("description",),
    }
)
_COMMERCIAL: Final = MappingProxyType({"Tipo": ("type",), "Codigo": ("code",)})
_EXEMPTION: Final = MappingProxyType(
    {
        "TipoDocumentoEX1": ("type",),
        "TipoDocumentoOTRO": ("description",),
        "NumeroDocumento": ("number",),
        "Articulo": ("article",),
        "Inciso": ("clause",),
        "NombreInstitucion": ("institution",),
        "NombreInstitucionOtros": ("institution_name",),
        "FechaEmisionEX": ("issued_at",),
        "TarifaExonerada": ("rate",),
    }
)
_EXTRA_TAX: Final = MappingProxyType(
    {
        "Codigo": ("code",),
        "CodigoImpuestoOTRO": ("description",),
        "Tarifa": ("rate",),
        "Monto": ("amount",),
        "CantidadUnidadMedida": ("quantity",),
        "Porcentaje": ("percentage",),
        "Proporcion": ("percentage",),
        "VolumenUnidadConsumo": ("volume",),
        "ImpuestoUnidad": ("unit_amount",),
    }
)
_VAT: Final = MappingProxyType(
    {
        "Codigo": ("vat_code",),
        "CodigoTarifaIVA": ("tax_rate",),
        "FactorCalculoIVA": ("vat_factor",),
        "Monto": ("price",),
    }
)
_CHARGE: Final = MappingProxyType(
    {
        "TipoDocumentoOC": ("type",),
        "TipoDocumentoOTROS": ("type_description",),
        "Tipo": ("third_party", "id_type"),
        "Numero": ("third_party", "tax_id"),
        "NombreTercero": ("third_party", "name"),
        "Detalle": ("description",),
        "PorcentajeOC": ("percentage",),
        "MontoCargo": ("amount",),
    }
)
_REFERENCE: Final = MappingProxyType(
    {
        "TipoDocIR": ("type",),
        "TipoDocRefOTRO": ("description",),
        "Numero": ("number",),
        "FechaEmisionIR": ("issued_at",),
        "Codigo": ("reference_code",),
        "CodigoReferenciaOTRO": ("reference_description",),
        "Razon": ("reason",),
    }
)
_METHOD: Final = MappingProxyType(
    {"TipoMedioPago": ("code",), "MedioPagoOtros": ("reference",), "TotalMedioPago": ("amount",)}
)
_TOP: Final[Mapping[str, Path]] = MappingProxyType(
    {
        "ProveedorSistemas": ("issuer", "system_provider"),
        "CondicionVenta": ("payment", "code"),
        "CondicionVentaOtros": ("payment", "description"),
        "PlazoCredito": ("payment", "days"),
        "CodigoMoneda": ("currency",),
        "TipoCambio": ("exchange_rate",),
        "MedioPago": ("payment", "methods"),
        "InformacionReferencia": ("related",),
        "OtrosCargos": ("other_charges",),
    }
)


def place(path: Path, draft: Draft) -> Path:
    """The caller's place for a path of element names and indices; the items for what is summed up of them."""
    first, last = path[0], str(path[-1]) if isinstance(path[-1], str) else str(path[-2])
    if first in ("Emisor", "Receptor"):
        return _of_party(str(first), last, draft)
    if first in ("CodigoActividadEmisor", "CodigoActividadReceptor"):
        is_own = (first == "CodigoActividadEmisor") != (draft.type_code == codes.PURCHASE_INVOICE)
        own: Path = ("activity",) if draft.activity else ("issuer", "activity")
        return own if is_own else ("customer", "activity")
    if first == "DetalleServicio":
        return _of_line(path, last, draft)
    rows = {"OtrosCargos": ("other_charges", _CHARGE), "InformacionReferencia": ("related", _REFERENCE)}
    if first in rows and len(path) > 1:
        name, members = rows[str(first)]
        return (name, path[1], *members.get(last, ()))
    if first == "ResumenFactura" and "MedioPago" in path and len(path) > 2:
        return ("payment", "methods", path[2], *_METHOD.get(last, ()))
    if first == "Otros":
        row = path[-1] if isinstance(path[-1], int) else 0
        rows_of_notes = 1 if draft.notes else 0
        return ("notes",) if row < rows_of_notes else ("appendix", row - rows_of_notes, "value")
    return _TOP.get(last, _TOP.get(str(first), ("items",)))


def _of_party(role: str, last: str, draft: Draft) -> Path:
    is_own = (role == "Emisor") != (draft.type_code == codes.PURCHASE_INVOICE)
    return ("issuer" if is_own else "customer", *_PARTY.get(last, ()))


def _of_line(path: Path, last: str, draft: Draft) -> Path:
    if len(path) < 4:
        return ("items", *path[2:3])
    line: Path = ("items", path[2])
    item = draft.items[int(path[2])] if int(path[2]) < len(draft.items) else Item()
    holder, row = path[3], path[4] if len(path) > 4 else None
    if holder == "CodigoComercial":
        own = 1 if item.code else 0
        if isinstance(row, int) and row < own:
            return (*line, "code")
        told = (row - own, *_COMMERCIAL.get(last, ())) if isinstance(row, int) else ()
        return (*line, "commercial_codes", *told)
    if holder == "NumeroVINoSerie":
        return (*line, "serials", *path[4:5])
    if holder == "Descuento" and item.discount:
        return (*line, "discount")
    if holder == "Descuento":
        return (*line, "discounts", *path[4:5], *_DISCOUNT.get(last, ())) if len(path) > 4 else (*line, "discounts")
    if holder == "Impuesto" and row is not None:
        if "Exoneracion" in path:
            return (*line, "exemption", *_EXEMPTION.get(last, ()))
        if row == 0 or not isinstance(row, int):
            return (*line, *_VAT.get(last, ()))
        return (*line, "extra_taxes", row - 1, *_EXTRA_TAX.get(last, ()))
    return (*line, *_LINE.get(last, ()))
