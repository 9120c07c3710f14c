"""The daily anchor of a merchant's evidence: where every chain ended that grew on a day, and the anchor before."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max, Min

from accounts.models import Merchant
from documents import chain
from documents.chain import Head
from documents.models import EvidenceAnchor, EvidenceLink
from hacienda.registry import authority

log = logging.getLogger(__name__)

SETTLED: Final = timedelta(minutes=5)  # after the end of a day, until what was written in it is there to be read


def bounds(merchant: Merchant, day: date) -> tuple[datetime, datetime]:
    """Begin and end of a day in the zone of the merchant's authority; the end is not part of it."""
    zone = authority(merchant.country).rules.zone
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def heads(merchant: Merchant, environment: str, day: date) -> list[Head]:
    """The ends that the merchant's chains had at the end of the day, of those that grew on it; in order."""
    begin, end = bounds(merchant, day)
    grown = EvidenceLink.objects.filter(merchant=merchant, environment=environment, at__gte=begin, at__lt=end)
    last = dict(grown.order_by().values_list("chain").annotate(Max("position")))
    rows = grown.values_list("chain", "position", "digest").iterator(chunk_size=5000)
    return sorted((name, position, digest) for name, position, digest in rows if last.get(name) == position)


def anchor(now: datetime) -> int:
    """Make the anchors of all days that are over and have none yet, whosever they are; how many were made."""
    made = 0
    for merchant, environment in _places():
        for day in _days(merchant, environment, now):
            made += _anchored(merchant, environment, day, now)
    return made


def _places() -> list[tuple[Merchant, str]]:
    pairs = EvidenceLink.objects.order_by().values_list("merchant_id", "environment").distinct()
    merchants = Merchant.objects.in_bulk({merchant for merchant, _environment in pairs})
    return sorted(
        ((merchants[key], environment) for key, environment in pairs), key=lambda place: (place[0].pk, place[1])
    )


def _days(merchant: Merchant, environment: str, now: datetime) -> Iterator[date]:
    """The days on which something was written and that are over, from the last anchor on."""
    zone = authority(merchant.country).rules.zone
    mine = EvidenceLink.objects.filter(merchant=merchant, environment=environment)
    last = EvidenceAnchor.objects.filter(merchant=merchant, environment=environment).order_by("-day").first()
    since = bounds(merchant, last.day)[1] if last is not None else None
    until = bounds(merchant, (now - SETTLED).astimezone(zone).date())[0]
    while True:
        left = mine.filter(at__lt=until) if since is None else mine.filter(at__gte=since, at__lt=until)
        first = left.aggregate(first=Min("at"))["first"]
        if first is None:
            return
        day = first.astimezone(zone).date()
        yield day
        since = bounds(merchant, day)[1]


def _anchored(merchant: Merchant, environment: str, day: date, now: datetime) -> bool:
    found = heads(merchant, environment, day)
    before = EvidenceAnchor.objects.filter(merchant=merchant, environment=environment, day__lt=day).order_by("-day")
    previous = before.values_list("digest", flat=True).first() or ""
    root = chain.root(found)
    digest = chain.anchor(
        tax_id=merchant.tax_id,
        environment=environment,
        day=day.isoformat(),
        previous=previous,
        root=root,
        chains=len(found),
    )
    try:
        with transaction.atomic():
            EvidenceAnchor.objects.create(
                merchant=merchant,
                environment=environment,
                day=day,
                previous=previous,
                chains=len(found),
                root=root,
                digest=digest,
                heads=json.dumps(found),
                made_at=now,
            )
    except IntegrityError:  # another worker was faster
        return False
    # Nothing secret, and a copy that is kept apart from the database.
    log.info("evidence of %s %s on %s: %s chains, %s", merchant.tax_id, environment, day, len(found), digest)
    return True
