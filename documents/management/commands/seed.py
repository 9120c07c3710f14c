"""`manage.py seed --documents N --merchants M`: a database of a realistic size, everything in it made up."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Environment
from documents.models import Document, Sealing, Sequence
from documents.seeding import companies, loading, plot
from documents.seeding.making import Maker
from documents.seeding.plot import Planned
from documents.services import customers
from hacienda import availability
from hacienda.policy import Outcome
from hacienda.registry import authority

CHUNK = 2_000  # documents of one transaction
AHEAD = 3  # chunks that may be ready before they are loaded, for each process


class Command(BaseCommand):
    help = "Makes up companies and their documents, sealed and with a story each, to try SmartBill at size."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--documents", type=int, default=1_000_000)
        parser.add_argument("--merchants", type=int, default=5)
        parser.add_argument("--years", type=int, default=3, help="over how many years they are spread (default 3)")
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, help="that seal at a time; 0: this one"
        )
        parser.add_argument(
            "--beside-real-documents",
            action="store_true",
            help="also where documents were issued outside of the sandbox",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        self._refuse(options)
        begun, now = time.monotonic(), timezone.now()
        wanted = int(options["documents"])
        with transaction.atomic():
            made = list(companies.make(options["merchants"], now))
            outage = _outage_that_is_over(now)
            first_document, first_sealing = (loading.reserve(model, wanted) for model in (Document, Sealing))
        zone = authority("SV").rules.zone
        planned = plot.plot(wanted, len(made), years=options["years"], now=now, zone=zone)
        maker = Maker(made, outage, now)
        done = 0
        for chunk, blocks, names in _sealed(planned, maker, first_document, first_sealing, options["processes"]):
            with transaction.atomic():
                loading.load(blocks)
                customers.remember_all(names)
                _count_on(chunk, made)
            done += len(chunk)
            self.stdout.write(f"{done:,} documents, {done / (time.monotonic() - begun):,.0f} a second")
        _gather_statistics()
        known = companies.register([one.key for one in made])
        self.stdout.write(
            f"{done:,} made-up documents of {len(made)} made-up companies in {time.monotonic() - begun:.0f} s. "
            + ("" if known else "The sandbox did not answer: it does not know them and refuses what still waits.")
        )

    def _refuse(self, options: dict[str, Any]) -> None:
        if settings.PRODUCTION:
            raise CommandError("nothing is made up in production")
        if options["documents"] < 1 or options["merchants"] < 1:
            raise CommandError("at least one document and one merchant")
        real = Document.objects.exclude(environment=Environment.SANDBOX)
        if real.exists() and not options["beside_real_documents"]:
            raise CommandError("there are real documents here: say --beside-real-documents if that is meant")


def _outage_that_is_over(now: datetime) -> int:
    """The outage in which the documents in contingency were issued; its key."""
    began_at, ended_at = now - plot.OUTAGE_BEGAN, now - plot.OUTAGE_ENDED
    return availability.recorded(
        "SV", Environment.SANDBOX, began_at=began_at, ended_at=ended_at, cause=Outcome.NOT_WRITTEN
    ).pk


Chunk = list[Planned]
Ready = tuple[list[loading.Block], set[tuple[int, str, str]]]  # what is loaded, and the names of customers in it


def _sealed(
    planned: Iterator[Planned], maker: Maker, first_document: int, first_sealing: int, processes: int
) -> Iterator[tuple[Chunk, *Ready]]:
    """The documents in their order, chunk by chunk, sealed by other processes while earlier ones are loaded."""
    if not processes:
        while chunk := list(islice(planned, CHUNK)):
            yield chunk, *_packed(maker, chunk, first_document, first_sealing)
        return
    connections.close_all()  # a forked process must not share one
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("fork"),
        initializer=_Process.begin,
        initargs=(maker,),
    ) as pool:
        ready: list[tuple[Chunk, Future[Ready]]] = []
        while True:
            while len(ready) < AHEAD * processes and (chunk := list(islice(planned, CHUNK))):
                ready.append((chunk, pool.submit(_Process.seal, chunk, first_document, first_sealing)))
            if not ready:
                return
            chunk, future = ready.pop(0)
            yield chunk, *future.result()


class _Process:
    """What a sealing process was given when it began."""

    maker: Maker

    @classmethod
    def begin(cls, maker: Maker) -> None:
        cls.maker = maker

    @classmethod
    def seal(cls, chunk: Chunk, first_document: int, first_sealing: int) -> Ready:
        return _packed(cls.maker, chunk, first_document, first_sealing)


def _packed(maker: Maker, chunk: Chunk, first_document: int, first_sealing: int) -> Ready:
    rows = maker.rows(chunk, first_document, first_sealing)
    return loading.packed(rows, connection.vendor), rows.customers


def _count_on(chunk: Chunk, made: list[companies.Company]) -> None:
    """The sequences stand where the chunk's numbers end: there is no gap, wherever it is broken off."""
    last = {(one.company, one.year): one.number for one in chunk}
    for (company, year), number in last.items():
        Sequence.objects.update_or_create(
            merchant_id=made[company].key,
            environment=Environment.SANDBOX,
            scope=made[company].issuer.establishment,
            year=year,
            defaults={"last": number},
        )


def _gather_statistics() -> None:
    """What the database plans its queries by; else it learns of the new rows much later."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")
