"""Documents at the dashboard: the list, one document, its invalidation; as pages and as HTMX's fragments."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Environment, Merchant, Role
from documents import overview
from documents.models import Document
from documents.templatetags import dashboard as words
from hacienda.registry import authority
from tests.actors import Caller, Sandbox, caller, eventually, invoice, tax_credit
from tests.people import Visitor, root, text, visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana(merchant: Merchant) -> Visitor:
    """A manager, in the sandbox."""
    return visitor(merchant)


@pytest.fixture
def stalled(manager: Caller, sandbox: Sandbox) -> Callable[[], dict[str, Any]]:
    """Sends a document that stays on its way until the sandbox heals."""

    def send() -> dict[str, Any]:
        sandbox.fault("unauthorized")
        made: dict[str, Any] = manager.send(Prefer="wait=0").json()
        assert made["status"] == "transmitting", made
        return made

    return send


def numbers(answer: HttpResponse) -> list[str]:
    """The control numbers listed, in order; only their last three digits."""
    return re.findall(r'<span class="list__number">[^<]*(\d{3})</span>', answer.content.decode())


def poll(answer: HttpResponse) -> str | None:
    """The address that the fragment asks again by itself."""
    match = re.search(r'hx-get="([^"]+)" hx-trigger="every 3s"', answer.content.decode())
    return html.unescape(match[1]) if match else None


# --- Words ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("1234.5", "$1,234.50"),
        (Decimal(7), "$7.00"),
        ("0.12345678", "$0.12345678"),
        ("-20", "-$20.00"),
        (None, ""),
        ("", ""),
        ("NaN", ""),
    ],
)
def test_amounts_are_shown_with_every_decimal_they_have(given: object, shown: str) -> None:
    assert words.money(given) == shown


# --- The list ---------------------------------------------------------------------------------------------------
def test_documents_are_listed_newest_first(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    manager.send()
    manager.send(tax_credit())

    answer = ana.get("/documents")

    assert numbers(answer) == ["002", "001"]
    page = text(answer)
    assert "CLIENTE DE PRUEBA, S.A. DE C.V." in page
    assert "$1,130.00" in page
    assert "Final consumer" in page
    assert page.count("Accepted") >= 2
    assert "2 issued today" in page


def test_only_ones_own_documents_of_the_present_environment_are_there(
    ana: Visitor, manager: Caller, stranger: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    theirs = stranger.send().json()
    elsewhere = caller(merchant, environment=Environment.TEST).send().json()

    assert numbers(ana.get("/documents")) == []
    for made in (theirs, elsewhere):
        assert ana.get(f"/documents/{made['id']}").status_code == 404
        assert ana.get(f"/documents/{made['id']}/invalidate").status_code == 404
        assert ana.post(f"/documents/{made['id']}/invalidate", {"kind": "rescinded"}).status_code == 404

    ana.work(environment="test")
    assert ana.get(f"/documents/{elsewhere['id']}").status_code == 200


def test_a_search_narrows_the_list_down(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    manager.send(invoice(external_id="pedido-77"))
    manager.send(tax_credit())
    sandbox.fault("reject", "recepciondte", code="020", message="NO", count=1)
    manager.send()
    day = timezone.localdate()

    def found(**question: object) -> list[str]:
        return numbers(ana.get("/documents", question))

    assert found(q="cliente de") == ["002"]
    assert found(q="pedido-77") == ["001"]
    assert found(q="000000000000002") == ["002"]
    assert found(q="nobody") == []
    assert found(status="accepted") == ["002", "001"]
    assert found(type="03") == ["002"]
    assert found(since=day, until=day, status="accepted", type="01") == ["001"]
    assert found(since=day + timedelta(days=1)) == []
    assert found(until=day - timedelta(days=1)) == []


@pytest.mark.parametrize("question", [{"status": "moon"}, {"since": "yesterday"}, {"type": "99"}, {"q": "x" * 500}])
def test_a_question_that_makes_no_sense_breaks_nothing(
    question: dict[str, str], ana: Visitor, manager: Caller, sandbox: Sandbox
) -> None:
    manager.send()

    answer = ana.get("/documents", question)

    assert answer.status_code == 200
    assert numbers(answer) == ["001"]


def test_nothing_found_is_told_apart_from_nothing_there(ana: Visitor) -> None:
    assert "No documents here yet" in text(ana.get("/documents"))
    assert "Nothing found" in text(ana.get("/documents", {"q": "x"}))


def test_pages_follow_each_other_in_both_directions(
    ana: Visitor, manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("documents.dashboard.PAGE", 2)
    for _document in range(5):
        manager.send()

    def follow(answer: HttpResponse, rel: str) -> HttpResponse:
        match = re.search(rf'rel="{rel}"\s+href="([^"]+)"', answer.content.decode())
        assert match is not None
        return ana.get("/documents" + html.unescape(match[1]))

    first = ana.get("/documents", {"status": "accepted"})
    second = follow(first, "next")
    third = follow(second, "next")
    assert [numbers(one) for one in (first, second, third)] == [["005", "004"], ["003", "002"], ["001"]]
    assert numbers(follow(third, "prev")) == ["003", "002"]
    assert 'rel="prev"' not in first.content.decode()
    assert 'rel="next"' not in third.content.decode()
    assert "status=accepted" in third.content.decode()  # the question goes along


def test_a_cursor_that_we_never_gave_is_not_there(ana: Visitor) -> None:
    assert ana.get("/documents", {"cursor": "nonsense"}).status_code == 404


def test_the_same_address_answers_the_page_or_its_fragment(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    manager.send()

    page, fragment = ana.get("/documents"), ana.fragment("/documents", {"q": "", "status": "accepted"})

    assert "<html" in page.content.decode()
    assert root(fragment) == "documents"
    assert numbers(fragment) == numbers(page)
    assert fragment["HX-Replace-Url"] == "/documents?status=accepted"


def test_going_back_in_the_history_gets_the_whole_page(ana: Visitor) -> None:
    answer = ana.get("/documents", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert "<html" in answer.content.decode()


def test_settled_documents_are_not_asked_about_again(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    manager.send()

    assert poll(ana.get("/documents")) is None


def test_one_request_follows_every_visible_document_on_its_way(
    ana: Visitor, manager: Caller, sandbox: Sandbox, stalled: Callable[[], dict[str, Any]]
) -> None:
    moving = [stalled(), stalled()]
    address = poll(ana.get("/documents", {"q": "DTE"}))
    assert address is not None
    asked = parse_qs(urlsplit(address).query)
    assert asked["q"] == ["DTE"]
    assert set(asked["watch"][0].split()) == {made["id"] for made in moving}
    assert ana.get("/documents").content.count(b"every 3s") == 1

    unchanged = ana.fragment(address)
    assert unchanged.status_code == 204
    assert not unchanged.content

    Document.objects.filter(public_id=moving[0]["id"]).update(state="accepted")  # as the sender would
    changed = ana.fragment(address)
    assert root(changed) == "documents"
    assert f"{moving[0]['control_number']}: Accepted" in text(changed)
    assert 'hx-swap-oob="innerHTML:#announcement"' in changed.content.decode()
    following = poll(changed)
    assert following is not None
    assert parse_qs(urlsplit(following).query)["watch"] == [moving[1]["id"]]


def test_the_list_asks_the_database_a_fixed_number_of_questions(
    ana: Visitor, manager: Caller, sandbox: Sandbox, django_assert_num_queries: Any
) -> None:
    for body in (invoice(), tax_credit(), tax_credit()):
        manager.send(body)
        with django_assert_num_queries(9):  # the person: 3; the documents: 1; what is counted: 4; the certificate: 1
            ana.get("/documents")


def test_what_needs_looking_at_is_counted(merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
    rules = authority("SV").rules
    manager.send()
    sandbox.fault("reject", "recepciondte", code="020", message="NO", count=1)
    manager.send()
    sandbox.fault("unauthorized")
    manager.send(Prefer="wait=0")

    def count(later: timedelta = timedelta()) -> overview.Overview:
        return overview.overview(
            Document.objects.all(),
            zone=rules.zone,
            correction_term=rules.correction_term,
            now=timezone.now() + later,
        )

    assert count() == overview.Overview(today=3, transmitting=1, contingency=0, rejected=1)
    assert count(timedelta(days=1, minutes=1)) == overview.Overview(0, 1, 0, 0)


# --- One document -----------------------------------------------------------------------------------------------
def test_a_document_is_shown_with_its_links_lines_and_history(
    ana: Visitor, manager: Caller, sandbox: Sandbox
) -> None:
    made = manager.send(tax_credit(external_id="pedido-9")).json()

    answer = ana.get(f"/documents/{made['id']}")

    page = answer.content.decode()
    for link in (made["url"], made["pdf_url"], made["json_url"]):
        assert f'href="{link}"' in page
    words = text(answer)
    for part in (
        made["control_number"],
        made["generation_code"],
        made["received_stamp"],
        "Camisa",
        "10 Unidad × 100.00",
        "Impuesto al Valor Agregado 13% $130.00",
        "Total to pay $1,130.00",
        "MIL CIENTO TREINTA DÓLARES CON 00/100",
        "pedido-9",
        "CLIENTE DE PRUEBA",
    ):
        assert part in words, part
    assert poll(answer) is None
    assert "Exchange with Hacienda" in words
    assert "HTTP 200" in words


def test_tax_inside_the_prices_is_told_so(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()

    assert "Value added tax 13%, included $0.81" in text(ana.get(f"/documents/{made['id']}"))


def test_a_document_on_its_way_offers_no_files_and_follows_itself(
    ana: Visitor, manager: Caller, sandbox: Sandbox, stalled: Callable[[], dict[str, Any]]
) -> None:
    made = stalled()
    answer = ana.get(f"/documents/{made['id']}")
    assert made["pdf_url"] not in answer.content.decode()
    assert "On its way to Hacienda." in text(answer)
    address = poll(answer)
    assert address is not None
    assert eventually(lambda: ana.fragment(poll(ana.get(f"/documents/{made['id']}"))).status_code == 204)

    document = Document.objects.get(public_id=made["id"])
    Document.objects.filter(pk=document.pk).update(state="contingency", changed_at=timezone.now())

    changed = ana.fragment(address)
    assert root(changed) == "document"
    assert "Issued in contingency." in text(changed)
    assert poll(changed) is None


def test_a_rejection_says_why_where_and_until_when(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepciondte", code="020", message="[receptor.nombre] NO VALIDO", count=1)
    made = manager.send().json()["document"]

    page = text(ana.get(f"/documents/{made['id']}"))

    assert "Hacienda rejected it." in page
    assert "020" in page
    assert "/customer/name" in page
    assert "It can be corrected with the same number until" in page


def test_nothing_that_a_caller_sent_becomes_markup(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    evil = "<script>alert(1)</script>"
    body = tax_credit(items=[{"description": evil, "price": "1"}], external_id=evil[:20])
    body["customer"]["name"] = evil
    made = manager.send(body).json()

    for path in ("/documents", f"/documents/{made['id']}"):
        assert evil not in ana.get(path).content.decode()
        assert "&lt;script&gt;" in ana.get(path).content.decode()


# --- Invalidating -----------------------------------------------------------------------------------------------
ANA = {"name": "ANA PRUEBA", "id_type": "13", "id_number": "012345678"}


def wish(**more: Any) -> dict[str, Any]:
    people = {f"{role}_{part}": value for role in ("requested_by", "responsible") for part, value in ANA.items()}
    return {"kind": "rescinded", "reason": "El cliente desistió", "replacement": "", **people, **more}


def test_a_manager_invalidates_a_document(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    assert "Possible until" in text(ana.get(f"/documents/{made['id']}"))

    answer = ana.post(f"/documents/{made['id']}/invalidate", wish(), follow=True)

    page = text(answer)
    assert answer.redirect_chain[-1][0] == f"/documents/{made['id']}"
    assert "The operation was rescinded" in page
    assert "El cliente desistió" in page
    assert manager.get(f"documents/{made['id']}").json()["status"] == "invalidated"
    assert len(sandbox.received("anulardte")) == 1


def test_with_htmx_the_form_comes_alone_and_leads_back_to_the_document(
    ana: Visitor, manager: Caller, sandbox: Sandbox
) -> None:
    made = manager.send().json()
    path = f"/documents/{made['id']}/invalidate"

    form = ana.fragment(path)
    answer = ana.press(path, wish())

    assert root(form) == "invalidation"
    assert answer["HX-Redirect"] == f"/documents/{made['id']}"


def test_the_people_are_those_of_the_company_at_first(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()

    page = ana.get(f"/documents/{made['id']}/invalidate").content.decode()

    assert page.count('value="PERSONA RESPONSABLE"') == 2
    assert page.count('<option value="13" selected>') == 2


def test_what_forbids_it_stands_beside_the_field(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    path = f"/documents/{made['id']}/invalidate"

    answer = ana.press(path, wish(kind="error", requested_by_id_number="", responsible_name=""))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert root(answer) == "invalidation"
    assert 'id="id_requested_by_id_number_error"' in page
    assert 'id="id_responsible_name_error"' in page
    assert re.search(r'id="replacements".*class="field__error"', page, re.DOTALL)
    assert "El cliente desistió" in page  # nothing typed is lost
    assert not sandbox.received("anulardte")


def test_a_replacement_is_found_among_ones_own_accepted_documents(
    ana: Visitor, manager: Caller, stranger: Caller, sandbox: Sandbox
) -> None:
    wrong, right = manager.send().json(), manager.send().json()
    other_type, theirs = manager.send(tax_credit()).json(), stranger.send().json()
    path = f"/documents/{wrong['id']}/invalidate"

    found = ana.fragment(path, {"look": "000002"}, target="replacements")
    assert root(found) == "replacements"
    assert right["id"] in found.content.decode()
    everything = ana.get(path, {"look": ""}).content.decode()
    for other in (wrong, other_type, theirs):
        assert f'value="{other["id"]}"' not in everything
        refused = ana.post(path, wish(kind="error", replacement=other["id"]))
        assert refused.status_code == 422

    done = ana.post(path, wish(kind="error", reason="Precio equivocado", replacement=right["id"]), follow=True)
    assert right["control_number"] in text(done)
    assert manager.get(f"documents/{wrong['id']}").json()["invalidation"]["replacement"] == right["id"]


def test_a_transmitter_is_offered_nothing_and_refused(merchant: Merchant, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    berta = visitor(merchant, Role.TRANSMITTER, "berta@example.com")

    assert "/invalidate" not in berta.get(f"/documents/{made['id']}").content.decode()
    assert berta.get(f"/documents/{made['id']}/invalidate").status_code == 403
    assert berta.post(f"/documents/{made['id']}/invalidate", wish()).status_code == 403
    assert not sandbox.received("anulardte")


def test_a_term_that_is_over_is_told_before_anybody_tries(ana: Visitor, manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send().json()
    document = Document.objects.get(public_id=made["id"])
    Document.objects.update(stamped_at=document.stamped_at - timedelta(days=100))  # type: ignore[operator]

    page = ana.get(f"/documents/{made['id']}")

    assert "The term to invalidate it ended on" in text(page)
    assert "/invalidate" not in page.content.decode()
    assert ana.post(f"/documents/{made['id']}/invalidate", wish()).status_code == 422


def test_an_invalidation_on_its_way_is_followed(
    ana: Visitor, manager: Caller, sandbox: Sandbox, settings: Any
) -> None:
    settings.DEFAULT_WAIT = timedelta(seconds=0)
    made = manager.send(Prefer="wait=5").json()
    sandbox.fault("slow", "anulardte", delay_ms=1000, count=1)

    answer = ana.post(f"/documents/{made['id']}/invalidate", wish(), follow=True)

    assert "The invalidation is on its way" in text(answer)
    address = poll(answer)
    assert address is not None
    again = ana.post(f"/documents/{made['id']}/invalidate", wish(), follow=True)
    assert "An invalidation of this document is on its way." in text(again)
    assert eventually(lambda: "Invalidated on" in text(ana.fragment(address)))


def test_haciendas_refusal_of_an_invalidation_is_shown_and_it_can_be_tried_again(
    ana: Visitor, manager: Caller, sandbox: Sandbox
) -> None:
    made = manager.send().json()
    sandbox.fault("reject", "anulardte", code="028", message="DTE RELACIONADO A OTRO DTE", count=1)

    answer = ana.post(f"/documents/{made['id']}/invalidate", wish(), follow=True)

    page = text(answer)
    assert "Hacienda rejected the last attempt to invalidate it." in page
    assert "DTE RELACIONADO A OTRO DTE" in page
    assert "Another document refers to this one." in page
    assert "You can mend it First invalidate the document that refers to this one" in page
    assert "Invalidate this document…" in page
    assert "Ask for it again…" in page


def test_an_invalidation_that_was_refused_is_asked_for_again_with_what_was_asked_for(
    ana: Visitor, merchant: Merchant, manager: Caller, sandbox: Sandbox
) -> None:
    made, other = manager.send().json(), manager.send().json()
    sandbox.fault("reject", "anulardte", code="003", message="[motivo.tipDocSolicita] VALOR NO VALIDO", count=1)
    given = wish(kind="error", reason="Precio", replacement=other["id"], requested_by_name="EVA")
    address = f"/documents/{made['id']}/invalidate"

    assert "Who asks for it: Kind of document (code) /requested_by/id_type" in text(
        ana.post(address, given, follow=True)
    )

    answer = ana.get(address)
    page = answer.content.decode()
    assert "Below stands what was asked for then." in text(answer)
    assert 'value="EVA"' in page
    assert ">Precio</textarea>" in page.replace("\n", "")
    assert re.search(rf'value="{other["id"]}"\s+checked', page)
    assert "Invalidated on" in text(ana.post(address, given, follow=True))
    assert "rejected the last attempt" not in text(ana.get(f"/documents/{made['id']}"))
    ben = visitor(merchant, Role.TRANSMITTER, "ben@example.com")
    assert "Ask for it again" not in text(ben.get(f"/documents/{made['id']}"))
