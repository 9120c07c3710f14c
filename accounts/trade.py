"""What a merchant does as a rule when it exports, and what lets it take donations: choices, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from accounts.models import Merchant
from hacienda.catalogs import Entry
from hacienda.registry import authority

# The public name of the catalogue that each kept code is of.
CATALOGS: Mapping[str, str] = MappingProxyType(
    {
        "customs_post": "customs_posts",
        "regime_type": "regime_types",
        "regime": "export_regimes",
        "incoterm": "incoterms",
    }
)

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offered:
    """What of exports and donations is kept with a merchant of some country."""

    exports: bool
    donations: bool

    def __bool__(self) -> bool:
        return self.exports or self.donations


def offered(country: str) -> Offered:
    """Whether documents there tell how goods are exported, and what allows donations."""
    rules = authority(country).rules
    return Offered(exports="export" in rules.own_fields, donations="items.donation" in rules.own_fields)


def entries(country: str, name: str) -> Sequence[Entry]:
    """What may be kept as `name`, in the authority's order; nothing where the country has no such list."""
    catalog = authority(country).catalogs.find(CATALOGS[name])
    return () if catalog is None else catalog.entries


def choices(country: str, name: str) -> list[Choice | tuple[str, list[Choice]]]:
    """Codes with their names; those of regimes under the type that each belongs to."""
    headings = {entry.code: entry.name for entry in entries(country, "regime_type")}
    found: list[Choice | tuple[str, list[Choice]]] = []
    groups: dict[str, list[Choice]] = {}
    for entry in entries(country, name):
        choice = (entry.code, f"{entry.code} · {entry.name}")
        if entry.place not in headings:
            found.append(choice)
        elif entry.place in groups:
            groups[entry.place].append(choice)
        else:
            groups[entry.place] = [choice]
            found.append((f"{entry.place} · {headings[entry.place]}", groups[entry.place]))
    return found


def kept(merchant: Merchant) -> dict[str, str]:
    """The codes that the merchant keeps, each with its name, by the name it is kept under."""
    named = {}
    for name, code in merchant.export_defaults.items():
        label = next((entry.name for entry in entries(merchant.country, name) if entry.code == code), "")
        named[name] = f"{code} · {label}" if label else code
    return named
