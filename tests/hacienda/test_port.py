"""What every country behind the port keeps to, whichever it is: each tried with one document of its own."""

from __future__ import annotations

import inspect
import json
import re
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import translation

from hacienda import registry
from hacienda.authority import INVALIDATION, Authority, ContingencyDesk
from hacienda.certificates import Certificate, CertificateError
from hacienda.drafts import Address, Draft
from hacienda.errors import NoAnswer, Refused
from hacienda.inbox import Inbox
from hacienda.readable import Readable
from hacienda.sandbox.registration import register_emitter
from hacienda.values import (
    BatchEnvelope,
    Envelope,
    Environment,
    Fault,
    Identity,
    Invalid,
    InvalidationDraft,
    IssuedDocument,
    Issuer,
    Login,
    Manner,
    Person,
    Prepared,
    Sealed,
)
from hacienda.verdicts import (
    Absent,
    Accepted,
    Advice,
    BatchResults,
    Mender,
    Pending,
    Received,
    Rejected,
    Unknown,
    Verdict,
)
from tests.hacienda import drafts as salvadoran
from tests.hacienda.costarica import made as costarican

COUNTRIES = registry.countries()
PASSWORD = "Clave.De-Prueba-2026"
WORD = re.compile(r"[a-z][a-z_]*")
# Names of members and of states on one wire or the other; nothing that a caller or another floor sees is called so.
WIRE = re.compile(
    r"clave|consecutivo|comprobante|mensaje|emisor|receptor|resumen|situacion|ind-estado|respuesta"
    r"|codigoGeneracion|numeroControl|sello|identificacion|cuerpo|total_?Pagar|tipoDte|ambiente|dte\b|lote",
    re.IGNORECASE,
)
DOOR = {"SV": "", "CR": "/recepcion/v1"}
LOGIN_DOOR = {"SV": "", "CR": "/auth/realms/rut-stag/protocol/openid-connect/token"}


@dataclass(frozen=True)
class Taxpayer:
    """Who issues in one country, and the least that it can issue."""

    issuer: Issuer
    draft: Draft
    type_name: str
    unfit: Draft  # of the same type, with more than one fault


TAXPAYERS = {
    "SV": Taxpayer(
        replace(salvadoran.ISSUER, tax_id="06141502101023"),
        salvadoran.INVOICE,
        "invoice",
        replace(
            salvadoran.INVOICE,
            items=(replace(salvadoran.COFFEE, price=Decimal(-1)), replace(salvadoran.COFFEE, quantity=Decimal(0))),
        ),
    ),
    "CR": Taxpayer(
        replace(costarican.ISSUER, tax_id="3101000005"),
        costarican.TICKET,
        "ticket",
        replace(
            costarican.TICKET,
            items=(replace(costarican.GOODS, cabys="1"), replace(costarican.GOODS, quantity=Decimal(0))),
        ),
    ),
}


@dataclass(frozen=True)
class Made:
    """A document on its way, with all that belongs to it."""

    prepared: Prepared
    identity: Identity
    sealed: Sealed
    envelope: Envelope
    login: Login


@cache
def certificate(country: str) -> Certificate:
    """Made once: it takes a while."""
    issuer, now = TAXPAYERS[country].issuer, datetime.now(UTC)
    law = registry.authority(country)
    content = law.make_certificate(
        tax_id=issuer.tax_id,
        name=issuer.name,
        registration=issuer.registration,
        email=issuer.email,
        password=PASSWORD,
        now=now,
    )
    with pytest.raises(CertificateError):
        law.read_certificate(content, "another one", tax_id=issuer.tax_id, now=now)
    with pytest.raises(CertificateError):
        law.read_certificate(b"no file", PASSWORD, tax_id=issuer.tax_id, now=now)
    return law.read_certificate(content, PASSWORD, tax_id=issuer.tax_id, now=now)


def prepared(law: Authority, draft: Draft | None = None, at: datetime | None = None) -> Prepared:
    whose = TAXPAYERS[law.country]
    at = at or datetime.now(law.rules.zone).replace(microsecond=0)
    draft = draft or whose.draft
    version = law.rules.versions[draft.type_code][0]
    return law.prepare(draft, whose.issuer, version=version, at=at, now=at)


NUMBERS = iter(range(1, 1000))


