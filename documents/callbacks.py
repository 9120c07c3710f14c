"""The door at which an authority says that it has judged a document. What it says beside that is not looked at."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.addresses import client_address
from accounts.throttling import is_guessing
from documents.services import callbacks


@csrf_exempt
@require_POST
def judged(request: HttpRequest, token: str) -> HttpResponse:
    """200, whatever the document is by now; 404 for an address that is none, and 429 for many of those."""
    if callbacks.called(token, now=timezone.now()):
        return HttpResponse(status=200)
    return HttpResponse(status=429 if is_guessing(client_address(request)) else 404)
