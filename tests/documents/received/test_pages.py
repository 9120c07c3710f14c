"""The dashboard's pages about received documents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Merchant, Role
from documents.models import Decision, ReceivedDocument
from tests.actors import SigningFile
from tests.documents.received.conftest import OTHER_TICO_TAX_ID, Deliver, merchant_of
from tests.people import Visitor, root, text, visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana(tico: Merchant) -> Visitor:
    return visitor(tico)


def upload(who: Visitor, content: str | bytes) -> HttpResponse:
    data = content if isinstance(content, bytes) else content.encode()
    return who.post("/received/upload", {"xml": SimpleUploadedFile("factura.xml", data)})


def test_a_file_is_uploaded_looked_at_and_accepted(ana: Visitor, deliver: Deliver) -> None:
    xml = deliver()
    assert "No documents here yet" in text(ana.get("/received"))
    page = upload(ana, xml)
    row = ReceivedDocument.objects.get()
    assert (page.status_code, page["Location"]) == (302, f"/received/{row.public_id}")
    assert row.xml == xml

    said = text(ana.get(page["Location"]))
    for words in ("PROVEEDOR DE PRUEBA", "Café", "₡3,390.00", "Undecided", "To be accepted or rejected", "Accept it"):
        assert words in said
    answer = ana.post(f"{page['Location']}/decision", {"kind": "accept", "condition": "01"})
    assert answer.status_code == 302
    said = text(ana.get(page["Location"]))
    for words in ("What you said", "01 · All of the tax is credited", "₡390.00", "00100001050000000001"):
        assert words in said
    assert "Sign and send" not in said
    assert Decision.objects.get().user is not None
    assert "Accepted" in text(ana.get("/received?status=accepted"))
    assert "Nothing found" in text(ana.get("/received?status=undecided"))


def test_what_was_signed_is_handed_out_word_for_word(ana: Visitor, deliver: Deliver) -> None:
    xml = deliver()
    where = upload(ana, xml)["Location"]
    assert ana.get(f"{where}/message.xml").status_code == 404
    ana.post(f"{where}/decision", {"kind": "reject", "reason": "No corresponde a lo pactado"})
    row = Decision.objects.get()

    for what, content in (("document", xml), ("message", row.signature), ("answer", row.receipt)):
        file = ana.get(f"{where}/{what}.xml")
        assert file.content.decode() == content
        assert (file["Content-Type"], file["Content-Disposition"][:10]) == ("application/xml", "attachment")
    assert ana.get(f"{where}/else.xml").status_code == 404


def test_what_is_wrong_is_said_beside_its_field(ana: Visitor, deliver: Deliver) -> None:
    where = upload(ana, deliver())["Location"]
    answer = ana.press(f"{where}/decision", {"kind": "reject", "reason": "No", "tax_credit": "1"})

    assert (answer.status_code, root(answer)) == (422, "received-one")
    assert "Say why, in 5 to 160 characters." in text(answer)
    assert "A rejection takes no credit" in text(answer)
    assert not Decision.objects.exists()


def test_a_file_that_is_no_document_is_refused_beside_its_field(ana: Visitor, deliver: Deliver) -> None:
    xml = deliver()
    altered = xml.replace("3390.00000</TotalComprobante>", "1.00000</TotalComprobante>")
    for content, words in (
        (altered, "were changed after signing"),
        (b"\xff\xfe\x00", "Give the document as its text"),
        (b"x" * 3_200_000, "too large"),
        ("", "empty"),
    ):
        answer = upload(ana, content)
        assert answer.status_code == 422, words
        assert words in text(answer)
    assert not ReceivedDocument.objects.exists()


def test_after_its_time_there_is_no_form(ana: Visitor, deliver: Deliver) -> None:
    where = upload(ana, deliver())["Location"]
    ReceivedDocument.objects.update(due=timezone.now() - timedelta(days=1))
    said = text(ana.get(where))

    assert "Silence counts as acceptance." in said
    assert "Sign and send" not in said
    late = ana.post(f"{where}/decision", {"kind": "accept"})
    assert late.status_code == 422
    assert "ended on" in text(late)


def test_the_page_follows_a_message_on_its_way(ana: Visitor, deliver: Deliver) -> None:
    where = upload(ana, deliver())["Location"]
    ana.post(f"{where}/decision", {"kind": "accept"})
    Decision.objects.update(status="transmitting")
    page = ana.get(where)
    assert "on its way to Hacienda" in text(page)
    stamp = page.content.decode().partition("?watch=")[2].partition('"')[0]
    assert ana.fragment(f"{where}?watch={stamp}").status_code == 204
    Decision.objects.update(status="accepted")
    ReceivedDocument.objects.update(changed_at=timezone.now())
    assert root(ana.fragment(f"{where}?watch={stamp}")) == "received-one"


def test_only_its_own_company_sees_it(
    ana: Visitor, deliver: Deliver, supplier_file: SigningFile, merchant: Merchant
) -> None:
    where = upload(ana, deliver())["Location"]
    other = visitor(merchant_of(OTHER_TICO_TAX_ID, supplier_file, "OTRA"), email="eva@example.com")
    elsewhere = visitor(merchant, email="eli@example.com")
    for stranger in (other, elsewhere):
        assert stranger.get(where).status_code == 404
        assert stranger.post(f"{where}/decision", {"kind": "accept"}).status_code == 404
        assert stranger.get(f"{where}/document.xml").status_code == 404
    assert "PROVEEDOR" not in text(other.get("/received"))
    assert elsewhere.get("/received").status_code == 404
    assert "/received" not in elsewhere.get("/documents").content.decode()
    ana.work(environment="test")
    assert ana.get(where).status_code == 404


def test_whoever_may_send_may_decide(tico: Merchant, deliver: Deliver) -> None:
    mate = visitor(tico, Role.TRANSMITTER, "eva@example.com")
    where = upload(mate, deliver())["Location"]

    assert mate.post(f"{where}/decision", {"kind": "accept"}).status_code == 302
