"""Bodies, queries and headers that are made to hurt: each is answered with a problem, none with a fault of ours."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from documents.models import Document
from tests.actors import Caller, Sandbox, invoice
from tests.people import Visitor, person

pytestmark = pytest.mark.django_db(transaction=True)

LONE = "\\ud800"  # half of a pair, as JSON writes it: no text of Unicode


def with_text(text: str) -> str:
    return with_items('{"description": "' + text + '", "price": "1"}', times=1)


def with_items(item: str, *, times: int) -> str:
    return '{"type": "invoice", "items": [' + ",".join([item] * times) + "]}"


def with_price(number: str) -> str:
    return with_items('{"description": "x", "price": ' + number + "}", times=1)


BODIES = {
    "a number beyond all bounds": with_price("1e999999"),
    "a number of a million digits": with_price("9" * 1_000_000),
    "a fraction of a million digits": with_price("0." + "1" * 1_000_000),
    "a tiny number": with_price("1e-999999"),
    "minus nothing": with_price("-0.0e-9999"),
    "a number as a text beyond all bounds": with_price('"1e999999"'),
    "a number that is none": with_price("NaN"),
    "a text that says so": with_price('"NaN"'),
    "endless": with_price('"Infinity"'),
    "digits of another script": with_price('"١٢٣"'),
    "a deep list": '{"type": "invoice", "items": ' + "[" * 900 + "]" * 900 + "}",
    "a deep object": '{"type": "invoice", "customer": ' + '{"name":' * 900 + "1" + "}" * 900 + "}",
    "too deep": "[" * 200_000 + "]" * 200_000,
    "a text of three megabytes": with_text("x" * 3_000_000),
    "a name of three megabytes": '{"' + "x" * 3_000_000 + '": 1}',
    "a member twice": '{"type": "invoice", "type": "invoice"}',
    "half a pair in a text": with_text(LONE),
    "half a pair in a name": '{"type": "invoice", "' + LONE + '": 1, "items": []}',
    "half a pair in a type": '{"type": "' + LONE + '", "items": []}',
    "half a pair in a reference": '{"type": "invoice", "external_id": "' + LONE + '", "items": []}',
    "nothing in a text": with_text("\\u0000"),
    "writing backwards": with_text("\\u202e" + "x"),
    "a hundred thousand lines": with_items("1", times=100_000),
    "a hundred thousand members": "{" + ",".join(f'"m{n}": 1' for n in range(100_000)) + "}",
    "two hundred thousand unknown members": with_items(
        "{" + ",".join(f'"m{n}": 1' for n in range(100)) + "}", times=2000
    ),
    "ten thousand faults": with_items(
        '{"price": "x", "quantity": "y", "unit": 3, "discount": [], "tax": {}}', times=2000
    ),
    "prototypes": '{"__proto__": {"x": 1}, "constructor": 1, "type": "invoice", "items": []}',
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_made_to_hurt(manager: Caller, sandbox: Sandbox, what: str) -> None:
    started = time.thread_time()
    answer = manager.send(BODIES[what])
    assert time.thread_time() - started < 8  # seconds of work; on an idle machine each takes less than one
    assert answer.status_code in (400, 422), answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    json.loads(answer.content.decode("utf-8"))
    assert len(answer.content) < 2_000_000
    assert not Document.objects.exists()


@pytest.mark.parametrize("path", ["correct", "invalidate"])
@pytest.mark.parametrize("what", ["half a pair in a text", "half a pair in a name", "a deep object", "a tiny number"])
def test_other_doors_take_it_no_better(manager: Caller, sandbox: Sandbox, path: str, what: str) -> None:
    made = manager.send().json()
    answer = manager.post(f"documents/{made['id']}/{path}", BODIES[what])
    assert answer.status_code in (400, 409, 422)


@pytest.mark.parametrize("reason", [LONE, "\\u0000", "x" * 100_000])
def test_a_reason_that_is_made_to_hurt(manager: Caller, sandbox: Sandbox, reason: str) -> None:
    made = manager.send().json()
    answer = manager.post(f"documents/{made['id']}/invalidate", '{"kind": "other", "reason": "' + reason + '"}')
    assert answer.status_code == 422


QUERIES = [
    "q=%00",
    "q=%ED%A0%80",
    "q=" + "x" * 5000,
    "q=%25_%27%22%3B--",
    "external_id=%00",
    "external_id=%ED%A0%80",
    "cursor=%00",
    "cursor=" + "A" * 5000,
    "cursor=bjk5OTk5OTk5OTk5OTk5OTk5OTk",
    "limit=1e3",
    "limit=" + "9" * 5000,
    "from=9999-12-31",
    "from=0001-01-01",
    "to=9999-12-31T23:59:59-12:00",
    "status[]=accepted",
    "type=%00",
]


@pytest.mark.parametrize("path", ["documents", "events", "contingency/runs", "catalogs/districts", "audit"])
def test_a_query_that_is_made_to_hurt(manager: Caller, path: str) -> None:
    for query in QUERIES:
        answer = manager.get(f"{path}?{query}")
        assert answer.status_code in (200, 404, 422), (query[:80], answer.content[:300])


@pytest.mark.parametrize("path", ["/documents", "/contingency/runs", "/audit", "/keys"])
def test_a_query_of_the_dashboard_that_is_made_to_hurt(merchant: Any, path: str) -> None:
    ana = Visitor(person(merchant))
    for query in QUERIES:
        assert ana.get(f"{path}?{query}").status_code in (200, 404), query[:80]
        assert ana.get(f"{path}?watch={query}").status_code == 200, query[:80]


HEADERS = [
    {"Idempotency-Key": "a\r\nSet-Cookie: x=1"},
    {"Idempotency-Key": "\ud800"},
    {"Idempotency-Key": "\x00"},
    {"Idempotency-Key": "x" * 5000},
    {"Prefer": "wait=" + "9" * 400},
    {"Prefer": "wait=-1, wait=NaN"},
    {"Accept-Language": "x" * 5000},
    {"Accept-Language": "../../etc"},
    {"Accept": "text/html;q=\x00"},
    {"X-Forwarded-For": "'; DROP TABLE x;--"},
]


@pytest.mark.parametrize("headers", HEADERS)
def test_a_header_that_is_made_to_hurt(manager: Caller, sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = manager.send(invoice(), **headers)
    assert answer.status_code in (201, 202, 406, 422), answer.content[:300]
    assert "Set-Cookie" not in answer
    assert "\n" not in "".join(answer.headers.values())


@pytest.mark.parametrize(
    "token", ["%00", "x" * 3000, "..%2F..%2Fetc%2Fpasswd", "%0d%0aSet-Cookie:x", "%ED%A0%80", "'--"]
)
def test_a_link_that_is_made_to_hurt(client: Client, db: None, token: str) -> None:
    for ending in ("", ".pdf", ".json"):
        answer = client.get(f"/d/{token}{ending}")
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer


def test_a_file_is_named_by_its_code_alone(manager: Caller, sandbox: Sandbox) -> None:
    made = manager.send(invoice(external_id='a"; filename="evil.html')).json()
    path = made["url"].partition("/d/")[2]
    for ending in (".pdf", ".json"):
        named = Client().get(f"/d/{path}{ending}")["Content-Disposition"]
        assert named.endswith(f'filename="{made["generation_code"]}{ending}"')


def test_a_huge_form_is_refused(merchant: Any) -> None:
    ana = Visitor(person(merchant))
    many = ana.post("/keys/new", {f"f{number}": "x" for number in range(2000)})
    assert many.status_code == 400
    large = ana.post("/keys/new", {"name": "x" * 5_000_000})
    assert large.status_code == 413


@pytest.mark.parametrize(
    "query", ["lang=%00", "lang=../../etc", "lang=" + "x" * 3000, "lang=%ED%A0%80", "version=%00"]
)
def test_the_reference_takes_any_query(client: Client, db: None, query: str) -> None:
    assert client.get(f"/api/v1/schema?{query}").status_code in (200, 404, 406, 422)


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(12)
)
FILES = {
    "a file of the machine": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><CertificadoMH>&x;</CertificadoMH>',
    "an address of the network": '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x"><CertificadoMH></CertificadoMH>',
    "a billion laughs": LAUGHS + "]><CertificadoMH><nit>&m;</nit></CertificadoMH>",
    "a deep tree": "<a>" * 15_000,
    "a packed bomb": "PK\x03\x04" + "\x00" * 60_000,
}


@pytest.mark.parametrize("what", FILES)
def test_a_signing_file_that_is_made_to_hurt(merchant: Any, what: str) -> None:
    ana = Visitor(person(merchant))
    started = time.thread_time()
    file = SimpleUploadedFile("firma.crt", FILES[what].encode())
    answer = ana.post("/hacienda/test", {"certificate": file, "certificate_password": "x", "password": "x"})
    assert answer.status_code == 422
    assert b"root:" not in answer.content
    assert time.thread_time() - started < 5