def made(law: Authority, url: str, manner: Manner | None = None) -> Made:
    """A sealed document of the least that there is."""
    whose = TAXPAYERS[law.country]
    at = datetime.now(law.rules.zone).replace(microsecond=0)
    ready = prepared(law, at=at)
    how = {} if manner is None else {"manner": manner}
    identity = law.identify(
        ready,
        environment=Environment.SANDBOX,
        tax_id=whose.issuer.tax_id,
        establishment=whose.issuer.establishment,
        point_of_sale=whose.issuer.point_of_sale,
        number=next(NUMBERS),
        issued_at=at,
        **how,
    )
    opened = certificate(law.country)
    key = law.load_key(pkcs8(opened), opened.certificate_der)
    sealed = law.seal(ready, identity, key, **how)
    envelope = Envelope(
        Environment.SANDBOX,
        ready.type_code,
        ready.version,
        identity.generation_code,
        whose.issuer.tax_id,
        sealed.signature,
    )
    return Made(ready, identity, sealed, envelope, login(law, url))


def pkcs8(opened: Certificate) -> bytes:
    return opened.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def login(law: Authority, url: str, password: str = PASSWORD) -> Login:
    issuer = TAXPAYERS[law.country].issuer
    user = f"{issuer.tax_id}@example" if law.rules.taxpayers.has_user else ""
    return Login(
        Environment.SANDBOX, url + DOOR[law.country], issuer.tax_id, password, user, url + LOGIN_DOOR[law.country]
    )


@pytest.fixture(params=COUNTRIES)
def law(request: pytest.FixtureRequest) -> Authority:
    return registry.authority(request.param)


@pytest.fixture
def hacienda(sandbox_process: str, law: Authority) -> str:
    """The sandbox, which knows the taxpayer."""
    opened, known = certificate(law.country), login(law, sandbox_process)
    requests.delete(f"{sandbox_process}/_sandbox/faults", timeout=5)
    register_emitter(
        known.base_url,
        tax_id=known.tax_id,
        password=PASSWORD,
        public_key_spki=opened.public_key_spki,
        name="PRUEBA",
        country=law.country,
        user=known.user,
    )
    return sandbox_process


def judged(ask: Callable[[], Verdict]) -> Verdict:
    """The first verdict that is one: some authorities judge at once, others later."""
    until = time.monotonic() + 10
    while isinstance(verdict := ask(), Pending) and time.monotonic() < until:
        time.sleep(0.02)
    return verdict


# --- What it knows without a network ---------------------------------------------------------------------------
def test_every_method_of_the_port_is_there_with_the_same_names(law: Authority) -> None:
    for protocol, one in ((Authority, law), (ContingencyDesk, law.contingency), (Inbox, law.inbox)):
        if one is None:
            continue
        for name, method in inspect.getmembers(protocol, inspect.isfunction):
            if name.startswith("_"):
                continue
            asked = inspect.signature(method).parameters
            has = inspect.signature(getattr(one, name)).parameters
            assert list(has) == [parameter for parameter in asked if parameter != "self"], name
            for parameter in has:
                assert has[parameter].kind == asked[parameter].kind, (name, parameter)


def test_the_rules_fit_each_other(law: Authority) -> None:
    rules = law.rules
    codes = set(rules.names.values())
    assert law.inbox is None or codes.isdisjoint(law.inbox.series.values())
    assert len(codes) == len(rules.names)
    assert set(rules.versions) == codes
    assert all(versions and list(versions) == sorted(versions, reverse=True) for versions in rules.versions.values())
    assert rules.unnumbered <= codes
    assert rules.contingency.types <= codes
    assert rules.contingency.reasons["authority_down"]
    assert (rules.voided_by is None) or rules.voided_by in codes
    assert set(rules.settles) <= codes
    assert rules.total_places in range(2, 6)
    assert rules.item_places >= rules.total_places
    assert set(rules.contingency.judged_within) == set(Environment)
    assert all(rules.type_name(code) == name for name, code in rules.names.items())
    assert rules.type_name("no such") == "no such"
    for pauses in rules.polling.values():
        assert pauses
        assert all(pause > timedelta(0) for pause in pauses)


def test_the_patterns_of_places_numbers_and_taxpayers_fit(law: Authority) -> None:
    rules, issuer = law.rules, TAXPAYERS[law.country].issuer
    for place in (rules.places.first, (issuer.establishment, issuer.point_of_sale)):
        assert re.fullmatch(rules.places.establishment, place[0])
        assert re.fullmatch(rules.places.point_of_sale, place[1])
    for pattern in (rules.places.establishment, rules.places.point_of_sale):
        assert not re.fullmatch(pattern, "")
        assert not re.fullmatch(pattern, "x y")
    assert re.fullmatch(rules.taxpayers.tax_id, issuer.tax_id)
    assert not re.fullmatch(rules.taxpayers.tax_id, "3-101")
    assert bool(issuer.registration) == rules.taxpayers.has_registration
    numbering = rules.numbering
    assert numbering.scopes
    at = datetime(2026, 12, 31, 23, 59, tzinfo=rules.zone)
    years = numbering.year(at), numbering.year(at + timedelta(minutes=1))
    assert years == ((2026, 2027) if numbering.is_yearly else (0, 0))


