"""Whether an authority can be reached, as all processes know it: outages are opened, watched and closed here.

An outage is first one emitter's. It becomes everybody's when a second emitter is cut off too, or when nobody at all
answers. It is closed carefully (half-open): by an answer about a document that was let through to try, or by several
good probes in a row. One that comes back soon after probes had closed it was never over, and is harder to close.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from hacienda.compiled import Compiled
from hacienda.models import Outage

EVERYBODY = ""

# Between probes: quick at first; a third of a minute at most, so that events leave within a minute of a recovery,
# also where they report ten thousand documents. The law asks for a trial every 15 minutes.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15, 20))
CONFIRM = timedelta(seconds=1)  # after a good probe, until the next
GOOD_ENOUGH = 2  # good probes in a row that close an outage
# How long probes must have been good where probes were wrong before, by how often it came back. Not longer: events
# are promised within a minute of a recovery, and a probe looks at reception itself.
STEADY = tuple(timedelta(seconds=seconds) for seconds in (0, 0, 10, 30))
WATCH = timedelta(seconds=5)  # between good probes that must go on for a while
SAME_OUTAGE = timedelta(minutes=10)  # failing again so soon after probes had closed it: the same one
TRIAL_PAUSE = timedelta(seconds=10)  # between two documents that are let through
PROBE_LEASE = timedelta(seconds=20)  # a probe that takes longer has died


def current(country: str, environment: str, tax_id: str) -> Outage | None:
    """The open outage that concerns this emitter, everybody's before its own; None when all is well."""
    concerned = [
        one for one in _OPEN.rows(country=country, environment=environment) if one.tax_id in (EVERYBODY, tax_id)
    ]
    return min(concerned, key=lambda one: one.tax_id, default=None)


def open_outages() -> QuerySet[Outage]:
    return Outage.objects.filter(ended_at__isnull=True)


# Asked for every document; there are few of them at any time, because two make it everybody's.
_OPEN = Compiled(
    Outage,
    lambda rows, country, environment: rows.filter(ended_at__isnull=True, country=country, environment=environment),
    country="a country",
    environment="an environment",
)


def latest(country: str, environment: str, tax_id: str) -> Outage | None:
    """The outage of this emitter that ended last."""
    over = Outage.objects.filter(ended_at__isnull=False, country=country, environment=environment)
    return over.filter(tax_id__in=(EVERYBODY, tax_id)).order_by("-ended_at").first()


def failed(
    country: str,
    environment: str,
    tax_id: str,
    *,
    began_at: datetime,
    at: datetime,
    cause: str,
    accepted_at: datetime | None = None,
) -> Outage:
    """An emitter has tried as the law says, in vain, since `began_at`: opens an outage, or goes on with the open one.

    `accepted_at` is when a document of this emitter was last accepted: an outage that ended before it was over.
    """
    with transaction.atomic():
        outage = current(country, environment, tax_id)
        if outage is None:
            outage = _come_back(country, environment, tax_id, at, cause, accepted_at) or _opened(
                country, environment, tax_id, began_at, at, cause
            )
        else:
            Outage.objects.filter(pk=outage.pk).update(
                last_failure_at=at, good_probes=0, good_since=None, began_at=min(outage.began_at, began_at)
            )
        if outage.tax_id != EVERYBODY:
            others = open_outages().filter(country=country, environment=environment).exclude(pk=outage.pk)
            if others.exists():
                outage = widen(outage)
    outage.refresh_from_db()
    return outage


def _opened(country: str, environment: str, tax_id: str, began_at: datetime, at: datetime, cause: str) -> Outage:
    try:
        with transaction.atomic():
            return Outage.objects.create(
                country=country,
                environment=environment,
                tax_id=tax_id,
                cause=cause,
                began_at=began_at,
                last_failure_at=at,
                next_probe_at=at + PAUSES[0],
            )
    except IntegrityError:  # another worker was faster
        return open_outages().get(country=country, environment=environment, tax_id=tax_id)


