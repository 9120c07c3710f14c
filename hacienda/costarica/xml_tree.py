"""A document's XML as a tree of names and texts, read without trusting it.

No DTD, no entities, no network, bounded in size and depth. Elements of other namespaces than the root's, signatures
above all, are left out; comments too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

LONGEST: Final = 10_000_000  # characters; a thousand lines with five discounts each are about two million
DEEPEST: Final = 24  # a signature has ten levels, a pack inside a line eight

_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})")


@dataclass(frozen=True, slots=True)
class Node:
    """An element by its local name. `text` is without white space around it, and all there is in a leaf."""

    name: str
    text: str
    attributes: Mapping[str, str]
    children: tuple[Node, ...]

    def all(self, name: str) -> tuple[Node, ...]:
        """The children of that name."""
        return tuple(child for child in self.children if child.name == name)

    def at(self, *path: str) -> Node | None:
        """The first descendant along that path of names."""
        found: Node | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def said(self, *path: str) -> str:
        """The text at that path; empty where there is nothing."""
        found = self.at(*path)
        return found.text if found else ""

    def amount(self, *path: str) -> Decimal | None:
        """The number at that path, None where there is none. Raises `ValueError` for what is no plain number."""
        text = self.said(*path)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{path[-1]} is not a number")
        return Decimal(text)


@dataclass(frozen=True, slots=True)
class Tree:
    namespace: str
    root: Node


def read(text: str) -> Tree:
    """The tree of an XML document in UTF-8. Raises `ValueError` for what is none, or is not to be trusted."""
    if len(text) > LONGEST:
        raise ValueError("the document is too long")
    if "<!DOCTYPE" in text:
        raise ValueError("the document declares a type of its own")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("the document is not well-formed XML") from error
    namespace = etree.QName(root).namespace or ""
    return Tree(namespace, _node(root, namespace, 1))


def _node(element: Any, namespace: str, depth: int) -> Node:
    if depth > DEEPEST:
        raise ValueError("the document is too deep")
    inner = [child for child in element if isinstance(child.tag, str)]
    return Node(
        name=etree.QName(element).localname,
        # What is of a foreign namespace inside a text is told with it.
        text="".join(element.itertext()).strip() if not any(_is_of(child, namespace) for child in inner) else "",
        attributes=MappingProxyType(dict(element.attrib)),
        children=tuple(_node(child, namespace, depth + 1) for child in inner if _is_of(child, namespace)),
    )


def _is_of(element: Any, namespace: str) -> bool:
    return (etree.QName(element).namespace or "") == namespace
