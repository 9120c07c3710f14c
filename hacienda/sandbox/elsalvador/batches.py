"""Batches: taken at once, judged a little later, asked for by their code (PROTOCOL.md 3.5).

No thread judges them. What is due is judged by the next request that could see the difference, as of the moment
it was due, so that a sandbox which was stopped meanwhile answers as one that was not.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from hacienda.sandbox.batch_book import Batch, BatchBook, Part, Waiting
from hacienda.sandbox.clock import EL_SALVADOR, Clock
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.store import Store
from hacienda.sandbox.wire import dump_json

from . import answers
from .answers import Echo, Refusal
from .arrivals import Arrival, code_in, payload_of
from .envelope import UNAUTHORIZED, Reply, complete, echo_of, kind_in, not_found, owner_of, parameters_refused
from .reception import Judgement, Reception, Submission
from .signature import take_apart


class Batches:
    """The services for batches. Every method is safe to call from any thread."""

    def __init__(self, store: Store, book: BatchBook, reception: Reception, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._book = book
        self._reception = reception
        self._clock = clock
        self._settings = settings

    def take(self, arrival: Arrival) -> Reply:
        """Return a batch's code, or why it is not taken; nothing in it has been looked at then.

        The reference does not say what a repeated `idEnvio` gets: here it is another batch, whose documents are
        duplicates.
        """
        owner, at = owner_of(arrival), self._clock.now()
        if owner is None:
            return UNAUTHORIZED
        if not complete(arrival):
            return parameters_refused(arrival, at)
        fields, echo = arrival.fields or {}, echo_of(arrival, at)
        if fields["nitEmisor"] != owner:
            return Reply(400, answers.refused(echo, Refusal("008", "nitEmisor")))
        batch = Batch(str(uuid.uuid4()).upper(), echo.ambiente, owner, at)
        self._book.take(batch, fields["documentos"], arrival.ordered, seconds=self._settings.batch_seconds)
        return Reply(200, answers.batch_received(echo, batch.code, fields["idEnvio"]))

    def results(self, arrival: Arrival) -> Reply:
        """Return what was answered so far to the documents of a batch.

        The reference is silent about a code that is unknown, or another taxpayer's: here it is 404.
        """
        owner = owner_of(arrival)
        if owner is None:
            return UNAUTHORIZED
        judged = self._book.judged(arrival.request.path.rpartition("/")[2], owner)
        if judged is None:
            return not_found(arrival)
        lists: dict[bool, list[object]] = {True: [], False: []}
        for accepted, answer in judged:
            lists[accepted].append(json.loads(answer))
        return Reply(200, {"procesados": lists[True], "rechazados": lists[False]})

    def work_off(self) -> None:
        """Judge what is due, in the order in which it became due."""
        now = self._clock.now()
        while self._book.due(now) is not None:
            with self._store.writing():
                # Asked again: another request may have judged it before this one held the writer's lock.
                part = self._book.due(now)
                if part is not None:
                    self._judge(part, now)

    def _judge(self, part: Part, now: datetime) -> None:
        at = min(datetime.fromtimestamp(part.due, EL_SALVADOR), now)
        judged = [self._judge_one(one, part.batch, at) for one in self._book.waiting(part)]
        self._book.settle(part, [(one.accepted, dump_json(one.answer)) for one in judged])

    def _judge_one(self, waiting: Waiting, batch: Batch, at: datetime) -> Judgement:
        jws = take_apart(waiting.signed)
        payload = payload_of(jws)
        kind = kind_in(payload)
        submission = Submission(
            jws=jws,
            payload=payload,
            owner=batch.nit,
            said={"ambiente": batch.ambiente},
            kind=kind if isinstance(kind, str) else None,
            arrived_at=batch.arrived_at,
            received_text=answers.BATCH_DOCUMENT_TEXT,
        )
        echo = Echo(batch.ambiente, code_in(payload), at)
        if waiting.ordered is None:
            return self._reception.judge(submission, echo)
        code, text = waiting.ordered
        answer = answers.rejected(echo, code or answers.UNPROCESSED, text or answers.UNPROCESSED_TEXT, "99", [])
        self._reception.remember_rejection(echo, batch.nit, submission.kind, answer)
        return Judgement(False, answer)
