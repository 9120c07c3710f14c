"""An outage of many merchants, of any size: everything goes wrong in it, and every document is accepted once.

The same load runs small in the suite and large in `make bench`: the documents are issued while Hacienda is down; when
it is back their events go by themselves; in the middle of the runs a sender is killed and Hacienda fails again, some
documents are rejected, results come late and an answer is lost. What must hold is read from the database and from
what Hacienda received.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone

from accounts import services as accounts
from accounts import vault
from accounts.models import Merchant
from contingency import selectors
from contingency.models import Batch, Event, EventDocument, Run
from contingency.services import runs
from documents import mapping
from documents.drafting import parsed
from documents.models import Document, Notice
from documents.serializers import DraftBody
from documents.services import transmit
from documents.services.errands import SendDocument
from documents.services.issue import issue
from documents.states import State
from hacienda.certificates import Certificate
from hacienda.models import Outage
from hacienda.values import Person
from tests.actors import ADDRESS, HACIENDA_PASSWORD, Sandbox, invoice
from tests.contingency import outages
from tests.contingency.outages import blind_resends
from tests.contingency.sender_process import SenderProcess

EVENTS_WITHIN = 60.0  # seconds from the recovery, as promised
REJECTED = {"code": "020", "message": "[resumen.totalPagar] CALCULO INCORRECTO"}


@dataclass
class Load:
    """How much; and how long anything may take (seconds), so that it ends in any case."""

    documents: int
    merchants: int
    per_batch: int
    per_event: int
    longest: float
    patient: bool = False  # pauses and leases last as long as they do in earnest
    rejections: int = 5
    figures: Path | None = None  # where the last sender writes which statements took longest
    took: dict[str, float] = field(default_factory=dict)

    def shares(self) -> list[int]:
        """How many documents each merchant has: the first half of all, the others less and less."""
        weights = [1 / (number + 1) for number in range(self.merchants - 1)]
        rest = self.documents - self.documents // 2
        counts = [int(rest * weight / sum(weights)) for weight in weights]
        counts[0] += rest - sum(counts)
        return [self.documents // 2, *counts]


def merchants(load: Load, sandbox: Sandbox, certificate: Certificate) -> list[Merchant]:
    """So many of them, all known to Hacienda, with one certificate between them to save time."""
    made = []
    for number in range(load.merchants):
        now = timezone.now()
        tax_id = f"0614{number:06d}1017"
        merchant = accounts.create_merchant(
            name=f"COMERCIO {number}, S.A. DE C.V.",
            trade_name="",
            tax_id=tax_id,
            registration=f"{2_000_000 + number}",
            activity="46632",
            phone="22001100",
            email="facturas@example.com",
            address=ADDRESS,
            responsible=Person(name="PERSONA RESPONSABLE", id_type="13", id_number="000000000"),
            now=now,
        )
        vault.store(
            merchant=merchant,
            environment="sandbox",
            certificate=certificate,
            content=b"",
            password=HACIENDA_PASSWORD,
            now=now,
        )
        sandbox.register(tax_id, certificate.public_key_spki)
        made.append(merchant)
    return made


def issue_one(merchant: Merchant) -> Document:
    """A document, sent the normal way where Hacienda is not known to be down."""
    draft = mapping.draft(parsed(DraftBody, invoice()), merchant=merchant, environment="sandbox")
    made = issue(merchant=merchant, environment="sandbox", draft=draft, now=timezone.now())
    if made.first is not None:
        transmit.work(SendDocument(made.document), made.owner, first=made.first)
        made.document.refresh_from_db()
    return made.document


class Story:
    """What happens, one chapter after the other; `load.took` says how long each lasted."""

    def __init__(self, load: Load, sandbox: Sandbox, certificate: Certificate) -> None:
        self.load = load
        self.sandbox = sandbox
        self.sender = SenderProcess(
            sandbox.url,
            per_batch=load.per_batch,
            per_event=load.per_event,
            patient=load.patient,
            figures=load.figures,
        )
        self.merchants = merchants(load, sandbox, certificate)
        self._ends_at = time.monotonic() + load.longest

    def tell(self) -> None:
        try:
            self._chapter("issued", self._issue)
            self._chapter("events", self._recover)
            self._chapter("first half of the runs", self._run_until_killed)
            self._chapter("second outage", self._fail_again)
            self._chapter("second half of the runs", self._finish)
        finally:
            self.sandbox.heal()
            self.sender.look()
            self.sender.stop()

    def _run(self, merchant: Merchant) -> None:
        runs.start(merchant=merchant, environment="sandbox", trigger=Run.Trigger.API, now=timezone.now())

    def _chapter(self, name: str, happen: Callable[[], None]) -> None:
        begun = time.monotonic()
        happen()
        self.load.took[name] = round(time.monotonic() - begun, 2)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait; who is not patient has the pauses cut short meanwhile."""
        while not condition():
            if time.monotonic() > self._ends_at:
                raise AssertionError(f"it took longer than {self.load.longest:.0f} s: {what}")
            self.sender.look()
            time.sleep(0.5 if self.load.patient else 0.05)
            if not self.load.patient:
                for model in (*outages.ROWS, Document):
                    rows = model._default_manager.filter(model.ACTIVE, lease_until__isnull=True)
                    rows.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
                Outage.objects.filter(ended_at__isnull=True).update(next_probe_at=timezone.now())

    def _issue(self) -> None:
        self.sandbox.fault("down")
        self.sender.start()
        assert issue_one(self.merchants[0]).state == State.CONTINGENCY
        for merchant, count in zip(self.merchants, self.load.shares(), strict=True):
            for _number in range(count - (merchant == self.merchants[0])):
                issue_one(merchant)
        assert set(Document.objects.values_list("state", flat=True)) == {State.CONTINGENCY.value}
        assert not Event.objects.exists()

    def _recover(self) -> None:
        self.sandbox.heal()
        self._until(_all_reported, "the events go by themselves")

    def _run_until_killed(self) -> None:
        big, unlucky = self.merchants[:2]
        self.sandbox.fault(
            "reject", "recepcionlote", nit=unlucky.tax_id, count=self.load.rejections, after=3, **REJECTED
        )
        self._run(unlucky)
        # The next outage's end forgets the faults that nobody has met.
        self._until(lambda: _rejected() == self.load.rejections, "what is to be rejected is")
        self.sandbox.fault("late_answer", "consultadtelote", nit=big.tax_id, count=3, delay_ms=500)
        self.sandbox.fault("drop_answer", "recepcionlote", nit=big.tax_id, count=1, after=1)
        # The big one's last batch is answered so late that it is under way when the sender dies; the fault that was
        # ordered last sees every batch.
        batches = -(-self.load.shares()[0] // self.load.per_batch)
        self.sandbox.fault("late_answer", "recepcionlote", nit=big.tax_id, count=1, after=batches - 1, delay_ms=5000)
        settled = _settled()
        for merchant in self.merchants:
            self._run(merchant)
        self._until(lambda: _settled() >= settled + self.load.documents // 10, "a part of the rest is sent")
        self.sender.kill()
        assert Run.objects.filter(Run.ACTIVE).exists()
        if not self.load.patient:
            for model in (*outages.ROWS, Document):  # as if its leases had run out
                model._default_manager.filter(lease_until__isnull=False).update(lease_until=timezone.now())

    def _fail_again(self) -> None:
        self.sandbox.fault("down")
        late_one = issue_one(self.merchants[2])
        assert late_one.state == State.CONTINGENCY
        self.sender.start()
        self._until(
            lambda: Run.objects.filter(state=Run.State.WAITING_FOR_HACIENDA).exists(), "the runs notice the outage"
        )
        assert Run.objects.filter(Run.ACTIVE).exists()
        self.sandbox.heal()

    def _finish(self) -> None:
        self._until(lambda: not Run.objects.filter(Run.ACTIVE).exists(), "the runs end")
        self._until(_all_reported, "the second outage is reported")
        for merchant in self.merchants:
            self._run(merchant)
        self._until(lambda: not Run.objects.filter(Run.ACTIVE).exists(), "the last runs end")


def _all_reported() -> bool:
    waiting = Document.objects.filter(state=State.CONTINGENCY.value)
    return not waiting.filter(event_accepted_at__isnull=True).exists()


def _settled() -> int:
    return Document.objects.exclude(state=State.CONTINGENCY.value).count()


def _rejected() -> int:
    return Document.objects.filter(state=State.REJECTED.value).count()


def check(load: Load, sandbox: Sandbox) -> dict[str, int]:
    """Assert all that must hold when it is over; what there was of everything."""
    total = load.documents + 1  # and the one of the second outage
    states = Counter(Document.objects.values_list("state", flat=True))
    assert states == {"accepted": total - load.rejections, "rejected": load.rejections}, states
    numbers = Document.objects.values_list("merchant", "number").order_by("merchant", "number")
    each = Counter(merchant for merchant, _number in numbers)
    assert [number for _merchant, number in numbers] == [one for size in each.values() for one in range(1, size + 1)]

    received = sandbox.received()
    assert blind_resends(sandbox) == []
    assert _accepted_by_hacienda(received) == Counter(
        Document.objects.filter(state="accepted").values_list("generation_code", flat=True)
    )
    batches = [one for one in received if one["service"] == "recepcionlote" and one["fault"] != "down"]
    assert max(len(one["generation_codes"]) for one in batches) <= load.per_batch
    for batch in batches:  # nobody's documents travel with another's
        own = Document.objects.filter(merchant__tax_id=batch["nit"], generation_code__in=batch["generation_codes"])
        assert own.count() == len(batch["generation_codes"])

    events = Event.objects.all()
    assert set(events.values_list("state", flat=True)) == {"accepted"}
    sizes = Counter(EventDocument.objects.filter(alive=True).values_list("event", flat=True))
    assert max(sizes.values()) <= load.per_event
    assert sizes.total() == total
    assert not events.filter(stamped_at__gt=F("due_at")).exists()

    assert set(Run.objects.values_list("state", flat=True)) == {"done"}
    for told in selectors.measured(Run.objects.all()):
        assert (told.remaining, told.left) == (0, 0)
    assert Run.objects.aggregate(all=Sum("total"))["all"] == total
    told = Notice.objects.filter(type__in=("document.accepted", "document.rejected"))
    told_of = Counter(told.values_list("document", flat=True))
    assert set(told_of.values()) == {1}
    assert len(told_of) == total
    return {
        "documents": total,
        "events": events.count(),
        "batches": Batch.objects.count(),
        "requests": len(received),
    }


def _accepted_by_hacienda(received: list[dict[str, Any]]) -> Counter[str]:
    """How often each document was accepted: told by the results of its batch, or only when it was asked about."""
    accepted: dict[str, set[str]] = {}
    for one in received:
        answer = one["answer"] or {}
        told = answer.get("procesados", []) if one["service"] == "consultadtelote" else [answer]
        if one["service"] in ("consultadtelote", "consultadte", "recepciondte"):
            for verdict in told:
                if verdict.get("selloRecibido"):
                    accepted.setdefault(verdict["codigoGeneracion"], set()).add(verdict["selloRecibido"])
    return Counter({code: len(stamps) for code, stamps in accepted.items()})
