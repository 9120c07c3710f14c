"""Points in time as people read them, in the language of the page and the installation's time zone."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext

register = template.Library()


@register.filter(expects_localtime=True)
def day(at: datetime | None) -> str:
    """22 Nov 2026; the format is a message, because languages write the month differently."""
    return date_format(at, gettext("j M Y")) if at else ""


@register.filter(expects_localtime=True)
def minute(at: datetime | None) -> str:
    """22 Nov 2026, 09:15"""
    return date_format(at, gettext("j M Y, H:i")) if at else ""


@register.filter(expects_localtime=True)
def second(at: datetime | None) -> str:
    """22 Nov 2026, 09:15:02"""
    return date_format(at, gettext("j M Y, H:i:s")) if at else ""
