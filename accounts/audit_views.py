"""The dashboard's page of the audit log, for managers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.audit import Action
from accounts.models import AuditEntry, Merchant, Role
from accounts.pages import at_work, managers_only, show
from accounts.workplace import Workplace

PAGE = 50

# What details are called, and the words that stand in them.
NAMES: Mapping[str, Any] = {
    "name": _("Name"),
    "role": _("Role"),
    "before": _("Before"),
    "place": _("Place"),
    "kind": _("Kind"),
    "number": _("Number"),
    "trigger": _("Started by"),
    "documents": _("Documents"),
    "replaced_by": _("Replaced by"),
    "valid_until": _("Valid until"),
    "contingency_sending": _("Sending from contingency"),
    "responsible_name": _("Responsible person"),
    "responsible_id_type": _("Type of document"),
    "responsible_id_number": _("Number of document"),
    "export_defaults": _("Exports"),
    "donation_resolution": _("Donation resolution"),
    "number_scope": _("Numbering"),
    "next": _("Next number"),
    "trade_name": _("Trade name"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
    "series": _("Series"),
}
WORDS: Mapping[str, Any] = {
    **dict(Role.choices),
    **dict(Merchant.ContingencySending.choices),
    "error": _("Error in the document"),
    "rescinded": _("The operation was rescinded"),
    "other": _("Other"),
    "button": _("The button"),
    "api": _("The API"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown; `facts` are its details, flattened."""

    entry: AuditEntry
    facts: tuple[tuple[str, str], ...]


@require_safe
@at_work
@managers_only
def audit_log(request: HttpRequest, place: Workplace) -> HttpResponse:
    """Who did what for the company, in every environment, newest first."""
    action = request.GET.get("action") or None
    if action is not None and action not in Action.values:
        raise Http404
    before = request.GET.get("before") or None
    key = None if before is None else audit.key_in(before)
    if before is not None and key is None:
        raise Http404
    rows = list(audit.entries(place.merchant, action=action, before=key)[: PAGE + 1])
    shown = rows[:PAGE]
    older = {"before": audit.public_id(shown[-1])} if len(rows) > PAGE else {}
    context = {
        "lines": [Line(row, tuple(_facts(row.details))) for row in shown],
        "action": action or "",
        "actions": Action.choices,
        "older": urlencode(({"action": action} if action else {}) | older) if older else "",
        "is_first": before is None,
    }
    return show(request, place, "accounts/audit.html", context)


def _facts(details: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in details.items():
        if isinstance(value, Mapping) and set(value) == {"from", "to"}:
            yield _name(prefix + name), f"{_plain(value['from'])} → {_plain(value['to'])}"
        elif isinstance(value, Mapping):
            yield from _facts(value, prefix="" if name == "changed" else f"{name}.")
        elif value not in ("", None):
            yield _name(prefix + name), _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "–"
    return "–" if value in ("", None) else str(WORDS.get(str(value), value))


def _name(name: str) -> str:
    return str(NAMES.get(name, name))
