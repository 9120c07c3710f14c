"""Reading XML that anybody may have sent: no entities, no document type, nothing fetched, no size without a bound."""

from __future__ import annotations

from xml.parsers import expat

from lxml import etree

# A document of the thousand lines that are allowed has less than a megabyte; nothing is published about a limit.
LARGEST_BYTES = 5 * 1024 * 1024


def parse(raw: bytes) -> etree._Element | None:
    """Return the root of a document, or None when it cannot be read, is too large, or declares a document type."""
    if len(raw) > LARGEST_BYTES:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root.getroottree().docinfo.internalDTD is None else None


def place(raw: bytes, element: etree._Element) -> tuple[int, int]:
    """Return the line and column, from 1, at which an element of the document begins."""
    wanted = sum(1 for _ in element.iterancestors()) + sum(
        1 + sum(1 for _ in before.iterdescendants("*"))
        for node in (element, *element.iterancestors())
        for before in node.itersiblings("*", preceding=True)
    )
    reader = expat.ParserCreate()
    seen, found = 0, (0, 0)

    def begin(name: str, attributes: object) -> None:
        nonlocal seen, found
        if seen == wanted:
            found = (reader.CurrentLineNumber, reader.CurrentColumnNumber + 1)
        seen += 1

    reader.StartElementHandler = begin
    try:
        reader.Parse(raw, True)
    except expat.ExpatError:
        return int(str(element.sourceline or 0)), 0
    return found
