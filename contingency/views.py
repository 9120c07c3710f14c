"""The board of contingency and the pages of its runs. Thin: parse, one service call or selector, respond."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts import services as accounts
from accounts.pages import at_work, managers_only, show, wants_fragment
from accounts.workplace import Workplace
from contingency import selectors
from contingency.forms import ResponsibleForm, SendingForm, sendings
from contingency.models import Event, Run, RunDocument
from contingency.selectors import Board, Clock, Progress, Reported
from contingency.services import clocks, reporting
from contingency.services import runs as services
from documents.deadlines import AFTERWARDS
from hacienda.registry import authority
from hacienda.values import Invalid

NOTHING_NEW = 204  # HTMX leaves the page as it is
RECENTLY = timedelta(hours=1)  # how long the board shows what a run brought
PAGE = 100
RUNS_PAGE = 50
CHANGED = "contingency-changed"  # tells the page that what it shows beside a run is out of date
MOMENT = "%d%H%M"  # what counts down says minutes


def _mark(*parts: object) -> str:
    """Changes whenever a reader can see a difference; `parts` are plain values."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


# --- The board --------------------------------------------------------------------------------------------------
def _event_mark(one: Reported) -> tuple[object, ...]:
    return one.event.pk, one.event.state, one.event.stamp, one.event.refusal, one.documents


def _run_mark(one: Progress) -> tuple[object, ...]:
    return one.run.pk, one.run.state, one.run.again, one.accepted, one.rejected, one.left


def _following(found: Progress) -> dict[str, Any]:
    """What the panel of a run shows."""
    rules = authority(found.run.merchant.country).rules
    return {
        "progress": found,
        "run_mark": _mark(_run_mark(found)),
        "correction_hours": _hours(rules.correction_term),
        "rules": rules.contingency,
    }


def _hours(term: timedelta) -> int:
    return int(term.total_seconds()) // 3600


def _is_late(clock: Clock, now: datetime) -> bool:
    return clock.until is not None and clock.until < now


def _latest(board: Board, now: datetime) -> Progress | None:
    """The run whose progress the board shows: one that is not over, or that ended a short while ago."""
    newest = board.runs[0] if board.runs else None
    if newest is None or not newest.is_over:
        return newest
    ended = newest.run.finished_at
    return newest if newest.run.total and ended is not None and ended > now - RECENTLY else None


def _report_due(board: Board, now: datetime) -> datetime | None:
    """Until when a report on the present outage, or on the last one, has to be handed in."""
    outage = board.outage or board.last_outage
    due = clocks.report_due(outage, now) if outage is not None else None
    return due if due is not None and now < due + AFTERWARDS else None


def _on_board(place: Workplace, *, is_new: bool = False) -> dict[str, Any]:
    now = timezone.now()
    seen = selectors.board(place.merchant, place.environment)
    latest = _latest(seen, now)
    is_open = latest is not None and not latest.is_over
    rules = authority(place.merchant.country).rules
    mark = _mark(
        now.strftime(MOMENT),
        seen.outage and seen.outage.pk,
        seen.last_outage and seen.last_outage.pk,
        seen.queue,
        [_event_mark(one) for one in seen.events],
        [_run_mark(one) for one in seen.runs],
        seen.next_run_at,
        seen.is_held,
    )
    return {
        "board": seen,
        "queue": seen.queue,
        "latest": latest,
        **(_following(latest) if latest else {}),
        "is_new": is_new,
        "to_send": selectors.beyond(latest.run) if latest is not None and is_open else seen.queue.waiting,
        "is_running": is_open,
        "late": [clock for clock in seen.queue.clocks if _is_late(clock, now)],
        "sending": dict(sendings(place.merchant.country))[place.merchant.contingency_sending],
        "form": SendingForm(country=place.merchant.country, initial={"sending": place.merchant.contingency_sending}),
        "rules": rules.contingency,
        "event_hours": _hours(rules.contingency.event_term) if rules.contingency.event_term is not None else None,
        "report_due": _report_due(seen, now),
        "now": now,
        "mark": mark,
    }


@require_safe
@at_work
def board(request: HttpRequest, place: Workplace) -> HttpResponse:
    """What waits, until when, and the button that sends it. The page asks again and is told only what changed."""
    context = _on_board(place)
    if wants_fragment(request) and request.GET.get("watch") == context["mark"]:
        return HttpResponse(status=NOTHING_NEW)
    return show(request, place, "contingency/board.html", context, fragment="contingency/_board.html")


@require_GET
@at_work
def badge(request: HttpRequest, place: Workplace) -> HttpResponse:
    """How many documents wait, for the navigation of every page."""
    count = selectors.waiting(place.merchant, place.environment).count()
    if request.GET.get("watch") == str(count):
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "contingency/_badge.html", {"waiting": count})


