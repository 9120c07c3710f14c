"""A series of numbers as people call it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from documents import wording
from documents.services import numbering
from hacienda.inbox import Kind
from hacienda.registry import authority

# What is told of received documents has series of its own.
DECISIONS: dict[Kind, Promise | str] = {
    Kind.ACCEPT: _("Message: accepted"),
    Kind.ACCEPT_PARTLY: _("Message: accepted in part"),
    Kind.REJECT: _("Message: rejected"),
}


def name(country: str, series: str) -> str:
    """Its establishment, and its point of sale and type where it is of one: `001 00001 · Ticket`."""
    parts = numbering.parts(series)
    place = " ".join(code for code in (parts.establishment, parts.point_of_sale) if code)
    return f"{place} · {_what(country, parts.type_code)}" if parts.type_code else place


def _what(country: str, type_code: str) -> Promise | str:
    inbox = authority(country).inbox
    kinds = {} if inbox is None else {code: kind for kind, code in inbox.series.items()}
    kind = kinds.get(type_code)
    return wording.label(country, type_code) if kind is None else DECISIONS[kind]
