"""Every difference between the schemas of version 2.0 and those before, in the order in which they are applied.

One row for a key: gone, new, renamed, placed elsewhere or written in another way. Limits that were narrower stand in
`limits`. Sources: schemas v1.x of 2022 to 2025 and v2.0 of July 2026; the manual of 2022 for what is computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, parties
from hacienda.elsalvador.earlier import countries
from hacienda.elsalvador.earlier.operations import (
    Block,
    Difference,
    Extension,
    Gone,
    LeftOut,
    NetTotal,
    New,
    Place,
    Placed,
    Renamed,
    SaidOnce,
    Turned,
    UnshownTaxes,
)
from hacienda.elsalvador.kinds import VAT
from hacienda.elsalvador.writer import plain
from hacienda.money import ZERO

_NO_NOTES: Final = "Sin observaciones"  # a settlement's line had to say something
_OTHER_KIND: Final = "20"  # of establishment; CAT-009 had it until 2025
_YARD: Final = "07"
_OTHER_DOCUMENT: Final = "37"  # CAT-022
_NOBODY: Final = ("N/A", "CONSUMIDOR FINAL")  # number and name of a buyer who gave none
_LOCAL_DIGITS: Final = 8


def _kind(place: Place) -> str | None:
    return parties.establishment_kind(place.establishment)


def _kind_but_yard(place: Place) -> str | None:
    """The same for a withholding, whose schema knows no yard."""
    kind = _kind(place)
    return _OTHER_KIND if kind == _YARD else kind


def _establishment(place: Place) -> str:
    return place.establishment


def _point_of_sale(place: Place) -> str:
    return place.point_of_sale


def _dashed(number: str | None, block: Block) -> str | None:
    """A DUI as it is printed on the card: 01234567-8."""
    return f"{number[:-1]}-{number[-1]}" if number and block.get("tipoDocumento") == fields.DUI else number


def _undashed(number: str | None, block: Block) -> str | None:
    return number.replace("-", "") if number and block.get("tipoDocumento") == fields.DUI else number


def _digits(phone: str | None, block: Block) -> str | None:
    """The first of the telephone numbers, digits alone; None where that is too short to be one."""
    number = re.sub(r"\D", "", phone.split(",")[0]) if phone else ""
    return number if len(number) >= _LOCAL_DIGITS else None


def _local(phone: str | None, block: Block) -> str | None:
    """The same without the country's code."""
    number = _digits(phone, block)
    return number and number[-_LOCAL_DIGITS:]


def _joined(regime: str | None, block: Block) -> str | None:
    """A regime with its kind in front: EX-1.1000.000."""
    return f"{block['tipoRegimen']}.{regime}" if regime and block.get("tipoRegimen") else regime


def _split(regime: str | None, block: Block) -> str | None:
    found = re.fullmatch(r"([A-Z]{2}-\d)\.(.+)", regime or "")
    if found is None:
        return regime
    block["tipoRegimen"] = found[1]
    return found[2]


def _withheld(text: str | None, row: Block) -> str | None:
    """What a line of a withholding is about: in v1 it could not be null."""
    return text or catalogs.name(catalogs.VAT_WITHHOLDINGS, row["codigoRetencionMH"])


def _percentage(share: Any, block: Block) -> str | None:
    return plain(share) if isinstance(share, Decimal) else None if share is None else str(share)


def _share(text: Any, block: Block) -> Any:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", text) if isinstance(text, str) else None
    return text if found is None else Decimal(found[1])


def _remark(text: str | None, row: Block) -> str:
    return text or _NO_NOTES


def _no_remark(text: str | None, row: Block) -> str | None:
    return None if text == _NO_NOTES else text


def _number(code: Any, block: Block) -> Any:
    """A country as CAT-020 had it before; `limits` has refused what it had no number for."""
    return countries.numbered().get(code, (code,))[0]


def _letters(number: Any, block: Block) -> Any:
    return countries.lettered().get(number, number)


def _older_country(name: Any, block: Block) -> Any:
    """The older name of the country whose code of today stands beside it."""
    return countries.numbered().get(str(block["codPais"]), (None, name))[1]


