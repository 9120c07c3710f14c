"""Which documents of a period are to be settled with the third party that they were issued for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from documents import mapping
from documents.models import Document, Invalidation, Reference
from documents.services.originals import COUNTING
from documents.states import State
from hacienda.drafts import Draft, Period, Related
from hacienda.registry import authority


def with_period(draft: Draft, *, merchant: Merchant, environment: str) -> Draft:
    """The draft with the merchant's own documents that its period still has to settle, after those that it names.

    These are the ones issued in the period, and the ones of any time that were invalidated up to its end after they
    had been settled. Those that the authority has not stamped yet are among them: to leave them out without a word
    would be to lose them. A draft without a period, or of a type that settles nothing, is returned as it is.
    """
    rules = authority(merchant.country).rules
    types = rules.settles.get(draft.type_code)
    tax_id = mapping.bare(draft.customer.tax_id) if draft.customer is not None else ""
    if types is None or draft.period is None or not tax_id:
        return draft
    named = {one.number.strip().upper() for one in draft.related if one.electronic}
    rows = _unsettled(draft.type_code, tax_id, merchant, environment).filter(type_code__in=types)
    found = _within(rows, draft.period, rules.zone).order_by("issued_at", "pk")
    most = rules.most_settled + 1  # so that the law sees that they are too many
    selected = tuple(
        Related(
            type_code=type_code,
            number=code,
            electronic=True,
            issued_on=issued_at.astimezone(rules.zone).date(),
            selected=True,
        )
        for type_code, code, issued_at in found.values_list("type_code", "generation_code", "issued_at")[:most]
        if code not in named
    )
    return replace(draft, related=draft.related + selected)


def _unsettled(type_code: str, tax_id: str, merchant: Merchant, environment: str) -> QuerySet[Document]:
    """The documents issued for that third party of which a direction, sold or taken back, is not settled yet."""
    listings = Reference.objects.filter(
        number=OuterRef("generation_code"),
        document__merchant=merchant,
        document__environment=environment,
        document__type_code=type_code,
        document__state__in=COUNTING,
    )
    times = listings.order_by().values("number").annotate(times=Count("pk")).values("times")
    return (
        Document.objects.filter(merchant=merchant, environment=environment, third_party_tax_id=tax_id)
        .filter(state__in=(*COUNTING, State.INVALIDATED.value))
        .annotate(settled=Coalesce(Subquery(times), 0))
    )


def _within(rows: QuerySet[Document], period: Period, zone: tzinfo) -> QuerySet[Document]:
    """Issued in the period and never settled, or invalidated up to its end after having been settled."""
    begin = datetime.combine(period.first, time(), zone)
    # The last day that there is has none after it.
    end = datetime.combine(min(period.last, date.max - timedelta(days=2)) + timedelta(days=1), time(), zone)
    undone = Invalidation.objects.filter(document=OuterRef("pk"), status=Invalidation.Status.ACCEPTED, at__lt=end)
    return rows.filter(
        Q(settled=0, issued_at__gte=begin, issued_at__lt=end)
        | Q(Exists(undone), settled=1, state=State.INVALIDATED.value)
    )
