"""Reading received documents: every question starts from one merchant in one environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import Merchant
from documents import cursors
from documents.models import Decision, ReceivedDocument

UNDECIDED = "undecided"  # beside the states of decisions


@dataclass(frozen=True, slots=True)
class Page:
    """Some received documents, newest first, and cursors to the ones after and before; None at an end."""

    results: list[ReceivedDocument]
    next: str | None
    previous: str | None


def received(merchant: Merchant, environment: str) -> QuerySet[ReceivedDocument]:
    """This merchant's received documents in this environment, with what was said about them."""
    rows = ReceivedDocument.objects.filter(merchant=merchant, environment=environment).select_related("merchant")
    said = Decision.objects.order_by("id").defer("payload", "signature", "receipt")
    return rows.defer("xml").prefetch_related(Prefetch("decisions", said))


def with_signed_texts(merchant: Merchant, environment: str) -> QuerySet[ReceivedDocument]:
    """The same with every text that was signed: they are long, and of use only one by one."""
    rows = ReceivedDocument.objects.filter(merchant=merchant, environment=environment).select_related("merchant")
    return rows.prefetch_related(Prefetch("decisions", Decision.objects.order_by("id")))


def find(rows: QuerySet[ReceivedDocument], reference: str) -> ReceivedDocument | None:
    """The one with this id or generation code."""
    if re.fullmatch(r"rcv_[0-9a-f]{24}", reference, re.ASCII):
        return rows.filter(public_id=reference).first()
    if re.fullmatch(r"[0-9A-Za-z-]{1,60}", reference, re.ASCII):
        return rows.filter(generation_code=reference).first()
    return None


def latest(row: ReceivedDocument) -> Decision | None:
    """What was said last; a refused decision too, where none has followed."""
    decisions = list(row.decisions.all())
    return decisions[-1] if decisions else None


def status(row: ReceivedDocument) -> str:
    """Where the matter stands: undecided, or the state of the latest decision."""
    decision = latest(row)
    return UNDECIDED if decision is None else decision.status


def search(
    rows: QuerySet[ReceivedDocument],
    *,
    status: str | None = None,
    issuer: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[ReceivedDocument]:
    """Narrowed down; `issuer` is an identification, `end` excluded."""
    if status == UNDECIDED:
        rows = rows.filter(undecided())
    elif status:
        last = Decision.objects.filter(received=OuterRef("pk")).order_by("-id").values("status")[:1]
        rows = rows.alias(last=last).filter(last=status)
    if issuer:
        rows = rows.filter(issuer_tax_id=issuer)
    if start:
        rows = rows.filter(issued_at__gte=start)
    if end:
        rows = rows.filter(issued_at__lt=end)
    return rows


def undecided() -> Q:
    """Of received documents: that nothing was said about them at all."""
    return Q(~Exists(Decision.objects.filter(received=OuterRef("pk"))))


def page(rows: QuerySet[ReceivedDocument], *, cursor: str | None, limit: int) -> Page:
    """One page, newest first. Raises `documents.cursors.BadCursor`."""
    direction, key = cursors.read(cursor)
    if not key:
        found = rows.order_by("-pk")
    elif direction == "n":
        found = rows.filter(pk__lt=key).order_by("-pk")
    else:
        found = rows.filter(pk__gt=key).order_by("pk")
    listed = list(found[: limit + 1])
    more = len(listed) > limit
    listed = listed[:limit]
    if not listed:
        return Page([], None, None)
    before, after = bool(key), more
    if direction == "p":
        listed.reverse()
        before, after = more, True
    return Page(
        listed,
        next=cursors.write("n", listed[-1].pk) if after else None,
        previous=cursors.write("p", listed[0].pk) if before else None,
    )