# --- Runs -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_work
def runs(request: HttpRequest, place: Workplace) -> HttpResponse:
    """The runs so far; a POST is the button: it starts one, or finds the one that is not done."""
    if request.method == "POST":
        return _start(request, place)
    page = Paginator(selectors.runs(place.merchant, place.environment), RUNS_PAGE).get_page(request.GET.get("page"))
    return show(request, place, "contingency/runs.html", {"runs": selectors.measured(page), "page": page})


def _start(request: HttpRequest, place: Workplace) -> HttpResponse:
    started, is_new = services.start(
        merchant=place.merchant,
        environment=place.environment.value,
        trigger=Run.Trigger.BUTTON.value,
        now=timezone.now(),
        started_by=place.user,
        by=place.actor,
    )
    if wants_fragment(request):
        return show(request, place, "contingency/_board.html", _on_board(place, is_new=is_new))
    if not started.total:
        messages.info(request, _("There is nothing to send."))
        return redirect("contingency:board")
    return redirect("contingency:run", public_id=started.public_id)


def _run(place: Workplace, public_id: str) -> Progress:
    return selectors.progress(
        get_object_or_404(selectors.runs(place.merchant, place.environment), public_id=public_id)
    )


@require_safe
@at_work
def run(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """One run; its progress alone (#run), and what it did in detail (#run-details), follow by themselves."""
    found = _run(place, public_id)
    if wants_fragment(request) and request.headers.get("HX-Target") == "run":
        return _panel(request, place, found)
    context = _details(request, found)
    if wants_fragment(request) and request.GET.get("watch") == context["mark"]:
        return HttpResponse(status=NOTHING_NEW)
    return show(request, place, "contingency/run.html", context, fragment="contingency/_run_details.html")


def _panel(request: HttpRequest, place: Workplace, found: Progress) -> HttpResponse:
    context = _following(found) | {"is_linked": "linked" in request.GET}
    if request.GET.get("watch") == context["run_mark"]:
        return HttpResponse(status=NOTHING_NEW)
    response = show(request, place, "contingency/_run.html", context)
    return trigger_client_event(response, CHANGED) if found.is_over else response


def _details(request: HttpRequest, found: Progress) -> dict[str, Any]:
    outcome = request.GET.get("outcome")
    if outcome is not None and outcome not in RunDocument.Outcome.values:
        raise Http404
    events, batches = selectors.events_of(found.run), selectors.batches_of(found.run)
    entries = selectors.documents_of(found.run, outcome)
    mark = _mark(
        _run_mark(found),
        [_event_mark(one) for one in events],
        [(one.pk, one.state, one.accepted, one.rejected) for one in batches],
    )
    return _following(found) | {
        "events": events,
        "batches": batches,
        "entries": Paginator(entries, PAGE).get_page(request.GET.get("page")),
        "outcome": outcome,
        "now": timezone.now(),
        "mark": mark,
    }


# --- What people decide -----------------------------------------------------------------------------------------
@require_POST
@at_work
def event_correct(request: HttpRequest, place: Workplace, generation_code: str) -> HttpResponse:
    """Let an event that was refused, or that lacked something, be sent again."""
    mine = selectors.events(place.merchant, place.environment)
    event = get_object_or_404(mine, generation_code=generation_code)
    if event.state in (Event.State.REJECTED, Event.State.WAITING):
        reporting.correct(event, timezone.now(), by=place.actor)
        messages.success(request, _("The event is being sent again."))
    return redirect("contingency:board")


@require_POST
@at_work
@managers_only
def sending(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Choose what sends the documents when nobody presses the button."""
    form = SendingForm(request.POST, country=place.merchant.country)
    if not form.is_valid():
        messages.error(request, _("Choose one of the two."))
        return redirect("contingency:board")
    sending = form.cleaned_data["sending"]
    accounts.set_contingency_sending(merchant=place.merchant, sending=sending, by=place.actor)
    messages.success(request, _("Saved."))
    return redirect("contingency:board")


@require_http_methods(["GET", "HEAD", "POST"])
@at_work
@managers_only
def responsible(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Who answers for the merchant's events: Hacienda takes none without a name and a document."""
    if not authority(place.merchant.country).rules.contingency.has_events:
        raise Http404
    form = ResponsibleForm(request.POST or None, merchant=place.merchant)
    if form.is_valid():
        try:
            accounts.set_responsible(merchant=place.merchant, person=form.person(), by=place.actor)
        except Invalid as error:
            form.take(error.faults)
        else:
            messages.success(request, _("Saved. Events that waited for it are sent within a minute."))
            return redirect("contingency:board")
    status = 422 if form.is_bound else 200
    return show(request, place, "contingency/responsible.html", {"form": form}, status=status)
