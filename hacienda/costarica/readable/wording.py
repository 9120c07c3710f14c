"""What stands in a document in words: codes by their names, days and amounts as people write them, places in full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.costarica import catalogs
from hacienda.costarica.xml_tree import Node
from hacienda.readable import Field

_SIGNS: Final[Mapping[str, str]] = MappingProxyType({"CRC": "₡", "USD": "$"})


def named(catalog: str, code: str) -> str:
    """The name of a code, or the code itself where the list does not have it; empty for no code."""
    return (catalogs.name(catalog, code) or code) if code else ""


def described(catalog: str, code: str, other: str) -> str:
    """The name of a code with the text that stands beside the code of anything else."""
    return ": ".join(filter(None, (named(catalog, code), other)))


def fields(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    """Those that have a value."""
    return tuple(Field(label, value) for label, value in pairs if value)


def figure(amount: Decimal | None, places: int = 2) -> str:
    """1234.50000 as 1,234.50: every decimal that it has, at least `places`; empty for None."""
    if amount is None:
        return ""
    whole, _dot, fraction = f"{amount:,f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def percentage(rate: Decimal | None) -> str:
    """13.00 as 13%; empty for None."""
    return "" if rate is None else f"{figure(rate, 0)}%"


def money(amount: Decimal | None, currency: str) -> str:
    """₡1,234.50, or EUR 7.00 where there is no sign for the currency; empty for None."""
    return "" if amount is None else f"{_SIGNS.get(currency, f'{currency} ')}{figure(amount)}"


def day(text: str) -> str:
    """2026-11-20T09:15:00-06:00 as 20/11/2026; empty for nothing. Raises `ValueError` for what is no date."""
    return f"{datetime.fromisoformat(text):%d/%m/%Y}" if text else ""


def address(block: Node | None) -> str:
    """Directions, neighbourhood, district, canton and province, for which there are codes; empty for None."""
    if block is None:
        return ""
    province, canton, district = block.said("Provincia"), block.said("Canton"), block.said("Distrito")
    places = (
        block.said("OtrasSenas"),
        block.said("Barrio"),
        catalogs.district(province, canton, district) or district,
        catalogs.canton(province, canton) or canton,
        catalogs.province(province) or province,
    )
    return ", ".join(filter(None, places))
