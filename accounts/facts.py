"""What is registered of a merchant and its places, in the words of its country: labels with values, to be read."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import get_language, gettext

from accounts.models import Establishment, Merchant
from hacienda.catalogs import Catalog
from hacienda.registry import authority

Fact = tuple[str, str]

_ACTIVITIES = "activities"


def of_merchant(merchant: Merchant) -> Iterator[Fact]:
    """Its numbers, what it does, and whose software issues where documents tell."""
    law = authority(merchant.country)
    words = law.rules.vocabulary
    yield gettext(words.tax_id), merchant.tax_id
    if words.registration:
        yield gettext(words.registration), merchant.registration
    activities = law.catalogs.find(_ACTIVITIES)
    name = "" if activities is None else _name(activities, merchant.activity, ())
    yield gettext("Economic activity"), f"{merchant.activity} {name}".strip()


def provider(merchant: Merchant) -> tuple[Fact, str] | None:
    """Whose software issues, and why that is told; None in a country whose documents do not."""
    asked = authority(merchant.country).rules.vocabulary.provider
    if asked is None:
        return None
    # A merchant that nobody supplies is its own provider.
    number = settings.SYSTEM_PROVIDERS.get(merchant.country, "") or merchant.tax_id
    return (gettext(asked.label), number), gettext(asked.help)


def of_place(merchant: Merchant, place: Establishment) -> Iterator[Fact]:
    """Where it is, from the largest place to the smallest."""
    law = authority(merchant.country)
    codes = (place.department, place.municipality, place.district)
    for depth, level in enumerate(law.rules.places.levels):
        catalog = law.catalogs.find(level)
        if catalog is not None:
            yield _title(catalog), _name(catalog, codes[depth], codes[:depth]) or codes[depth]


def _title(catalog: Catalog) -> str:
    language = (get_language() or "es").partition("-")[0]
    return catalog.titles.get(language, catalog.titles["es"])


def _name(catalog: Catalog, code: str, within: tuple[str, ...]) -> str:
    """The name of a code inside others; empty where it is not there."""
    rows = (entry for entry in catalog.entries if entry.code == code)
    return next((entry.name for entry in rows if not within or tuple(entry.within.values()) == within), "")