def test_a_control_number_tells_place_type_and_sequence(law: Authority) -> None:
    establishment, till = law.rules.places.first
    highest = law.rules.numbering.highest
    made = {
        law.control_number(code, establishment, till, number)
        for code in law.rules.versions
        for number in (1, 2, highest)
    }
    assert len(made) == 3 * len(law.rules.versions)
    assert len({len(one) for one in made}) == 1, "they are all of one length, so that they sort as they count"
    first, second = (law.control_number("01", establishment, till, number) for number in (1, 2))
    assert first < second
    assert establishment in first
    assert till in first


def test_our_words_are_ours(law: Authority) -> None:
    rules = law.rules
    words = [*rules.names, *rules.contingency.reasons, *rules.id_types.values(), *rules.own_fields]
    for word in words:
        assert all(WORD.fullmatch(part) for part in word.split(".")), word
        assert not WIRE.search(word), word
    ready = prepared(law)
    for value in (ready, ready.totals, *ready.items, law.rules, law.rules.contingency):
        assert not [one.name for one in fields(value) if WIRE.search(one.name)]


def test_places_are_located_and_others_refused(law: Authority) -> None:
    address = TAXPAYERS[law.country].issuer.address
    assert law.locate(address) == address
    with pytest.raises(Invalid) as refused:
        law.locate(replace(address, district="no such place"))
    assert [fault.pointer for fault in refused.value.faults] == ["/district"]
    with pytest.raises(Invalid) as refused:
        law.locate(Address(line="x"))
    assert [fault.pointer for fault in refused.value.faults] == ["/district"]


def test_contacts_are_judged(law: Authority) -> None:
    issuer = TAXPAYERS[law.country].issuer
    law.check_contact(phone="", email="")
    law.check_contact(phone=issuer.phone, email=issuer.email)
    with pytest.raises(Invalid):
        law.check_contact(phone="", email="ñ@" + "x" * 200)


def test_the_lists_of_codes_can_be_looked_through(law: Authority) -> None:
    assert law.catalogs.editions
    listed = law.catalogs.listed()
    assert len({one.name for one in listed}) == len(listed)
    for catalog in listed:
        found = law.catalogs.find(catalog.name)
        assert found is not None
        assert len(found.entries) > 0, catalog.name
    assert law.catalogs.find("no such") is None


# --- A draft that becomes a document ---------------------------------------------------------------------------
def test_every_fault_comes_at_once_and_points_into_the_body(law: Authority) -> None:
    with pytest.raises(Invalid) as refused:
        prepared(law, TAXPAYERS[law.country].unfit)
    faults: tuple[Fault, ...] = refused.value.faults
    assert {fault.pointer.split("/")[2] for fault in faults if fault.pointer.startswith("/items/")} == {"0", "1"}
    for fault in faults:
        assert WORD.fullmatch(fault.code.removesuffix("_0")), fault.code
        assert "%(" not in fault.text
        assert not WIRE.search(fault.pointer)


def test_what_is_prepared_adds_up_and_is_of_its_type(law: Authority) -> None:
    whose, ready = TAXPAYERS[law.country], prepared(law)
    assert ready.type_code == whose.draft.type_code == law.rules.names[whose.type_name]
    assert ready.version == law.rules.versions[ready.type_code][0]
    assert ready.totals.payable > 0
    for _name, amount in ready.totals.amounts():
        assert amount == amount.quantize(Decimal(1).scaleb(-law.rules.total_places))
    assert len(ready.items) == len(whose.draft.items)


def test_a_preview_is_a_value_of_json_without_a_number(law: Authority) -> None:
    at = datetime.now(law.rules.zone)
    text = law.preview(prepared(law), Environment.SANDBOX, at)
    assert json.loads(text)
    explained = law.explain(TAXPAYERS[law.country].draft, _plain(text))
    assert explained.__class__.__name__ == "Explanation"
    read = law.read(_plain(text), Environment.TEST)
    assert not read.generation_code
    assert read.is_test


