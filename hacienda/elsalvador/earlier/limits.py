"""What the earlier version of a document refuses and the newest takes: found in the composed document, told in the
caller's own terms.

Sources: schemas v1.x, their conditional rules included. The codes of municipalities that those schemas enumerate are
left alone: Hacienda stamps documents of v1.x with today's. Countries go by their older codes, and one that had none
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.earlier import countries
from hacienda.elsalvador.earlier.versions import is_earlier
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rejections import pointers
from hacienda.money import ZERO
from hacienda.values import Path

Block = Mapping[str, Any]
Steps = tuple[str | int, ...]

_ROWS: Final = "[]"
_NIT: Final = re.compile(r"[0-9]{14}|[0-9]{9}")
_LISTED: Final = re.compile(r"[A-Z0-9]{1,20}|[0-9A-F-]{36}")
_PHONE: Final = re.compile(r"(\D*\d){8}.*", re.DOTALL)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What holds for one field, by its name in the newest version.

    Of texts `least` and `most` count characters, of lists rows. `at` is the caller's field where that does not
    follow from the name; `fault` is what is said of a value that is none of `values`.
    """

    path: str
    least: int = 0
    most: int | None = None
    needed: bool = False
    absent: bool = False
    values: frozenset[object] | None = None
    form: re.Pattern[str] | None = None
    lowest: Decimal | None = None
    at: Path | None = None
    fault: str = "value_not_in_version"


@dataclass(frozen=True, slots=True)
class Named:
    """From a total on, inclusive, these fields of the customer must be known."""

    total: Decimal
    paths: tuple[str, ...]


# The issuer's own data, which is no part of what a caller sends.
_OF_ISSUER: Final[Mapping[str, Path]] = MappingProxyType(
    {
        "emisor.nrc": ("issuer", "registration"),
        "emisor.nombre": ("issuer", "name"),
        "emisor.nombreComercial": ("issuer", "trade_name"),
        "emisor.direccion.complemento": ("issuer", "address", "line"),
        "emisor.telefono": ("issuer", "phone"),
    }
)


def _text(path: str, least: int = 0, most: int | None = None) -> Limit:
    return Limit(path=path, least=least, most=most)


def _needed(*paths: str) -> tuple[Limit, ...]:
    return tuple(Limit(path=path, needed=True) for path in paths)


def _absent(*paths: str) -> tuple[Limit, ...]:
    return tuple(Limit(path=path, absent=True) for path in paths)


def _one_of(path: str, *values: object) -> Limit:
    return Limit(path=path, values=frozenset(values))


_DESCRIPTION: Final = _text("cuerpoDocumento[].descripcion", most=1000)
_ISSUER_NAME: Final = _text("emisor.nombre", 3, 200)
_RECEIVER_NUMBER: Final = _text("receptor.numDocumento", 3)
_RECEIVER_ADDRESS: Final = _text("receptor.direccion.complemento", 5)
_APPENDIX: Final = (_text("apendice[].campo", 2), _text("apendice[].etiqueta", 3))
_DOCTOR: Final = _text("otrosDocumentos[].medico.docIdentificacion", 2)
_THIRD_PARTY: Final = Limit(path="ventaTercero.nit", needed=True, form=_NIT)
_THIRD_PARTY_NAME: Final = _text("ventaTercero.nombre", 3, 200)
_EMAIL: Final = _needed("receptor.correo")
_REGISTRATION: Final = _needed("receptor.nrc")
_BY_NIT: Final = _one_of("receptor.tipoDocumento", fields.NIT)
_ISSUER_REGISTRATION: Final = _needed("emisor.nrc")
_ISSUER_TRADE_NAME: Final = _text("emisor.nombreComercial", 5)
# Informative taxes were listed on invoices and no other document.
_TAXES: Final = _one_of("cuerpoDocumento[].tributos[]", "20", "C3", "59", "71", "D1", "C8", "D5", "D4")
_COUNTRY: Final = Limit(
    path="receptor.codPais", values=frozenset(countries.numbered()), fault="country_not_in_version"
)
_ADJUSTMENT: Final = (
    _ISSUER_NAME,
    *_ISSUER_REGISTRATION,
    _BY_NIT,
    *_REGISTRATION,
    *_EMAIL,
    _THIRD_PARTY,
    _THIRD_PARTY_NAME,
    _DESCRIPTION,
    _TAXES,
    *_absent("cuerpoDocumento[].noGravado"),
    Limit(path="resumen.codigoRetencionMH", absent=True, at=("related",)),
    Limit(path="resumen.totalPagar", lowest=_CENT, at=("items",)),
    *_APPENDIX,
)

