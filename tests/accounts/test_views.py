"""Signing in, choosing where to work, API keys and Hacienda's credentials, as people meet them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import keys, services, vault
from accounts.models import ApiKey, Credential, Environment, Merchant, PointOfSale, Role, User
from tests.accounts.holds import is_held
from tests.actors import ADDRESS, HACIENDA_PASSWORD, OTHER_TAX_ID, TAX_ID, Sandbox, SigningFile
from tests.people import PASSWORD, Visitor, person, text, visitor

pytestmark = pytest.mark.django_db

PAGES = ("/documents", "/keys", "/keys/new", "/hacienda", "/hacienda/trade")


def company(tax_id: str, name: str) -> Merchant:
    return services.create_merchant(
        name=name,
        tax_id=tax_id,
        registration="1234567",
        activity="46632",
        phone="22001100",
        email="facturas@example.com",
        address=ADDRESS,
        now=timezone.now(),
    )


@pytest.fixture
def merchant(db: None) -> Merchant:
    """A company that has not set anything up."""
    return company(TAX_ID, "COMERCIAL DE PRUEBA, S.A. DE C.V.")


@pytest.fixture
def other_merchant(db: None) -> Merchant:
    return company(OTHER_TAX_ID, "OTRA DE PRUEBA, S.A. DE C.V.")


@pytest.fixture
def credential(merchant: Merchant) -> Credential:
    """What the page shows of a certificate in Hacienda's test system; its secrets do not matter here."""
    now = timezone.now()
    return Credential.objects.create(
        merchant=merchant,
        environment=Environment.TEST,
        password_encrypted=b"-",
        certificate_encrypted=b"-",
        fingerprint="ab" * 32,
        valid_from=now - timedelta(days=9),
        valid_until=now + timedelta(days=900),
    )


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/login", {"username": "ana@example.com", "password": password, **more})


# --- Signing in -------------------------------------------------------------------------------------------------
def test_signing_in_leads_to_the_documents(merchant: Merchant, client: Client) -> None:
    person(merchant)

    answer = sign_in(client)

    assert answer.status_code == 302
    assert answer["Location"] == "/documents"
    assert client.get("/documents").status_code == 200


def test_a_wrong_password_is_told_and_nobody_is_signed_in(merchant: Merchant, client: Client) -> None:
    person(merchant)

    answer = sign_in(client, "otra")

    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert client.get("/documents").status_code == 302


def test_signing_in_leads_back_to_where_one_was_going_but_never_elsewhere(merchant: Merchant, client: Client) -> None:
    person(merchant)
    wanted = client.get("/keys")["Location"]
    assert wanted == "/login?next=/keys"

    assert sign_in(client, next="/keys")["Location"] == "/keys"
    client.logout()
    assert sign_in(client, next="https://elsewhere.example/")["Location"] == "/documents"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_seen_without_signing_in(path: str, client: Client) -> None:
    assert client.get(path)["Location"] == f"/login?next={path}"


