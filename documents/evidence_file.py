"""What there is to show of a document, as one file that proves itself: texts, timeline, chain, how to check it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from documents import chain, facts, selectors, verification
from documents.chain import moment
from documents.models import Attempt, Document, EvidenceAnchor, EvidenceLink, Sealing
from documents.services import evidence
from hacienda.models import Outage
from hacienda.registry import authority

CHECK = """\
import hashlib, json, sys
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
bare = lambda told: {name: value for name, value in told.items() if name != "digest"}
seal = lambda told: sha(json.dumps(bare(told), ensure_ascii=False, sort_keys=True, separators=(",", ":")))
file = json.load(open(sys.argv[1], encoding="utf-8"))
assert seal(file) == file["digest"] and all(sha(text) == name for name, text in file["texts"].items())
for name, links in file["chains"].items():
    for n, link in enumerate(links):
        assert (seal(link), link["previous"]) == (link["digest"], links[n - 1]["digest"] if n else ""), (name, n)
print("everything fits")
"""
READ_ME = {
    "en": (
        "What SmartBill has kept about this document. `timeline` tells what happened, in order; `texts` holds "
        "what was signed and what Hacienda answered, word for word and each under its SHA-256; `chains` holds "
        "what was written down when it happened, each link with the SHA-256 of its own canonical JSON and of "
        "the link before. Save the lines under `check` as check.py and run `python3 check.py THIS_FILE`: "
        "nothing else is needed, and no network. What it cannot tell by itself is whether somebody who rules "
        "the whole database has written everything anew: compare the digests under `anchors`, one for each "
        "day, with copies that were kept elsewhere, and the stamps with Hacienda. A chain that begins with "
        "`gathered` was begun later, from what was stored then. Tokens and passwords are in none of it, and "
        "of batches only what concerns this document."
    ),
    "es": (
        "Lo que SmartBill guardó de este documento. `timeline` cuenta lo que pasó, en orden; `texts` tiene lo "
        "que se firmó y lo que Hacienda respondió, palabra por palabra y cada texto bajo su SHA-256; `chains` "
        "tiene lo que se anotó cuando pasó, cada eslabón con el SHA-256 de su propio JSON canónico y el del "
        "anterior. Guarde las líneas de `check` como check.py y ejecute `python3 check.py ESTE_ARCHIVO`: no "
        "hace falta nada más, ni red. Lo que no puede saber por sí solo es si alguien con poder sobre toda la "
        "base de datos escribió todo de nuevo: compare los resúmenes de `anchors`, uno por día, con copias "
        "guardadas en otra parte, y los sellos con Hacienda. Una cadena que empieza con `gathered` se empezó "
        "después, con lo que estaba guardado entonces. No contiene claves ni contraseñas, y de los lotes solo "
        "lo que toca a este documento."
    ),
}


@dataclass(slots=True)
class File:
    """A file in the making. `body` is what stands in it besides texts, chains and anchors."""

    body: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    chains: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    anchors: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, text: str) -> str:
        """Keep a text word for word; its digest, under which it is found."""
        name = chain.digest(text)
        self.texts[name] = text
        return name

    def add_chain(self, name: str) -> None:
        """The chain with that name and the anchors that hold it; nothing where it has none."""
        rows = list(EvidenceLink.objects.filter(chain=name).select_related("merchant").order_by("position"))
        if not rows:
            return
        self.chains[name] = [{**chain.parsed(row.body), "digest": row.digest} for row in rows]
        zone = authority(rows[0].merchant.country).rules.zone
        days = {row.at.astimezone(zone).date() for row in rows}
        found = EvidenceAnchor.objects.filter(
            merchant=rows[0].merchant_id, environment=rows[0].environment, day__in=days
        )
        for anchor in found.select_related("merchant").order_by("day"):
            self.anchors += _proof(anchor, name)

    def text(self, now: datetime) -> str:
        """The file itself."""
        told = {
            "format": verification.FORMAT,
            "made_at": moment(now),
            "read_me": READ_ME,
            "check": CHECK,
            **self.body,
            "texts": self.texts,
            "chains": self.chains,
            "anchors": self.anchors,
        }
        told["digest"] = chain.digest(chain.canonical(told))
        return json.dumps(told, ensure_ascii=False, indent=1)


def _proof(anchor: EvidenceAnchor, name: str) -> list[dict[str, Any]]:
    """That an anchor holds a chain: the way from its link to the anchor's root."""
    heads = [
        (chain_name, position, digest) for chain_name, position, digest in json.loads(anchor.heads, parse_float=str)
    ]
    return [
        {
            "tax_id": anchor.merchant.tax_id,
            "environment": anchor.environment,
            "day": anchor.day.isoformat(),
            "previous": anchor.previous,
            "chains": anchor.chains,
            "root": anchor.root,
            "digest": anchor.digest,
            "chain": name,
            "position": head[1],
            "link": head[2],
            "path": chain.path(heads, head),
        }
        for head in heads
        if head[0] == name
    ]