LIMITS: Final[Mapping[str, tuple[Limit, ...]]] = MappingProxyType(
    {
        "01": (
            _text("documentoRelacionado", most=10),
            _ISSUER_TRADE_NAME,
            _RECEIVER_NUMBER,
            _RECEIVER_ADDRESS,
            _DOCTOR,
            _THIRD_PARTY,
            _DESCRIPTION,
        ),
        "03": (
            _ISSUER_NAME,
            *_EMAIL,
            _DOCTOR,
            _THIRD_PARTY,
            _THIRD_PARTY_NAME,
            _DESCRIPTION,
            Limit(path="resumen.montoTotalOperacion", lowest=_CENT),
            *_APPENDIX,
        ),
        "04": (
            _ISSUER_NAME,
            _RECEIVER_NUMBER,
            *_needed("receptor.direccion"),
            *_EMAIL,
            _THIRD_PARTY,
            _text("ventaTercero.nombre", most=200),
            _DESCRIPTION,
            _TAXES,
        ),
        "05": _ADJUSTMENT,
        "06": _ADJUSTMENT,
        "07": (
            *_ISSUER_REGISTRATION,
            _text("emisor.direccion.complemento", 5),
            _RECEIVER_NUMBER,
            _RECEIVER_ADDRESS,
            *_EMAIL,
            *_needed("cuerpoDocumento[].fechaEmision"),
            _one_of("cuerpoDocumento[].tipoDte", "01", "03", "14"),
            Limit(path="cuerpoDocumento[].montoSujetoGrav", lowest=Decimal(1)),
            _DESCRIPTION,
            *_APPENDIX,
        ),
        "08": (
            *_ISSUER_REGISTRATION,
            *_needed("emisor.telefono"),
            _BY_NIT,
            *_REGISTRATION,
            _text("receptor.nombreComercial", 5),
            _RECEIVER_ADDRESS,
            *_EMAIL,
            _one_of("cuerpoDocumento[].tipoDte", "01", "03", "05", "06", "11"),
            Limit(path="cuerpoDocumento[].numeroDocumento", form=_LISTED),
            _TAXES,
            _text("cuerpoDocumento[].observaciones", 3, 3000),
        ),
        "09": (
            _ISSUER_NAME,
            _ISSUER_TRADE_NAME,
            Limit(path="emisor.telefono", needed=True, form=_PHONE),
            _text("emisor.direccion.complemento", 5),
            *_REGISTRATION,
            _text("receptor.nombreComercial", 5),
            *_needed("receptor.direccion"),
            _RECEIVER_ADDRESS,
            _text("cuerpoDocumento.totalLetras", 8),
            _text("cuerpoDocumento.observaciones", most=200),
            _text("extension.nombEntrega", 5),
            _text("extension.docuEntrega", 5),
            *_APPENDIX,
        ),
        "11": (
            *_absent("documentoRelacionado", "compraTercero", "resumen.totalNoOnerosas", "resumen.saldoFavor"),
            *_absent("cuerpoDocumento[].codTributo"),
            _text("emisor.descActividad", 5),
            _ISSUER_TRADE_NAME,
            *_needed("emisor.telefono"),
            _RECEIVER_NUMBER,
            _COUNTRY,
            _text("receptor.complemento", 5),
            Limit(path="otrosDocumentos[].modoTransp", values=frozenset(range(1, 5))),
            _THIRD_PARTY,
            _DESCRIPTION,
            _one_of("cuerpoDocumento[].tributos[]", "C3"),
            Limit(path="resumen.montoTotalOperacion", lowest=_CENT),
            _text("resumen.descIncoterms", 3),
            _text("resumen.observaciones", most=500),
        ),
        "14": (_DESCRIPTION,),
        "15": (_RECEIVER_NUMBER, _COUNTRY, _DESCRIPTION, *_APPENDIX),
        INVALIDATION: (
            _text("documento.numDocumento", 3),
            _text("documento.nombre", 5, 200),
            _text("motivo.motivoAnulacion", 5),
            _text("motivo.nombreResponsable", 5),
            _text("motivo.numDocResponsable", 3),
            _text("motivo.nombreSolicita", 5),
            _text("motivo.numDocSolicita", 3),
        ),
        CONTINGENCY: (
            _text("emisor.nombre", 5),
            _text("emisor.nombreResponsable", 5),
            _text("emisor.numeroDocResponsable", 5),
        ),
    }
)

