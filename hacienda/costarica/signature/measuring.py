"""Measuring a PKCS #12 file before it is opened: what opening it would cost stands outside of what is encrypted.

A password is turned into a key in as many rounds as the file says, and a private key is checked in a time that grows
steeply with its size. BER is read as far as such files use it: indefinite lengths and strings in pieces occur.

A second encryption around that of the key, which no known program makes, would hide both: the size of what is
encrypted as a whole, which is to hold certificates, bounds what that can cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
_SEQUENCE: Final = 0x30
_PART: Final = 0x80  # [0], as it stands in EncryptedContentInfo (RFC 5652, 6.1)
_CONSTRUCTED: Final = 0x20
_DEEPEST: Final = 40
_MOST_ELEMENTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Measures:
    """`rounds` of all encryptions together; sizes in bytes.

    `secret` is the longest encrypted string, as a key is; `hidden` the longest encrypted part of the file.
    """

    rounds: int
    secret: int
    hidden: int


@dataclass(frozen=True, slots=True)
class _Element:
    """`tag` without the bit that tells pieces; `content` joined from them."""

    tag: int
    content: bytes
    children: tuple[_Element, ...]


def measure(content: bytes) -> Measures:
    """What stands in the open of a file. Raises `ValueError` for anything that is not PKCS #12."""
    budget = iter(range(_MOST_ELEMENTS))
    elements = _read(content, budget, _DEEPEST)
    if len(elements) != 1 or elements[0].tag != _SEQUENCE:
        raise ValueError("no sequence")
    children = elements[0].children
    if not children or (children[0].tag, children[0].content) != (_INTEGER, b"\x03"):
        raise ValueError("not of version 3")
    everything = list(_walk(elements))
    rounds = sum(
        int.from_bytes(number.content, "big")
        for one in everything
        for octets, number in pairwise(one.children)
        if octets.tag == _OCTETS and number.tag == _INTEGER
    )
    secret = max((len(one.content) for one in everything if _is_string(one)), default=0)
    return Measures(rounds, secret, max(map(_hidden, everything)))


def _is_string(element: _Element) -> bool:
    """Whether nothing can be read in it."""
    return element.tag == _OCTETS and not element.children


def _hidden(element: _Element) -> int:
    """The size of an encrypted part, whole or in pieces; 0 for what is none."""
    if element.tag == _PART:
        return len(element.content)
    if element.tag == _PART | _CONSTRUCTED and all(map(_is_string, element.children)):
        return sum(len(piece.content) for piece in element.children)
    return 0


def _walk(elements: Sequence[_Element]) -> Iterator[_Element]:
    for one in elements:
        yield one
        yield from _walk(one.children)


def _read(data: bytes, budget: Iterator[int], depth: int) -> tuple[_Element, ...]:
    """All elements of `data`, which they must fill."""
    elements = []
    position = 0
    while position < len(data):
        element, position = _element(data, position, budget, depth)
        elements.append(element)
    return tuple(elements)


def _element(data: bytes, position: int, budget: Iterator[int], depth: int) -> tuple[_Element, int]:
    """The element at `position`, and where the next one begins."""
    if depth <= 0 or next(budget, None) is None:
        raise ValueError("too many elements")
    if position + 2 > len(data) or data[position] & 0x1F == 0x1F:
        raise ValueError("no element")
    identifier, length, position = data[position], data[position + 1], position + 2
    if length == 0x80:
        if not identifier & _CONSTRUCTED:
            raise ValueError("no end")
        children, position = _until_end(data, position, budget, depth - 1)
        return _built(identifier, b"", children, budget, depth), position
    if length > 0x80:
        size = length & 0x7F
        length, position = int.from_bytes(data[position : position + size], "big"), position + size
    end = position + length
    if end > len(data):
        raise ValueError("cut off")
    content = data[position:end]
    children = _read(content, budget, depth - 1) if identifier & _CONSTRUCTED else ()
    return _built(identifier, content, children, budget, depth), end


def _until_end(data: bytes, position: int, budget: Iterator[int], depth: int) -> tuple[tuple[_Element, ...], int]:
    children = []
    while data[position : position + 2] != b"\x00\x00":
        child, position = _element(data, position, budget, depth)
        children.append(child)
    return tuple(children), position + 2


def _built(
    identifier: int, content: bytes, children: tuple[_Element, ...], budget: Iterator[int], depth: int
) -> _Element:
    """The element, with a look into a string of octets that holds elements itself."""
    if identifier & ~_CONSTRUCTED != _OCTETS:
        return _Element(identifier, content, children)
    if identifier & _CONSTRUCTED:
        content = b"".join(piece.content for piece in children)
    try:
        inner = _read(content, budget, depth - 1)
    except ValueError:
        inner = ()
    return _Element(_OCTETS, content, inner)