def test_a_fragment_never_becomes_a_sign_in_form(client: Client) -> None:
    answer = client.get("/documents", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == "/login"
    assert not answer.content


def test_signing_out_needs_a_post_and_ends_it(merchant: Merchant) -> None:
    ana = visitor(merchant)
    assert ana.get("/logout").status_code == 405

    assert ana.post("/logout")["Location"] == "/login"
    assert ana.get("/documents").status_code == 302


def test_many_wrong_passwords_close_the_door_for_a_while(merchant: Merchant, client: Client, settings: Any) -> None:
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    person(merchant)
    for _attempt in range(3):
        answer = sign_in(client, "otra")

    assert answer.status_code == 429
    assert "<main" in answer.content.decode()
    assert sign_in(client).status_code == 429  # the right one too


def test_somebody_of_no_company_is_told_so(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("sola@example.com", PASSWORD))

    assert client.get("/documents").status_code == 403


def test_pages_are_spanish_unless_english_is_chosen(merchant: Merchant) -> None:
    ana = Client()
    ana.force_login(person(merchant))
    assert 'lang="es"' in ana.get("/documents").content.decode()
    assert "Documentos" in text(ana.get("/documents"))

    ana.post(reverse("set_language"), {"language": "en", "next": "/documents"})

    assert 'lang="en"' in ana.get("/documents").content.decode()


# --- Where one works --------------------------------------------------------------------------------------------
def test_the_page_says_when_documents_have_no_validity(merchant: Merchant) -> None:
    ana = visitor(merchant)
    assert "Sandbox: no fiscal validity" in text(ana.get("/documents"))

    ana.work(environment="test")
    assert "Tests: no fiscal validity" in text(ana.get("/documents"))

    ana.work(environment="live")
    assert "no fiscal validity" not in text(ana.get("/documents"))


def test_somebody_begins_where_the_company_really_works(
    merchant: Merchant, credential: Credential, client: Client
) -> None:
    client.force_login(person(merchant))
    assert "environment--test" in client.get("/documents").content.decode()

    Credential.objects.update(environment="live")
    assert "environment--" not in client.get("/documents").content.decode()


def test_one_can_work_for_another_company_one_belongs_to(merchant: Merchant, other_merchant: Merchant) -> None:
    ana = visitor(merchant)
    services.add_member(merchant=other_merchant, email="ana@example.com", password=None, role=Role.TRANSMITTER)

    ana.work(merchant=other_merchant.pk)

    assert other_merchant.name in text(ana.get("/hacienda"))
    assert ana.get("/keys/new").status_code == 403  # the role goes with the company


@pytest.mark.parametrize("choice", [{"merchant": "{other}"}, {"merchant": "x"}, {"environment": "moon"}, {}])
def test_a_choice_that_is_not_ours_changes_nothing(
    choice: dict[str, str], merchant: Merchant, other_merchant: Merchant
) -> None:
    ana = visitor(merchant)
    before = text(ana.get("/hacienda"))

    ana.work(**{name: value.format(other=other_merchant.pk) for name, value in choice.items()})

    assert text(ana.get("/hacienda")) == before
    assert other_merchant.name not in before


def test_a_company_that_one_left_is_no_longer_shown(merchant: Merchant, other_merchant: Merchant) -> None:
    ana = visitor(merchant)
    services.add_member(merchant=other_merchant, email="ana@example.com", password=None, role=Role.MANAGER)
    ana.work(merchant=other_merchant.pk)

    other_merchant.memberships.all().delete()

    assert other_merchant.name not in text(ana.get("/hacienda"))


def test_switching_leads_only_to_our_own_pages(merchant: Merchant) -> None:
    ana = visitor(merchant)

    assert ana.work(environment="test", next="/keys")["Location"] == "/keys"
    assert ana.work(environment="test", next="//elsewhere.example/")["Location"] == "/documents"


# --- API keys ---------------------------------------------------------------------------------------------------
def create(ana: Visitor, **more: Any) -> HttpResponse:
    return ana.post("/keys/new", {"name": "Caja", "environment": "sandbox", "role": "transmitter", **more})


def test_a_new_key_is_shown_once_and_works(merchant: Merchant) -> None:
    ana = visitor(merchant)

    answer = create(ana)

    page = answer.content.decode()
    private = re.search(r"sk_sandbox_[\w-]+", page)
    public = re.search(r"pk_sandbox_[\w-]+", page)
    assert private is not None
    assert public is not None
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert f"curl -u {public[0]}:{private[0]}" in page
    assert f"{django_settings.PUBLIC_URL}/api/v1/documents" in page
    key = keys.verify(public[0], private[0])
    assert key is not None
    assert (key.name, key.role, key.environment, key.created_by.email) == (
        "Caja",
        "transmitter",
        "sandbox",
        "ana@example.com",
    )
    listed = ana.get("/keys").content.decode()
    assert public[0] in listed
    assert private[0] not in listed
    assert private[0] not in str(dict(ana.session))
    assert private[0][-4:] in listed


def test_a_key_can_have_a_place_of_its_own(merchant: Merchant, other_merchant: Merchant) -> None:
    ana = visitor(merchant)
    ours = PointOfSale.objects.get(establishment__merchant=merchant)
    theirs = PointOfSale.objects.get(establishment__merchant=other_merchant)

    create(ana, point_of_sale=ours.pk)
    refused = create(ana, point_of_sale=theirs.pk)

    key = ApiKey.objects.get()
    assert (key.establishment, key.point_of_sale) == (ours.establishment, ours)
    assert refused.status_code == 422


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x\x07y"}, {"role": "owner"}, {"environment": "moon"}])
def test_a_wrong_key_form_is_shown_again_with_the_reason(wrong: dict[str, str], merchant: Merchant) -> None:
    answer = create(visitor(merchant), **wrong)

    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_revoked_key_stops_at_once(merchant: Merchant) -> None:
    ana = visitor(merchant)
    made = services.create_api_key(
        merchant=merchant, environment="live", role=Role.MANAGER, name="Caja", now=timezone.now()
    )

    ana.post(f"/keys/{made.key.public_key}/revoke")

    assert keys.verify(made.key.public_key, made.private_key) is None
    page = text(ana.get("/keys"))
    assert "Revoked" in page
    assert "Revoke this key" not in page


def test_a_transmitter_sees_keys_and_changes_none(merchant: Merchant) -> None:
    berta = visitor(merchant, Role.TRANSMITTER)
    made = services.create_api_key(
        merchant=merchant, environment="live", role=Role.MANAGER, name="Caja", now=timezone.now()
    )

    page = berta.get("/keys").content.decode()
    assert made.key.public_key in page
    assert "/revoke" not in page
    assert "/keys/new" not in page
    assert create(berta).status_code == 403
    assert berta.post(f"/keys/{made.key.public_key}/revoke").status_code == 403
    assert keys.verify(made.key.public_key, made.private_key) is not None


def test_keys_of_others_are_not_there(merchant: Merchant, other_merchant: Merchant) -> None:
    ana = visitor(merchant)
    theirs = services.create_api_key(
        merchant=other_merchant, environment="live", role=Role.MANAGER, name="Ajena", now=timezone.now()
    )

    assert theirs.key.public_key not in ana.get("/keys").content.decode()
    assert ana.post(f"/keys/{theirs.key.public_key}/revoke").status_code == 404
    assert keys.verify(theirs.key.public_key, theirs.private_key) is not None


# --- Hacienda ---------------------------------------------------------------------------------------------------
def upload(ana: Visitor, file: SigningFile, environment: str = "live", **more: Any) -> HttpResponse:
    body = {
        "certificate": SimpleUploadedFile("certificado.crt", file.content),
        "certificate_password": file.password,
        "password": HACIENDA_PASSWORD,
        **more,
    }
    return ana.post(f"/hacienda/{environment}", body)


def test_a_certificate_is_checked_and_kept(merchant: Merchant, signing_file: SigningFile) -> None:
    ana = visitor(merchant)
    assert "Not set up" in text(ana.get("/hacienda"))

    answer = upload(ana, signing_file)

    assert answer["Location"] == "/hacienda"
    kept = Credential.objects.get(merchant=merchant, environment="live")
    page = ana.get("/hacienda").content.decode()
    assert kept.fingerprint in page
    assert HACIENDA_PASSWORD not in page
    assert signing_file.password not in page
    assert vault.login(merchant, Environment.LIVE).password == HACIENDA_PASSWORD


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"certificate_password": "otra-clave"}, "live_certificate_password"),
        ({"certificate": SimpleUploadedFile("x.crt", b"<no>")}, "live_certificate"),
        ({"certificate": SimpleUploadedFile("x.crt", b"x" * 70_000)}, "live_certificate"),
        ({"certificate": ""}, "live_certificate"),
        ({"password": ""}, "live_password"),
        ({"password": " "}, "live_password"),
    ],
)
def test_what_is_wrong_with_a_certificate_stands_at_its_field(
    wrong: dict[str, Any], field: str, merchant: Merchant, signing_file: SigningFile
) -> None:
    answer = upload(visitor(merchant), signing_file, **wrong)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.findall(r'class="field__error" id="(\w+?)_error"', page) == [field]
    assert signing_file.password not in page
    assert "otra-clave" not in page
    assert not Credential.objects.filter(environment="live").exists()