def _country(name: Any, block: Block) -> Any:
    """Today's name, once the code is today's; the name of what is no country today stays."""
    return catalogs.name(catalogs.COUNTRIES, str(block["codPais"])) or name


def _amount(value: Any, block: Block) -> Any:
    return ZERO if value is None else value


def _id_type(value: str | None, block: Block) -> str:
    return value if value and block.get("numDocumento") else _OTHER_DOCUMENT


def _id_number(value: str | None, block: Block) -> str:
    return value or _NOBODY[0]


def _name(value: str | None, block: Block) -> str:
    return value or _NOBODY[1]


_PERSONS: Final = ("nombEntrega", "docuEntrega", "nombRecibe", "docuRecibe", "observaciones")
_HANDOVER: Final = Extension(_PERSONS)
_ISSUER: Final = (Gone("emisor.direccion.distrito"), New("emisor.tipoEstablecimiento", _kind, "direccion"))
_CODES: Final = (
    New("emisor.codEstableMH", _establishment, "codEstable"),
    New("emisor.codPuntoVentaMH", _point_of_sale, "codPuntoVenta"),
)
_RECEIVER: Final = Gone("receptor.direccion.distrito")
_THIRD_PARTY: Final = Gone("ventaTercero.codDomiciliado", 1)  # somebody with a NIT
_MERGER: Final = Gone("identificacion.fusion")
_DUI: Final = Turned("receptor.numDocumento", _dashed, _undashed)
_BY_NIT: Final = (Gone("receptor.tipoDocumento", fields.NIT), Renamed("receptor.numDocumento", "nit"))
_COUNTRY: Final = Turned("receptor.codPais", _number, _letters)
_SALE: Final = (*_ISSUER, *_CODES, _RECEIVER, _THIRD_PARTY)
_WITHHELD: Final = (
    Renamed("resumen.ivaRete", "ivaRete1"),
    New("resumen.reteRenta", ZERO, "montoTotalOperacion"),
)
_NOTE: Final[tuple[Difference, ...]] = (
    _MERGER,
    *_ISSUER,
    *_BY_NIT,
    _RECEIVER,
    _THIRD_PARTY,
    *(Gone(f"cuerpoDocumento[].{key}", ZERO) for key in ("noGravado", "ivaPerci", "totalIva", "ivaRete")),
    *(New(f"resumen.{key}", ZERO, "totalDescu") for key in ("descuNoSuj", "descuExenta", "descuGravada")),
    NetTotal(),
    Placed("resumen.montoTotalOperacion", "totalLetras"),
    New("resumen.subTotal", None, "ivaPerci"),
    Turned("resumen.subTotal", lambda _, summary: summary["subTotalVentas"]),  # no global discounts today
    Renamed("resumen.ivaPerci", "ivaPerci1"),
    *_WITHHELD,
    *(Gone(f"resumen.{key}", ZERO) for key in ("totalIva", "totalNoGravado")),
    Gone("resumen.codigoRetencionMH"),
    _HANDOVER,
)

