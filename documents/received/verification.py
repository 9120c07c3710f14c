"""Whether the rows of decisions are as the chains of evidence tell; see `documents.verification`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from accounts.models import Merchant
from documents import chain
from documents.chain import Link, canonical
from documents.models import Decision, EvidenceLink
from documents.received import facts


def decisions(merchant: Merchant, environment: str) -> Iterator[str]:
    """Every decision against its chain, and the chains of those that are not there any more."""
    told = EvidenceLink.objects.filter(merchant=merchant, environment=environment)
    named = set()
    rows = Decision.objects.filter(merchant=merchant, environment=environment).select_related("received")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        name = facts.chain_of(row)
        named.add(name)
        links = told.filter(chain=name).order_by("position").values_list("chain", "position", "body", "digest")
        written = Counter(canonical(fact) for fact in chain.facts(Link(*one) for one in links))
        kept = Counter(canonical(fact) for fact in facts.stored(row))
        for text in written - kept:
            yield f"{name}: changed or removed since it was written down: {text}"
        for text in kept - written:
            yield f"{name}: stored and never written down so: {text}"
    begun = told.filter(chain__startswith=facts.DECISION, position=0).order_by("chain")
    for name in begun.values_list("chain", flat=True).iterator():
        if name not in named:
            yield f"{name}: the decision was removed"
