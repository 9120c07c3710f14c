"""Which authority a country has. The one door through which the other floors reach a country."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from hacienda.authority import Authority
from hacienda.costarica.authority import CostaRica
from hacienda.elsalvador.authority import ElSalvador

_AUTHORITIES: Final[MappingProxyType[str, Authority]] = MappingProxyType({"SV": ElSalvador(), "CR": CostaRica()})


def authority(country: str) -> Authority:
    """The authority of a country (ISO 3166, two letters). Raises `LookupError` for one that is not served."""
    try:
        return _AUTHORITIES[country]
    except KeyError:
        raise LookupError(f"no tax authority is known for {country!r}") from None


def countries() -> tuple[str, ...]:
    """The countries that are served."""
    return tuple(_AUTHORITIES)