# By type of document, and by the name of an event.
DIFFERENCES: Final[Mapping[str, tuple[Difference, ...]]] = MappingProxyType(
    {
        "01": (*_SALE, _DUI, *_WITHHELD, Extension((*_PERSONS, "placaVehiculo"))),
        "03": (*_SALE, Renamed("resumen.ivaPerci", "ivaPerci1"), *_WITHHELD, Extension((*_PERSONS, "placaVehiculo"))),
        "04": (*_SALE, _DUI, UnshownTaxes(VAT), _HANDOVER),
        "05": _NOTE,
        "06": _NOTE,
        "07": (
            _MERGER,
            Gone("emisor.direccion.distrito"),
            New("emisor.tipoEstablecimiento", _kind_but_yard, "direccion"),
            Turned("emisor.telefono", _digits),
            Placed("emisor.telefono", "codEstable"),
            Renamed("emisor.codEstable", "codigo"),
            Renamed("emisor.codPuntoVenta", "puntoVenta"),
            New("emisor.codigoMH", _establishment, "codigo"),
            New("emisor.puntoVentaMH", _point_of_sale, "puntoVenta"),
            Placed("emisor.correo"),
            _RECEIVER,
            Turned("receptor.telefono", _digits),
            Turned("cuerpoDocumento[].descripcion", _withheld),
            Renamed("cuerpoDocumento[].tipoGeneracion", "tipoDoc"),
            Renamed("cuerpoDocumento[].numeroDocumento", "numDocumento"),
            Gone("resumen.totalIva"),
            Renamed("resumen.totalIvaRetenido", "totalIVAretenido"),
            Renamed("resumen.totalLetras", "totalIVAretenidoLetras"),
            _HANDOVER,
        ),
        "08": (
            _MERGER,
            *_ISSUER,
            *_CODES,
            *_BY_NIT,
            Gone("receptor.codDomiciliado", 1),
            _RECEIVER,
            Renamed("cuerpoDocumento[].fechaEmision", "fechaGeneracion"),
            Turned("cuerpoDocumento[].observaciones", _remark, _no_remark),
            Renamed("cuerpoDocumento[].observaciones", "obsItem"),
            Renamed("resumen.exportacion", "totalExportacion"),
            _HANDOVER,
        ),
        "09": (
            Gone("emisor.direccion.distrito"),
            New("emisor.tipoEstablecimiento", _kind, "telefono"),
            Turned("emisor.telefono", _local),
            Renamed("emisor.codEstable", "codigo"),
            Renamed("emisor.codPuntoVenta", "puntoVentaContri"),
            New("emisor.codigoMH", _establishment, "codigo"),
            New("emisor.puntoVentaMH", _point_of_sale, "puntoVentaContri"),
            _RECEIVER,
            Turned("receptor.telefono", _local),
            New("receptor.codigoMH", None),
            New("receptor.puntoVentaMH", None),
            Turned("cuerpoDocumento.montoSinPercepcion", _amount),
            Turned("cuerpoDocumento.porcentComision", _percentage, _share),
        ),
        "11": (
            Renamed("identificacion.motivoContin", "motivoContigencia"),  # so written in the schema
            *_ISSUER,
            *_CODES,
            Turned("emisor.regimen", _joined, _split),
            Gone("emisor.tipoRegimen"),
            _DUI,
            Turned("receptor.nombrePais", _older_country, _country),
            _COUNTRY,
            Placed("receptor.descActividad", "telefono"),
            _THIRD_PARTY,
            Gone("documentoRelacionado"),
            Gone("compraTercero"),
            SaidOnce("cuerpoDocumento[].tipoItem", "emisor.tipoItemExpor"),
            *(Gone(f"cuerpoDocumento[].{key}") for key in ("numeroDocumento", "codTributo")),
            Renamed("resumen.descuGravada", "descuento"),
            Gone("resumen.tributos"),
            Gone("resumen.totalNoOnerosas", ZERO),
            Gone("resumen.saldoFavor", ZERO),
        ),
        "14": (
            Gone("emisor.direccion.distrito"),
            *_CODES,
            _RECEIVER,
            New("resumen.ivaRete1", ZERO, "reteRenta"),
            Renamed("receptor", "sujetoExcluido"),
        ),
        "15": (
            *_ISSUER,
            *_CODES,
            _RECEIVER,
            _COUNTRY,
            Renamed("cuerpoDocumento[].tipoDepreciacion", "depreciacion"),
            Renamed("emisor", "donatario"),
            Renamed("receptor", "donante"),
        ),
        INVALIDATION: (
            _MERGER,
            Renamed("identificacion.fecEmi", "fecAnula"),
            Renamed("identificacion.horEmi", "horAnula"),
            New("emisor.tipoEstablecimiento", _kind, "codEstableMH"),
            New("emisor.nomEstablecimiento", None, "codEstableMH"),
            Turned("emisor.telefono", _digits),
            New("documento.montoIva", None, "codigoGeneracionR"),
            Turned("documento.tipoDocumento", _id_type),
            Turned("documento.numDocumento", _id_number),
            Turned("documento.nombre", _name),
            Turned("documento.telefono", _digits),
            LeftOut("documento.correo"),
        ),
        CONTINGENCY: (Renamed("emisor.codPuntoVentaMH", "codPuntoVenta"), Placed("detalleDTE[].tipoDoc")),
    }
)
