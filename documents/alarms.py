"""What a person must see to about documents: numbers that nothing explains, and documents that do not get on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from accounts.models import Credential
from documents import ledger, rejections
from documents.models import Attempt, Decision, Document, Invalidation, Sequence
from documents.states import State
from hacienda import policy
from hacienda.alarms import Alarm
from hacienda.registry import authority, countries

UNTAKEN: Final = timedelta(seconds=60)  # a sender looks several times a second
UNDECIDED: Final = timedelta(hours=1)
ENDS_SOON: Final = timedelta(hours=6)  # before the end of a term


def found(now: datetime) -> Iterator[Alarm]:
    """Everything that is wrong now; cheap enough to be asked every minute, however many documents there are."""
    yield from number_gaps()
    yield from stuck(now)
    yield from undecided(now)
    yield from stopped_issuers()
    yield from ending_corrections(now)


def number_gaps() -> Iterator[Alarm]:
    """Series with a number that nothing explains. Counted from where the daily count has got to (`ledger.count`)."""
    rows = Sequence.objects.select_related("merchant").prefetch_related("starts").order_by("pk")
    for row in ledger.counted(rows, after="counted"):
        count = ledger.unexplained(row, after=row.counted)
        if count:
            yield Alarm(
                "number_gap",
                f"Series {row} has {count} numbers that nothing explains: see manage.py ledger.",
                row.merchant.tax_id,
                row.environment,
                count=count,
            )


def stuck(now: datetime) -> Iterator[Alarm]:
    """Documents and decisions on their way whose time has come a while ago, and whom no sender has taken up."""
    for tax_id, environment, count, since in _untaken(Document.objects.filter(state=State.TRANSMITTING.value), now):
        text = f"{count} documents wait to be sent and no sender takes them up: is one running?"
        yield Alarm("document_stuck", text, tax_id, environment, since=since, count=count)
    for tax_id, environment, count, since in _untaken(Decision.objects.filter(Decision.ACTIVE), now):
        text = f"{count} decisions wait to be sent and no sender takes them up: is one running?"
        yield Alarm("decision_stuck", text, tax_id, environment, since=since, count=count)


def undecided(now: datetime) -> Iterator[Alarm]:
    """Documents and invalidations that Hacienda refused long ago in words that it may contradict, and does not."""
    doubts = Attempt.objects.filter(outcome__in=policy.DOUBTFUL, started_at__lt=now - UNDECIDED)
    documents = Document.objects.filter(
        Exists(doubts.filter(document=OuterRef("pk"), invalidation=None, started_at__gte=OuterRef("changed_at"))),
        state=State.TRANSMITTING.value,
        next_attempt_at__isnull=False,  # as for all of them; it is what the index is of
    )
    invalidations = Invalidation.objects.filter(
        Invalidation.ACTIVE, Exists(doubts.filter(document=OuterRef("document"), invalidation=OuterRef("pk")))
    )
    found: dict[tuple[str, str], int] = {}
    for rows, of in ((documents, ""), (invalidations, "document__")):
        owners = rows.order_by().values_list(f"{of}merchant__tax_id", f"{of}environment")
        for tax_id, environment, count in owners.annotate(Count("pk")):
            found[tax_id, environment] = found.get((tax_id, environment), 0) + count
    for (tax_id, environment), count in sorted(found.items()):
        text = f"Hacienda contradicts itself about {count} documents and answers no question about them."
        yield Alarm("document_undecided", text, tax_id, environment, count=count)


def _untaken(moving: QuerySet[Any], now: datetime) -> Iterable[tuple[str, str, int, datetime]]:
    """Tax number and environment of those whose rows wait, how many they are and since when."""
    late = now - UNTAKEN
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=late)
    rows = moving.filter(free, next_attempt_at__lt=late).order_by()
    by_owner = rows.values_list("merchant__tax_id", "environment")
    found: QuerySet[Any, Any] = by_owner.annotate(Count("pk"), Min("next_attempt_at"))
    return found


def stopped_issuers() -> Iterator[Alarm]:
    """Merchants whose access the authority refuses while documents of theirs wait."""
    for refused in Credential.objects.filter(refused_at__isnull=False).select_related("merchant").order_by("pk"):
        waiting = Document.objects.filter(
            merchant=refused.merchant_id,
            environment=refused.environment,
            state__in=(State.TRANSMITTING.value, State.CONTINGENCY.value),
        ).count()
        if waiting:
            text = f"{waiting} documents wait: Hacienda refused the merchant's access, and a person must mend it."
            yield Alarm(
                "issuer_stopped",
                text,
                refused.merchant.tax_id,
                refused.environment,
                since=refused.refused_at,
                count=waiting,
            )


def ending_corrections(now: datetime) -> Iterator[Alarm]:
    """Rejected documents that nobody has corrected, and whose number is lost when their term ends."""
    terms = [authority(country).rules.correction_term for country in countries()]
    shortest, longest = min(terms), max(terms)
    # Those that were replaced are passed over below: asked of the database, it would look there first, among all.
    rows = Document.objects.filter(state=State.REJECTED.value, changed_at__gt=now - longest)
    ends: dict[tuple[str, str], list[datetime]] = {}
    rows = rows.select_related("merchant").defer("content", "request").order_by("changed_at")
    for row in rows.iterator():
        # First what costs nothing: few of those that were rejected today are near the end of their term.
        at = None if row.rejection is None else datetime.fromisoformat(row.rejection["at"])
        if at is None or not now - longest < at <= now + ENDS_SOON - shortest:
            continue
        until = rejections.correctable_until(row)
        if until is not None and now < until <= now + ENDS_SOON:
            ends.setdefault((row.merchant.tax_id, row.environment), []).append(until)
    for (tax_id, environment), moments in ends.items():
        text = f"{len(moments)} rejected documents lose their numbers unless they are corrected in time."
        yield Alarm("correction_ends", text, tax_id, environment, since=min(moments) - longest, count=len(moments))
