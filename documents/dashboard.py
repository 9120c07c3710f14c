"""The dashboard's pages about documents. Thin: parse, one service call or selector, respond."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, replace_url

from accounts.pages import at_work, managers_only, sentence, show, wants_fragment
from accounts.workplace import Workplace
from documents import deadlines, published, rejections, selectors, wording
from documents.errors import Conflict, NotReady
from documents.forms import InvalidationForm, SearchForm
from documents.models import Attempt, Document, Invalidation
from documents.overview import overview
from documents.services import dispatch
from documents.services.invalidable import issued, refuse_if_impossible
from documents.services.invalidate import invalidate as invalidate_document
from documents.services.invalidate import responsible_of
from documents.states import DELIVERABLE, State
from hacienda.authority import Term
from hacienda.errors import Refused
from hacienda.registry import authority
from hacienda.values import Invalid

PAGE = 25
FAR = timedelta(days=366)  # a term that ends after it is nothing to look out for yet
RECENTLY = timedelta(days=7)  # how long the list points to what was rejected where no term says so
SUGGESTIONS = 4
EXCHANGES = 50  # a document that was asked about for days has hundreds; the last ones tell the story
NOTHING_NEW = 204  # HTMX leaves the page as it is


def _mine(place: Workplace) -> QuerySet[Document]:
    return selectors.documents(place.merchant, place.environment)


# --- The list ---------------------------------------------------------------------------------------------------
@require_safe
@at_work
def documents(request: HttpRequest, place: Workplace) -> HttpResponse:
    """The documents, newest first. While some are on their way the page asks again, naming the ones it waits for."""
    rules = authority(place.merchant.country).rules
    form = SearchForm(request.GET, country=place.merchant.country)
    found = selectors.search(place.merchant, place.environment, **form.question(rules.zone))
    try:
        page = selectors.page(found, cursor=request.GET.get("cursor"), limit=PAGE)
    except selectors.BadCursor as error:
        raise Http404 from error
    moving = [one.public_id for one in page.results if one.state == State.TRANSMITTING]
    watched = [name for name in request.GET.get("watch", "").split() if name]
    settled = [one for one in page.results if one.public_id in watched and one.public_id not in moving]
    if wants_fragment(request) and watched and not settled and set(watched) == set(moving):
        return HttpResponse(status=NOTHING_NEW)
    given = form.given()
    context = {
        "form": form,
        "rules": rules,
        "page": page,
        "is_filtered": bool(given),
        "is_first_page": page.previous is None,
        "query": urlencode(given),
        "poll": urlencode(given | _cursor(request) | {"watch": " ".join(moving)}) if moving else "",
        "news": _news(settled),
        "overview": overview(
            _mine(place), zone=rules.zone, correction_term=rules.correction_term or RECENTLY, now=timezone.now()
        ),
    }
    response = show(request, place, "documents/list.html", context, fragment="documents/_documents.html")
    if wants_fragment(request) and not watched:
        # The address is one that can be kept and shared: only what was filled in.
        parts = urlencode(given | _cursor(request))
        replace_url(response, f"{request.path}?{parts}" if parts else request.path)
    return response


def _cursor(request: HttpRequest) -> dict[str, str]:
    return {"cursor": request.GET["cursor"]} if request.GET.get("cursor") else {}


def _news(settled: list[Document]) -> str:
    """What became of the watched documents, for readers who hear the page."""
    if len(settled) == 1:
        number, state = settled[0].control_number, settled[0].get_state_display()
        return _("%(number)s: %(state)s") % {"number": number, "state": state}
    if settled:
        count = len(settled)
        return ngettext("%(count)s document has an answer", "%(count)s documents have an answer", count) % {
            "count": count
        }
    return ""


# --- One document -----------------------------------------------------------------------------------------------
def _find(place: Workplace, public_id: str) -> Document:
    mine = selectors.with_story(_mine(place)).select_related("current_sealing", "api_key")
    found = selectors.find(mine, public_id)
    if found is None:
        raise Http404
    return found


def _stamp(document: Document) -> str:
    """Changes whenever a reader can see a difference."""
    return str(int(document.changed_at.timestamp() * 1_000_000))


def _term(document: Document) -> Term | None:
    """Until when the document can be invalidated; None while there is nothing to invalidate."""
    stamped = issued(document)
    if stamped is None or document.state != State.ACCEPTED:
        return None
    return authority(document.merchant.country).invalidation_term(stamped)


def _alive(document: Document) -> Invalidation | None:
    """The invalidation that stands or is on its way."""
    rows = document.invalidations.all()
    return next((row for row in rows if row.status != Invalidation.Status.REJECTED), None)


def _refusal(document: Document) -> dict[str, Any]:
    """What the page says of the latest invalidation, where it was refused."""
    refused = rejections.refused_invalidation(document)
    return {
        "refused_invalidation": refused,
        "refused_diagnosis": None if refused is None else rejections.of_invalidation(refused),
    }


def _about(document: Document) -> dict[str, Any]:
    """What the page of one document shows, all of it read from what is stored."""
    now = timezone.now()
    rules = authority(document.merchant.country).rules
    alive = _alive(document)
    newest = Attempt.objects.filter(document=document).order_by("-pk")[:EXCHANGES]
    moving = document.state == State.TRANSMITTING or (
        alive is not None and alive.status == Invalidation.Status.TRANSMITTING
    )
    return {
        "document": document,
        "said": published.said(document),
        "rules": rules,
        "note_type": _note_type(document),
        "links": selectors.links(document),
        "is_deliverable": document.state in DELIVERABLE,
        "history": list(document.history.all())[::-1],
        "exchange": list(newest),
        "is_moving": moving,
        "stamp": _stamp(document),
        "invalidation": alive,
        **_refusal(document),
        "diagnosis": rejections.diagnosis(document),
        "voids": document.voids.select_related("document__merchant").first(),
        "replaces": document.replaces.filter(state=State.REJECTED.value).first(),
        "term": _term(document),
        "deadlines": [one for one in deadlines.of(document, now=now) if one.until < now + FAR],
        "now": now,
    }


@require_safe
@at_work
def document(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """Everything about one document. While it is on its way the page asks again until something has changed."""
    found = _find(place, public_id)
    if wants_fragment(request) and request.GET.get("watch") == _stamp(found):
        return HttpResponse(status=NOTHING_NEW)
    context = _about(found) | {"news": found.get_state_display()}
    return show(request, place, "documents/document.html", context, fragment="documents/_document.html")


# --- Invalidating -----------------------------------------------------------------------------------------------
def _replacements(place: Workplace, document: Document, look: str | None = None) -> QuerySet[Document]:
    """What can replace a document: another one of the same type that the authority has stamped, newest first."""
    accepted = selectors.search(
        place.merchant, place.environment, status=State.ACCEPTED.value, type_code=document.type_code, q=look
    )
    return accepted.exclude(pk=document.pk).select_related("merchant", "current_sealing")


def _form(place: Workplace, document: Document, data: Any = None) -> InvalidationForm:
    return InvalidationForm(
        data,
        replacements=_replacements(place, document),
        id_types=wording.id_types(place.merchant.country),
        responsible=None if _note_type(document) else responsible_of(place.merchant),
        refused=rejections.refused_invalidation(document),
    )


def _note_type(document: Document) -> str | None:
    """The type of document that would take this one back; None where an event does."""
    law, stamped = authority(document.merchant.country), issued(document)
    if law.rules.voided_by is None or stamped is None:
        return None
    return law.voiding(stamped, None).type_code


def _panel(
    request: HttpRequest, place: Workplace, document: Document, form: InvalidationForm, status: int = 200
) -> HttpResponse:
    """The form, with the documents that match what is looked for among those that could replace this one."""
    look = request.GET.get("look", "").strip()
    chosen = str(form["replacement"].value() or "")
    suggestions = list(_replacements(place, document, look)[:SUGGESTIONS])
    if chosen and all(one.public_id != chosen for one in suggestions):
        suggestions = [*_replacements(place, document).filter(public_id=chosen), *suggestions]
    context = {
        "document": document,
        **_refusal(document),
        "form": form,
        "term": _term(document),
        "now": timezone.now(),
        "look": look,
        "chosen": chosen,
        "suggestions": suggestions,
        "note_type": _note_type(document),
    }
    looking = request.headers.get("HX-Target") == "replacements"
    fragment = "documents/_replacements.html" if looking else "documents/_invalidation.html"
    return show(request, place, "documents/invalidate.html", context, fragment=fragment, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_work
@managers_only
def invalidate(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """The form to invalidate a document, and its sending. What forbids it is said beside the field concerned."""
    found = _find(place, public_id)
    try:
        refuse_if_impossible(found)
    except Conflict as error:
        messages.error(request, sentence(error.message, error.params))
        return _back(request, found)
    if request.method != "POST":
        return _panel(request, place, found, _form(place, found))
    form = _form(place, found, request.POST)
    if not form.is_valid() or not _sent(place, found, form):
        return _panel(request, place, found, form, status=422)
    messages.success(request, _what_went(found))
    return _back(request, found)


def _what_went(document: Document) -> str:
    note_type = _note_type(document)
    if note_type is None:
        return _("The invalidation was sent to Hacienda.")
    name = wording.label(document.merchant.country, note_type)
    return _("A document was issued and sent to Hacienda that takes this one back: %(type)s.") % {"type": name}


def _back(request: HttpRequest, document: Document) -> HttpResponse:
    """To the document's own page."""
    target = reverse("dashboard:document", args=[document.public_id])
    return HttpResponseClientRedirect(target) if wants_fragment(request) else redirect(target)


def _sent(place: Workplace, document: Document, form: InvalidationForm) -> bool:
    """Whether the invalidation could be signed and sent; otherwise the form says why not."""
    try:
        going = invalidate_document(
            document=document,
            kind=form.cleaned_data["kind"],
            reason=form.cleaned_data["reason"] or None,
            replacement=form.cleaned_data["replacement"],
            requested_by=form.person("requested_by"),
            responsible=form.person("responsible"),
            by=place.actor,
            now=timezone.now(),
        )
    except Invalid as error:
        form.take(error.faults)
        return False
    except Conflict as error:
        form.add_error(None, sentence(error.message, error.params))
        return False
    except NotReady as error:
        form.add_error(None, sentence(error.message, {}))
        return False
    except Refused as error:
        form.add_error(None, str(error))
        return False
    if going.first is not None:
        dispatch.send_and_wait(going.errand, going.owner, wait=settings.DEFAULT_WAIT, first=going.first)
    return True
