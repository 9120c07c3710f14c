"""A crowd of made-up documents: they are as good as any other, and nothing goes through all of them to find one."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from io import StringIO
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Min
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts import vault
from accounts.models import Environment, Merchant, Role
from contingency import alarms, deadlines, selectors, tasks
from contingency.models import Batch, Event, Run
from contingency.services import clocks, reporting
from documents import alarms as documents_alarms
from documents import cursors, published, search
from documents.models import (
    CustomerName,
    Document,
    IdempotencyKey,
    Invalidation,
    Notice,
    Reference,
    Sealing,
    Sequence,
)
from documents.notices_api import notice_id
from documents.search import matching
from documents.services import fairness, originals, probing, settling
from documents.states import DELIVERABLE, State
from hacienda.registry import authority
from tests.actors import Caller, caller
from tests.documents.plans import Step, steps

COUNT, COPIES = 700, 12
# Tables that grow with the documents.
LARGE = {model._meta.db_table for model in (Document, Sealing, Notice, Reference, Invalidation, IdempotencyKey)} | {
    "documents_historyentry",
    "documents_attempt",
}


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[Merchant]:
    """Made-up documents, and copies of the larger merchant's; gone after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        out = StringIO()
        call_command("seed", documents=COUNT, merchants=2, processes=0, stdout=out)
        merchant = Merchant.objects.earliest("pk")
        yield merchant
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def full(crowd: Merchant) -> Merchant:
    """So many that an index pays. Copies have no number: their company would have to have issued them."""
    rows = list(Document.objects.filter(merchant=crowd))
    made = []
    for copy in range(COPIES):
        for row in rows:
            twin = Document(
                **{field.attname: getattr(row, field.attname) for field in Document._meta.concrete_fields}
            )
            twin.pk, twin.number = None, None
            twin.public_id, twin.token = f"{copy}{row.public_id}", f"{copy}{row.token}"
            twin.generation_code = f"{copy}{row.generation_code}"
            twin.control_number = row.control_number and f"{row.control_number}-{copy}"
            twin.external_id = row.external_id and f"{row.external_id}-{copy}"
            twin.customer_name = row.customer_name and f"{row.customer_name} {copy}"
            twin.issued_at = row.issued_at - timedelta(minutes=copy)
            made.append(twin)
    Document.objects.bulk_create(made, batch_size=200)
    notices = list(Notice.objects.filter(merchant=crowd))
    Notice.objects.bulk_create(
        [
            Notice(merchant=crowd, environment=one.environment, type=one.type, at=one.at, document_id=one.document_id)
            for one in notices
            for _copy in range(COPIES)
        ],
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return crowd


@pytest.fixture
def manager(crowd: Merchant, db: None) -> Caller:
    return caller(crowd)


# --- As good as any other -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_numbers_have_no_gap_and_the_sequences_stand_at_the_last(crowd: Merchant) -> None:
    for sequence in Sequence.objects.all():
        rows = Document.objects.filter(merchant=sequence.merchant_id, year=sequence.year, series=sequence.scope)
        numbers = list(rows.exclude(number=None).order_by("pk").values_list("number", flat=True))
        assert numbers == list(range(1, sequence.last + 1))
        assert [*rows.exclude(number=None).order_by("issued_at", "pk").values_list("number", flat=True)] == numbers
    assert Sequence.objects.count() >= 6, "two merchants, years"


@pytest.mark.django_db
def test_every_kind_of_story_is_among_them(crowd: Merchant) -> None:
    states = Counter(Document.objects.exclude(number=None).values_list("state", flat=True))
    types = set(Document.objects.values_list("type_code", flat=True))

    assert set(states) == {state.value for state in State}
    assert types >= {"01", "03", "05"}
    assert Reference.objects.filter(adjusts=True).exists()
    assert Invalidation.objects.count() == states["invalidated"]
    for document in Document.objects.exclude(number=None).prefetch_related("history"):
        assert list(document.history.all())[-1].status == document.state


def test_each_is_listed_shown_and_handed_out(crowd: Merchant, manager: Caller, client: Client) -> None:
    law = authority("SV")
    key = vault.signing_key(crowd.pk, Environment.SANDBOX).private_key.public_key()
    examples: dict[tuple[str, str], Document] = {}
    for document in Document.objects.filter(merchant=crowd).exclude(number=None).select_related("current_sealing"):
        examples.setdefault((document.type_code, document.state), document)
    assert len(examples) > 8
    for document in examples.values():
        assert manager.get(f"documents/{document.public_id}").json()["status"] == document.state
        page = client.get(f"/d/{document.token}")
        assert page.status_code == 200
        if document.state in DELIVERABLE:
            assert document.generation_code in page.content.decode()
            pdf = client.get(f"/d/{document.token}.pdf")
            assert pdf.content.startswith(b"%PDF")
            handed = json.loads(client.get(f"/d/{document.token}.json").content)
            assert handed["identificacion"]["numeroControl"] == document.control_number
        sealing = document.current_sealing
        assert sealing is not None
        _verify(key, sealing.signature)
        assert law.read(sealing.payload, Environment.SANDBOX).payable == document.total
        assert published.mark(document.token) is not None


def _verify(key: Any, signature: str) -> None:
    """Raises where the signature is not that of what it carries."""
    head, payload, seal = signature.split(".")
    raw = base64.urlsafe_b64decode(seal + "=" * (-len(seal) % 4))
    key.verify(raw, f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA512())


@pytest.mark.django_db
def test_it_refuses_in_production_and_beside_real_documents(crowd: Merchant, settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("seed", documents=1, merchants=1)
    settings.PRODUCTION = False
    Document.objects.filter(merchant=crowd, state="rejected").update(environment=Environment.LIVE)
    with pytest.raises(CommandError, match="--beside-real-documents"):
        call_command("seed", documents=1, merchants=1)


# --- Nothing goes through all of them -----------------------------------------------------------------------------
LISTS = [
    "",
    *(f"status={state.value}" for state in State),
    "type=01",
    "type=11",
    "type=07",
    "type=05&status=rejected",
    "status=accepted&type=03",
    "from=2026-01-01T00:00:00Z",
    "to=2025-01-01T00:00:00Z",
    "from=2025-03-01T00:00:00Z&to=2025-03-08T00:00:00Z",
    "from=2024-01-01T00:00:00Z&status=rejected&type=01",
    "external_id=PEDIDO-00000003",
    "external_id=nothing",
    "q=pedido-00000003",
    "q=nobody",
    "q=ejemplo 00007",
    "q=ñ",
    "q=0614-019902-0008",
    "q=17",
    "q=DTE-01-M001P001-000000000000017",
    "q=DTE-07",
    "q=ana&status=rejected&from=2025-01-01T00:00:00Z",
]


def whole(found: list[Step]) -> list[str]:
    """The statements that go through a large table."""
    large = LARGE - small()
    return [f"{one.table}: {one.statement}" for one in found if one.table in large and not one.index]


def small() -> set[str]:
    """Tables of a few pages: PostgreSQL is right to go through them, SQLite prefers an index all the same."""
    if connection.vendor == "sqlite":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relpages < 100")
        names = {name for (name,) in cursor.fetchall()}
    assert Document._meta.db_table not in names
    return names


@pytest.mark.parametrize("question", LISTS)
def test_a_list_is_found_by_an_index(full: Merchant, manager: Caller, question: str) -> None:
    found = steps(lambda: manager.get(f"documents?{question}"))

    assert any(one.table == "documents_document" for one in found), "the plans were looked at"
    assert whole(found) == []


@pytest.mark.django_db
def test_pages_details_notices_and_links_are_found_by_an_index(
    full: Merchant, manager: Caller, client: Client
) -> None:
    middle = Document.objects.filter(merchant=full).order_by("pk")[COUNT]
    notice = Notice.objects.filter(merchant=full).order_by("pk")[COUNT]
    paths = [
        f"documents?cursor={cursors.write('n', middle.pk)}",
        f"documents?cursor={cursors.write('p', middle.pk)}",
        f"documents?from=2020-01-01T00:00:00Z&cursor={cursors.write('n', middle.pk, middle.issued_at)}",
        f"documents?from=2020-01-01T00:00:00Z&cursor={cursors.write('p', middle.pk, middle.issued_at)}",
        f"documents/{middle.public_id}",
        f"documents/{middle.generation_code}",
        "events",
        f"events?after={notice_id(notice.pk)}",
        "events?type=deadline.approaching",
        "contingency",
        "contingency/runs",
    ]
    for path in paths:
        assert whole(steps(lambda path=path: manager.get(path))) == [], path
    assert whole(steps(lambda: client.get(f"/d/{middle.token}"))) == []


@pytest.mark.django_db
def test_the_dashboard_finds_by_an_index(full: Merchant, client: Client) -> None:
    client.force_login(
        accounts.add_member(merchant=full, email="ana@example.com", password=None, role=Role.MANAGER),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    accepted = Document.objects.filter(merchant=full, state="accepted").latest("pk")
    for path in (
        "/documents",
        "/documents?q=ana&status=accepted",
        "/documents?since=2025-03-01&until=2025-03-31",
        f"/documents/{accepted.public_id}",
        f"/documents/{accepted.public_id}/invalidate?look=ferreteria",
        "/contingency",
    ):
        assert whole(steps(lambda path=path: client.get(path))) == [], path


@cache
def _referred_to() -> str:
    return Reference.objects.get(pk=Reference.objects.aggregate(first=Min("pk"))["first"]).number


WORK: dict[str, Callable[[Merchant], Any]] = {
    **{
        f"due {model.__name__}": lambda _merchant, model=model: fairness.in_turn(model, now=timezone.now(), most=8)
        for model in (Document, Invalidation, Event, Run, Batch)
    },
    "events to be made": lambda _merchant: list(reporting._unreported(timezone.now())),
    "runs to be started": lambda _merchant: deadlines.start_runs(timezone.now()),
    "clocks that run out": lambda _merchant: clocks.look(timezone.now()),
    "what is an alarm": lambda _merchant: [*documents_alarms.found(timezone.now()), *alarms.found(timezone.now())],
    "the month's end": lambda _merchant: tasks._waiting(),
    "the board": lambda merchant: selectors.board(merchant, Environment.SANDBOX),
    "what is referred to": lambda merchant: originals._originals([_referred_to()], merchant, "sandbox", ""),
    "what adjusts": lambda merchant: list(
        originals.adjusting(Document(merchant=merchant, environment="sandbox", generation_code=_referred_to()))
    ),
    "what is to be settled": lambda merchant: list(
        settling._unsettled("08", "06140199020008", merchant, Environment.SANDBOX)
    ),
    "whom to ask in an outage": lambda merchant: probing._document(merchant, Environment.SANDBOX),
    "the key of a request": lambda merchant: IdempotencyKey.objects.filter(
        merchant=merchant, environment=Environment.SANDBOX, key="one"
    ).first(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("work", WORK)
def test_what_the_sender_and_the_services_look_for_is_found_by_an_index(full: Merchant, work: str) -> None:
    _referred_to()  # looked for before, so that it is not among what is looked at
    assert whole(steps(lambda: WORK[work](full))) == []


@pytest.mark.django_db
def test_the_plan_of_a_question_without_an_index_would_be_noticed(full: Merchant) -> None:
    found = steps(lambda: list(Document.objects.filter(contingency_note="nothing like it")))

    assert len(whole(found)) == 1


# --- What the search means ----------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("bound", ["MOST_DOCUMENTS", "MOST_NAMES"])
def test_a_name_that_many_have_is_found_without_its_accents(
    crowd: Merchant, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    mine = Document.objects.filter(merchant=crowd)
    names = CustomerName.objects.filter(merchant=crowd, name__contains="Núñez").values_list("name", flat=True)
    wanted = set(mine.filter(customer_name__in=list(names)).values_list("pk", flat=True))
    monkeypatch.setattr(search, bound, 1)

    assert len(wanted) > 1
    found = mine.filter(matching("nunez", merchant=crowd, environment=Environment.SANDBOX))
    assert set(found.values_list("pk", flat=True)) == wanted


@pytest.mark.django_db
def test_a_name_is_found_by_any_part_without_case_and_accents(full: Merchant) -> None:
    named = CustomerName.objects.filter(merchant=full, folded__contains="nunez").first()
    assert named is not None

    for q in ("nuñez", "NÚÑEZ", "nunez"):
        found = Document.objects.filter(merchant=full).filter(matching(q, merchant=full, environment="sandbox"))
        assert named.name in set(found.values_list("customer_name", flat=True))


@pytest.mark.parametrize("question", ["", "from=2020-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&status=accepted"])
def test_pages_forth_and_back_show_every_document_once(full: Merchant, manager: Caller, question: str) -> None:
    pages = [manager.get(f"documents?limit=100&{question}").json()]
    for _ in range(2):
        pages.append(manager.get(f"documents?limit=100&{question}&cursor={pages[-1]['next']}").json())
    seen = [one["id"] for page in pages for one in page["results"]]
    assert len(set(seen)) == 300
    issued = [one["issued_at"] for page in pages for one in page["results"]]
    assert issued == sorted(issued, reverse=True) or not question

    back = manager.get(f"documents?limit=100&{question}&cursor={pages[2]['previous']}").json()

    assert back["results"] == pages[1]["results"]
    other = cursors.write("n", 1, None if question else timezone.now())
    assert manager.get(f"documents?{question}&cursor={other}").status_code == 422, "a cursor of another question"