def test_a_certificate_of_another_company_is_refused(merchant: Merchant, other_signing_file: SigningFile) -> None:
    answer = upload(visitor(merchant), other_signing_file)

    assert answer.status_code == 422
    assert 'id="live_certificate_error"' in answer.content.decode()


def test_sending_on_hold_is_told_with_the_reason_and_can_be_tried_again(
    merchant: Merchant, credential: Credential
) -> None:
    ana = visitor(merchant)
    vault.hold(merchant, Environment.TEST, "Credenciales inválidas (106)", timezone.now())
    page = text(ana.get("/hacienda"))
    assert "Sending is on hold" in page
    assert "Credenciales inválidas (106)" in page

    ana.post("/hacienda/test/release")

    assert not is_held(merchant, Environment.TEST)
    assert "Sending is on hold" not in text(ana.get("/hacienda"))


@pytest.mark.parametrize(("left", "said"), [(-1, "Expired"), (10, "Expires soon"), (90, "Ready to send")])
def test_the_end_of_a_certificate_is_told_in_time(
    left: int, said: str, merchant: Merchant, credential: Credential
) -> None:
    Credential.objects.update(valid_until=timezone.now() + timedelta(days=left, hours=1))

    assert said in text(visitor(merchant).get("/hacienda"))


def test_the_sandbox_opens_by_a_button(merchant: Merchant, sandbox: Sandbox) -> None:
    ana = visitor(merchant)

    answer = ana.post("/hacienda/sandbox/open", follow=True)

    assert "The sandbox is ready." in text(answer)
    assert Credential.objects.filter(merchant=merchant, environment="sandbox").exists()