# An invoice of v1 names its buyer from three minimum wages of 2021 on, an export invoice the buyer's mailbox.
NAMED: Final[Mapping[str, Named]] = MappingProxyType(
    {
        "01": Named(Decimal(1095), ("receptor.tipoDocumento", "receptor.numDocumento", "receptor.nombre")),
        "11": Named(Decimal(10_000), ("receptor.correo",)),
    }
)


def check(
    document: Block,
    code: str,
    version: int,
    faults: Faults,
    names: Mapping[str, Path] = pointers.DOCUMENT,
) -> None:
    """Add a fault for every value that the earlier version does not take; nothing for the newest.

    `document` is one of the newest version, of which values may still be null because of other faults. `names` are
    the caller's names of its fields.
    """
    if not is_earlier(code, version):
        return
    before = len(faults)
    for limit in LIMITS[code]:
        for steps, value in _found(document, limit.path):
            wrong = _wrong(limit, value)
            if wrong is not None:
                faults.add(_path(limit, steps, document, names), wrong[0], version=version, **wrong[1])
    named = NAMED.get(code)
    if named is not None and len(faults) == before:
        _check_named(named, document, version, faults, names)


def _check_named(named: Named, document: Block, version: int, faults: Faults, names: Mapping[str, Path]) -> None:
    total = document["resumen"]["montoTotalOperacion"]
    if total < named.total:
        return
    for path in named.paths:
        if not any(value for _steps, value in _found(document, path)):
            here = pointers.in_names(tuple(path.split(".")), names, ())
            faults.add(here, "customer_required_in_version", threshold=named.total, version=version, total=total)


def _found(document: Block, path: str) -> Iterator[tuple[Steps, Any]]:
    """The places that a path names, with the value of each."""
    *way, key = path.split(".")
    blocks: list[tuple[Steps, Any]] = [((), document)]
    for step in way:
        blocks = [(steps, inner) for place in blocks for steps, inner in _inside(place, step)]
    for steps, block in blocks:
        if not isinstance(block, Mapping):
            continue
        name = key.removesuffix(_ROWS)
        if key == name:
            yield (*steps, key), block.get(key)
        else:
            yield from (((*steps, name), value) for value in block.get(name) or ())


def _inside(place: tuple[Steps, Any], step: str) -> list[tuple[Steps, Any]]:
    steps, block = place
    name = step.removesuffix(_ROWS)
    inner = block.get(name) if isinstance(block, Mapping) else None
    if step == name:
        return [((*steps, name), inner)]
    return [((*steps, name, index), row) for index, row in enumerate(inner or ())]


def _wrong(limit: Limit, value: Any) -> tuple[str, dict[str, object]] | None:
    """The code of what is wrong and its parameters."""
    if value is None or value == "" or value == []:
        return ("required_in_version", {}) if limit.needed else None
    if limit.absent:
        return None if value == ZERO else ("not_in_version", {})
    if limit.lowest is not None:
        small = value < limit.lowest
        return ("too_small_in_version", {"minimum": limit.lowest}) if small else None
    if limit.values is not None:
        return None if value in limit.values else (limit.fault, {"value": value})
    if isinstance(value, list | str) and len(value) > (limit.most or len(value)):
        too_many = "too_long_in_version" if isinstance(value, str) else "too_many_in_version"
        return too_many, {"maximum": limit.most}
    if isinstance(value, str) and len(value) < limit.least:
        return "too_short_in_version", {"minimum": limit.least}
    if limit.form is not None and not limit.form.fullmatch(value):
        return "value_not_in_version", {"value": value}
    return None


def _path(limit: Limit, steps: Steps, document: Block, names: Mapping[str, Path]) -> Path:
    if limit.at is not None:
        return limit.at
    if limit.path in _OF_ISSUER:
        return _OF_ISSUER[limit.path]
    rows = document.get("cuerpoDocumento") or ()
    types = [row.get("tipoItem") or 0 for row in rows] if isinstance(rows, list) else ()
    return pointers.in_names(steps, names, types)
