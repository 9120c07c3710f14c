"""The board: what waits and until when, the button, its progress; as pages and as HTMX's fragments."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django_q.models import Schedule

from accounts.models import Credential, Merchant, Role
from contingency import selectors
from contingency.models import Event, Run
from contingency.services import runs
from documents import spans
from documents.models import Document
from tests.actors import tax_credit
from tests.contingency.rows import (
    ago,
    ahead,
    batch,
    branch,
    event,
    go,
    many,
    outage,
    settle,
    waiting,
)
from tests.people import Visitor, root, text, visitor

pytestmark = pytest.mark.django_db(transaction=True)

BOARD = "/contingency"


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    """A manager, in the sandbox."""
    return visitor(merchant)


@pytest.fixture
def ben(merchant: Merchant) -> Visitor:
    """A transmitter, in the sandbox."""
    return visitor(merchant, Role.TRANSMITTER, "ben@example.com")


def start(merchant: Merchant) -> Run:
    run, _is_new = runs.start(merchant=merchant, environment="sandbox", trigger="api", now=timezone.now())
    return run


def asks_again(answer: HttpResponse, element: str) -> str | None:
    """The address that the element asks again by itself."""
    match = re.search(rf'id="{element}"[^>]*?hx-get="([^"]+)"[^>]*?hx-trigger="every', answer.content.decode(), re.S)
    return html.unescape(match[1]) if match else None


# --- Words ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=2, hours=3, minutes=59), "2 d 3 h"),
        (timedelta(days=2, minutes=5), "2 d"),
        (timedelta(hours=23, minutes=10, seconds=59), "23 h 10 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(minutes=5, seconds=59), "5 min"),
        (timedelta(seconds=59), "less than a minute"),
        (-timedelta(hours=2, minutes=1), "2 h 1 min"),
    ],
)
def test_spans_are_never_flattered(length: timedelta, said: str) -> None:
    with translation.override("en"):
        assert spans.span(length) == said


# --- Hacienda ---------------------------------------------------------------------------------------------------
def test_it_is_calm_when_nothing_happened(ana: Visitor) -> None:
    page = text(ana.get(BOARD))

    assert "Hacienda answers" in page
    assert "No outage has been measured so far." in page
    assert "Nothing waits" in page
    assert "Send" not in page.replace("Sending", "")


def test_an_open_outage_is_told_and_that_no_term_runs(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(began=ago(hours=1, minutes=28, seconds=30)))

    page = text(ana.get(BOARD))

    assert "Hacienda does not answer" in page
    assert "for 1 h 28 min, as measured by SmartBill" in page
    assert "not yet counting" in page
    assert "Its 24 hours begin when Hacienda is back." in page
    assert "It concerns only this company." not in page


def test_an_outage_of_ones_own_is_told_as_such(ana: Visitor, merchant: Merchant) -> None:
    outage(tax_id=merchant.tax_id)

    assert "It concerns only this company." in text(ana.get(BOARD))


def test_the_last_outage_is_told_with_its_length(ana: Visitor) -> None:
    outage(began=ago(hours=5), ended=ago(hours=3, minutes=30))

    page = text(ana.get(BOARD))

    assert "Hacienda answers" in page
    assert "(1 h 30 min)" in page


def test_a_refused_access_is_told_where_one_looks(ana: Visitor, merchant: Merchant) -> None:
    Credential.objects.filter(merchant=merchant).update(refused_at=timezone.now(), refused_reason="x")

    answer = ana.get(BOARD)

    assert "Hacienda refused the access" in text(answer)
    assert 'href="/hacienda"' in answer.content.decode()


# --- What waits -------------------------------------------------------------------------------------------------
def test_what_waits_is_told_by_establishment_with_its_clocks(ana: Visitor, merchant: Merchant) -> None:
    branch(merchant)
    over = outage(ended=ago(hours=1))
    waiting(merchant, over, event_due=ahead(hours=23, minutes=10, seconds=30))
    waiting(merchant, over, event_due=ahead(hours=23, minutes=10, seconds=30), uncertain=True)
    terms = {"event_accepted_at": ago(minutes=5), "documents_due": ahead(days=2, hours=3, minutes=30)}
    waiting(merchant, over, tax_credit(), establishment="S002", **terms)

    page = text(ana.get(BOARD))

    assert "3 documents wait for Hacienda's stamp" in page
    assert "$1,144.00 in all" in page
    assert "1 of them may have reached Hacienda before the outage" in page
    assert "S002 Sucursal" in page
    assert "1 uncertain" in page
    assert "The documents are due in 2 d 3 h" in page
    assert "Send 3 documents now" in page
    assert re.search(r"The event is due in 23 h (9|10) min", page)


def test_what_is_late_is_told_with_what_to_do(ana: Visitor, merchant: Merchant) -> None:
    over = outage(began=ago(days=5), ended=ago(days=4))
    waiting(merchant, over, event_due=ago(hours=2, seconds=5))
    done = {"event_accepted_at": ago(days=4), "documents_due": ago(hours=3, seconds=5)}
    waiting(merchant, over, **done)
    waiting(merchant, over, **done)

    answer = ana.get(BOARD)

    page = text(answer)
    assert "The event of 1 document is late by 2 h." in page
    assert re.search(r"2 documents are late by (3 h|2 h 59 min)\.", page)
    assert "write to the DGII" in page
    assert answer.content.decode().count('class="clock clock--late"') == 2


def test_what_happens_by_itself_is_told(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    assert "before their term ends. " in text(ana.get(BOARD))

    Schedule.objects.create(name=selectors.MONTH_END, func="contingency.tasks.month_end", next_run=ahead(days=3))
    assert "the next scheduled sending is on" in text(ana.get(BOARD))

    Merchant.objects.update(contingency_sending="on_recovery")
    assert "as soon as Hacienda is back and has taken the event" in text(ana.get(BOARD))


def test_the_navigation_of_every_page_asks_for_the_number(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))

    assert 'hx-get="/contingency/badge"' in ana.get("/keys").content.decode()
    badge = ana.fragment("/contingency/badge")
    assert root(badge) == "waiting-badge"
    assert text(badge) == "1 waiting"
    assert ana.fragment("/contingency/badge?watch=1").status_code == 204
    Document.objects.update(state="accepted")
    assert text(ana.fragment("/contingency/badge?watch=1")) == ""


def test_only_what_changed_is_sent_again(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    again = asks_again(ana.get(BOARD), "board")
    assert again is not None
    # What counts down says minutes: one of two askings at once falls into the same one.
    assert 204 in [ana.fragment(asks_again(ana.get(BOARD), "board") or "").status_code for _time in range(2)]

    Event.objects.all().delete()
    event(merchant, list(Document.objects.all()))
    answer = ana.fragment(again)

    assert answer.status_code == 200
    assert root(answer) == "board"
    assert "Contingency events" in text(answer)


def test_nothing_of_others_is_there(ana: Visitor, merchant: Merchant, other_merchant: Merchant) -> None:
    row = waiting(other_merchant, outage(ended=ago(hours=1)))
    run = start(other_merchant)
    refused = event(other_merchant, [row], state="rejected")

    assert "Nothing waits" in text(ana.get(BOARD))
    assert text(ana.get("/contingency/badge")) == ""
    assert ana.get(f"/contingency/runs/{run.public_id}").status_code == 404
    assert ana.fragment(f"/contingency/runs/{run.public_id}", target="run").status_code == 404
    assert ana.post(f"/contingency/events/{refused.generation_code}/correct").status_code == 404
    refused.refresh_from_db()
    assert refused.state == "rejected"
    ana.work(environment="test")
    waiting(merchant, None)
    assert "Nothing waits" in text(ana.get(BOARD))


def test_thousands_cost_no_more_queries_than_a_few(ana: Visitor, merchant: Merchant) -> None:
    over = outage(ended=ago(hours=1))
    row = waiting(merchant, over)
    many(row, 1999)
    rows = list(Document.objects.all()[:1000])
    event(merchant, rows, over, state="accepted", stamp="S" * 40)
    event(merchant, [], over)
    run = start(merchant)
    settle(run, "accepted", 700)

    with CaptureQueriesContext(connection) as seen:
        answer = ana.get(BOARD)

    assert "2000 documents wait" in text(answer)
    assert len(seen) < 16, [one["sql"][:90] for one in seen.captured_queries]
    with CaptureQueriesContext(connection) as seen:
        assert ana.get(f"/contingency/runs/{run.public_id}").status_code == 200
    assert len(seen) < 15


# --- Events -----------------------------------------------------------------------------------------------------
def refused(merchant: Merchant, state: str = "rejected", **refusal: object) -> Event:
    row = waiting(merchant, outage(ended=ago(hours=1)))
    words = {"code": "013", "message": "FECHA FUERA DEL PERIODO", "observations": ["dos"], "errors": []}
    return event(merchant, [row], state=state, refusal=words | {"at": ago(minutes=2).isoformat()} | refusal)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TRANSMITTER])
def test_a_refused_event_can_be_sent_again_by_anybody(role: Role, merchant: Merchant) -> None:
    somebody = visitor(merchant, role)
    row = refused(merchant)
    page = text(somebody.get(BOARD))
    assert "It was refused." in page
    assert row.generation_code in page
    assert "What Hacienda said 013 FECHA FUERA DEL PERIODO" in page
    assert "What it means A document was issued outside the period that the event tells." in page
    assert "SmartBill's support mends it There is nothing that you could correct." in page

    answer = somebody.post(f"/contingency/events/{row.generation_code}/correct", follow=True)

    assert "The event is being sent again." in text(answer)
    row.refresh_from_db()
    assert row.state == "waiting"
    assert row.refusal is None


def test_an_accepted_event_is_left_alone(ana: Visitor, merchant: Merchant) -> None:
    row = refused(merchant, "accepted")

    ana.post(f"/contingency/events/{row.generation_code}/correct")

    row.refresh_from_db()
    assert row.state == "accepted"


def test_what_is_missing_leads_to_where_it_is_filled_in(ana: Visitor, ben: Visitor, merchant: Merchant) -> None:
    missing = [{"pointer": "/responsible/name", "code": "required", "message": "This field is required."}]
    refused(merchant, "waiting", code="incomplete", message="x", errors=missing, observations=[])

    page = ana.get(BOARD)

    assert "Something is missing" in text(page)
    assert 'href="/contingency/responsible"' in page.content.decode()
    assert "A manager has to name the responsible person." in text(ben.get(BOARD))
    assert ben.get("/contingency/responsible").status_code == 403

    given = {"responsible_name": "EVA PRUEBA", "responsible_id_type": "13", "responsible_id_number": "012345678"}
    assert "Saved." in text(ana.post("/contingency/responsible", given, follow=True))
    merchant.refresh_from_db()
    assert merchant.responsible_name == "EVA PRUEBA"
    wrong = ana.post("/contingency/responsible", given | {"responsible_name": ""})
    assert wrong.status_code == 422
    assert "This field is required." in text(wrong)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("rejected", {"code": "006", "message": "Validaciones no superadas"}),
        ("waiting", {"code": "incomplete", "message": "x", "observations": []}),
    ],
)
def test_a_wrong_telephone_leads_to_the_companys_page(
    state: str, refusal: dict[str, Any], ana: Visitor, ben: Visitor, merchant: Merchant
) -> None:
    said = "[006] [emisor.telefono] FORMATO NO VALIDO"
    errors = [{"pointer": "/issuer/phone", "code": "x", "message": said}]
    refused(merchant, state, **{"observations": [said], **refusal, "errors": errors})

    for somebody in (ana, ben):
        page = somebody.get(BOARD)
        assert 'href="/hacienda/company"' in page.content.decode()
        assert "Company: Telephone" in text(page)
        assert "You can mend it A manager" in text(page)
        assert somebody.get("/hacienda/company").status_code == 200


def test_what_nobody_here_can_change_is_for_the_support(ana: Visitor, merchant: Merchant) -> None:
    wrong = [{"pointer": "/issuer/tax_id", "code": "tax_id_invalid", "message": "x"}]
    refused(merchant, "waiting", code="incomplete", message="x", errors=wrong, observations=[])

    page = text(ana.get(BOARD))
    assert "SmartBill's support mends it Tell SmartBill's support the event's code" in page


def test_missing_credentials_lead_to_their_page(ana: Visitor, merchant: Merchant) -> None:
    refused(merchant, "waiting", code="no_credentials", message="x")

    page = text(ana.get(BOARD))
    assert "See the access to Hacienda" in page
    assert "You can mend it A manager sees to the certificate and the password" in page


def test_an_event_with_nothing_left_to_report_asks_for_nothing(ana: Visitor, merchant: Merchant) -> None:
    refused(merchant, "rejected", code="nothing_left", message="None of its documents waits for the event any more.")

    page = text(ana.get(BOARD))
    assert "Nothing is to be done" in page
    assert "What Hacienda said" not in page


# --- The button -------------------------------------------------------------------------------------------------
def test_the_button_starts_one_run_however_often_it_is_pressed(ben: Visitor, merchant: Merchant) -> None:
    for _one in range(2):
        waiting(merchant, None, contingency_to=ago(hours=1))

    answers = [ben.post("/contingency/runs") for _time in range(5)]

    run = Run.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/contingency/runs/{run.public_id}"}
    assert (run.total, run.trigger) == (2, "button")
    assert run.started_by is not None
    assert run.started_by.email == "ben@example.com"
    page = ben.get(f"/contingency/runs/{run.public_id}")
    assert "Sending 2 documents" in text(page)
    assert '<meta http-equiv="refresh"' in page.content.decode()


def test_pressed_on_the_page_the_board_comes_back_with_the_progress(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))

    answer = ana.press("/contingency/runs", target="board")

    assert root(answer) == "board"
    page = text(answer)
    assert "Sending 1 document" in page
    assert "About to begin" in page
    assert "Send 1 document now" not in page
    run = Run.objects.get()
    assert (asks_again(answer, "run") or "").startswith(f"/contingency/runs/{run.public_id}?watch=")


def test_with_nothing_to_send_it_says_so(ana: Visitor) -> None:
    assert "There is nothing to send." in text(ana.post("/contingency/runs", follow=True))


def test_what_came_meanwhile_can_be_sent_afterwards(ana: Visitor, merchant: Merchant) -> None:
    over = outage(ended=ago(hours=1))
    waiting(merchant, over)
    start(merchant)
    waiting(merchant, over)

    assert "Send 1 more afterwards" in text(ana.get(BOARD))


def test_it_cannot_be_pressed_from_elsewhere(merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor(merchant).cookies  # signed in: the refusal is not for want of a login

    assert strict.post("/contingency/runs").status_code == 403
    assert Client().post("/contingency/runs").headers["Location"].startswith("/login")
    assert not Run.objects.exists()
    assert strict.get(BOARD).status_code == 200


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("queued", "It begins in a moment."),
        ("waiting_for_hacienda", "The sending begins by itself as soon as it is back"),
        ("running", "First the event, then the documents in batches."),
    ],
)
def test_the_progress_says_what_it_is_doing(state: str, said: str, ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    run = start(merchant)
    go(run, state)

    assert said in text(ana.get(BOARD))


def test_the_progress_moves_and_stops_by_itself(ana: Visitor, merchant: Merchant) -> None:
    row = waiting(merchant, outage(ended=ago(hours=1)))
    many(row, 3)
    run = start(merchant)
    go(run, "running")
    first = asks_again(ana.get(BOARD), "run")
    assert first is not None
    assert ana.fragment(first, target="run").status_code == 204

    settle(run, "accepted", 2)
    settle(run, "rejected", 1)
    moved = ana.fragment(first, target="run")
    assert root(moved) == "run"
    assert "2 accepted 1 rejected 1 left" in text(moved)
    assert 'aria-valuenow="3"' in moved.content.decode()
    assert asks_again(moved, "run") is not None

    settle(run, "accepted", 1)
    go(run, "done", finished_at=timezone.now())
    over = ana.fragment(asks_again(moved, "run") or "", target="run")
    assert "4 documents were sent" in text(over)
    assert "The rejected ones can be corrected with the same number for 24 hours." in text(over)
    assert asks_again(over, "run") is None
    assert "contingency-changed" in over.headers["HX-Trigger"]
    assert "4 documents were sent" in text(ana.get(BOARD))


def test_an_old_run_no_longer_stands_on_the_board(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    run = start(merchant)
    go(run, "done", finished_at=ago(hours=2))

    page = ana.get(BOARD)

    assert 'id="run"' not in page.content.decode()
    assert f'href="/contingency/runs/{run.public_id}"' in page.content.decode()


# --- Runs -------------------------------------------------------------------------------------------------------
def test_a_run_tells_what_became_of_each_document(ana: Visitor, merchant: Merchant) -> None:
    row = waiting(merchant, outage(ended=ago(hours=1)), tax_credit())
    many(row, 2)
    rows = list(Document.objects.order_by("pk"))
    event(merchant, rows, state="accepted", stamp="S" * 40)
    run = start(merchant)
    refusal = {"code": "004", "message": "DATOS DEL LOTE"}
    batch(run, list(run.entries.all()), state="refused", code="LOTE-1", refusal=refusal, accepted=1)
    settle(run, "accepted", 1)
    settle(run, "rejected", 1)
    settle(run, "left", 1)
    run.entries.filter(outcome="left").update(why="unsent")
    Document.objects.filter(pk=rows[1].pk).update(rejection={"code": "020", "message": "CAMPO INVALIDO"})
    go(run, "failed", finished_at=timezone.now())

    answer = ana.get(f"/contingency/runs/{run.public_id}")

    page = text(answer)
    assert "1 document could not be sent" in page
    assert "The API" in page
    assert "S" * 40 in page
    assert "LOTE-1" in page
    assert "004 DATOS DEL LOTE" in page
    assert "Rejected 020 CAMPO INVALIDO" in page
    assert "Left in contingency unsent" in page
    for one in rows:
        assert f'href="/documents/{one.public_id}"' in answer.content.decode()
    left = ana.get(f"/contingency/runs/{run.public_id}?outcome=left").content.decode()
    assert rows[2].public_id in left
    assert rows[0].public_id not in left
    assert ana.get(f"/contingency/runs/{run.public_id}?outcome=eaten").status_code == 404


def test_the_details_of_a_run_follow_until_it_is_over(ana: Visitor, merchant: Merchant) -> None:
    waiting(merchant, outage(ended=ago(hours=1)))
    run = start(merchant)
    again = asks_again(ana.get(f"/contingency/runs/{run.public_id}"), "run-details")
    assert again is not None
    assert ana.fragment(again, target="run-details").status_code == 204

    settle(run, "accepted", 1)
    go(run, "done", finished_at=timezone.now())
    answer = ana.fragment(again, target="run-details")

    assert root(answer) == "run-details"
    assert asks_again(answer, "run-details") is None


def test_runs_are_listed(ana: Visitor, merchant: Merchant) -> None:
    assert "Nothing has been sent from contingency yet" in text(ana.get("/contingency/runs"))
    run = start(merchant)

    assert f'href="/contingency/runs/{run.public_id}"' in ana.get("/contingency/runs").content.decode()


# --- The setting ------------------------------------------------------------------------------------------------
def test_a_manager_chooses_what_sends(ana: Visitor, ben: Visitor, merchant: Merchant) -> None:
    assert ben.post("/contingency/sending", {"sending": "on_recovery"}).status_code == 403
    assert 'name="sending"' not in ben.get(BOARD).content.decode()
    assert "Choose one of the two." in text(ana.post("/contingency/sending", {"sending": "never"}, follow=True))
    merchant.refresh_from_db()
    assert merchant.contingency_sending == "by_deadline"

    assert "Saved." in text(ana.post("/contingency/sending", {"sending": "on_recovery"}, follow=True))

    merchant.refresh_from_db()
    assert merchant.contingency_sending == "on_recovery"


# --- A document's own page --------------------------------------------------------------------------------------
def test_a_document_tells_why_it_waits_and_until_when(ana: Visitor, merchant: Merchant) -> None:
    over = outage(ended=ago(hours=1))
    row = waiting(merchant, over, contingency_reason=4, contingency_note="Apagón", uncertain=True)

    page = text(ana.get(f"/documents/{row.public_id}"))
    assert "Issued in contingency." in page
    assert "The power failed Apagón" in page
    assert "Its term begins when Hacienda is back" in page
    assert "An earlier sending may have arrived" in page

    due = {"event_due": ahead(hours=3), "event_accepted_at": ago(minutes=1), "documents_due": ago(minutes=1)}
    Document.objects.update(uncertain=False, event_stamp="S" * 40, **due)
    answer = ana.get(f"/documents/{row.public_id}")
    page = text(answer)
    assert "S" * 40 in page
    assert "Document due" in page
    assert "Event due" not in page
    assert "An earlier sending may have arrived" not in page
    assert '<dd class="is-bad">' in answer.content.decode()

    Document.objects.update(state="accepted", received_stamp="T" * 40, stamped_at=timezone.now())
    page = text(ana.get(f"/documents/{row.public_id}"))
    assert "Issued in contingency." in page
    assert "Document due" not in page


def test_the_board_speaks_spanish(merchant: Merchant) -> None:
    over = outage(ended=ago(hours=1))
    waiting(merchant, over, event_due=ahead(hours=3))
    somebody = visitor(merchant)
    somebody.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"

    page = text(somebody.get(BOARD))

    assert "1 documento espera el sello de Hacienda" in page
    assert "El evento vence en" in page
    assert "Enviar 1 documento ahora" in page
