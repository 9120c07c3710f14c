"""The documents that another one adjusts: which they are, and what all of them must have in common. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as members
from dataclasses import replace
from typing import Final

from hacienda.drafts import Party, Related, ThirdParty
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.case import Case
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.types import originals
from hacienda.elsalvador.types.originals import Adjusted
from hacienda.elsalvador.types.portions import Documents

# Who somebody is cannot be another one than in the document that is adjusted; how to reach them can.
_IDENTITY: Final = ("name", "tax_id", "id_type", "registration", "country")


def documents(related: Sequence[Related]) -> Documents:
    """What is adjusted, by number; None for what was issued elsewhere."""
    found: dict[str, Adjusted | None] = {}
    for one in related:
        number = one.number.strip().upper() if one.electronic else one.number.strip()
        if number:
            found[number] = None if one.original is None else originals.read(one, one.original)
    return found


def known(found: Mapping[str, Adjusted | None]) -> list[Adjusted]:
    """Those that were issued here."""
    return [document for document in found.values() if document is not None]


def customer(given: Party | None, adjusted: Sequence[Adjusted], faults: Faults) -> Party | None:
    """The customer of the originals, reached as the caller says; the caller's own where no original is known."""
    if not adjusted:
        return given
    first = adjusted[0].customer
    for document in adjusted[1:]:
        if _identity(document.customer) != _identity(first):
            faults.add(("related",), "related_customer_differs")
            break
    if given is None or given == Party():
        return first
    if first is None:
        faults.add(("customer",), "follows_from_original")
        return None
    for name in _IDENTITY:
        theirs = getattr(given, name)
        if not fields.blank(theirs) and _plain(theirs, name) != _plain(getattr(first, name) or "", name):
            faults.add(("customer", name), "customer_differs", expected=getattr(first, name) or "—")
    changes = {
        member.name: getattr(given, member.name)
        for member in members(Party)
        if member.name not in _IDENTITY and getattr(given, member.name) is not None
    }
    return replace(first, **changes)


def is_unread(case: Case, party: Party | None) -> bool:
    """Whether nobody can say who the customer is, because a document that would could not be read or found."""
    return party is None and any(place[0] == "related" for place in case.draft.unread)


def _identity(party: Party | None) -> tuple[str | None, ...]:
    return () if party is None else tuple(getattr(party, name) for name in ("name", "tax_id", "id_type"))


def _plain(value: str, name: str) -> str:
    if name == "name":
        return value.strip()
    plain = fields.without_dashes(value)
    return plain.lstrip("0") if name == "registration" else plain


def third_party(case: Case, adjusted: Sequence[Adjusted]) -> ThirdParty | None:
    """On whose behalf the originals were sold; the caller's word where no original is known."""
    given, faults = case.draft.third_party_sale, case.faults
    if not adjusted:
        return given
    if given is not None:
        faults.add(("third_party_sale",), "follows_from_original")
    first = adjusted[0].third_party
    if any(document.third_party != first for document in adjusted[1:]):
        faults.add(("related",), "related_third_party_differs")
    return first


def refuse_flags(case: Case, adjusted: Sequence[Adjusted], names: Sequence[str]) -> None:
    """What an original says is not said again: withholding, perception."""
    if adjusted:
        for name in names:
            if getattr(case.draft, name):
                case.faults.add((name,), "follows_from_original")
