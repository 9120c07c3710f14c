"""What a person must see to: gathered from every floor, with what only the whole installation can tell.

Each code has its section in docs/runbook.md.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import Error
from django.db.models import Min
from django_q.models import OrmQ, Task

from accounts import alarms as accounts
from contingency import alarms as contingency
from documents import alarms as documents
from documents.models import Heartbeat, Restoration
from documents.services import heartbeats, numbering
from hacienda.alarms import Alarm
from smartbill import readiness

log = logging.getLogger(__name__)

MAIL: Final = ("documents.tasks.mail_link", "smartbill.tasks.watch")  # what fails when mail does
MAIL_WINDOW: Final = timedelta(hours=1)
BEHIND_AFTER: Final = timedelta(minutes=5)
# A disk is nearly full with less than this share of it free, unless that is a lot all the same.
DISK_SHARE: Final = 0.05
DISK_BYTES: Final = 5 * 1024**3

Source = Callable[[datetime], Iterable[Alarm]]
FLOORS: tuple[Source, ...] = (accounts.found, documents.found, contingency.found)


def found(now: datetime) -> list[Alarm]:
    """Everything that a person must see to.

    A source that fails does not hide the others, and a database that does not answer is an alarm itself.
    """
    alarms: list[Alarm] = []
    for source in sources():
        try:
            alarms += source(now)
        except Error as error:
            alarms.append(Alarm("database_unreachable", f"The database does not answer ({type(error).__name__})."))
            break
        except Exception:  # the boundary of a source
            log.exception("alarms of %s could not be looked for", source.__module__)
            alarms.append(Alarm("alarms_incomplete", f"Alarms of {source.__module__} could not be looked for."))
    return alarms


def sources() -> list[Source]:
    """Where alarms are found: in this module and in those of the floors below."""
    return [_disk, _migrations, _processes, _schedules, _mail, _restored, *FLOORS]


def _disk(now: datetime) -> Iterator[Alarm]:
    usage = shutil.disk_usage(settings.DATA_DIR)
    if usage.free < min(usage.total * DISK_SHARE, DISK_BYTES):
        free = usage.free // 1024**2
        yield Alarm("disk_nearly_full", f"The disk of DATA_DIR has {free} MB left.")


def _migrations(now: datetime) -> Iterator[Alarm]:
    missing = readiness.missing_migrations()
    if missing:
        yield Alarm("migrations_missing", f"The database lacks migrations: {missing[0]}, ...", count=len(missing))


def _processes(now: datetime) -> Iterator[Alarm]:
    for kind, code in ((Heartbeat.Kind.SENDER, "sender_silent"), (Heartbeat.Kind.WORKER, "worker_silent")):
        if not heartbeats.alive(kind, now).exists():
            yield Alarm(code, f"No {kind.value} is at work.", since=heartbeats.last(kind))
    behind = OrmQ.objects.filter(lock__lt=now - BEHIND_AFTER)
    waiting = behind.count()
    if waiting:
        since = behind.aggregate(first=Min("lock"))["first"]
        yield Alarm("worker_behind", f"{waiting} short tasks wait for a worker.", since=since, count=waiting)


def _schedules(now: datetime) -> Iterator[Alarm]:
    missing = readiness.missing_schedules()
    if missing:
        text = f"Nothing starts what should be done by schedule: {', '.join(missing)}."
        yield Alarm("schedule_missing", text, count=len(missing))
    late = readiness.late_schedules(now)
    if late:
        yield Alarm("schedule_late", f"Schedules are not started in time: {', '.join(late)}.", count=len(late))


def _mail(now: datetime) -> Iterator[Alarm]:
    failed = Task.objects.filter(func__in=MAIL, success=False, stopped__gt=now - MAIL_WINDOW)
    count = failed.count()
    if count:
        since = failed.aggregate(first=Min("stopped"))["first"]
        yield Alarm("mail_failing", f"{count} mails were not sent within the last hour.", since=since, count=count)


def _restored(now: datetime) -> Iterator[Alarm]:
    restoration = Restoration.objects.filter(closed_at__isnull=True).first()
    if restoration is None:
        return
    since = restoration.restored_at
    if restoration.doubted_at is None:
        yield Alarm("restore_unfinished", "A restore was interrupted before it was safe to send.", since=since)
    text = "A backup was restored: series wait for their next number."
    yield Alarm("numbering_held", text, since=since, count=max(numbering.held().count(), 1))
