"""A series of numbers as people call it."""

from __future__ import annotations

from documents import wording
from documents.services import numbering


def name(country: str, series: str) -> str:
    """Its establishment, and its point of sale and type where it is of one: `001 00001 · Ticket`."""
    parts = numbering.parts(series)
    place = " ".join(code for code in (parts.establishment, parts.point_of_sale) if code)
    return f"{place} · {wording.label(country, parts.type_code)}" if parts.type_code else place
