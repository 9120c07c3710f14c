"""Whether evidence is as it was written: a merchant's chains, anchors and rows; and a file that was exported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.db.models import Min, QuerySet
from django.db.models.functions import TruncDate

from accounts.models import Merchant
from documents import chain, facts
from documents.chain import Head, Link
from documents.models import Document, EvidenceAnchor, EvidenceLink
from documents.services import anchoring
from hacienda.registry import authority

Trouble = Iterator[str]

ANCHORED_WITHIN: Final = timedelta(days=1)


def links(rows: QuerySet[EvidenceLink]) -> Iterator[tuple[str, list[Link]]]:
    """The chains among the rows, each with its links in order."""
    ordered = rows.order_by("chain", "position").values_list("chain", "position", "body", "digest")
    for name, found in groupby(ordered.iterator(chunk_size=2000), key=lambda row: row[0]):
        yield name, [Link(*row) for row in found]


def chains(merchant: Merchant, environment: str) -> Trouble:
    """Every chain by itself, and its time as the rows name it."""
    mine = EvidenceLink.objects.filter(merchant=merchant, environment=environment)
    for name, found in links(mine):
        yield from chain.faults(name, found)
    for name, position, at, body in mine.order_by("pk").values_list("chain", "position", "at", "body").iterator():
        if chain.parsed(body).get("at") != chain.moment(at):
            yield f"{name}: the time of link {position} was changed"


def documents(merchant: Merchant, environment: str) -> Trouble:
    """The rows of every document against what its chain tells of them."""
    mine = Document.objects.filter(merchant=merchant, environment=environment)
    told = EvidenceLink.objects.filter(merchant=merchant, environment=environment)
    born = told.filter(position=0, chain__startswith=facts.DOCUMENT, body__contains='"fact":"issued"')
    eldest = mine.filter(
        generation_code__in=[name.removeprefix(facts.DOCUMENT) for name in _first_born(born)]
    ).aggregate(pk=Min("pk"))["pk"]
    named = set()
    for row in mine.select_related("merchant").order_by("pk").iterator(chunk_size=500):
        name = facts.chain_of(row)
        named.add(name)
        found = [Link(*one) for one in told.filter(chain=name).order_by("position").values_list(*_LINK)]
        if found:
            yield from facts.differences(name, chain.facts(found), facts.stored(row))
        elif eldest is not None and row.pk > eldest:
            yield f"{name}: its whole chain was removed"
    written = told.filter(chain__startswith=facts.DOCUMENT, position=0).values_list("chain", flat=True)
    for name in written.iterator():
        if name not in named:
            yield f"{name}: the document was removed"


def without_chain(tax_id: str | None) -> int:
    """How many documents have no chain yet, because nothing has happened to them since there are chains."""
    mine = Document.objects.all()
    begun = EvidenceLink.objects.filter(chain__startswith=facts.DOCUMENT, position=0)
    if tax_id is not None:
        mine, begun = mine.filter(merchant__tax_id=tax_id), begun.filter(merchant__tax_id=tax_id)
    return max(mine.count() - begun.count(), 0)


_LINK = ("chain", "position", "body", "digest")


def _first_born(rows: QuerySet[EvidenceLink]) -> list[str]:
    """The chain that was the first to begin with its document."""
    for name, body in rows.order_by("pk").values_list("chain", "body").iterator():
        told = chain.facts([Link(name, 0, body, "")])
        if told and told[0].get("fact") == "issued":
            return [name]
    return []


def anchors(merchant: Merchant, environment: str, *, now: datetime) -> Trouble:
    """The anchors of a merchant, whether what they hold is still there, and the days that have none."""
    yield from _missing(merchant, environment, now)
    previous = ""
    last: date | None = None
    for row in EvidenceAnchor.objects.filter(merchant=merchant, environment=environment).order_by("day"):
        day, last = row.day.isoformat(), row.day
        heads = _heads(row.heads)
        if chain.root(heads) != row.root or len(heads) != row.chains:
            yield f"anchor {day}: its list of chains was changed"
        if row.previous != previous:
            yield f"anchor {day}: an anchor before it was removed or changed"
        if row.digest != _digest(merchant, environment, row):
            yield f"anchor {day}: it was changed"
        previous = row.digest
        yield from _held(heads, day)
    if last is not None:
        begin = anchoring.bounds(merchant, last)[1]
        grown = EvidenceLink.objects.filter(merchant=merchant, environment=environment, at__lt=begin)
        held = {head[0] for row in _all(merchant, environment) for head in _heads(row.heads)}
        for name in grown.order_by("chain").values_list("chain", flat=True).distinct().iterator():
            if name not in held:
                yield f"{name}: written before the last anchor and in none"


def _missing(merchant: Merchant, environment: str, now: datetime) -> Trouble:
    """Days that have been over for a day, on which something was written that no anchor holds."""
    zone = authority(merchant.country).rules.zone
    until = anchoring.bounds(merchant, (now - ANCHORED_WITHIN).astimezone(zone).date())[0]
    written = EvidenceLink.objects.filter(merchant=merchant, environment=environment, at__lt=until)
    days = set(written.annotate(day=TruncDate("at", tzinfo=zone)).order_by().values_list("day", flat=True).distinct())
    for day in sorted(days - set(_all(merchant, environment).values_list("day", flat=True))):
        yield f"anchor {day.isoformat()}: it was removed, or never made: does the schedule run?"


def _all(merchant: Merchant, environment: str) -> QuerySet[EvidenceAnchor]:
    return EvidenceAnchor.objects.filter(merchant=merchant, environment=environment)


def _heads(text: str) -> list[Head]:
    try:
        return [(name, position, digest) for name, position, digest in json.loads(text, parse_float=str)]
    except (ValueError, TypeError):
        return []


def _digest(merchant: Merchant, environment: str, row: EvidenceAnchor) -> str:
    return chain.anchor(
        tax_id=merchant.tax_id,
        environment=environment,
        day=row.day.isoformat(),
        previous=row.previous,
        root=row.root,
        chains=row.chains,
    )


def _held(heads: list[Head], day: str) -> Trouble:
    for start in range(0, len(heads), 500):
        part = heads[start : start + 500]
        found = EvidenceLink.objects.filter(chain__in=[name for name, _position, _digest in part])
        present = {(name, position): digest for name, position, digest in found.values_list(*_LINK[:2], "digest")}
        for name, position, digest in part:
            if (name, position) not in present:
                yield f"{name}: cut off; on {day} it had a link {position}"
            elif present[name, position] != digest:
                yield f"{name}: link {position} is not the one that was anchored on {day}"


# --- A file -----------------------------------------------------------------------------------------------------
def file(told: Mapping[str, Any]) -> Trouble:
    """What does not fit in an exported file; nothing where it is as it was made."""
    if told.get("format") != FORMAT:
        yield "this is no file of evidence"
        return
    rest = {name: value for name, value in told.items() if name != "digest"}
    if chain.digest(chain.canonical(rest)) != told.get("digest"):
        yield "the file was changed after it was made"
    texts = told["texts"]
    for name, text in texts.items():
        if chain.digest(text) != name:
            yield f"text {name} was changed"
    for name, found in told["chains"].items():
        rows = [_link(name, one) for one in found]
        yield from chain.faults(name, rows)
        for fact in chain.facts(rows):
            if fact["fact"] in ("sealed", "invalidation", "finished") and not name.startswith("batch/"):
                for part in ("payload", "signature", "answer"):
                    if part in fact and fact[part] not in texts:
                        yield f"{name}: the {part} of {fact['fact']} is missing"
    yield from _anchored(told)


FORMAT = "smartbill-evidence-1"


def _link(name: str, told: Mapping[str, Any]) -> Link:
    body = {key: value for key, value in told.items() if key != "digest"}
    return Link(name, told["position"], chain.canonical(body), told["digest"])


def _anchored(told: Mapping[str, Any]) -> Trouble:
    for one in told["anchors"]:
        head = (one["chain"], one["position"], one["link"])
        if chain.climbed(head, one["path"]) != one["root"]:
            yield f"anchor {one['day']} does not hold {one['chain']}"
        parts = {name: one[name] for name in ("tax_id", "environment", "day", "previous", "root", "chains")}
        if chain.anchor(**parts) != one["digest"]:
            yield f"anchor {one['day']} was changed"
        found = told["chains"].get(one["chain"], [])
        if one["position"] >= len(found) or found[one["position"]]["digest"] != one["link"]:
            yield f"{one['chain']}: cut off; on {one['day']} it had a link {one['position']}"
