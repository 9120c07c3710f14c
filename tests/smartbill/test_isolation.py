"""Every address and operation, tried by everybody who has no business there: a new one without a row here fails.

What belongs to another company or environment is not there (404), the wrong role is told so (403), nobody is asked
for a key (401) or to sign in; and no answer says anything of the company whose things were asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from accounts import audit, services
from accounts.models import ApiKey, AuditEntry, Environment, Merchant, Role
from accounts.workplace import MERCHANT
from contingency.models import Event, Run
from contingency.services import runs
from documents.models import Document, Invalidation, Notice
from documents.notices_api import notice_id
from tests.actors import Caller, Sandbox, caller, invoice, tax_credit
from tests.contingency import rows
from tests.people import Visitor, person

# --- What is expected -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """The answers to a stranger (manager of another company), a team mate without the right (transmitter), and a
    manager of the same company who works in another environment."""

    stranger: int
    transmitter: int
    elsewhere: int
    body: dict[str, Any] = field(default_factory=dict)


OPEN = Row(200, 200, 200)
THING = Row(404, 200, 404)
MANAGERS = Row(200, 403, 200)
NOWHERE = Row(404, 404, 404)
EMPTY = Row(422, 422, 422)  # an empty body is read, and found wanting

# Operations of the API. Nobody, and a revoked key, get 401 from each of them but those of `WITHOUT_KEY`.
API: dict[tuple[str, str], Row] = {
    ("api:me", "GET"): OPEN,
    ("api:documents", "GET"): OPEN,
    ("api:documents", "POST"): EMPTY,
    ("api:preview", "POST"): EMPTY,
    ("api:document", "GET"): THING,
    ("api:correct", "POST"): Row(404, 409, 404, tax_credit()),
    ("api:invalidate", "POST"): Row(404, 403, 404, {"kind": "rescinded"}),
    # Nobody receives documents in El Salvador; see tests/documents/received/test_strangers.py.
    ("api:received", "GET"): NOWHERE,
    ("api:received", "POST"): NOWHERE,
    ("api:received_one", "GET"): NOWHERE,
    ("api:decision", "POST"): NOWHERE,
    ("api:contingency", "GET"): OPEN,
    ("api:runs", "GET"): OPEN,
    ("api:runs", "POST"): Row(202, 202, 202),
    ("api:run", "GET"): THING,
    ("api:catalogs", "GET"): OPEN,
    ("api:catalog", "GET"): OPEN,
    ("api:events", "GET"): OPEN,
    ("api:audit", "GET"): MANAGERS,
    ("api:numbering", "GET"): OPEN,
    ("api:series", "GET"): THING,
    ("api:evidence", "GET"): THING,
    ("api:event_evidence", "GET"): THING,
    ("api:schema", "GET"): OPEN,
}
WITHOUT_KEY = {"api:schema"}

# Pages of the dashboard. Nobody is sent to sign in.
NEVER = Row(405, 405, 405)
FORM = Row(404, 403, 404)
SETTING = Row(422, 403, 422)  # an empty form
CHOICE = Row(302, 403, 302)
PAGES: dict[tuple[str, str], Row] = {
    ("dashboard:documents", "GET"): OPEN,
    ("dashboard:documents", "POST"): NEVER,
    ("dashboard:document", "GET"): THING,
    ("dashboard:document", "POST"): NEVER,
    ("dashboard:correct", "GET"): Row(404, 302, 404),
    ("dashboard:correct", "POST"): Row(404, 302, 404),
    ("dashboard:invalidate", "GET"): FORM,
    ("dashboard:invalidate", "POST"): FORM,
    ("dashboard:versions", "GET"): MANAGERS,
    ("dashboard:versions", "POST"): Row(302, 403, 302, {"versions_01": ""}),
    ("dashboard:switch", "GET"): NEVER,
    ("dashboard:switch", "POST"): Row(302, 302, 302),
    ("dashboard:audit", "GET"): MANAGERS,
    ("dashboard:audit", "POST"): NEVER,
    ("dashboard:keys", "GET"): OPEN,
    ("dashboard:keys", "POST"): NEVER,
    ("dashboard:key_create", "GET"): MANAGERS,
    ("dashboard:key_create", "POST"): Row(422, 403, 422, {"name": ""}),
    ("dashboard:key_revoke", "GET"): NEVER,
    ("dashboard:key_revoke", "POST"): Row(404, 403, 302),  # keys of every environment are shown, and can be revoked
    ("dashboard:hacienda", "GET"): OPEN,
    ("dashboard:hacienda", "POST"): NEVER,
    ("dashboard:trade", "GET"): MANAGERS,
    ("dashboard:trade", "POST"): NEVER,
    ("dashboard:export_save", "GET"): NEVER,
    ("dashboard:export_save", "POST"): CHOICE,
    ("dashboard:donation_save", "GET"): NEVER,
    ("dashboard:donation_save", "POST"): CHOICE,
    ("dashboard:sandbox_open", "GET"): NEVER,
    ("dashboard:sandbox_open", "POST"): CHOICE,
    ("dashboard:credential_save", "GET"): NEVER,
    ("dashboard:credential_save", "POST"): SETTING,
    ("dashboard:credential_release", "GET"): NEVER,
    ("dashboard:credential_release", "POST"): CHOICE,
    ("dashboard:company", "GET"): OPEN,
    ("dashboard:company", "POST"): NEVER,
    ("dashboard:contact_save", "GET"): NEVER,
    ("dashboard:contact_save", "POST"): SETTING,
    ("dashboard:establishment_save", "GET"): NEVER,
    ("dashboard:establishment_save", "POST"): CHOICE,  # of one's own place with this code
    ("dashboard:numbering", "GET"): OPEN,
    ("dashboard:numbering", "POST"): NEVER,
    ("dashboard:series", "GET"): THING,
    ("dashboard:series", "POST"): NEVER,
    ("dashboard:number_start", "GET"): NEVER,
    ("dashboard:number_start", "POST"): SETTING,
    ("dashboard:number_scope", "GET"): NEVER,
    ("dashboard:number_scope", "POST"): SETTING,
    ("dashboard:received", "GET"): NOWHERE,
    ("dashboard:received", "POST"): NEVER,
    ("dashboard:received_upload", "GET"): NEVER,
    ("dashboard:received_upload", "POST"): NOWHERE,
    ("dashboard:received_one", "GET"): NOWHERE,
    ("dashboard:received_one", "POST"): NEVER,
    ("dashboard:received_decision", "GET"): NEVER,
    ("dashboard:received_decision", "POST"): NOWHERE,
    ("dashboard:received_text", "GET"): NOWHERE,
    ("dashboard:received_text", "POST"): NEVER,
    ("contingency:evidence", "GET"): THING,
    ("contingency:evidence", "POST"): NEVER,
    ("contingency:event_evidence", "GET"): THING,
    ("contingency:event_evidence", "POST"): NEVER,
    ("contingency:board", "GET"): OPEN,
    ("contingency:board", "POST"): NEVER,
    ("contingency:badge", "GET"): OPEN,
    ("contingency:badge", "POST"): NEVER,
    ("contingency:runs", "GET"): OPEN,
    ("contingency:runs", "POST"): Row(302, 302, 302),
    ("contingency:run", "GET"): THING,
    ("contingency:run", "POST"): NEVER,
    ("contingency:event_correct", "GET"): NEVER,
    ("contingency:event_correct", "POST"): Row(404, 302, 404),
    ("contingency:sending", "GET"): NEVER,
    ("contingency:sending", "POST"): CHOICE,
    ("contingency:responsible", "GET"): MANAGERS,
    ("contingency:responsible", "POST"): Row(422, 403, 422, {"name": ""}),
}

# What everybody may see, each with its own tests.
PUBLIC = {
    "home",
    "health",
    "ready",
    "metrics",
    "icon",
    "robots",
    "error",
    "api-docs",
    "public:page",
    "public:pdf",
    "public:json",
    "public:xml",
    "public:receipt",
    "judged",
    "set_language",
    "login",
    "logout",
}


def patterns(resolver: URLResolver, before: str = "", names: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """Full name, route and view of every address."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route, (*names, one.namespace) if one.namespace else names)
        else:
            yield ":".join([*names, one.name or "?"]), route, one.callback


