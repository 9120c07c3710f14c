"""The dashboard's page on which a rejected document is corrected and sent again."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.pages import at_work, sentence, show
from accounts.workplace import Workplace
from documents import drafting, field_names, rejections, selectors
from documents.correction_form import CorrectionForm
from documents.correction_lines import Full, Lines, renumbered
from documents.drafting import Sender
from documents.errors import Conflict, NotReady
from documents.models import Document
from documents.services import dispatch
from documents.services.correct import correct as correct_document
from documents.services.correct import refuse_if_impossible
from documents.services.errands import SendDocument
from documents.states import State
from hacienda.errors import Refused
from hacienda.values import Invalid

# The buttons that change the lines: the name of a list, and a pointer to a line. A form with an input that is named
# `remove` could not be taken out of the page by a script.
ADD: Final = "add-line"
REMOVE: Final = "remove-line"


@require_http_methods(["GET", "HEAD", "POST"])
@at_work
def correct(request: HttpRequest, place: Workplace, public_id: str) -> HttpResponse:
    """The form with what was sent, and the sending of what was changed. What is wrong stands beside its field."""
    found = selectors.find(selectors.documents(place.merchant, place.environment), public_id)
    if found is None:
        raise Http404
    try:
        refuse_if_impossible(found)
    except Conflict as error:
        messages.error(request, sentence(error.message, error.params))
        return redirect("dashboard:document", public_id=found.public_id)
    if found.request is None:
        messages.error(request, _("What was asked for was not kept yet when this document was sent."))
        return redirect("dashboard:document", public_id=found.public_id)
    form = _form(request, found)
    change = request.POST.get(ADD) or request.POST.get(REMOVE)
    if change:
        return _show(request, place, found, form)
    if form.is_bound and form.is_valid():
        sent = _sent(place, found, form)
        if sent is not None:
            _tell(request, sent)
            return redirect("dashboard:document", public_id=sent.public_id)
    return _show(request, place, found, form, status=422 if form.is_bound else 200)


def _show(
    request: HttpRequest, place: Workplace, document: Document, form: CorrectionForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "document": document,
        "form": form,
        "diagnosis": rejections.diagnosis(document),
        "now": timezone.now(),
        "news": _news(request, form),
    }
    fragment = "documents/_correction.html"
    return show(request, place, "documents/correct.html", context, fragment=fragment, status=status)


def _form(request: HttpRequest, document: Document) -> CorrectionForm:
    """The form with what was sent, or with what was typed; with a line more or less where that was asked for."""
    country = document.merchant.country
    body: dict[str, Any] = document.request or {}
    errors = (document.rejection or {}).get("errors") or []
    if request.method != "POST":
        return CorrectionForm(country=country, body=body, errors=errors)
    data = {str(name): str(value) for name, value in request.POST.items()}
    lines = Lines.read(body, data)
    added, gone = data.get(ADD, ""), field_names.steps_of(data.get(REMOVE, ""))
    if added in lines.rows:
        form = CorrectionForm(data, country=country, body=body, errors=errors, lines=lines)
        return _with_another(added, form, body, data, errors)
    match gone:
        case (str() as name, int(index)) if lines.can_lose(name) and index < len(lines.rows[name]):
            lines, data = lines.without(name, index), renumbered(data, name, index)
            focus = (name, min(index, len(lines.rows[name]) - 1))
            return CorrectionForm(data, country=country, body=body, errors=errors, lines=lines, focus=focus)
    return CorrectionForm(data, country=country, body=body, errors=errors, lines=lines)


def _with_another(
    name: str, form: CorrectionForm, body: dict[str, Any], data: dict[str, str], errors: list[dict[str, str]]
) -> CorrectionForm:
    """The form with a new line at the end of a list; as it was, and saying why, where there is no room for one."""
    form.full_clean()
    try:
        lines = form.lines.with_another(name)
    except Full as full:
        form.add_error(None, _("A document has at most %(count)s of these lines.") % {"count": full.most})
        return form
    new = (name, len(lines.rows[name]) - 1)
    longer = CorrectionForm(data, country=form.country, body=body, errors=errors, lines=lines, focus=new)
    if longer.shows(new):
        return longer
    form.add_error(None, _("This page has no room for another line. Send longer corrections through the API."))
    return form


def _news(request: HttpRequest, form: CorrectionForm) -> str:
    """What changed, for readers who hear the page."""
    name = request.POST.get(ADD) or str((field_names.steps_of(request.POST.get(REMOVE, "")) or ("",))[0])
    count = len(form.lines.rows.get(name, ()))
    return ngettext("%(count)s line now", "%(count)s lines now", count) % {"count": count} if count else ""


def _sent(place: Workplace, document: Document, form: CorrectionForm) -> Document | None:
    """The corrected document as it is after the wait; None where the form says why it was not sent."""
    now = timezone.now()
    try:
        wanted = drafting.read_from(form.corrected(), Sender(place.merchant, place.environment), now=now)
        issued = correct_document(document=document, wanted=wanted, by=place.actor, now=now)
    except Invalid as error:
        form.take(error.faults)
        return None
    except Conflict as error:
        form.add_error(None, sentence(error.message, error.params))
        return None
    except NotReady as error:
        form.add_error(None, _(error.message))
        return None
    except Refused as error:
        form.add_error(None, str(error))
        return None
    if issued.first is not None:
        wait = settings.TRIAL_WAIT if issued.first.is_trial else settings.DEFAULT_WAIT
        dispatch.send_and_wait(SendDocument(issued.document), issued.owner, wait=wait, first=issued.first)
    return Document.objects.get(pk=issued.document.pk)


def _tell(request: HttpRequest, document: Document) -> None:
    if document.state == State.REJECTED:
        messages.error(request, _("Hacienda rejected the correction too. Below stands why."))
    else:
        messages.success(request, _("The correction was sent to Hacienda."))