def _plain(preview: str) -> str:
    """A preview's document as text: what is no JSON by itself stands in one."""
    value = json.loads(preview)
    return value if isinstance(value, str) else preview


def test_a_sealed_document_says_what_was_prepared(law: Authority) -> None:
    one = made(law, "http://127.0.0.1:9")
    read: Readable = law.read(one.sealed.payload, Environment.SANDBOX)
    assert read.type_code == one.prepared.type_code
    assert (read.generation_code, read.control_number) == (one.identity.generation_code, one.identity.control_number)
    assert read.issued_at == one.identity.issued_at
    assert read.payable == one.prepared.totals.payable
    assert read.currency == law.rules.currency
    assert read.is_test
    assert not law.read(one.sealed.payload, Environment.LIVE).is_test or law.country == "SV"
    assert one.identity.generation_code in law.codes_in(one.sealed.payload)
    assert law.codes_in(one.sealed.payload) == {one.identity.generation_code}
    whose = TAXPAYERS[law.country].issuer
    number = int(one.identity.control_number[-10:])
    assert one.identity.control_number == law.control_number(
        one.prepared.type_code, whose.establishment, whose.point_of_sale, number
    )
    with translation.override("es"):
        assert read.title


def test_each_document_has_a_code_of_its_own(law: Authority) -> None:
    first, second = (made(law, "http://127.0.0.1:9").identity for _ in range(2))
    assert first.generation_code != second.generation_code
    assert law.new_code() != law.new_code()


def test_the_delivered_file_holds_what_was_signed_and_what_was_stamped(law: Authority) -> None:
    one = made(law, "http://127.0.0.1:9")
    text = law.delivered(one.sealed, "STAMP0123", "<receipt/>")
    value = json.loads(text)
    assert isinstance(value, dict)
    assert one.sealed.signature in value.values()
    assert ("STAMP0123" in text) or ("<receipt/>" in value.values())
    assert json.loads(law.delivered(one.sealed, None))
    xml = law.xml(one.sealed)
    assert xml is None or xml == one.sealed.signature


def test_what_goes_in_contingency_is_the_same_document(law: Authority) -> None:
    one = made(law, "http://127.0.0.1:9")
    down = Manner(law.rules.contingency.reasons["authority_down"])
    if law.rules.contingency.seals_anew:
        opened = certificate(law.country)
        again = law.reseal(one.sealed.payload, opened.signing_key, down)
        assert again.signature != one.sealed.signature
        assert law.codes_in(again.payload) == law.codes_in(one.sealed.payload)
        assert law.read(again.payload, Environment.SANDBOX).is_contingency
    else:
        with pytest.raises(LookupError):
            law.reseal(one.sealed.payload, certificate(law.country).signing_key, down)
    at = one.identity.issued_at
    assert (law.rules.contingency.event_term is None) or law.rules.contingency.event_term > timedelta(0)
    if law.rules.contingency.event_term is None:
        assert law.sending_due(at) > at + timedelta(days=1)


def test_a_document_that_takes_another_s_place_names_it_where_it_must(law: Authority) -> None:
    draft, at = TAXPAYERS[law.country].draft, datetime.now(law.rules.zone)
    code = made(law, "http://127.0.0.1:9").identity.generation_code
    once = law.replacing(draft, draft.type_code, code, at)
    assert law.replacing(once, draft.type_code, code, at) == once
    assert replace(once, related=()) == replace(draft, related=())


def test_a_rejection_in_unknown_words_is_advised_on(law: Authority) -> None:
    draft = TAXPAYERS[law.country].draft
    version = law.rules.versions[draft.type_code][0]
    for code, message in (("", ""), ("zzz", "no such words"), ("-1", "ñ" * 500)):
        for advice in (
            law.advice(draft.type_code, version, code, message, ()),
            law.event_advice(INVALIDATION, "", code, message, ("x",)),
        ):
            assert isinstance(advice, Advice)
            assert advice.who in Mender
            assert advice.remedies


