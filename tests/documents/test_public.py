"""The buyer's link over HTTP: the present state for anybody who holds it, cheap to ask again, silent otherwise."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from documents.models import Document
from documents.services import moves
from documents.states import State
from tests.actors import Caller, Sandbox, invoice, tax_credit
from tests.documents import pdf_text

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = "/d/AAAAAAAAAAAAAAAAAAAAAA"
SUFFIXES = ("", ".pdf", ".pdf?format=ticket", ".json")
FILES = SUFFIXES[1:]
CUSTOMER = {"name": "María Inventada", "email": "maria@cliente.example"}


@pytest.fixture
def buyer() -> Client:
    """Somebody with nothing but the link; their browser prefers English."""
    return Client(headers={"Accept-Language": "en-US,en"})


@pytest.fixture
def accepted(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    made: dict[str, Any] = manager.send(invoice(customer=CUSTOMER)).json()
    assert made["status"] == "accepted", made
    return made


@pytest.fixture
def transmitting(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    sandbox.fault("throttled", "recepciondte")
    made: dict[str, Any] = manager.send(invoice(customer=CUSTOMER)).json()
    assert made["status"] == "transmitting", made
    return made


@pytest.fixture
def rejected(manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    sandbox.fault("reject", "recepciondte", code="020", message="[resumen.totalPagar] CALCULO INCORRECTO")
    made: dict[str, Any] = manager.send(invoice(customer=CUSTOMER)).json()["document"]
    assert made["status"] == "rejected", made
    return made


@pytest.fixture
def waiting(transmitting: dict[str, Any]) -> dict[str, Any]:
    """A document that went to contingency: issued, without a stamp yet."""
    document = row(transmitting)
    assert moves.move(document, State.CONTINGENCY, at=document.changed_at)
    return transmitting


def path(made: dict[str, Any], suffix: str = "") -> str:
    return urlsplit(made["url"]).path + suffix


def page(buyer: Client, made: dict[str, Any], query: str = "") -> str:
    answer = buyer.get(path(made) + query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def row(made: dict[str, Any]) -> Document:
    return Document.objects.get(public_id=made["id"])


def invalidate(manager: Caller, made: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = manager.post(
        f"documents/{made['id']}/invalidate", {"kind": "rescinded", "reason": "Se desistió", **body}
    )
    assert answer.status_code == 200, answer.content
    result: dict[str, Any] = answer.json()
    return result


# --- The page ----------------------------------------------------------------------------------------------------


def test_the_page_of_an_accepted_document_shows_who_how_much_and_the_stamp(
    buyer: Client, accepted: dict[str, Any]
) -> None:
    html = page(buyer, accepted)

    assert "Aceptado por Hacienda" in html
    assert f'<code class="stamp">{accepted["received_stamp"]}</code>' in html
    for wanted in ("$7.00", "Café", "COMERCIAL DE PRUEBA, S.A. DE C.V.", "María Inventada", "SIETE DÓLARES"):
        assert wanted in html
    for member in ("generation_code", "control_number", "pdf_url", "json_url"):
        assert accepted[member] in html
    assert 'http-equiv="refresh"' not in html


def test_the_page_verifies_at_hacienda(buyer: Client, accepted: dict[str, Any]) -> None:
    html = page(buyer, accepted)
    issued_on = accepted["issued_at"][:10]

    assert (
        "https://admin.factura.gob.sv/consultaPublica?ambiente=00"
        f"&amp;codGen={accepted['generation_code']}&amp;fechaEmi={issued_on}"
    ) in html
    assert html.count("<svg") == 1


def test_a_document_of_the_sandbox_is_marked_as_worthless(buyer: Client, accepted: dict[str, Any]) -> None:
    assert "SIN VALIDEZ: documento de prueba" in page(buyer, accepted)


def test_the_page_speaks_the_documents_language_unless_asked(buyer: Client, accepted: dict[str, Any]) -> None:
    assert '<html lang="es">' in page(buyer, accepted)
    english = page(buyer, accepted, "?lang=en")
    assert '<html lang="en">' in english
    assert "Accepted by Hacienda" in english
    assert '<html lang="es">' in page(buyer, accepted, "?lang=xx")


def test_the_page_needs_nothing_from_elsewhere_and_no_script(buyer: Client, accepted: dict[str, Any]) -> None:
    html = page(buyer, accepted)

    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", html) == []
    assert re.findall(r'(?:src|rel="stylesheet" href)="([^"]*)"', html) == ["/static/css/public.css"]


def test_a_tax_credit_document_shows_its_customers_registration(
    buyer: Client, manager: Caller, sandbox: Sandbox
) -> None:
    made = manager.send(tax_credit()).json()

    html = page(buyer, made)
    assert "CLIENTE DE PRUEBA, S.A. DE C.V." in html
    assert "765432" in html
    assert "$1,130.00" in html


def test_what_a_merchant_writes_cannot_become_markup(buyer: Client, manager: Caller, sandbox: Sandbox) -> None:
    items = [{"description": "<script>alert(1)</script>", "price": "1.00"}]
    made = manager.send({"type": "invoice", "items": items}).json()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(buyer, made)


# --- Every state under the same link -----------------------------------------------------------------------------


def test_while_it_is_transmitted_the_page_says_so_and_looks_again(
    buyer: Client, transmitting: dict[str, Any]
) -> None:
    html = page(buyer, transmitting)

    assert "En transmisión" in html
    assert '<meta http-equiv="refresh" content="3">' in html
    assert ".pdf" not in html
    assert ".json" not in html


def test_a_rejected_document_shows_its_issuer_and_nothing_else(buyer: Client, rejected: dict[str, Any]) -> None:
    html = page(buyer, rejected)

    assert "No válido" in html
    assert "COMERCIAL DE PRUEBA, S.A. DE C.V." in html
    for hidden in ("Café", "María Inventada", "7.00", "CALCULO", rejected["generation_code"], ".pdf", ".json"):
        assert hidden not in html


@pytest.mark.parametrize("state", ["transmitting", "rejected"])
def test_what_is_not_issued_has_no_files(request: pytest.FixtureRequest, buyer: Client, state: str) -> None:
    made = request.getfixturevalue(state)

    for suffix in FILES:
        assert buyer.get(path(made, suffix)).status_code == 404
        assert buyer.get(path(made, suffix), headers={"If-None-Match": "*"}).status_code == 404


def test_a_contingency_document_is_delivered_without_a_stamp(buyer: Client, waiting: dict[str, Any]) -> None:
    html = page(buyer, waiting)
    file = json.loads(buyer.get(path(waiting, ".json")).content)
    paper = pdf_text.text(buyer.get(path(waiting, ".pdf")).content)

    assert "Emitido en contingencia" in html
    assert "En espera del sello de Hacienda" in html
    assert "selloRecibido" not in file
    assert file["firmaElectronica"].count(".") == 2
    assert "Emitido en contingencia" in paper


def test_a_later_stamp_appears_under_the_same_link(buyer: Client, waiting: dict[str, Any]) -> None:
    document = row(waiting)
    tags = {suffix: buyer.get(path(waiting, suffix))["ETag"] for suffix in SUFFIXES}
    stamp = "2026" + "A" * 36
    assert moves.move(
        document, State.ACCEPTED, at=document.changed_at, received_stamp=stamp, stamped_at=document.changed_at
    )

    assert stamp in page(buyer, waiting)
    assert stamp in pdf_text.text(buyer.get(path(waiting, ".pdf")).content)
    assert json.loads(buyer.get(path(waiting, ".json")).content)["selloRecibido"] == stamp
    for suffix, tag in tags.items():
        assert buyer.get(path(waiting, suffix), headers={"If-None-Match": tag}).status_code == 200


def test_an_invalidated_document_says_when_why_and_what_replaces_it(
    buyer: Client, manager: Caller, accepted: dict[str, Any]
) -> None:
    replacement = manager.send().json()
    tag = buyer.get(path(accepted))["ETag"]
    done = invalidate(manager, accepted, kind="error", reason="El nombre no era", replacement=replacement["id"])

    answer = buyer.get(path(accepted), headers={"If-None-Match": tag})
    assert answer.status_code == 200
    html = page(buyer, accepted)
    assert "INVALIDADO" in html
    assert "El nombre no era" in html
    assert done["invalidation"]["stamp"] in html
    assert accepted["received_stamp"] in html
    assert f'<a href="{replacement["url"]}">{replacement["control_number"]}</a>' in html
    paper = pdf_text.text(buyer.get(path(accepted, ".pdf")).content)
    for wanted in ("INVALIDADO", "El nombre no era", replacement["control_number"], replacement["url"]):
        assert wanted in paper


def test_an_invalidation_on_its_way_is_announced(
    buyer: Client, manager: Caller, sandbox: Sandbox, accepted: dict[str, Any]
) -> None:
    sandbox.fault("throttled", "anulardte")
    answer = manager.post(f"documents/{accepted['id']}/invalidate", {"kind": "rescinded"})
    assert answer.status_code == 202, answer.content

    html = page(buyer, accepted)
    assert "Aceptado por Hacienda" in html
    assert "sigue vigente" in html


# --- Files -------------------------------------------------------------------------------------------------------


def test_the_json_is_what_was_signed_with_its_signature_and_stamp(buyer: Client, accepted: dict[str, Any]) -> None:
    answer = buyer.get(path(accepted, ".json"))
    file = json.loads(answer.content)
    sealing = row(accepted).current_sealing

    assert sealing is not None
    assert answer["Content-Type"] == "application/json"
    assert f'filename="{accepted["generation_code"]}.json"' in answer["Content-Disposition"]
    assert file.pop("firmaElectronica") == sealing.signature
    assert file.pop("selloRecibido") == accepted["received_stamp"]
    assert file == json.loads(sealing.payload)


def test_where_documents_are_json_there_is_no_xml(buyer: Client, accepted: dict[str, Any]) -> None:
    assert (accepted["xml_url"], accepted["receipt_url"]) == (None, None)
    assert ".xml" not in page(buyer, accepted)
    for suffix in (".xml", ".receipt.xml"):
        assert buyer.get(path(accepted, suffix)).status_code == 404
        assert buyer.get(path(accepted, suffix), headers={"If-None-Match": "*"}).status_code == 404


def test_the_pdf_carries_the_stamp_and_the_generation_code_as_its_name(
    buyer: Client, accepted: dict[str, Any]
) -> None:
    answer = buyer.get(path(accepted, ".pdf"))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{accepted["generation_code"]}.pdf"'
    assert accepted["received_stamp"] in pdf_text.text(answer.content)
    assert pdf_text.pages(answer.content) == [(612.0, 792.0)]


def test_the_ticket_is_as_wide_as_the_roll(buyer: Client, accepted: dict[str, Any]) -> None:
    answer = buyer.get(path(accepted, ".pdf?format=ticket"))
    ((width, _height),) = pdf_text.pages(answer.content)

    assert width == pytest.approx(226.77, abs=0.1)
    assert accepted["received_stamp"] in pdf_text.text(answer.content)


def test_an_unknown_format_is_the_letter(buyer: Client, accepted: dict[str, Any]) -> None:
    assert buyer.get(path(accepted, ".pdf?format=papyrus")).content == buyer.get(path(accepted, ".pdf")).content


def test_a_browsers_own_viewer_may_show_the_pdf(buyer: Client, accepted: dict[str, Any]) -> None:
    policy = buyer.get(path(accepted, ".pdf"))["Content-Security-Policy"]

    assert "object-src" not in policy
    assert "default-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in buyer.get(path(accepted))["Content-Security-Policy"]


# --- Manners -----------------------------------------------------------------------------------------------------


def assert_private(answer: HttpResponse) -> None:
    assert answer["Cache-Control"] == "private, no-cache"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_whoever_holds_the_link_is_left_alone(buyer: Client, accepted: dict[str, Any]) -> None:
    for suffix in SUFFIXES:
        answer = buyer.get(path(accepted, suffix))

        assert answer.status_code == 200
        assert_private(answer)


def test_asking_again_costs_one_query(
    buyer: Client, accepted: dict[str, Any], django_assert_num_queries: Any
) -> None:
    for suffix in SUFFIXES:
        tag = buyer.get(path(accepted, suffix))["ETag"]
        assert re.fullmatch(r'"[0-9a-f]{32}"', tag)

        with django_assert_num_queries(1):
            answer = buyer.get(path(accepted, suffix), headers={"If-None-Match": tag})

        assert answer.status_code == 304
        assert answer["ETag"] == tag
        assert answer.content == b""
        assert_private(answer)


def test_every_representation_has_a_tag_of_its_own(buyer: Client, accepted: dict[str, Any]) -> None:
    asked = [*SUFFIXES, "?lang=en"]

    assert len({buyer.get(path(accepted, suffix))["ETag"] for suffix in asked}) == len(asked)


def test_the_head_alone_can_be_asked_for(buyer: Client, accepted: dict[str, Any]) -> None:
    for suffix in SUFFIXES:
        whole = buyer.get(path(accepted, suffix))
        head = buyer.head(path(accepted, suffix))

        assert head.status_code == 200
        assert head.content == b""
        assert [head[name] for name in ("ETag", "Content-Type")] == [whole[name] for name in ("ETag", "Content-Type")]


def test_nothing_can_be_sent_to_a_link(buyer: Client, db: None) -> None:
    for suffix in SUFFIXES:
        assert buyer.post(UNKNOWN + suffix).status_code == 405


def test_an_unknown_link_is_a_friendly_404(buyer: Client, db: None) -> None:
    for suffix in SUFFIXES:
        answer = buyer.get(UNKNOWN + suffix)

        assert answer.status_code == 404
        assert "Aquí no hay ningún documento" in answer.content.decode()
        assert_private(answer)


def test_links_are_made_from_the_public_address(buyer: Client, accepted: dict[str, Any]) -> None:
    assert accepted["url"].startswith(f"{settings.PUBLIC_URL}/d/")
    assert f'href="{accepted["pdf_url"]}"' in page(buyer, accepted)


def test_who_tries_many_links_that_do_not_exist_waits(manager: Caller, sandbox: Sandbox, settings: Any) -> None:
    settings.ADDRESS_MISSES_PER_MINUTE = 2
    link = "/d/" + manager.send().json()["url"].partition("/d/")[2]
    visitor = Client(REMOTE_ADDR="203.0.113.7")
    assert [visitor.get(f"/d/guess{number}").status_code for number in range(2)] == [404, 404]
    refused = visitor.get("/d/guess.pdf")
    assert refused.status_code == 429
    assert "text/html" in refused["Content-Type"]
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert not refused.cookies
    assert visitor.get(link).status_code == 200, "a link that exists is never refused for them"


def test_an_address_may_ask_for_so_many_pages_a_minute(manager: Caller, sandbox: Sandbox, settings: Any) -> None:
    settings.ADDRESS_LIMIT_PER_MINUTE = 2
    link = "/d/" + manager.send().json()["url"].partition("/d/")[2]
    visitor, other = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    answers = [visitor.get(link + ending) for ending in ("", ".pdf", ".json")]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"]
    assert other.get(link).status_code == 200