def operations(view: Any) -> set[str]:
    """The methods that an operation of the API answers."""
    return {method.upper() for method in ("get", "post", "put", "patch", "delete") if hasattr(view.cls, method)}


def test_every_address_has_a_row() -> None:
    found = list(patterns(get_resolver()))
    api = {(name, method) for name, _route, view in found if name.startswith("api:") for method in operations(view)}
    pages = {name for name, _route, _view in found if not name.startswith("api:") and name not in PUBLIC}

    assert api == set(API)
    assert {(name, method) for name in pages for method in ("GET", "POST")} == set(PAGES)
    assert {name for name, _route, _view in found} >= PUBLIC


# --- A company with one of everything -------------------------------------------------------------------------------
@dataclass
class World:
    merchant: Merchant
    document: Document
    rejected: Document
    run: Run
    event: Event
    key: ApiKey

    @property
    def series(self) -> str:
        return f"{self.document.series}-{self.document.year}"

    def address(self, name: str, route: str) -> str:
        values = {
            "<str:reference>": self.series if name.endswith(":series") else self.document.public_id,
            "<str:code>": self.document.establishment,
            "<str:public_id>": self.run.public_id if "runs" in route else self.document.public_id,
            "<str:public_key>": self.key.public_key,
            "<str:generation_code>": self.event.generation_code,
            "<str:what>": "document",
            "<str:name>": "districts" if name == "api:catalog" else "test",
        }
        for place, value in values.items():
            route = route.replace(place, value)
        return "/" + route

    @property
    def secrets(self) -> set[str]:
        """What no answer to anybody else may hold."""
        found: set[str] = {
            self.merchant.name,
            self.merchant.tax_id,
            self.merchant.email,
            self.merchant.responsible_name,
            "ana@example.com",
            self.run.public_id,
            self.event.generation_code,
            "CLIENTE MUY PROPIO",
            "PRODUCTO MUY PROPIO",
            "referencia-propia",
        }
        for one in (self.document, self.rejected):
            found |= {one.public_id, one.token, one.generation_code, one.control_number, one.received_stamp}
        found |= set(ApiKey.objects.filter(merchant=self.merchant).values_list("public_key", flat=True))
        return found - {""}

    def state(self) -> list[Any]:
        """Everything of the company that a stranger could have changed."""
        tables = (Document, Run, Event, ApiKey, Notice, AuditEntry)
        return [
            list(Merchant.objects.filter(pk=self.merchant.pk).values()),
            list(self.merchant.credentials.values("environment", "fingerprint", "updated_at", "refused_at")),
            *(list(table.objects.filter(merchant=self.merchant).order_by("pk").values()) for table in tables),
            list(Invalidation.objects.filter(document__merchant=self.merchant).values()),
        ]


