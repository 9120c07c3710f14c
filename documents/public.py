"""The buyer's link: page, PDF, ticket, JSON and XML of one document, as it stands now. No login, no cookie."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast

from csp.constants import NONE
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.throttling import limited
from documents import pdf, published, qr, selectors, ticket
from documents.models import Document
from documents.states import DELIVERABLE, State
from hacienda.authority import XmlFiles
from hacienda.registry import authority

Render = Callable[[Document], HttpResponse]


@require_safe
@limited
def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page, in the document's language unless `?lang=` asks for another one that we speak."""
    language = _language(request)
    with translation.override(language):
        return _answer(request, token, kind=f"page {language}", render=_page)


@require_safe
@limited
def pdf_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The readable version on letter paper, or on an 80 mm roll with `?format=ticket`; in the document's language."""
    is_ticket = request.GET.get("format") == "ticket"
    with translation.override(settings.LANGUAGE_CODE):
        return _answer(
            request, token, kind="ticket" if is_ticket else "letter", render=_ticket if is_ticket else _letter
        )


@require_safe
@limited
def xml_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where documents are XML, the file that the customer keeps: what was signed, to the byte."""
    with translation.override(settings.LANGUAGE_CODE):
        return _answer(request, token, kind="xml", render=_xml, is_there=_is_xml)


@require_safe
@limited
def receipt_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the authority signed about the document, to the byte."""
    with translation.override(settings.LANGUAGE_CODE):
        return _answer(request, token, kind="receipt", render=_receipt, is_there=_is_answered)


@require_safe
@limited
def json_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file that the customer keeps: what was signed, its signature, and the stamp once there is one."""
    with translation.override(settings.LANGUAGE_CODE):
        return _answer(request, token, kind="json", render=_json)


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _is_xml(mark: published.Mark) -> bool:
    return authority(mark.country).rules.xml_files is not None


def _is_answered(mark: published.Mark) -> bool:
    return _is_xml(mark) and mark.receipt_id is not None


def _always(mark: published.Mark) -> bool:
    return True


def _answer(
    request: HttpRequest,
    token: str,
    *,
    kind: str,
    render: Render,
    is_there: Callable[[published.Mark], bool] = _always,
) -> HttpResponseBase:
    """304 after one query if the caller has it already; 404 for files of what is not delivered; else `render`'s.

    `is_there`: whether there is such a file of the document at all.
    """
    mark = published.mark(token)
    if mark is None:
        return _absent()
    if not is_there(mark):
        return _absent(page_url=reverse("public:page", args=[token]))
    if render is not _page and State(mark.state) not in DELIVERABLE:
        return _absent(page_url=reverse("public:page", args=[token]))
    tag = _tag(mark, kind)
    response: HttpResponseBase | None = get_conditional_response(request, etag=tag)
    if response is None:
        response = render(published.document(mark.document_id))
    response["ETag"] = tag
    return _private(response)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """For the holder of the link alone: asked again each time, in no shared cache or index, told to no other site."""
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Language"] = translation.get_language()
    return response


def _absent(*, page_url: str = "") -> HttpResponseBase:
    context = {"page_url": page_url, "language": translation.get_language()}
    return _private(HttpResponse(render_to_string("documents/public/absent.html", context), status=404))


def _tag(mark: published.Mark, kind: str) -> str:
    text = f"{mark!r} {kind} {_edition()}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


@cache
def _edition() -> str:
    """A fingerprint of the code, templates and words that turn a document into what is shown.

    Without it a new release would go on answering 304 to those who hold what the old one made.
    """
    base = Path(settings.BASE_DIR)
    sources = [
        *base.glob("documents/*.py"),
        *base.glob("hacienda/**/*.py"),
        *base.glob("hacienda/**/data/*.json"),
        *base.glob("templates/documents/public/*.html"),
        *base.glob("static/css/public.css"),
        *base.glob("locale/*/LC_MESSAGES/django.mo"),
    ]
    digest = hashlib.sha256(settings.PUBLIC_URL.encode())
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()


# --- What each of them shows -------------------------------------------------------------------------------------


def _page(document: Document) -> HttpResponse:
    presentation = published.presentation(document)
    context = {
        "presentation": presentation,
        "links": selectors.links(document),
        "code": qr.symbol(presentation.query_url) if presentation.query_url else None,
        "language": translation.get_language(),
    }
    return HttpResponse(render_to_string("documents/public/page.html", context))


def _letter(document: Document) -> HttpResponse:
    content = pdf.render(published.presentation(document))
    return _file(content, "application/pdf", f'inline; filename="{document.generation_code}.pdf"')


def _ticket(document: Document) -> HttpResponse:
    content = ticket.render(published.presentation(document))
    return _file(content, "application/pdf", f'inline; filename="{document.generation_code}-ticket.pdf"')


def _json(document: Document) -> HttpResponse:
    content = selectors.delivered_json(document) or ""
    return _file(content.encode(), "application/json", f'attachment; filename="{document.generation_code}.json"')


def _xml(document: Document) -> HttpResponse:
    return _xml_file(document, selectors.delivered_xml(document) or "", lambda files: files.document)


def _receipt(document: Document) -> HttpResponse:
    return _xml_file(document, selectors.receipt(document), lambda files: files.receipt)


def _xml_file(document: Document, content: str, name_in: Callable[[XmlFiles], str]) -> HttpResponse:
    files = authority(document.merchant.country).rules.xml_files
    name = name_in(files).format(code=document.generation_code) if files else ""
    return _file(content.encode(), "application/xml", f'attachment; filename="{name}"')


def _file(content: bytes, content_type: str, disposition: str) -> HttpResponse:
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


# Chrome shows a PDF through an embedded object with styles of its own, which the policy of our pages would block.
_pdf_policy = csp({"frame-ancestors": [NONE], "base-uri": [NONE]})

app_name = "public"
urlpatterns = [
    path("<slug:token>.pdf", _pdf_policy(cast("Callable[..., HttpResponseBase]", pdf_file)), name="pdf"),
    path("<slug:token>.json", json_file, name="json"),
    path("<slug:token>.xml", xml_file, name="xml"),
    path("<slug:token>.receipt.xml", receipt_file, name="receipt"),
    path("<slug:token>", page, name="page"),
]
