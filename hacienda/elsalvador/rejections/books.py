"""Everything that `remedies` needs to know of one kind of thing that Hacienda can refuse, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.elsalvador.rejections import events, meanings, origins, pointers
from hacienda.elsalvador.rejections.meanings import Meaning
from hacienda.values import Path


@dataclass(frozen=True, slots=True)
class Book:
    """`names` leads from places to the caller's fields, `settings` from places of the issuer to the remedy of whoever
    can change them here. `issuer` and `computed` are what to do about other data of the issuer, and about what nobody
    gave. `is_requested`: whether somebody wrote a request for it, whose fields can be mended."""

    names: Mapping[str, Path]
    by_code: Mapping[str, Meaning]
    by_place: Mapping[tuple[str, str], Meaning]
    by_wording: Mapping[str, Meaning]
    unknown: Meaning
    other_version: Meaning
    issuer: str
    computed: str
    settings: Mapping[str, str]
    is_requested: bool = True


_EVENTS: Final[Mapping[str, Book]] = MappingProxyType(
    {
        INVALIDATION: Book(
            names=pointers.INVALIDATION,
            by_code=events.INVALIDATION_BY_CODE,
            by_place=events.INVALIDATION_BY_PLACE,
            by_wording=events.INVALIDATION_BY_WORDING,
            unknown=events.UNKNOWN,
            other_version=events.INVALIDATION_OTHER_VERSION,
            issuer=events.INVALIDATION_REPORT,
            computed=events.INVALIDATION_REPORT,
            settings={},  # the issuer is copied from the document
        ),
        CONTINGENCY: Book(
            names=pointers.CONTINGENCY,
            by_code=events.CONTINGENCY_BY_CODE,
            by_place=events.CONTINGENCY_BY_PLACE,
            by_wording=events.CONTINGENCY_BY_WORDING,
            unknown=events.UNKNOWN,
            other_version=events.CONTINGENCY_OTHER_VERSION,
            issuer=events.CONTINGENCY_REPORT,
            computed=events.CONTINGENCY_REPORT,
            settings=events.CONTINGENCY_SETTINGS,
            is_requested=False,
        ),
    }
)


def of(kind: str) -> Book:
    """The book of a type, or of an event by its name."""
    return _EVENTS.get(kind) or Book(
        names=origins.of(kind),
        by_code=meanings.BY_CODE,
        by_place=meanings.BY_PLACE,
        by_wording=meanings.BY_WORDING,
        unknown=meanings.UNKNOWN,
        other_version=meanings.OTHER_VERSION,
        issuer=meanings.ISSUER,
        computed=meanings.REPORT,
        settings=meanings.SETTINGS,
    )