@pytest.fixture
def world(merchant: Merchant, other_merchant: Merchant, sandbox: Sandbox) -> World:
    # Told apart by its name; both are made by one fixture.
    Merchant.objects.filter(pk=merchant.pk).update(
        name="EMPRESA PROPIA", email="propia@example.com", responsible_name="RESPONSABLE PROPIA"
    )
    merchant.refresh_from_db()
    person(merchant)
    manager = caller(merchant)
    lines = [{"description": "PRODUCTO MUY PROPIO", "price": "3.50"}]
    made = manager.send(
        invoice(customer={"name": "CLIENTE MUY PROPIO"}, items=lines, external_id="referencia-propia")
    ).json()
    sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NO EXISTE", count=1)
    refused = manager.send(tax_credit()).json()["document"]
    run, _new = runs.start(merchant=merchant, environment="sandbox", trigger="button", now=timezone.now())
    return World(
        merchant=merchant,
        document=Document.objects.get(public_id=made["id"]),
        rejected=Document.objects.get(public_id=refused["id"]),
        run=run,
        event=rows.event(merchant, [], state=Event.State.REJECTED),
        key=manager.key,
    )


def call(client: Client, method: str, path: str, row: Row, **headers: str) -> HttpResponse:
    if method == "GET":
        return client.get(path, headers=headers)
    if path.startswith("/api/"):
        return client.post(path, json.dumps(row.body), content_type="application/json", headers=headers)
    return client.post(path, row.body, headers=headers)


