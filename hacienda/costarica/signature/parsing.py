"""Reading XML that somebody else wrote, with bounds on size and time: no entities, no document type, no network."""

from __future__ import annotations

from typing import Final

from lxml import etree

from hacienda.costarica.signature.forms import SignatureError

# A document of 1,000 full lines has about 2 MB; Hacienda publishes no limit.
LARGEST: Final = 4 * 1024 * 1024  # bytes
# Canonical form takes quadratic time in the attributes of one element and in the namespaces that are in scope.
_MOST_ATTRIBUTES: Final = 16
_MOST_NAMESPACES: Final = 100

_CROWDED: Final = etree.XPath(f"boolean(//*[count(@*) > {_MOST_ATTRIBUTES}] | //processing-instruction())")


def parse(xml: bytes, *, limit: int = LARGEST) -> etree._Element:
    """The root of a document in UTF-8; its comments are left out, as every signature leaves them out.

    Raises `SignatureError`: too_large, not_xml, dtd_refused, or unexpected_form for what only an attack needs.
    """
    if len(xml) > limit:
        raise SignatureError("too_large", limit=limit // 1024)
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        raise SignatureError("not_xml") from None
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise SignatureError("dtd_refused")
    if xml.count(b"xmlns") > _MOST_NAMESPACES:
        raise SignatureError("unexpected_form")
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever it declares
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise SignatureError("not_xml")
    if root.getroottree().docinfo.internalDTD is not None:
        raise SignatureError("dtd_refused")
    if _CROWDED(root):
        raise SignatureError("unexpected_form")
    return root


def text_of(parent: etree._Element, path: str) -> str:
    """The text of an element below `parent`, stripped; empty where there is none. `path` as lxml finds it."""
    return (parent.findtext(path) or "").strip()
