"""The first level of the checks: is the document built as its kind's form says, element by element.

Faults are worded as the parser that Hacienda uses words them, the first one only, since that level ends there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from .forms import FORMS, Part
from .kinds import KINDS, Kind

DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"
MOST_SIGNATURES = 5
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
HINTS = frozenset({f"{XSI}schemaLocation", f"{XSI}noNamespaceSchemaLocation"})
BLANK = " \t\r\n"
# A document's content by element: a value, a record, or a list of either where there may be several.
Record = dict[str, Any]


class StructureFault(Exception):
    """What is wrong, and the element where it was found."""

    def __init__(self, text: str, element: etree._Element) -> None:
        super().__init__(text)
        self.text = text
        self.element = element


def kind_of(root: etree._Element) -> Kind | None:
    """Return the kind of a document by its root element, or None when there is no such kind."""
    return KINDS.get(str(root.tag))


def read(root: etree._Element, kind: Kind) -> Record:
    """Return the document's content; raise StructureFault where it is not built as its kind is."""
    _no_attributes(root, frozenset())
    children = list(_children(root))
    signatures = [child for child in children if child.tag == SIGNATURE]
    content = [child for child in children if child.tag != SIGNATURE]
    if signatures and children[-len(signatures) :] != signatures:
        raise _unexpected(signatures[0], kind, "")
    record = _contents(root, content, FORMS[kind], kind)
    if not signatures:
        raise StructureFault(
            f"cvc-complex-type.2.4.b: The content of element '{kind.root}' is not complete. "
            f"One of '{{\"{DS}\":Signature}}' is expected.",
            root,
        )
    if len(signatures) > MOST_SIGNATURES:
        raise _unexpected(signatures[MOST_SIGNATURES], kind, "")
    return record


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _unexpected(element: etree._Element, kind: Kind, wanted: str) -> StructureFault:
    name = etree.QName(element)
    text = f"Invalid content was found starting with element '{{\"{name.namespace or ''}\":{name.localname}}}'."
    rest = f" One of '{{\"{kind.namespace}\":{wanted}}}' is expected." if wanted else " No child element is expected."
    return StructureFault(f"cvc-complex-type.2.4.a: {text}{rest}", element)


def _no_attributes(element: etree._Element, allowed: frozenset[str]) -> None:
    for name in element.attrib:
        if str(name) not in allowed and str(name) not in HINTS:
            raise StructureFault(
                f"cvc-complex-type.3.2.2: Attribute '{name!s}' is not allowed to appear in element "
                f"'{_name(element)}'.",
                element,
            )


def _words(element: etree._Element) -> str:
    """Return the text directly inside an element, whatever comments are in between."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def _contents(parent: etree._Element, children: list[etree._Element], parts: tuple[Part, ...], kind: Kind) -> Record:
    """Return the values of a container's children, which must come in the order of its parts."""
    if _words(parent).strip(BLANK):
        raise StructureFault(
            f"cvc-complex-type.2.3: Element '{_name(parent)}' cannot have character [children], because the type's "
            "content type is element-only.",
            parent,
        )
    record: Record = {}
    position, count = 0, 0
    for child in children:
        while position < len(parts) and (child.tag != _tag(parts[position], kind) or count == parts[position].most):
            if count < parts[position].least:
                raise _unexpected(child, kind, parts[position].name)
            position, count = position + 1, 0
        if position == len(parts):
            raise _unexpected(child, kind, "")
        count += 1
        _keep(record, parts[position], _value(child, parts[position], kind))
    for part in parts[position:]:
        if count < part.least:
            raise StructureFault(
                f"cvc-complex-type.2.4.b: The content of element '{_name(parent)}' is not complete. "
                f"One of '{{\"{kind.namespace}\":{part.name}}}' is expected.",
                parent,
            )
        count = 0
    return record


def _tag(part: Part, kind: Kind) -> str:
    return f"{{{kind.namespace}}}{part.name}"


def _keep(record: Record, part: Part, value: Any) -> None:
    if part.most > 1:
        record.setdefault(part.name, []).append(value)
    else:
        record[part.name] = value


def _value(element: etree._Element, part: Part, kind: Kind) -> Any:
    _no_attributes(element, part.attributes)
    if part.form is None:
        return _contents(element, list(_children(element)), part.parts, kind)
    inner = next(_children(element), None)
    if inner is not None:
        raise StructureFault(
            f"cvc-type.3.1.2: Element '{part.name}' is a simple type, so it must have no element information item "
            "[children].",
            inner,
        )
    value = _words(element)
    wrong = part.form(value)
    if wrong is not None:
        raise StructureFault(
            f"{wrong} cvc-type.3.1.3: The value '{value}' of element '{part.name}' is not valid.", element
        )
    return value
