"""What operators are shown: whatever time alone does not mend, once for each merchant, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import alarms as of_accounts
from accounts.models import Credential, Merchant
from contingency import alarms
from contingency.models import Run
from documents.models import Document
from hacienda.alarms import Alarm
from tests.actors import TAX_ID
from tests.contingency import rows

pytestmark = pytest.mark.usefixtures("transactional_db", "sandbox")
HOUR = timedelta(hours=1)


def summary(found: list[Alarm]) -> list[tuple[str, str, int]]:
    return [(one.code, one.tax_id, one.count) for one in found]


def test_all_is_well(merchant: Merchant) -> None:
    rows.waiting(merchant, rows.outage(ended=rows.ago(minutes=1)), event_due=rows.ahead(hours=20))

    assert [*alarms.found(timezone.now()), *of_accounts.found(timezone.now())] == []


@pytest.mark.parametrize(
    ("column", "late", "nearly"),
    [("event_due", "event_late", "event_nearly_late"), ("documents_due", "documents_late", "documents_nearly_late")],
)
def test_late_and_nearly_late(merchant: Merchant, column: str, late: str, nearly: str) -> None:
    over = rows.outage(ended=rows.ago(minutes=1))
    dues = [rows.ago(hours=2), rows.ago(hours=1), rows.ahead(hours=2), rows.ahead(hours=4)]
    for due in dues:
        rows.waiting(merchant, over, **{column: due})

    found = list(alarms.found(timezone.now()))

    assert summary(found) == [(late, TAX_ID, 2), (nearly, TAX_ID, 1)]
    assert [one.since for one in found] == [dues[0], dues[2]]
    assert found[0].environment == "sandbox"
    Document.objects.update(state="accepted")
    assert list(alarms.found(timezone.now())) == []


def test_a_refused_event_that_nobody_mends(merchant: Merchant) -> None:
    over = rows.outage(ended=rows.ago(minutes=1))
    refusal = {"code": "008", "message": "X", "at": timezone.now().isoformat()}
    event = rows.event(merchant, [rows.waiting(merchant, over)], over, state="rejected", refusal=refusal)

    assert list(alarms.found(timezone.now())) == []
    assert summary(list(alarms.found(timezone.now() + HOUR))) == [("event_refused", TAX_ID, 1)]
    event.entries.update(alive=False)  # its documents were settled otherwise
    assert list(alarms.found(timezone.now() + HOUR)) == []


def test_a_run_that_does_not_move_unless_it_waits_for_hacienda(merchant: Merchant) -> None:
    over = rows.outage(ended=rows.ago(minutes=1))
    document = rows.waiting(merchant, over)
    run = Run.objects.create(merchant=merchant, environment="sandbox", trigger="button", total=1)
    run.entries.create(document=document)
    now = timezone.now()

    assert list(alarms.found(now)) == []
    assert summary(list(alarms.found(now + HOUR))) == [("run_stuck", TAX_ID, 1)]
    rows.batch(run, [], sent_at=now + HOUR / 2)
    assert list(alarms.found(now + HOUR)) == []
    assert summary(list(alarms.found(now + 2 * HOUR))) == [("run_stuck", TAX_ID, 1)]
    rows.outage(tax_id=TAX_ID)
    assert list(alarms.found(now + 2 * HOUR)) == []


def test_a_long_outage_asks_for_a_report(merchant: Merchant) -> None:
    began = timezone.now() - timedelta(days=4)
    rows.outage(began=began)

    [found] = alarms.found(timezone.now())

    assert (found.code, found.since, found.tax_id) == ("outage_long", began, "")
    assert "technical report" in found.text


def test_certificates_and_refused_access(merchant: Merchant) -> None:
    now = timezone.now()
    Credential.objects.filter(environment="sandbox").update(valid_until=now + timedelta(days=29))
    Credential.objects.filter(environment="test").update(valid_until=now, refused_at=now - 2 * HOUR)

    found = list(of_accounts.found(now))

    assert [(one.code, one.environment) for one in found] == [
        ("certificate_ends", "sandbox"),
        ("certificate_ended", "test"),
        ("credentials_refused", "test"),
    ]
    assert {one.tax_id for one in found} == {TAX_ID}
