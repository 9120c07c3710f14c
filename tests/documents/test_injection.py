"""Markup in any text of a document is text: on the page, on paper, in the mail, in the dashboard, in headers.

Every text of every body of the reference is replaced by markup; where a field does not take that, by less of it, and
where it takes none, it stays. So a field that is new takes part by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from lxml import html as parser

from accounts import services
from accounts.models import Establishment, Merchant, PointOfSale
from documents.models import Document
from documents.tasks import mail_link
from hacienda.registry import authority
from hacienda.values import ExportDefaults, Resolution
from tests.actors import Caller, Sandbox
from tests.documents import pdf_text
from tests.documents.test_reference import COSTA_RICA, EL_SALVADOR, PLACEHOLDER, Shelf
from tests.people import Visitor, person

EVIL = (
    '<b>&amp;</b><img src="file:///etc/passwd"/><a href="javascript:alert(1)">x</a>'
    "<script>alert(1)</script>{{7*7}}%(x)s=1+1"
)
LESS = "<b>&'\"{{7}}</b>"
ALLOWED_LINKS = ("http://127.0.0.1:", "https://admin.factura.gob.sv/")


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every text in a body."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from leaves(value, (*path, name))
    elif isinstance(body, list):
        for place, value in enumerate(body):
            yield from leaves(value, (*path, place))
    elif isinstance(body, str):
        yield path


def put(body: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value


def get(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def pointer(path: tuple[Any, ...]) -> str:
    return "".join(f"/{step}" for step in path)


@pytest.fixture
def shop(merchant: Merchant) -> Merchant:
    """Even the company itself is called so."""
    Merchant.objects.filter(pk=merchant.pk).update(
        name=EVIL[:150], trade_name=EVIL[:150], responsible_name=EVIL[:100]
    )
    Establishment.objects.filter(merchant=merchant).update(name=LESS, address_line=EVIL[:150])
    PointOfSale.objects.filter(establishment__merchant=merchant).update(name=LESS)
    merchant.refresh_from_db()
    services.set_donation_resolution(merchant=merchant, resolution=Resolution(EVIL[:100], EVIL))
    services.set_export_defaults(
        merchant=merchant, defaults=ExportDefaults(customs_post="02", regime="1000.000", incoterm="09")
    )
    return merchant


@pytest.fixture
def issue(shop: Merchant, manager: Caller, sandbox: Sandbox) -> Callable[[str], tuple[Document, set[str]]]:
    return issuing(manager, EL_SALVADOR)


@pytest.fixture
def issue_in_costa_rica(
    tico: Merchant, tico_manager: Caller, sandbox: Sandbox
) -> Callable[[str], tuple[Document, set[str]]]:
    """Of a company that is called so too."""
    Merchant.objects.filter(pk=tico.pk).update(trade_name=EVIL[:80])
    Establishment.objects.filter(merchant=tico).update(name=LESS, address_line=EVIL[:150])
    PointOfSale.objects.filter(establishment__merchant=tico).update(name=LESS)
    return issuing(tico_manager, COSTA_RICA)


def issuing(manager: Caller, shelf: Shelf) -> Callable[[str], tuple[Document, set[str]]]:
    """Issues a body of the reference full of markup: the document, and the pointers of what took it."""
    zone = authority(shelf.country).rules.zone
    today = timezone.now().astimezone(zone).date().isoformat()

    def plain(text: str) -> str:
        named = {match[0]: match[1].lower() for match in PLACEHOLDER.finditer(text)}
        made = {
            mark: manager.send(json.loads(plain(shelf.example(name)))).json()["id"] for mark, name in named.items()
        }
        return PLACEHOLDER.sub(lambda match: made[match[0]], text).replace('"TODAY"', f'"{today}"')

    def issued(text: str) -> tuple[Document, set[str]]:
        kept = json.loads(plain(text))
        choices = {path: [EVIL, LESS, get(kept, path)] for path in leaves(kept)}
        for _attempt in range(12):
            body = json.loads(json.dumps(kept))
            for path, left in choices.items():
                put(body, path, left[0])
            answer = manager.send(body)
            if answer.status_code == 201:
                took = {pointer(path) for path, left in choices.items() if len(left) > 1}
                return Document.objects.get(public_id=answer.json()["id"]), took
            faulty = {error["pointer"] for error in answer.json().get("errors", [])}
            refused = [path for path, left in choices.items() if len(left) > 1 and is_of(pointer(path), faulty)]
            for path in refused or [path for path, left in choices.items() if len(left) > 1][:1]:
                del choices[path][0]
        raise AssertionError(answer.json())

    return issued


def is_of(name: str, faulty: set[str]) -> bool:
    """Whether a fault is about this text, or about the object that it stands in."""
    return any(name == one or (one and name.startswith(one + "/")) or one.startswith(name + "/") for one in faulty)


def harmless_page(content: str) -> None:
    """Nothing in it was made by our texts: no picture, script, handler or link of theirs."""
    tree = parser.fromstring(content)
    assert not [one for one in tree.iter("img") if one.get("src", "").startswith("file:")]
    assert not [one for one in tree.iter("script") if not one.get("src")]
    assert not [one for one in tree.iter("a") if one.get("href", "").startswith("javascript:")]
    assert not [name for one in tree.iter() for name in one.attrib if name.startswith("on")]
    assert "<b>&" not in content
    assert "{{7" in content, "templates do not run what they print"


def harmless_paper(content: bytes, *, has_link: bool = True) -> None:
    for word in (b"/JavaScript", b"/JS ", b"/Launch", b"/EmbeddedFile", b"/SubmitForm", b"root:"):
        assert word not in content
        assert not [one for one in pdf_text.streams(content) if word in one]
    links = re.findall(rb"/URI \((.*?)\)", content)
    assert bool(links) == has_link
    assert [one for one in links if not one.decode("latin-1").startswith(ALLOWED_LINKS)] == []
    assert not re.search(rb"/Subtype /Image", content)
    said = pdf_text.text(content).replace(" ", "")
    assert "<b>&" in said or "<b>" in said


@pytest.mark.parametrize("name", EL_SALVADOR.pages)
def test_markup_in_any_text_of_a_document_is_text(
    name: str, issue: Callable[[str], tuple[Document, set[str]]], manager: Caller, shop: Merchant
) -> None:
    if name in EL_SALVADOR.before:
        issue(EL_SALVADOR.example(EL_SALVADOR.before[name]))
    bodies = EL_SALVADOR.bodies(name)
    ana = Visitor(person(shop))
    took: set[str] = set()
    richest = max(bodies, key=lambda text: len(list(leaves(json.loads(text)))))
    for text in {richest, bodies[0]} if name == "tax_credit" else {richest}:
        document, fields = issue(text)
        took |= fields
        link = f"/d/{document.token}"
        harmless_page(ana.get(link).content.decode())
        harmless_page(ana.get(f"/documents/{document.public_id}").content.decode())
        harmless_page(ana.get("/documents").content.decode())
        harmless_paper(ana.get(link + ".pdf").content)
        harmless_paper(ana.get(link + ".pdf?format=ticket").content)
    assert took or name in ("settlement", "withholding")


@pytest.mark.parametrize("name", COSTA_RICA.pages)
def test_so_it_is_in_costa_rica(
    name: str, issue_in_costa_rica: Callable[[str], tuple[Document, set[str]]], tico: Merchant
) -> None:
    visitor = Visitor(person(tico))
    richest = max(COSTA_RICA.bodies(name), key=lambda text: len(list(leaves(json.loads(text)))))
    document, took = issue_in_costa_rica(richest)
    link = f"/d/{document.token}"
    harmless_page(visitor.get(link).content.decode())
    harmless_page(visitor.get(f"/documents/{document.public_id}").content.decode())
    harmless_paper(visitor.get(link + ".pdf").content, has_link=False)
    harmless_paper(visitor.get(link + ".pdf?format=ticket").content, has_link=False)
    signed = parser.fromstring(visitor.get(link + ".xml").content)
    assert not list(signed.iter("img", "script", "a"))
    assert took


def test_markup_in_a_mail_is_text(issue: Callable[[str], tuple[Document, set[str]]], manager: Caller) -> None:
    document, _took = issue(EL_SALVADOR.bodies("invoice")[0])
    Document.objects.filter(pk=document.pk).update(customer_email="maria@cliente.example")
    mail_link(document.pk)
    (message,) = mail.outbox
    page, _kind = message.alternatives[0]
    harmless_page(str(page))
    assert escape("<script>", quote=False) in str(page)
    assert "\n" not in message.subject


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=1", "a\x1b[2Jb", "a\x00b", "a\x07b", "\x1bi"])
def test_control_characters_reach_neither_headers_nor_printers(manager: Caller, sandbox: Sandbox, text: str) -> None:
    """ESC would be a command to the printer of tickets."""
    for body in (
        {"external_id": text},
        {"customer": {"name": text}},
        {"items": [{"description": text, "price": "1"}]},
    ):
        answer = manager.send({"type": "invoice", "items": [{"description": "x", "price": "1"}], **body})
        assert answer.status_code == 422, body
        assert "Set-Cookie" not in answer
