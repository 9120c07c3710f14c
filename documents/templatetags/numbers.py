"""What the ledger of numbers needs in order to say what became of each."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from documents import series_names
from documents.ledger import Fate, Span
from documents.models import NumberStart, Sequence

register = template.Library()

LABELS: dict[Fate, Promise | str] = {
    Fate.ACCEPTED: _("Accepted"),
    Fate.INVALIDATED: _("Invalidated"),
    Fate.CONTINGENCY: _("In contingency"),
    Fate.TRANSMITTING: _("Transmitting"),
    Fate.CORRECTABLE: _("Rejected, can be corrected"),
    Fate.ABANDONED: _("Abandoned"),
    Fate.NOT_USED: _("Not used"),
    Fate.MISSING: _("Without an explanation"),
    Fate.AHEAD: _("Without an explanation"),
}
TONES: dict[Fate, str] = {
    Fate.ACCEPTED: "ok",
    Fate.CONTINGENCY: "warn",
    Fate.TRANSMITTING: "moving",
    Fate.CORRECTABLE: "bad",
    Fate.MISSING: "bad",
    Fate.AHEAD: "bad",
}
REASONS: dict[str, Promise | str] = {
    "term_ended": _("Hacienda rejected it and it was not corrected within 24 hours."),
    "replaced": _("Hacienda rejected it and another document has taken its place."),
    "refused": _("Hacienda refused the number or the code itself."),
    "spent": _("Hacienda rejected it; a rejected document keeps its number."),
    "message": _("Hacienda rejected the message with this number."),
    Fate.CORRECTABLE: _("A correction brings it back until"),
    Fate.MISSING: _("It was given out and no document has it."),
    Fate.AHEAD: _("A document has it although it was never given out."),
    **{why.value: why.label for why in NumberStart.Why},
}


@register.filter
def series_name(series: Sequence) -> str:
    """What a series is of, as people say it."""
    return series_names.name(series.merchant.country, series.scope)


@register.filter
def fate_label(fate: Fate) -> str:
    """What became of a number, as people say it."""
    return str(LABELS[fate])


@register.filter
def fate_tone(fate: Fate) -> str:
    """Which of the palette's tones belongs to it."""
    return TONES.get(fate, "quiet")


@register.filter
def fate_reason(span: Span) -> str:
    """Why; empty where there is nothing to say."""
    return str(REASONS.get(span.reason or span.fate, ""))