def _come_back(
    country: str, environment: str, tax_id: str, at: datetime, cause: str, accepted_at: datetime | None
) -> Outage | None:
    """The outage that probes closed a moment ago, open again; None where there is none."""
    last = latest(country, environment, tax_id)
    if last is None or last.ended_at is None or at - last.ended_at > SAME_OUTAGE:
        return None
    if not last.good_probes or (accepted_at is not None and accepted_at > last.ended_at):
        return None  # a document has proved that it was over
    won = Outage.objects.filter(pk=last.pk, ended_at=last.ended_at).update(
        ended_at=None,
        returns=F("returns") + 1,
        cause=cause,
        last_failure_at=at,
        next_probe_at=at + PAUSES[0],
        failed_probes=0,
        good_probes=0,
        good_since=None,
        trial_at=None,
    )
    return last if won else current(country, environment, tax_id)


def widen(outage: Outage) -> Outage:
    """Make an emitter's outage everybody's; where everybody's is open already, that one."""
    try:
        with transaction.atomic():
            Outage.objects.filter(pk=outage.pk, ended_at__isnull=True).update(tax_id=EVERYBODY)
            outage.refresh_from_db()
            return outage
    except IntegrityError:
        return open_outages().get(country=outage.country, environment=outage.environment, tax_id=EVERYBODY)


def let_through(outage: Outage, *, now: datetime) -> bool:
    """Whether the next document may try the normal way: only after a good probe, and one at a time."""
    if not outage.good_probes:
        return False
    free = Q(trial_at__isnull=True) | Q(trial_at__lt=now - TRIAL_PAUSE)
    return bool(Outage.objects.filter(free, pk=outage.pk, ended_at__isnull=True).update(trial_at=now))


def accepted(country: str, environment: str, tax_id: str, *, at: datetime) -> int:
    """A document of this emitter was accepted: its outage is over, and everybody's; how many were closed."""
    ours = open_outages().filter(country=country, environment=environment, tax_id__in=(EVERYBODY, tax_id))
    return ours.update(ended_at=at, good_probes=0)  # by no probe: see `_come_back`


def probes_due(*, now: datetime) -> Sequence[Outage]:
    return list(open_outages().filter(next_probe_at__lte=now).order_by("next_probe_at"))


def claim_probe(outage: Outage, *, now: datetime) -> bool:
    """Whether this caller is the one that probes now."""
    due = open_outages().filter(pk=outage.pk, next_probe_at=outage.next_probe_at)
    return bool(due.update(next_probe_at=now + PROBE_LEASE))


def probe_failed(outage: Outage, *, at: datetime) -> None:
    pause = PAUSES[min(outage.failed_probes + 1, len(PAUSES) - 1)]
    open_outages().filter(pk=outage.pk).update(
        failed_probes=F("failed_probes") + 1,
        good_probes=0,
        good_since=None,
        last_failure_at=at,
        next_probe_at=at + pause,
    )


def probe_succeeded(outage: Outage, *, at: datetime) -> bool:
    """Count a good probe; whether it closed the outage."""
    since = outage.good_since or at
    steady = at - since >= STEADY[min(outage.returns, len(STEADY) - 1)]
    if outage.good_probes + 1 >= GOOD_ENOUGH and steady:
        ours = open_outages().filter(country=outage.country, environment=outage.environment)
        # Everybody's end is the end of each emitter's own, too.
        return bool((ours if outage.tax_id == EVERYBODY else ours.filter(pk=outage.pk)).update(ended_at=at))
    pause = CONFIRM if outage.good_probes < GOOD_ENOUGH else WATCH
    open_outages().filter(pk=outage.pk).update(
        failed_probes=0, good_probes=F("good_probes") + 1, good_since=since, next_probe_at=at + pause
    )
    return False


def recorded(country: str, environment: str, *, began_at: datetime, ended_at: datetime, cause: str) -> Outage:
    """Write down an outage of everybody's that is over already."""
    return Outage.objects.create(
        country=country,
        environment=environment,
        tax_id=EVERYBODY,
        cause=cause,
        began_at=began_at,
        last_failure_at=ended_at,
        ended_at=ended_at,
        next_probe_at=ended_at,
    )
