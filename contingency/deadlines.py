"""What is sent without being asked for: on Hacienda's recovery, and before the law's terms run out.

Both look at the documents themselves, so that nothing has to be remembered and a missed moment is made up for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Merchant
from contingency.models import Run, RunDocument
from contingency.services import runs
from documents.models import Document
from documents.states import State
from hacienda.registry import authority, countries

MARGIN: Final = timedelta(hours=6)  # how long before its term ends a document is sent
# After a run that left some of them behind: time for a person, before the same is tried again.
PAUSE: Final = timedelta(minutes=30)


def start_runs(now: datetime) -> int:
    """Start every run whose time has come; returns how many were made."""
    return sum(
        _start(merchant, environment, trigger, now)
        for trigger, documents in (
            (Run.Trigger.RECOVERY, _recovered()),
            (Run.Trigger.DEADLINE, _nearly_late(now)),
        )
        for merchant, environment in _whose(documents)
    )


def _reported() -> QuerySet[Document]:
    """Documents that may be sent and that no run is about to send."""
    documents = Document.objects.filter(state=State.CONTINGENCY.value, event_accepted_at__isnull=False)
    return documents.exclude(_in_runs(run__finished_at__isnull=True, outcome=RunDocument.Outcome.OPEN))


def _in_runs(**which: object) -> Exists:
    """Whether a document is in such a run. One look each: what was sent in years is not gone through."""
    return Exists(RunDocument.objects.filter(document=OuterRef("pk"), **which))


def _recovered() -> QuerySet[Document]:
    """Those of merchants that want them sent as soon as Hacienda is back, or must send them then; once."""
    # Not by a join: from the few merchants that want it, and not from all that waits.
    eager = Merchant.objects.filter(contingency_sending=Merchant.ContingencySending.ON_RECOVERY)
    prompt = [country for country in countries() if authority(country).rules.contingency.sends_on_recovery]
    wanted = Q(merchant__in=eager)
    if prompt:
        wanted |= Q(merchant__in=Merchant.objects.filter(country__in=prompt), outage__isnull=False)
    return _reported().filter(wanted).exclude(_in_runs(run__trigger=Run.Trigger.RECOVERY))


def _nearly_late(now: datetime) -> QuerySet[Document]:
    """Whatever the merchant's setting: a document must not become late while there is something to be done."""
    late = _reported().filter(documents_due__gt=now, documents_due__lte=now + MARGIN)
    return late.exclude(_in_runs(run__trigger=Run.Trigger.DEADLINE, run__created_at__gt=now - PAUSE))


def _whose(documents: QuerySet[Document]) -> list[tuple[Merchant, str]]:
    pairs = list(documents.order_by().values_list("merchant_id", "environment").distinct())
    merchants = Merchant.objects.in_bulk({merchant for merchant, _environment in pairs})
    return [(merchants[merchant], environment) for merchant, environment in pairs]


def _start(merchant: Merchant, environment: str, trigger: str, now: datetime) -> bool:
    _run, made = runs.start(merchant=merchant, environment=environment, trigger=trigger, now=now)
    return made
