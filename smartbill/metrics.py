"""Figures for Prometheus: what the processes have counted, and what the database tells at this moment."""

from __future__ import annotations

import hmac
import platform
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import django
from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django_q.models import OrmQ, Task
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from contingency.models import Batch, Event, Run
from documents.models import Decision, Document, Heartbeat, Invalidation, Queued
from documents.services import heartbeats
from documents.states import State
from hacienda import availability
from hacienda.clocks import CLOCKS
from smartbill.alarms import MAIL, MAIL_WINDOW
from smartbill.models import RaisedAlarm
from smartbill.version import VERSION

PREFIX = "smartbill_"
Samples = dict[tuple[Any, ...], float]
NEAR = CLOCKS["contingency_event"].announced[0]
QUEUES: tuple[type[Queued], ...] = (Document, Invalidation, Decision, Event, Run, Batch)
LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP")


def is_allowed(request: HttpRequest) -> bool:
    """With the token; or without one from the machine itself, outside production and past no proxy.

    Behind a proxy on the same machine the whole world comes from the loopback address.
    """
    token: str = settings.METRICS_TOKEN
    if token:
        return hmac.compare_digest(request.META.get("HTTP_AUTHORIZATION", "").encode(), f"Bearer {token}".encode())
    if settings.PRODUCTION or any(name in request.META for name in FORWARDED):
        return False
    return request.META.get("REMOTE_ADDR") in LOOPBACK


def exposition() -> bytes:
    """Everything, in Prometheus' text form."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(settings.METRICS_DIR))
    registry.register(Facts())
    return generate_latest(registry)


class Facts(Collector):
    """What the database tells when it is asked."""

    def describe(self) -> Iterable[Metric]:
        return ()  # asking the database only to register would be too much

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        build = {"version": VERSION, "build": settings.BUILD, "python": platform.python_version()}
        yield _family("build", "What runs here.", {(*build.values(), django.__version__): 1}, (*build, "django"))
        yield from _queues(now)
        yield from _documents(now)
        yield from _processes(now)
        outages = availability.open_outages().values_list("country", "environment").annotate(Count("pk"))
        yield _family("outages_open", "Outages that are going on.", _rows(outages), ("country", "environment"))
        alarms = RaisedAlarm.objects.filter(ended_at__isnull=True).values_list("code").annotate(Count("pk"))
        yield _family("alarms", "What a person must see to; see the runbook.", _rows(alarms), ("code",))
        failures = Task.objects.filter(func__in=MAIL, success=False, stopped__gt=now - MAIL_WINDOW).count()
        yield _family("mail_failures_last_hour", "Mails that were not sent.", {(): failures}, ())


def _queues(now: datetime) -> Iterator[Metric]:
    waiting: Samples = {("task",): OrmQ.objects.count()}
    due: Samples = {("task",): OrmQ.objects.filter(lock__lte=now).count()}
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for model in QUEUES:
        kind = (model.__name__.lower(),)
        rows = model._default_manager.filter(model.ACTIVE)
        waiting[kind] = rows.count()
        due[kind] = rows.filter(free, next_attempt_at__lte=now).count()
    yield _family("queue", "Rows with which something is still to be done.", waiting, ("kind",))
    yield _family("queue_due", "Those of them that somebody should have taken up.", due, ("kind",))


def _documents(now: datetime) -> Iterator[Metric]:
    transmitting = Document.objects.filter(state=State.TRANSMITTING.value)
    oldest = transmitting.aggregate(first=Min("created_at"))["first"]
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield _family("oldest_transmitting_seconds", "Age of the oldest document on its way.", {(): age}, ())
    waiting = Document.objects.filter(state=State.CONTINGENCY.value)
    held = _rows(waiting.values_list("environment").annotate(Count("pk")))
    yield _family("contingency_documents", "Documents in contingency.", held, ("environment",))
    near: Samples = {}
    for term, rows in (
        ("event", waiting.filter(event_accepted_at__isnull=True, event_due__lte=now + NEAR)),
        ("documents", waiting.filter(documents_due__lte=now + NEAR)),
    ):
        near[(term,)] = rows.count()
    hours = NEAR // timedelta(hours=1)
    yield _family("deadlines_near", f"Documents whose term ends within {hours} h, or has.", near, ("term",))


def _processes(now: datetime) -> Iterator[Metric]:
    alive: Samples = {(kind,): heartbeats.alive(kind, now).count() for kind in Heartbeat.Kind.values}
    yield _family("processes", "Processes that are at work.", alive, ("kind",))
    hands: Samples = {}
    for kind in (Heartbeat.Kind.WEB, Heartbeat.Kind.SENDER):
        sums = heartbeats.alive(kind, now).aggregate(busy=Sum("busy"), all=Sum("threads"))
        hands |= {(kind.value, state): number or 0 for state, number in sums.items()}
    yield _family("threads", "Threads that bring errands to the authority.", hands, ("kind", "state"))


def _rows(rows: Iterable[tuple[Any, ...]]) -> Samples:
    return {tuple(row[:-1]): float(row[-1]) for row in rows}


def _family(name: str, text: str, samples: Samples, labels: Iterable[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, text, labels=list(labels))
    for values, number in samples.items():
        family.add_metric([str(value) for value in values], number)
    return family
