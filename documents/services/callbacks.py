"""Where an authority that judges later may call to say that it has: an address of each document's own.

Whoever calls is not known and is believed nothing: the document is asked about at once, and that is all. The address
cannot be guessed, and is told to the authority alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.counting import counters
from accounts.models import Environment
from documents import mapping
from documents.models import Document
from documents.states import State

PER_MINUTE: Final = 10  # questions about one document that calls can cause
_SALT: Final = "documents.callbacks"
_LENGTH: Final = 32  # of the mark, in hexadecimal digits


def url(document: Document) -> str:
    """Where to call about the document; empty where nobody calls, or a call would travel unsealed."""
    if not mapping.polling(document):
        return ""
    if not settings.HTTPS and document.environment != Environment.SANDBOX:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('judged', args=[_token(document.public_id)])}"


def called(token: str, *, now: datetime) -> bool:
    """Make the document due for a question; False where there is no such address."""
    public_id, _, _mark = token.rpartition(".")
    if not public_id or not constant_time_compare(token, _token(public_id)):
        return False
    if counters().add(f"called:{public_id}") <= PER_MINUTE:
        waiting = Document.objects.filter(public_id=public_id, state=State.TRANSMITTING.value)
        waiting.update(called_at=now, next_attempt_at=now)
    return True


def called_at(document: Document) -> datetime | None:
    """When we were last called about it, by now: it happens beside whoever holds the document."""
    return Document.objects.filter(pk=document.pk).values_list("called_at", flat=True).first()


def _token(public_id: str) -> str:
    mark = salted_hmac(_SALT, public_id, algorithm="sha256").hexdigest()[:_LENGTH]
    return f"{public_id}.{mark}"