# --- On its way ------------------------------------------------------------------------------------------------
def test_a_document_comes_to_be_accepted(law: Authority, hacienda: str) -> None:
    one = made(law, hacienda)
    law.knock(Environment.SANDBOX, one.login.base_url)
    law.log_in(one.login)
    before = law.ask(one.envelope, one.login)
    assert isinstance(before, Absent)
    first = law.submit(one.envelope, one.login)
    assert isinstance(first, Pending if law.rules.polling else Accepted)
    verdict = judged(lambda: law.ask(one.envelope, one.login))
    assert isinstance(verdict, Accepted), verdict
    assert verdict.stamp
    assert verdict.stamped_at.tzinfo is not None
    assert PASSWORD not in verdict.answer.body
    again = law.submit(one.envelope, one.login)
    assert not isinstance(again, Rejected | Absent), "what is there already is no refusal of it"
    document = issued(one, verdict)
    assert law.invalidation_term(document).until > datetime.now(UTC)
    assert WORD.fullmatch(law.invalidation_term(document).name)
    assert law.rejection(one.envelope, verdict.answer) is None
    delivered = json.loads(law.delivered(one.sealed, verdict.stamp, verdict.receipt))
    assert one.sealed.signature in delivered.values()


def issued(one: Made, verdict: Accepted) -> IssuedDocument:
    return IssuedDocument(
        one.prepared.type_code,
        one.identity.generation_code,
        one.identity.control_number,
        verdict.stamp,
        verdict.stamped_at,
        one.identity.issued_at,
        one.sealed.payload,
    )


def test_a_document_is_taken_back_by_an_event_or_by_a_note(law: Authority, hacienda: str) -> None:
    one = made(law, hacienda)
    law.submit(one.envelope, one.login)
    verdict = judged(lambda: law.ask(one.envelope, one.login))
    assert isinstance(verdict, Accepted), verdict
    document = issued(one, verdict)
    whose = TAXPAYERS[law.country].issuer
    person = Person("PERSONA DE PRUEBA", "13", "000000000")
    wish = InvalidationDraft(document, "rescinded", "No se hizo.", person, person, issuer=whose)
    key = certificate(law.country).signing_key
    how: dict[str, Any] = {
        "environment": Environment.SANDBOX,
        "generation_code": law.new_code(),
        "at": datetime.now(law.rules.zone).replace(microsecond=0),
        "key": key,
    }
    if law.rules.voided_by is None:
        event = law.seal_invalidation(wish, **how)
        assert isinstance(law.invalidate(event, one.login), Accepted)
        return
    with pytest.raises(LookupError):
        law.seal_invalidation(wish, **how)
    with pytest.raises(LookupError):
        law.invalidate(one.sealed, one.login)
    draft = law.voiding(document, "No se hizo.")
    assert draft.type_code == law.rules.voided_by
    assert [related.number for related in draft.related] == [document.generation_code]


WITHOUT_EVENTS = [one for one in COUNTRIES if registry.authority(one).rules.contingency.event_term is None]


@pytest.mark.parametrize("law", WITHOUT_EVENTS, indirect=True)
def test_documents_of_an_outage_go_afterwards_where_nothing_is_reported(law: Authority, hacienda: str) -> None:
    desk = law.contingency
    assert desk is not None
    one = made(law, hacienda)
    batch = BatchEnvelope(Environment.SANDBOX, one.envelope.tax_id, law.new_code(), (one.sealed.signature,))
    assert isinstance(desk.read_batch(one.identity.generation_code, [one.envelope], one.login), Absent)
    taken = desk.submit_batch(batch, one.login)
    assert isinstance(taken, Received)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        read = desk.read_batch(taken.code, [one.envelope], one.login)
        assert isinstance(read, BatchResults)
        if read.verdicts:
            break
        time.sleep(0.02)
    assert isinstance(read.verdicts[one.identity.generation_code], Accepted)


@pytest.mark.parametrize("fault", ["down", "unavailable", "garbage", "drop_answer", "throttled"])
def test_what_is_no_answer_is_no_verdict_that_allows_anything(law: Authority, hacienda: str, fault: str) -> None:
    one = made(law, hacienda)
    law.log_in(one.login)
    for service in ("recepciondte", "recepcion", "consultadte", "consulta"):
        requests.post(f"{hacienda}/_sandbox/faults", json={"fault": fault, "service": service}, timeout=5)
    try:
        for call in (law.submit, law.ask):
            try:
                verdict = call(one.envelope, one.login)
            except NoAnswer:
                continue
            assert isinstance(verdict, Unknown), (call, verdict)
    finally:
        requests.delete(f"{hacienda}/_sandbox/faults", timeout=5)


def test_a_wrong_password_is_told_apart(law: Authority, hacienda: str) -> None:
    with pytest.raises(Refused) as refused:
        law.log_in(login(law, hacienda, "Otra.Clave-2026"))
    assert refused.value.lasting
    assert "Otra.Clave" not in str(refused.value)
    assert b64encode(b"Otra.Clave-2026").decode() not in str(refused.value)
