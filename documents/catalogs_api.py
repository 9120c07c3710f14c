"""The authority's lists of codes in the public API: parse, look up, answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from documents import cursors
from documents.api import KeyView
from documents.drafting import parsed
from documents.schema import nullable, problems
from hacienda.catalogs import Catalog, Catalogs, Edition, Entry, matching, parents
from hacienda.registry import authority

# The lists change only with a release; what is an hour old is asked for again, which a 304 answers.
CACHED = "private, max-age=3600"


class CatalogsQuery(serializers.Serializer[Any]):
    """The query of the list of catalogues."""

    edition = serializers.CharField(
        max_length=20, required=False, help_text="An older one holds only the catalogues that differ from the newest"
    )


class EntriesQuery(CatalogsQuery):
    """The query of one catalogue."""

    q = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Beginnings of words of the name or of the code, in any order; without accents and case",
    )
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    cursor = serializers.CharField(max_length=60, required=False)

    def get_fields(self) -> dict[str, Any]:
        # Not as an attribute: every field has a `parent` of its own.
        within = "What the entries lie in, from the outside in: `06` or `06-23` for districts (see `levels`)"
        return super().get_fields() | {
            "parent": serializers.CharField(max_length=200, required=False, help_text=within)
        }


class Titles(serializers.Serializer[Any]):
    es = serializers.CharField()
    en = serializers.CharField()


class ShownEdition(serializers.Serializer[Any]):
    name = serializers.CharField()
    is_current = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        # Not as an attribute: every field has a `source` of its own.
        return super().get_fields() | {"source": serializers.CharField(help_text="What it was taken from")}


class ShownCatalog(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="The public name, or `code`, finds it")
    code = serializers.CharField(help_text="The authority's own name of it")
    title = Titles()
    entries = serializers.IntegerField(help_text="How many there are")
    levels = serializers.ListField(
        child=serializers.CharField(), help_text="What the entries lie in or are classed by, from the outside in"
    )
    edition = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"source": serializers.CharField()}


class ShownEntry(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Text, with its leading zeros")
    name = serializers.CharField(help_text="The authority's own wording, in Spanish")
    full_name = nullable(serializers.CharField, help_text="Spelled out, where the authority abbreviates it")
    within = serializers.DictField(child=serializers.CharField(), help_text="The code or class of each of `levels`")
    note = nullable(serializers.CharField, help_text="What is not sure about this entry")


class ShownEntries(ShownCatalog):
    next = nullable(serializers.CharField)
    previous = nullable(serializers.CharField)
    results = ShownEntry(many=True)


CatalogIndex = inline_serializer(
    "CatalogIndex", {"editions": ShownEdition(many=True), "results": ShownCatalog(many=True)}
)
_SOURCE = "Ministerio de Hacienda, Catálogos - Sistema de Transmisión, v1.1, July 2026"
_DISTRICTS = {
    "name": "districts",
    "code": "CAT-008",
    "title": {"es": "Distrito", "en": "District"},
    "entries": 263,
    "levels": ["department", "municipality"],
    "edition": "2026-07",
    "source": _SOURCE,
}
_INDEX_EXAMPLE = OpenApiExample(
    "One of them",
    {
        "editions": [{"name": "2026-07", "is_current": True, "source": _SOURCE}],
        "results": [_DISTRICTS],
    },
    response_only=True,
)
_ENTRIES_EXAMPLE = OpenApiExample(
    "Districts found by `q=rosa lima`",
    {
        **_DISTRICTS,
        "next": None,
        "previous": None,
        "results": [
            {
                "code": "16",
                "name": "SANTA ROSA LIMA",
                "full_name": "Santa Rosa de Lima",
                "within": {"department": "14", "municipality": "19"},
                "note": None,
            }
        ],
    },
    response_only=True,
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` that you have: 304 while it is the same"
)
INDEX: dict[str, Any] = {
    "operation_id": "catalogs_list",
    "summary": "The authority's lists of codes",
    "tags": ["Catalogs"],
    "parameters": [CatalogsQuery, _IF_NONE_MATCH],
    "examples": [_INDEX_EXAMPLE],
    "responses": {200: CatalogIndex, 304: None, **problems(401, 422, 429)},
}
ENTRIES: dict[str, Any] = {
    "operation_id": "catalogs_get",
    "summary": "The entries of one list, or those that a search finds",
    "description": (
        "In the authority's order, in pages of `limit`, by `cursor`. `name` is the public name (`departments`) or "
        "the code (`CAT-012`). Costa Rica's `cabys` has 20,506 entries: search it, as in `?q=cafe+molido&limit=5`; "
        "`within.rate` is the VAT that it suggests."
    ),
    "tags": ["Catalogs"],
    "parameters": [EntriesQuery, _IF_NONE_MATCH],
    "examples": [_ENTRIES_EXAMPLE],
    "responses": {200: ShownEntries, 304: None, **problems(401, 404, 422, 429)},
}


class CatalogView(KeyView):
    """A view of the lists of the key's merchant's country."""

    @property
    def catalogs(self) -> Catalogs:
        return authority(self.key.merchant.country).catalogs

    def edition(self, name: str | None) -> Edition:
        """The edition of that name; the newest where none is asked for."""
        editions = self.catalogs.editions
        found = next((one for one in editions if name in (None, one.name)), None)
        if found is None:
            raise _refused("edition", "unknown_edition", _("There is no such edition."))
        return found

    def answer(self, request: Request, body: dict[str, Any]) -> HttpResponseBase:
        """The body as JSON, or 304 for a caller who has this very text."""
        text = json.dumps(body, ensure_ascii=False)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        response: HttpResponseBase | None = get_conditional_response(request._request, etag=tag)
        if response is None:
            response = HttpResponse(text, content_type="application/json")
        response["ETag"] = tag
        response["Cache-Control"] = CACHED
        return response


class CatalogList(CatalogView):
    @extend_schema(**INDEX)
    def get(self, request: Request) -> HttpResponseBase:
        query = parsed(CatalogsQuery, request.query_params)
        edition = self.edition(query.get("edition"))
        current = self.catalogs.editions[0]
        editions = [
            {"name": one.name, "is_current": one == current, "source": one.source} for one in self.catalogs.editions
        ]
        results = [_shown(one) for one in self.catalogs.listed(edition.name)]
        return self.answer(request, {"editions": editions, "results": results})


class OneCatalog(CatalogView):
    @extend_schema(**ENTRIES)
    def get(self, request: Request, name: str) -> HttpResponseBase:
        query = parsed(EntriesQuery, request.query_params)
        catalog = self.catalogs.find(name, self.edition(query.get("edition")).name)
        if catalog is None:
            raise Http404
        parent = query.get("parent")
        if parent is not None and parent not in parents(catalog):
            raise _refused("parent", "unknown_parent", _("Nothing in this catalogue lies in that."))
        found = matching(catalog, q=query.get("q", ""), parent=parent)
        try:
            page = _page(found, cursor=query.get("cursor"), limit=query["limit"])
        except cursors.BadCursor:
            raise _refused("cursor", "invalid", _("This is not one of our cursors.")) from None
        results = [_shown_entry(one) for one in page.results]
        return self.answer(
            request, _shown(catalog) | {"next": page.next, "previous": page.previous, "results": results}
        )


@dataclass(frozen=True, slots=True)
class _Page:
    results: tuple[Entry, ...]
    next: str | None
    previous: str | None


def _page(found: Sequence[Entry], *, cursor: str | None, limit: int) -> _Page:
    """`limit` entries from where the cursor points: the lists stand still, so a place in one is cursor enough."""
    direction, place = cursors.read(cursor)
    place = min(place, len(found))
    start, end = (max(place - limit, 0), place) if direction == "p" else (place, place + limit)
    return _Page(
        tuple(found[start:end]),
        next=cursors.write("n", end) if end < len(found) else None,
        previous=cursors.write("p", start) if start else None,
    )


def _shown(catalog: Catalog) -> dict[str, Any]:
    return {
        "name": catalog.name,
        "code": catalog.code,
        "title": dict(catalog.titles),
        "entries": len(catalog.entries),
        "levels": list(catalog.levels),
        "edition": catalog.edition.name,
        "source": catalog.edition.source,
    }


def _shown_entry(entry: Entry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.name,
        "full_name": entry.full_name or None,
        "within": dict(entry.within),
        "note": _(entry.doubt) if entry.doubt else None,
    }


def _refused(name: str, code: str, message: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(message, code)]})
