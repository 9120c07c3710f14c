"""The dashboard's pages about received documents. Thin: parse, one service call or selector, respond."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.pages import at_work, sentence, show, wants_fragment
from accounts.workplace import Workplace
from documents import published
from documents.cursors import BadCursor
from documents.errors import Conflict, NotReady
from documents.models import Decision, ReceivedDocument
from documents.received import desk, reading, selectors
from documents.received.forms import DecisionForm, FilterForm, UploadForm
from documents.received.services.deciding import decide
from documents.received.services.receiving import opened, receive
from documents.services import dispatch
from hacienda.errors import Refused
from hacienda.values import Invalid

PAGE = 25
NOTHING_NEW = 204  # HTMX leaves the page as it is
P = ParamSpec("P")
Door = Callable[Concatenate[HttpRequest, Workplace, P], HttpResponseBase]


def with_inbox(view: Door[P]) -> Door[P]:
    """There is no such page in a country without an inbox. Goes below `at_work`."""

    @wraps(view)
    def inner(request: HttpRequest, place: Workplace, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not desk.has_inbox(place.merchant):
            raise Http404
        return view(request, place, *args, **kwargs)

    return inner


def _listed(request: HttpRequest, place: Workplace, *, upload: UploadForm | None = None) -> HttpResponse:
    form = FilterForm(request.GET)
    question = form.question()
    mine = selectors.received(place.merchant, place.environment)
    try:
        page = selectors.page(selectors.search(mine, **question), cursor=request.GET.get("cursor"), limit=PAGE)
    except BadCursor as error:
        raise Http404 from error
    context = {
        "form": form,
        "upload": upload or UploadForm(),
        "page": page,
        "rows": [(row, selectors.latest(row)) for row in page.results],
        "is_filtered": bool(question["status"]),
        "query": urlencode({name: value for name, value in question.items() if value}),
        "now": timezone.now(),
    }
    status = 200 if upload is None else 422
    return show(request, place, "received/list.html", context, fragment="received/_list.html", status=status)


@require_safe
@at_work
@with_inbox
def received(request: HttpRequest, place: Workplace) -> HttpResponse:
    """What suppliers have sent, newest first, and where to upload more of it."""
    return _listed(request, place)


@require_POST
@at_work
@with_inbox
def upload(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Take in a file; its page comes next, whether it was there before or not."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _listed(request, place, upload=form)
    try:
        xml = reading.text(form.cleaned_data["xml"].read())
        said = opened(xml, merchant=place.merchant, environment=place.environment)
        row, is_new = receive(xml, said, merchant=place.merchant, environment=place.environment, now=timezone.now())
    except Invalid as error:
        form.take(error.faults)
        return _listed(request, place, upload=form)
    except Conflict as error:
        form.add_error("xml", sentence(error.message, error.params))
        return _listed(request, place, upload=form)
    if not is_new:
        messages.info(request, _("This document was received before."))
    return redirect("dashboard:received_one", public_id=row.public_id)


# --- One document -----------------------------------------------------------------------------------------------
def _find(place: Workplace, public_id: str) -> ReceivedDocument:
    found = selectors.find(selectors.with_signed_texts(place.merchant, place.environment), public_id)
    if found is None:
        raise Http404
    return found


def _stamp(row: ReceivedDocument) -> str:
    """Changes whenever a reader can see a difference."""
    return str(int(row.changed_at.timestamp() * 1_000_000))


def _shown(
    request: HttpRequest, place: Workplace, row: ReceivedDocument, *, form: DecisionForm | None = None
) -> HttpResponse:
    now, decision = timezone.now(), selectors.latest(row)
    is_open = decision is None or decision.status == Decision.Status.REJECTED
    context = {
        "received": row,
        "said": published.said_in(row.xml, row.merchant.country, row.environment),
        "decision": decision,
        "exchange": list(decision.exchange.order_by("-pk")) if decision is not None else [],
        "is_moving": decision is not None and decision.status == Decision.Status.TRANSMITTING,
        "is_late": is_open and row.due < now,
        "form": (form or DecisionForm(merchant=place.merchant)) if is_open and row.due >= now else None,
        "stamp": _stamp(row),
        "now": now,
        "news": decision.get_status_display() if decision is not None else "",
    }
    status = 200 if form is None else 422
    return show(request, place, "received/one.html", context, fragment="received/_one.html", status=status)


@require_safe
@at_work
@with_inbox
def one(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """Everything about one of them. While the decision is on its way the page asks again until it is not."""
    row = _find(place, public_id)
    if wants_fragment(request) and request.GET.get("watch") == _stamp(row):
        return HttpResponse(status=NOTHING_NEW)
    return _shown(request, place, row)


@require_POST
@at_work
@with_inbox
def decision(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """Say something about it, and send that. What forbids it is said beside the field concerned."""
    row = _find(place, public_id)
    form = DecisionForm(request.POST, merchant=place.merchant)
    if not form.is_valid() or not _sent(place, row, form):
        return _shown(request, place, row, form=form)
    target = reverse("dashboard:received_one", args=[row.public_id])
    return HttpResponseClientRedirect(target) if wants_fragment(request) else redirect(target)


def _sent(place: Workplace, row: ReceivedDocument, form: DecisionForm) -> bool:
    """Whether it could be signed and sent; otherwise the form says why not."""
    try:
        going = decide(received=row, decision=form.decision(), by=place.actor, now=timezone.now())
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
    if going.is_new:
        dispatch.send_and_wait(going.errand, going.owner, wait=settings.DEFAULT_WAIT)
    return True


@require_safe
@at_work
@with_inbox
def text(request: HttpRequest, place: Workplace, public_id: str, what: str) -> HttpResponse:
    """One of the signed texts, as a file: `document`, `message`, `answer`."""
    row = _find(place, public_id)
    said = selectors.latest(row)
    about = f"{row.generation_code}-{said.control_number}" if said is not None else ""
    files: dict[str, tuple[str, str]] = {"document": (row.generation_code, row.xml)}
    if said is not None:
        files |= {"message": (about, said.signature), "answer": (f"{about}-answer", said.receipt)}
    name, content = files.get(what, ("", ""))
    if not content:
        raise Http404
    response = HttpResponse(content.encode(), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{name}.xml"'
    return response