def with_key(key: ApiKey, private: str) -> dict[str, str]:
    pair = base64.b64encode(f"{key.public_key}:{private}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def leaked(world: World, answer: HttpResponse, path: str) -> set[str]:
    """What the answer says of the company. The address that was asked for may stand in it."""
    said = answer.content.decode() + json.dumps(list(answer.headers.items()), ensure_ascii=False)
    for known in (path, path.replace("/", "%2F"), *path.split("/")[3:]):
        said = said.replace(known, "") if known else said
    return {secret for secret in world.secrets if secret in said}


def tried(world: World, table: dict[tuple[str, str], Row]) -> Iterator[tuple[str, str, str, Row]]:
    routes = {name: route for name, route, _view in patterns(get_resolver())}
    for (name, method), row in table.items():
        yield name, method, world.address(name, routes[name]), row


class Findings(list[str]):
    """What was not as it should be, all of it at once."""

    def expect(self, who: str, method: str, path: str, answer: HttpResponse, status: int) -> None:
        if answer.status_code != status:
            self.append(f"{who}: {method} {path} gave {answer.status_code}, not {status}")

    def expect_code(self, who: str, path: str, answer: HttpResponse) -> None:
        """The problem that belongs to the status."""
        code = {401: "unauthorized", 403: "role_not_allowed", 404: "not_found"}.get(answer.status_code)
        if code is not None and answer.json()["code"] != code:
            self.append(f"{who}: {path} gave {answer.json()['code']}")
        if answer.status_code == 401 and not answer.get("WWW-Authenticate", "").startswith("Basic "):
            self.append(f"{who}: {path} does not ask for a key")

    def expect_silence(self, who: str, world: World, path: str, answer: HttpResponse) -> None:
        told = leaked(world, answer, path)
        if told:
            self.append(f"{who}: {path} tells {told}")


# --- The API --------------------------------------------------------------------------------------------------------
def test_operations_for_nobody_and_for_a_revoked_key(world: World) -> None:
    gone = caller(world.merchant)
    services.revoke_api_key(key=gone.key, now=timezone.now())
    before, found = world.state(), Findings()
    for who, headers in (("nobody", {}), ("revoked", with_key(gone.key, gone.private_key))):
        for name, method, path, row in tried(world, API):
            answer = call(Client(), method, path, row, **headers)
            is_open = name in WITHOUT_KEY
            found.expect(who, method, path, answer, 200 if is_open else 401)
            if not is_open and answer.status_code == 401:
                found.expect_code(who, path, answer)
            found.expect_silence(who, world, path, answer)
    assert found == []
    assert world.state() == before


def test_operations_for_a_stranger(world: World, stranger: Caller) -> None:
    before, found = world.state(), Findings()
    for _name, method, path, row in tried(world, API):
        answer = call(Client(), method, path, row, **with_key(stranger.key, stranger.private_key))
        found.expect("stranger", method, path, answer, row.stranger)
        found.expect_code("stranger", path, answer)
        found.expect_silence("stranger", world, path, answer)
    assert found == []
    assert world.state() == before


def test_operations_for_a_key_of_another_environment(world: World) -> None:
    other = caller(world.merchant, environment=Environment.TEST)
    before, found = (Document.objects.in_bulk(), Event.objects.count()), Findings()
    for _name, method, path, row in tried(world, API):
        answer = call(Client(), method, path, row, **with_key(other.key, other.private_key))
        found.expect("elsewhere", method, path, answer, row.elsewhere)
        found.expect_code("elsewhere", path, answer)
        for thing in (world.document.token, world.rejected.public_id, world.run.public_id):
            if thing in answer.content.decode().replace(path, ""):
                found.append(f"elsewhere: {path} tells {thing}")
    assert found == []
    assert (Document.objects.in_bulk(), Event.objects.count()) == before


def test_operations_for_a_transmitter(world: World) -> None:
    mate = caller(world.merchant, Role.TRANSMITTER)
    found = Findings()
    for _name, method, path, row in tried(world, API):
        answer = call(Client(), method, path, row, **with_key(mate.key, mate.private_key))
        found.expect("transmitter", method, path, answer, row.transmitter)
        found.expect_code("transmitter", path, answer)
    assert found == []
    assert not Invalidation.objects.exists()


# --- The dashboard --------------------------------------------------------------------------------------------------
def test_pages_for_nobody(world: World) -> None:
    before, found = world.state(), Findings()
    for _name, method, path, row in tried(world, PAGES):
        answer = call(Client(), method, path, row)
        found.expect("nobody", method, path, answer, 405 if row == NEVER else 302)
        if answer.status_code == 302 and not answer["Location"].startswith("/login?next="):
            found.append(f"nobody: {path} leads to {answer['Location']}")
        found.expect_silence("nobody", world, path, answer)
        if method == "GET" and row != NEVER:
            answer = call(Client(), method, path, row, **{"HX-Request": "true"})
            if answer.get("HX-Redirect") != "/login" or answer.content:
                found.append(f"nobody: the fragment of {path} is answered")
    assert found == []
    assert world.state() == before


def test_pages_for_a_stranger(world: World, other_merchant: Merchant) -> None:
    visitor = Visitor(person(other_merchant, email="eva@example.com"))
    before, found = world.state(), Findings()
    for name, method, path, row in tried(world, PAGES):
        if name == "contingency:runs" and method == "POST":
            continue  # an own run, of which the next line's page would rightly tell
        answer = call(visitor, method, path, row)
        found.expect("stranger", method, path, answer, row.stranger)
        found.expect_silence("stranger", world, path, answer)
        if method == "GET":  # the fragment of the page as well
            answer = call(visitor, method, path, row, **{"HX-Request": "true"})
            found.expect("stranger", "HTMX", path, answer, row.stranger)
            found.expect_silence("stranger", world, path, answer)
    assert found == []
    assert world.state() == before


def test_pages_for_somebody_who_works_in_another_environment(world: World) -> None:
    visitor = Visitor(person(world.merchant, email="eva@example.com"), environment=Environment.TEST)
    before, found = Document.objects.in_bulk(), Findings()
    for _name, method, path, row in tried(world, PAGES):
        answer = call(visitor, method, path, row)
        found.expect("elsewhere", method, path, answer, row.elsewhere)
    assert found == []
    assert before == Document.objects.in_bulk()


def test_pages_for_a_transmitter(world: World) -> None:
    visitor = Visitor(person(world.merchant, Role.TRANSMITTER, email="eva@example.com"))
    before, found = list(Merchant.objects.values()), Findings()
    for _name, method, path, row in tried(world, PAGES):
        answer = call(visitor, method, path, row)
        found.expect("transmitter", method, path, answer, row.transmitter)
    assert found == []
    assert list(Merchant.objects.values()) == before
    assert not ApiKey.objects.filter(revoked_at__isnull=False).exists()


def test_a_form_from_another_site_is_refused_everywhere(world: World) -> None:
    """Whoever is signed in, and whatever the form says: without our token nothing is done."""
    visitor = Visitor(person(world.merchant), enforce_csrf_checks=True)
    before, found = world.state(), Findings()
    posts = [(path, row) for _name, method, path, row in tried(world, PAGES) if method == "POST"]
    for path, row in [*posts, ("/login", OPEN), ("/logout", OPEN), ("/i18n/setlang/", OPEN)]:
        answer = call(visitor, "POST", path, row)
        found.expect("another site", "POST", path, answer, 403)
        if "Set-Cookie" in answer.headers:
            found.append(f"{path} sets a cookie")
    assert found == []
    assert world.state() == before


# --- Things that are named in a body, a query or a form ------------------------------------------------------------
def test_what_is_named_in_a_body_or_a_query_is_looked_for_among_ones_own(world: World, stranger: Caller) -> None:
    own = stranger.send().json()
    theirs = world.document.public_id
    notice = Notice.objects.filter(merchant=world.merchant).latest("pk")
    note = {"type": "credit_note", "items": [{"description": "x", "price": "1"}], "related": [{"id": theirs}]}
    answers = [
        (422, stranger.post(f"documents/{own['id']}/invalidate", {"kind": "error", "replacement": theirs})),
        (422, stranger.send(note)),
        (422, stranger.get(f"events?after={notice_id(notice.pk)}")),
        (422, stranger.get(f"contingency/runs?cursor={world.run.public_id}")),
        (404, stranger.get(f"documents/{world.document.generation_code}")),
        (200, stranger.get("documents?external_id=referencia-propia")),
        (200, stranger.get("documents?q=MUY PROPIO")),
        (200, stranger.get(f"audit?cursor={audit.public_id(AuditEntry.objects.latest('pk'))}")),
        (201, stranger.send(invoice(external_id="referencia-propia"))),  # theirs is no obstacle
    ]
    for status, answer in answers:
        assert answer.status_code == status, answer.content
        said = answer.content.decode().replace(theirs, "").replace("referencia-propia", "")
        assert {one for one in world.secrets if one in said} == set()


def test_an_idempotency_key_is_ones_own(world: World, stranger: Caller) -> None:
    mine = caller(world.merchant).send(**{"Idempotency-Key": "the-same"}).json()
    theirs = stranger.send(**{"Idempotency-Key": "the-same"})
    assert (theirs.status_code, "Idempotent-Replayed" in theirs) == (201, False)
    assert theirs.json()["id"] != mine["id"]


def test_what_is_named_in_a_form_is_looked_for_among_ones_own(
    world: World, other_merchant: Merchant, stranger: Caller
) -> None:
    eva = Visitor(person(other_merchant, email="eva@example.com"))
    own = stranger.send().json()
    till = world.merchant.establishments.get().points_of_sale.get()
    key = {"name": "x", "environment": "sandbox", "role": "manager", "point_of_sale": till.pk}
    assert eva.post("/keys/new", key).status_code == 422
    form = {"kind": "error", "replacement": world.document.public_id}
    assert eva.post(f"/documents/{own['id']}/invalidate", form).status_code == 422
    eva.post("/switch", {"merchant": world.merchant.pk})
    assert eva.session.get(MERCHANT) is None
    assert eva.get(f"/documents/{world.document.public_id}").status_code == 404


def test_somebody_who_was_let_go_sees_nothing_from_the_next_request_on(world: World) -> None:
    eva = Visitor(person(world.merchant, email="eva@example.com"))
    assert eva.get("/documents").status_code == 200
    world.merchant.memberships.filter(user__email="eva@example.com").delete()
    answer = eva.get(f"/documents/{world.document.public_id}")
    assert answer.status_code == 403
    assert leaked(world, answer, f"/documents/{world.document.public_id}") == set()
