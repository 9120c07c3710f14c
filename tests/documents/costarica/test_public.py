"""What the buyer and the caller get of a Costa Rican document: an answer in place of a stamp, and XML files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from documents import selectors
from documents.models import Document, Receipt
from documents.services import moves
from documents.states import State
from hacienda.registry import authority, countries
from hacienda.values import Sealed
from tests.actors import Caller, Sandbox
from tests.documents import pdf_text
from tests.ticos import cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)

XML, ANSWER = ".xml", ".receipt.xml"
FILES = (".pdf", ".pdf?format=ticket", ".json", XML, ANSWER)


@pytest.fixture
def buyer() -> Client:
    """Somebody with nothing but the link."""
    return Client()


@pytest.fixture
def accepted(tico_manager: Caller) -> dict[str, Any]:
    return sent(tico_manager)


@pytest.fixture
def transmitting(tico_manager: Caller, sandbox: Sandbox) -> dict[str, Any]:
    sandbox.fault("throttled", "recepcion")
    return sent(tico_manager, "transmitting")


@pytest.fixture
def waiting(transmitting: dict[str, Any]) -> dict[str, Any]:
    """A document that went to contingency: delivered, without an answer yet."""
    document = row(transmitting)
    assert moves.move(document, State.CONTINGENCY, at=document.changed_at)
    return transmitting


def sent(manager: Caller, status: str = "accepted") -> dict[str, Any]:
    told: dict[str, Any] = manager.send(cr_invoice(), Prefer="wait=10" if status == "accepted" else "wait=0").json()
    made: dict[str, Any] = told.get("document", told)
    assert made["status"] == status, told
    return made


def row(made: dict[str, Any]) -> Document:
    return Document.objects.get(public_id=made["id"])


def get(buyer: Client, made: dict[str, Any], suffix: str = "", **headers: str) -> HttpResponse:
    answer: HttpResponse = buyer.get(urlsplit(made["url"]).path + suffix, headers=headers)
    return answer


def page(buyer: Client, made: dict[str, Any]) -> str:
    answer = get(buyer, made)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def paper(buyer: Client, made: dict[str, Any], query: str = "") -> str:
    return pdf_text.text(get(buyer, made, f".pdf{query}").content)


def taken_back(manager: Caller, made: dict[str, Any], **body: object) -> dict[str, Any]:
    asked = {"kind": "error", "reason": "El nombre no era", **body}
    answer = manager.post(f"documents/{made['id']}/invalidate", asked, Prefer="wait=10")
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


# --- The states --------------------------------------------------------------------------------------------------


def test_an_accepted_document_tells_that_hacienda_answered_and_shows_no_digest(
    buyer: Client, accepted: dict[str, Any]
) -> None:
    html = page(buyer, accepted)

    assert "Aceptado por Hacienda" in html
    assert f'<code class="stamp stamp-long">{accepted["generation_code"]}</code>' in html
    assert "Fecha y hora de la respuesta" in html
    for file in ("pdf_url", "xml_url", "receipt_url"):
        assert f'href="{accepted[file]}"' in html
    for unwanted in (accepted["received_stamp"], "sello", "Sello", "<svg", "refresh"):
        assert unwanted not in html
    for query in ("", "?format=ticket"):
        printed = paper(buyer, accepted, query)
        assert accepted["generation_code"] in printed
        assert "Fecha y hora de la respuesta" in printed
        assert accepted["received_stamp"] not in printed.replace(" ", "")
        assert "ello de recep" not in printed


def test_what_is_on_its_way_looks_again_and_has_no_files(buyer: Client, transmitting: dict[str, Any]) -> None:
    html = page(buyer, transmitting)

    assert "En transmisión" in html
    assert '<meta http-equiv="refresh" content="3">' in html
    assert transmitting["receipt_url"] is None
    for suffix in FILES:
        assert suffix not in html
        assert get(buyer, transmitting, suffix).status_code == 404
        assert get(buyer, transmitting, suffix, if_none_match="*").status_code == 404


def test_in_contingency_the_document_is_handed_over_and_the_answer_comes_later(
    buyer: Client, waiting: dict[str, Any]
) -> None:
    assert "En espera de Hacienda" in page(buyer, waiting)
    assert "En espera de Hacienda" in paper(buyer, waiting)
    tags = {suffix: get(buyer, waiting, suffix)["ETag"] for suffix in FILES if suffix != ANSWER}
    early = get(buyer, waiting, ANSWER)
    assert early.status_code == 404
    assert urlsplit(waiting["url"]).path in early.content.decode()

    document = row(waiting)
    Receipt.objects.create(document=document, content="<MensajeHacienda/>", at=document.changed_at)
    stamp = hashlib.sha256(b"<MensajeHacienda/>").hexdigest()
    columns = {"received_stamp": stamp, "stamped_at": document.changed_at}
    assert moves.move(document, State.ACCEPTED, at=document.changed_at, **columns)

    assert get(buyer, waiting, ANSWER).content == b"<MensajeHacienda/>"
    for suffix, tag in tags.items():
        assert get(buyer, waiting, suffix, if_none_match=tag).status_code == 200


def test_the_answer_to_a_rejected_document_is_the_merchants_alone(
    buyer: Client, tico_manager: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
    told = tico_manager.send(cr_invoice(), Prefer="wait=10").json()["document"]

    assert told["status"] == "rejected"
    assert told["receipt_url"] is None
    assert row(told).receipts.count() == 1
    html = page(buyer, told)
    assert "No válido" in html
    for hidden in (told["generation_code"], "CABYS", "Café", "3,390.00", ".xml", ".pdf"):
        assert hidden not in html
    for suffix in FILES:
        assert get(buyer, told, suffix).status_code == 404


# --- Files -------------------------------------------------------------------------------------------------------


def test_the_xml_is_what_was_signed_and_the_answer_what_hacienda_signed(
    buyer: Client, accepted: dict[str, Any]
) -> None:
    document = row(accepted)
    sealing = document.current_sealing
    assert sealing is not None
    xml, answer = get(buyer, accepted, XML), get(buyer, accepted, ANSWER)

    assert (accepted["xml_url"], accepted["receipt_url"]) == (accepted["url"] + XML, accepted["url"] + ANSWER)
    assert xml.content == sealing.signature.encode()
    assert answer.content == selectors.receipt(document).encode()
    assert hashlib.sha256(answer.content).hexdigest() == accepted["received_stamp"]
    code = accepted["generation_code"]
    for one, name in ((xml, f"{code}.xml"), (answer, f"{code}_respuesta.xml")):
        assert one["Content-Type"] == "application/xml"
        assert one["Content-Disposition"] == f'attachment; filename="{name}"'
        assert one["Cache-Control"] == "private, no-cache"
        assert "noindex" in one["X-Robots-Tag"]
        assert not one.cookies
    both = json.loads(get(buyer, accepted, ".json").content)
    assert (both["comprobanteXml"].encode(), both["respuestaXml"].encode()) == (xml.content, answer.content)


def test_asking_again_for_a_file_costs_one_query(
    buyer: Client, accepted: dict[str, Any], django_assert_num_queries: Any
) -> None:
    tags = {suffix: get(buyer, accepted, suffix)["ETag"] for suffix in FILES}
    assert len(set(tags.values())) == len(FILES)
    for suffix, tag in tags.items():
        with django_assert_num_queries(1):
            again = get(buyer, accepted, suffix, if_none_match=tag)
        assert again.status_code == 304


def test_the_customers_mail_leads_to_the_files(accepted: dict[str, Any], run_tasks: Callable[[], int]) -> None:
    run_tasks()

    (message,) = mail.outbox
    html, _kind = message.alternatives[0]
    for content in (str(message.body), str(html)):
        assert accepted["xml_url"] in content
        assert accepted["receipt_url"] in content


# --- Taking back -------------------------------------------------------------------------------------------------


def test_a_document_that_was_taken_back_and_its_note_name_each_other(
    buyer: Client, tico_manager: Caller, accepted: dict[str, Any]
) -> None:
    replacement = sent(tico_manager)
    told = taken_back(tico_manager, accepted, replacement=replacement["id"])
    note = tico_manager.get(f"documents/{told['invalidation']['note']}").json()

    assert (note["type"], note["status"]) == ("credit_note", "accepted")
    html = page(buyer, accepted)
    for wanted in ("INVALIDADO", "Error en el documento", "El nombre no era", "Dejado sin efecto por la nota"):
        assert wanted in html
    assert f'<a href="{note["url"]}">{note["control_number"]}</a>' in html
    assert f'<a href="{replacement["url"]}">{replacement["control_number"]}</a>' in html
    assert told["invalidation"]["stamp"] not in html
    own = page(buyer, note)
    assert "Deja sin efecto el documento" in own
    assert f'<a href="{accepted["url"]}">' in own
    for query in ("", "?format=ticket"):
        printed = paper(buyer, accepted, query)
        for wanted in ("INVALIDADO", note["control_number"], note["url"], replacement["control_number"]):
            assert wanted in printed
        assert told["invalidation"]["stamp"] not in printed.replace(" ", "")
        assert accepted["control_number"] in paper(buyer, note, query)
        assert accepted["url"] in paper(buyer, note, query)


def test_until_its_note_is_accepted_a_document_remains_in_force(
    buyer: Client, tico_manager: Caller, sandbox: Sandbox, accepted: dict[str, Any]
) -> None:
    sandbox.fault("throttled", "recepcion")
    tag = get(buyer, accepted)["ETag"]
    answer = tico_manager.post(f"documents/{accepted['id']}/invalidate", {"kind": "rescinded"}, Prefer="wait=0")

    assert answer.status_code == 202, answer.content
    told = answer.json()
    note = row(told["invalidation"] | {"id": told["invalidation"]["note"]})
    assert note.state == State.TRANSMITTING
    assert get(buyer, accepted, if_none_match=tag).status_code == 200
    html = page(buyer, accepted)
    assert "Aceptado por Hacienda" in html
    assert "sigue vigente" in html
    assert accepted["control_number"] not in page(buyer, {"url": selectors.page_url(note)})


# --- Notices -----------------------------------------------------------------------------------------------------


def test_notices_are_for_the_merchant(buyer: Client, tico_manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("notice", "recepcion", count=1)
    told = tico_manager.send(ticket(), Prefer="wait=10").json()

    assert told["status"] == "accepted"
    (notice,) = told["observations"]
    assert notice.startswith("-37")
    text = notice.removeprefix("-37: ")
    assert text not in page(buyer, told)
    assert text not in paper(buyer, told)


@pytest.mark.parametrize("country", countries())
def test_files_have_names_where_documents_are_xml(country: str) -> None:
    law = authority(country)
    assert (law.rules.xml_files is None) == (law.xml(Sealed("{}", "<a/>")) is None)
