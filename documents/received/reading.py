"""From the bodies of requests to values: the supplier's document, and what is to be said about it."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from accounts.models import ApiKey
from documents.received.services.deciding import Place
from hacienda import inbox
from hacienda.faults import Path
from hacienda.messages import gettext_noop
from hacienda.values import Fault, Invalid

NOT_TEXT: Final = gettext_noop("Give the document as its text, or its bytes in base64.")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]+", re.ASCII)


def document(given: str) -> str:
    """The document's own text: `given`, or what it holds in base64. Raises `Invalid` for what is neither."""
    if given.lstrip("\ufeff \t\r\n").startswith("<"):
        return checked(given)
    if not _BASE64.fullmatch(given):
        raise unreadable()
    try:
        return text(b64decode("".join(given.split()), validate=True))
    except ValueError:
        raise unreadable() from None


def text(content: bytes) -> str:
    """The text of a file. Raises `Invalid` for what is not UTF-8."""
    try:
        return checked(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise unreadable() from None


def checked(given: str) -> str:
    """The same; raises `Invalid` for what no database keeps and no XML holds."""
    try:
        given.encode("utf-8")
    except UnicodeEncodeError:
        raise unreadable() from None
    if "\x00" in given:
        raise unreadable()
    return given


def unreadable() -> Invalid:
    return Invalid((Fault(("xml",), "not_xml", NOT_TEXT),))


def decision(given: Mapping[str, Any]) -> inbox.Decision:
    """A parsed body as a decision."""
    return inbox.Decision(
        kind=inbox.Kind(given["kind"]),
        reason=given.get("reason") or "",
        condition=given.get("condition"),
        tax_credit=given.get("tax_credit"),
        expense=given.get("expense"),
        activity=given.get("activity"),
    )


def place(given: Mapping[str, Any], api_key: ApiKey | None = None) -> Place:
    """Where the body wants the decision numbered."""
    return Place(given.get("establishment"), given.get("point_of_sale"), api_key)


def below(step: str, error: Invalid) -> Invalid:
    """The same faults in an object of the body that is called so."""
    inside: Path = (step,)
    return Invalid(tuple(Fault((*inside, *one.path), one.code, one.message, one.params) for one in error.faults))
