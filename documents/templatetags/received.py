"""What the templates need in order to say what became of received documents."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from accounts.pages import sentence
from documents import wording
from documents.models import Decision, ReceivedDocument
from documents.received import desk
from hacienda.inbox import Kind

register = template.Library()

_TONES = {Kind.ACCEPT.value: "ok", Kind.ACCEPT_PARTLY.value: "warn", Kind.REJECT.value: "bad"}


@register.filter
def received_type(received: ReceivedDocument) -> str:
    """The name of the document's type in the reader's language."""
    return str(wording.label(received.merchant.country, received.type_code))


@register.filter
def decision_label(decision: Decision) -> str:
    """What was said, once Hacienda has it; until then how the message fares."""
    if decision.status == Decision.Status.ACCEPTED:
        return str(decision.get_kind_display())
    if decision.status == Decision.Status.REJECTED:
        return _("Message rejected")
    return str(decision.get_status_display())


@register.filter
def decision_tone(decision: Decision) -> str:
    """Which of the palette's tones belongs to that."""
    if decision.status == Decision.Status.ACCEPTED:
        return _TONES[decision.kind]
    return "bad" if decision.status == Decision.Status.REJECTED else "moving"


@register.filter
def condition_label(decision: Decision) -> str:
    """What becomes of the tax, in words."""
    name = desk.inbox_of(decision.merchant).conditions.get(decision.condition, "")
    return f"{decision.condition} · {sentence(name, {})}" if name else decision.condition
