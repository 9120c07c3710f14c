"""The dashboard of a merchant in Costa Rica: the same pages, in its own words, without what it does not have."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.utils import timezone, translation

from accounts.models import Credential, Environment, Merchant, Role
from contingency import selectors
from contingency.services import reporting
from documents import series_names
from documents.models import Document
from hacienda.models import Outage
from hacienda.registry import authority
from tests import books
from tests.actors import HACIENDA_PASSWORD, Caller, Sandbox, SigningFile
from tests.documents.costarica.conftest import Work
from tests.people import Visitor, person, text, visitor
from tests.ticos import TICO_TAX_ID, cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)

SALVADORAN = re.compile(
    r"\b(NIT|NRC|DUI|DGII|CAT-\d+|[Ee]vents?|[Ee]ventos?|Department|Departamento|Municip\w+|[Ll]otes?|[Bb]atch\w*)\b"
)


def issued(caller: Caller, body: dict[str, Any]) -> Document:
    answer = caller.send(body)
    assert answer.status_code == 201, answer.content
    return Document.objects.select_related("merchant").get(public_id=answer.json()["id"])


def rejected(caller: Caller, sandbox: Sandbox, body: dict[str, Any]) -> Document:
    sandbox.fault("reject", "recepcion", code="-400", message="El codigo CABYS no existe", count=1)
    assert caller.send(body).status_code == 422
    sandbox.heal()
    return Document.objects.select_related("merchant").latest("pk")


def own_outage(**more: object) -> dict[str, Any]:
    """An invoice that was issued an hour ago without internet."""
    end = timezone.now() - timedelta(hours=1)
    span = {"reason": 3, "from": (end - timedelta(hours=1)).isoformat(), "to": end.isoformat()}
    return cr_invoice(contingency=span, issued_at=(end - timedelta(minutes=10)).isoformat(), **more)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_speaks_of_el_salvador(tico: Merchant, tico_manager: Caller, sandbox: Sandbox, language: str) -> None:
    sold = issued(tico_manager, cr_invoice())
    refused = rejected(tico_manager, sandbox, cr_invoice())
    waiting = issued(tico_manager, own_outage())
    reporting.gather(timezone.now())
    ana = visitor(tico)
    pages = [
        *("/documents", "/contingency", "/contingency/runs", "/keys", "/keys/new", "/hacienda"),
        *("/hacienda/company", "/numbering", "/numbering/00100001-01-0"),
        *(f"/documents/{one.public_id}" for one in (sold, refused, waiting)),
        f"/documents/{sold.public_id}/invalidate",
        f"/documents/{refused.public_id}/correct",
    ]
    for path in pages:
        answer = ana.get(path, headers={"Accept-Language": language})

        assert answer.status_code == 200, path
        assert SALVADORAN.findall(text(answer)) == [], path


@pytest.mark.parametrize(
    "path",
    ["/hacienda/trade", "/hacienda/versions", "/contingency/responsible"],
    ids=lambda path: path.split("/")[-1],
)
def test_what_there_is_not_in_the_country_is_not_offered(tico: Merchant, merchant: Merchant, path: str) -> None:
    ana = visitor(tico)

    assert ana.get(path).status_code == 404
    assert path not in ana.get("/hacienda").content.decode()
    assert visitor(merchant, email="eva@example.com").get(path).status_code == 200


def test_series_are_of_a_till_and_a_type_and_go_on_for_ever(tico: Merchant, tico_manager: Caller) -> None:
    ana = visitor(tico)
    issued(tico_manager, ticket())

    page = text(ana.get("/numbering"))
    assert "001 00001 · Ticket" in page
    assert str(timezone.now().year) not in page
    assert "What a series is of" not in page
    assert ana.post("/numbering/scope", {"number_scope": "type"}).status_code == 404

    assert ana.post("/numbering/start", {"series": "00100001-04", "number": "120"}).status_code == 302
    assert issued(tico_manager, ticket()).control_number == "00100001040000000120"


@pytest.mark.parametrize(
    ("country", "series", "words"),
    [
        ("CR", "00100001-01", "001 00001 · Invoice"),
        ("CR", "00200003-06", "002 00003 · Message: accepted in part"),
        ("SV", "M001", "M001"),
        ("SV", "M001P001-01", "M001 P001 · Invoice"),
    ],
)
def test_a_series_is_called_by_what_it_is_of(country: str, series: str, words: str) -> None:
    with translation.override("en"):
        assert series_names.name(country, series) == words


# --- Access to Hacienda -----------------------------------------------------------------------------------------
def upload(ana: Visitor, file: SigningFile, **more: Any) -> HttpResponse:
    body = {
        "certificate": SimpleUploadedFile("llave.p12", file.content),
        "certificate_password": file.password,
        "user": "cpj-3-101-000002@comprobanteselectronicos.go.cr",
        "password": HACIENDA_PASSWORD,
    }
    return ana.post("/hacienda/live", body | more)


def test_a_key_is_kept_with_the_user_that_belongs_to_it(tico: Merchant, tico_signing_file: SigningFile) -> None:
    ana = visitor(tico)
    assert "PIN of the cryptographic key" in text(ana.get("/hacienda"))

    assert upload(ana, tico_signing_file).status_code == 302

    kept = Credential.objects.get(merchant=tico, environment=Environment.LIVE)
    page = ana.get("/hacienda").content.decode()
    assert kept.fingerprint in page
    assert not any(secret in page for secret in (HACIENDA_PASSWORD, tico_signing_file.password, "cpj-3-101"))


def _made(tax_id: str, *, years_ago: int = 0) -> SimpleUploadedFile:
    law = authority("CR")
    content = law.make_certificate(
        tax_id=tax_id,
        name="OTRA",
        registration="",
        email="",
        password="1234",
        now=datetime.now(UTC) - timedelta(days=366 * years_ago),
    )
    return SimpleUploadedFile("otra.p12", content)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"certificate_password": "nadie-97"}, "certificate_password", "This is not the PIN of the file."),
        ({"certificate": SimpleUploadedFile("x.crt", b"<no>")}, "certificate", "The file is not a .p12 file."),
        ({"user": ""}, "user", "This field is required."),
        ({"user": "cpj-3@stag.comprobanteselectronicos.go.cr"}, "user", "the user of Hacienda's other environment"),
        ({"password": ""}, "password", "This field is required."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    wrong: dict[str, Any], field: str, words: str, tico: Merchant, tico_signing_file: SigningFile
) -> None:
    answer = upload(visitor(tico), tico_signing_file, **wrong)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.findall(r'class="field__error" id="live_(\w+?)_error"', page) == [field]
    assert words in text(answer)
    assert not any(secret in page for secret in (HACIENDA_PASSWORD, tico_signing_file.password, "nadie-97"))
    assert not Credential.objects.filter(environment=Environment.LIVE).exists()


def test_a_key_of_another_taxpayer_or_of_the_past_is_refused(tico: Merchant, tico_signing_file: SigningFile) -> None:
    ana = visitor(tico)
    for file, words in (
        (_made("3101999999"), f"belongs to identification 3101999999, not to {TICO_TAX_ID}"),
        (_made(TICO_TAX_ID, years_ago=5), "The certificate expired on"),
    ):
        answer = upload(ana, tico_signing_file, certificate=file, certificate_password="1234")

        assert answer.status_code == 422
        assert words in text(answer)


# --- Invalidating and correcting --------------------------------------------------------------------------------
def test_a_note_takes_a_document_back_after_that_was_said(tico: Merchant, tico_manager: Caller) -> None:
    sold = issued(tico_manager, cr_invoice())
    ana, path = visitor(tico), f"/documents/{sold.public_id}"

    form = ana.get(f"{path}/invalidate")
    assert f"takes back the whole of {sold.control_number}: Credit note." in text(form)
    assert "requested_by" not in form.content.decode()
    assert visitor(tico, Role.TRANSMITTER, "eva@example.com").get(f"{path}/invalidate").status_code == 403

    assert ana.post(f"{path}/invalidate", {"kind": "rescinded", "reason": "Se arrepintió"}).status_code == 302

    sold.refresh_from_db()
    note = sold.invalidations.get().note
    assert (sold.state, note and note.state) == ("invalidated", "accepted")
    assert note is not None
    assert f'href="/documents/{note.public_id}"' in ana.get(path).content.decode()
    page = ana.get(f"/documents/{note.public_id}")
    assert f'href="{path}"' in page.content.decode()
    # It is taken back by its opposite.
    assert "takes it back: Debit note" in text(page)


def test_a_rejected_document_is_replaced_from_its_page(
    tico: Merchant, tico_manager: Caller, sandbox: Sandbox
) -> None:
    refused = rejected(tico_manager, sandbox, cr_invoice(external_id="V-1"))
    ana, path = visitor(tico), f"/documents/{refused.public_id}"
    assert "Its number is spent." in text(ana.get(path))

    form = ana.get(f"{path}/correct").content.decode()
    labels = set(re.findall(r">([^<>]+)</label>", form))
    assert {"CABYS code", "Identification number", "Province", "Canton"} <= labels
    inputs = dict(re.findall(r'name="(/[^"]+)"[^>]*value="([^"]*)"', form))
    wrong = ana.post(f"{path}/correct", inputs | {"/items/0/cabys": "1234567890123"})
    assert wrong.status_code == 422
    assert "1234567890123 is not a code of the CABYS catalogue" in text(wrong)

    answer = ana.post(f"{path}/correct", inputs | {"/items/0/price": "1600"})

    assert answer.status_code == 302
    new = Document.objects.get(external_id="V-1")
    assert (new.state, new.control_number) == ("accepted", "00100001010000000002")
    assert refused.control_number in text(ana.get(f"/documents/{new.public_id}"))
    assert new.control_number in text(ana.get(path))


# --- Amounts and what waits -------------------------------------------------------------------------------------
def test_amounts_stand_in_their_own_currency(tico: Merchant, tico_manager: Caller) -> None:
    issued(tico_manager, cr_invoice())
    dollars = issued(tico_manager, cr_invoice(currency="USD", exchange_rate="512.35"))
    issued(tico_manager, own_outage())
    issued(tico_manager, own_outage(currency="USD", exchange_rate="512.35"))
    ana = visitor(tico)

    assert sorted(re.findall(r"[₡$][\d.,]+", text(ana.get("/documents")))) == ["$3,390.00"] * 2 + ["₡3,390.00"] * 2
    assert "$3,390.00" in text(ana.get(f"/documents/{dollars.public_id}"))
    assert "₡3,390.00 + $3,390.00 in all" in text(ana.get("/contingency"))
    told = tico_manager.get("contingency").json()
    assert told["amounts"] == {"CRC": "3390.00000", "USD": "3390.00000"}
    assert told["amount"] == "3390.00000"


def test_documents_go_one_by_one_and_without_an_event(tico: Merchant, tico_manager: Caller, work: Work) -> None:
    sent = [issued(tico_manager, own_outage()) for _ in range(2)]
    ana = visitor(tico)
    [clock] = selectors.queue(tico, "sandbox").clocks
    assert (clock.name, clock.until) == ("documents", authority("CR").sending_due(sent[0].issued_at))
    assert [one["name"] for one in tico_manager.get("contingency").json()["deadlines"]] == ["documents"]

    reporting.gather(timezone.now())
    ana.post("/contingency/runs")
    work(books.at_rest)

    [run] = tico_manager.get("contingency/runs").json()["results"]
    shown = tico_manager.get(f"contingency/runs/{run['id']}").json()
    assert (shown["accepted"], shown["events"], shown["batches"]) == (2, [], [])
    page = text(ana.get(f"/contingency/runs/{run['id']}"))
    assert all(one.control_number in page for one in sent)


def test_what_hacienda_alone_holds_up_has_no_term(tico: Merchant, tico_manager: Caller) -> None:
    document = issued(tico_manager, own_outage())
    moments = dict.fromkeys(("began_at", "last_failure_at", "next_probe_at"), timezone.now())
    outage = Outage.objects.create(country="CR", environment="sandbox", **moments)
    Document.objects.filter(pk=document.pk).update(
        outage=outage, contingency_reason=1, contingency_from=None, contingency_to=None
    )

    page = text(visitor(tico).get("/contingency"))

    assert "Held up by Hacienda alone no term is running They go by themselves as soon as Hacienda is back." in page


def test_one_person_works_in_both_countries(tico: Merchant, merchant: Merchant) -> None:
    ana = visitor(merchant)
    person(tico)
    assert "(NIT 06140101010019)" in text(ana.get("/hacienda"))

    ana.work(merchant=tico.pk)

    page = text(ana.get("/hacienda"))
    assert f"(Identification {TICO_TAX_ID})" in page
    assert "Exports and donations" not in page