def test_a_sandbox_that_does_not_run_is_told(merchant: Merchant, settings: Any) -> None:
    settings.AUTHORITY_URLS = {"SV": dict.fromkeys(Environment.values, "http://127.0.0.1:9")}

    answer = visitor(merchant).post("/hacienda/sandbox/open", follow=True)

    assert "The sandbox does not answer" in text(answer)


def test_a_transmitter_sees_the_state_and_changes_nothing(
    merchant: Merchant, credential: Credential, signing_file: SigningFile
) -> None:
    berta = visitor(merchant, Role.TRANSMITTER)

    assert "<form" not in berta.get("/hacienda").content.decode().split("<main")[1]
    assert upload(berta, signing_file).status_code == 403
    assert berta.post("/hacienda/test/release").status_code == 403
    assert berta.post("/hacienda/sandbox/open").status_code == 403


@pytest.mark.parametrize("path", ["/hacienda/moon", "/hacienda/moon/release"])
def test_an_unknown_environment_is_not_there(path: str, merchant: Merchant) -> None:
    assert visitor(merchant).post(path).status_code == 404


# --- All pages --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/logout",
        "/switch",
        "/keys/new",
        "/keys/pk_x/revoke",
        "/hacienda/live",
        "/hacienda/live/release",
        "/hacienda/sandbox/open",
        "/documents/doc_x/invalidate",
    ],
)
def test_every_post_needs_our_own_token(path: str, merchant: Merchant) -> None:
    ana = Visitor(enforce_csrf_checks=True)
    ana.force_login(person(merchant))

    answer = ana.post(path)

    assert answer.status_code == 403
    assert "nothing was done" in text(answer)


@pytest.mark.parametrize("path", [*PAGES, "/login", "/nowhere"])
def test_pages_obey_the_content_policy(path: str, merchant: Merchant) -> None:
    ana = visitor(merchant) if path != "/login" else Visitor()

    answer = ana.get(path)

    page = answer.content.decode()
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=", page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert all(source.startswith("/static/") for source in re.findall(r"<script[^>]* src=\"([^\"]+)", page))


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_not_kept_by_anybody_on_the_way(path: str, merchant: Merchant) -> None:
    answer = visitor(merchant).get(path)

    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_read_without_eyes(path: str, merchant: Merchant) -> None:
    """One heading of the first rank, a way past the bar, a label for each field, a name for each button."""
    html = visitor(merchant).get(path).content.decode()

    assert len(re.findall(r"<h1\b", html)) == 1
    assert 'href="#main"' in html
    assert 'id="main"' in html
    assert "aria-live" in html
    labelled = set(re.findall(r"<label[^>]*\bfor=\"([^\"]+)\"", html))
    fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", html)
    named = [re.search(r"\bid=\"([^\"]+)\"", field) for field in fields if 'type="hidden"' not in field]
    assert {match[1] for match in named if match} <= labelled
    for button in re.findall(r"<button\b[^>]*>.*?</button>", html, re.DOTALL):
        assert "aria-label" in button or re.sub(r"<[^>]+>|\s", "", button), button


def test_every_icon_that_is_used_is_drawn() -> None:
    folder = Path(django_settings.BASE_DIR)
    drawn = set(re.findall(r"<symbol id=\"(\w+)\"", (folder / "static/img/icons.svg").read_text()))
    used = {
        name
        for template in (folder / "templates").rglob("*.html")
        for name in re.findall(r"icons\.svg\" %\}#(\w+)", template.read_text())
    }
    assert used <= drawn
    assert drawn <= used
