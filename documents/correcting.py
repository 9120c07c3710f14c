"""The dashboard's page on which a rejected document is corrected and sent again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.pages import at_work, sentence, show
from accounts.workplace import Workplace
from documents import drafting, rejections, selectors
from documents.correction_form import CorrectionForm
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
    errors = (found.rejection or {}).get("errors") or []
    form = CorrectionForm(request.POST if request.method == "POST" else None, body=found.request, errors=errors)
    if form.is_bound and form.is_valid():
        sent = _sent(place, found, form)
        if sent is not None:
            _tell(request, sent)
            return redirect("dashboard:document", public_id=sent.public_id)
    context: dict[str, Any] = {
        "document": found,
        "form": form,
        "diagnosis": rejections.diagnosis(found),
        "now": timezone.now(),
    }
    return show(request, place, "documents/correct.html", context, status=422 if form.is_bound else 200)


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