def of_document(document: Document) -> File:
    """Everything about a document that this floor knows. Begins its chain where it is older than the chains."""
    evidence.gather(document)
    file = File({})
    delivered = selectors.delivered_json(document)
    file.body = {
        "document": _head(document),
        "delivered": None if delivered is None else file.keep(delivered),
        "sealings": [_sealing(file, row, document) for row in document.sealings.order_by("pk")],
        "timeline": _timeline(file, document),
        "invalidations": _invalidations(file, document),
        "outage": None if document.outage is None else outage(document.outage),
    }
    file.add_chain(facts.chain_of(document))
    return file


def _head(document: Document) -> dict[str, Any]:
    merchant = document.merchant
    return {
        "id": document.public_id,
        "issuer": {"tax_id": merchant.tax_id, "registration": merchant.registration, "name": merchant.name},
        "environment": document.environment,
        "type_code": document.type_code,
        "status": document.state,
        "generation_code": document.generation_code,
        "control_number": document.control_number or None,
        "external_id": document.external_id,
        "issued_at": moment(document.issued_at),
        "total": str(document.total),
        "received_stamp": document.received_stamp or None,
        "stamped_at": moment(document.stamped_at),
        "observations": document.observations,
        "rejection": document.rejection,
        "replaced_by": document.replaced_by.generation_code if document.replaced_by else None,
        "contingency": _contingency(document),
    }


def _contingency(document: Document) -> dict[str, Any] | None:
    if document.contingency_since is None:
        return None
    return {
        "reason": document.contingency_reason,
        "note": document.contingency_note or None,
        "since": moment(document.contingency_since),
        "event_due": moment(document.event_due),
        "event_stamp": document.event_stamp or None,
        "event_accepted_at": moment(document.event_accepted_at),
        "documents_due": moment(document.documents_due),
    }


def _sealing(file: File, row: Sealing, document: Document) -> dict[str, Any]:
    return {
        "at": moment(row.created_at),
        "is_current": row.pk == document.current_sealing_id,
        "contingency_reason": row.reason,
        "payload": file.keep(row.payload),
        "signature": file.keep(row.signature),
    }


def _timeline(file: File, document: Document) -> list[dict[str, Any]]:
    """What was sent, asked, answered and done, in order."""
    found = [_exchange(file, row) for row in document.exchange.select_related("invalidation").order_by("pk")]
    found += [
        {"at": moment(row.at), "what": "history", "status": row.status, "detail": row.detail}
        for row in document.history.order_by("pk")
    ]
    found += [
        {"at": moment(row.at), "what": "receipt", "text": file.keep(row.content)}
        for row in document.receipts.order_by("pk")
    ]
    return sorted(found, key=lambda one: str(one["at"]))


def _exchange(file: File, row: Attempt) -> dict[str, Any]:
    return {
        "at": moment(row.started_at),
        "what": str(row.action),
        "about": row.invalidation.generation_code if row.invalidation else None,
        "outcome": str(row.outcome),
        "http_status": row.http_status,
        "milliseconds": row.milliseconds,
        "answer": file.keep(row.answer),
    }


def _invalidations(file: File, document: Document) -> list[dict[str, Any]]:
    return [
        {
            "generation_code": row.generation_code,
            "kind": row.kind,
            "reason": row.reason,
            "status": row.status,
            "at": moment(row.at),
            "stamp": row.stamp or None,
            "stamped_at": moment(row.stamped_at),
            "rejection": row.rejection,
            "payload": file.keep(row.payload),
            "signature": file.keep(row.signature),
        }
        for row in document.invalidations.order_by("pk")
    ]


def outage(row: Outage) -> dict[str, Any]:
    """An outage as it was measured."""
    return {
        "since": moment(row.began_at),
        "until": moment(row.ended_at),
        "cause": row.cause,
        "of_everybody": not row.tax_id,
        "last_failure_at": moment(row.last_failure_at),
        "came_back": row.returns,
        "probes": {
            "failed_in_a_row": row.failed_probes,
            "good_in_a_row": row.good_probes,
            "good_since": moment(row.good_since),
        },
    }


def batch_codes(told: Iterable[Mapping[str, Any]]) -> list[str]:
    """The batches that a document's chain names, by their sending ids, in order and each once."""
    return list(dict.fromkeys(str(fact["batch"]) for fact in told if fact.get("batch")))
