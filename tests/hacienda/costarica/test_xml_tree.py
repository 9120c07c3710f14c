"""XML is read without trusting it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hacienda.costarica import xml_tree
from hacienda.costarica.xml_tree import read


def test_a_tree_has_names_texts_and_attributes() -> None:
    tree = read(
        '<?xml version="1.0" encoding="UTF-8"?><a xmlns="urn:x"><b k="1"> ñ &amp; o </b><b/><!-- c --><c>2.50</c></a>'
    )
    assert tree.namespace == "urn:x"
    assert [node.text for node in tree.root.all("b")] == ["ñ & o", ""]
    assert tree.root.all("b")[0].attributes == {"k": "1"}
    assert tree.root.amount("c") == Decimal("2.50")
    assert tree.root.amount("d") is None
    assert tree.root.said("d", "e") == ""
    assert tree.root.at("c", "d") is None


def test_what_is_of_another_namespace_is_left_out_but_for_its_text_in_a_text() -> None:
    root = read('<a xmlns="urn:x" xmlns:s="urn:s"><b>1</b><s:Signature><b>2</b></s:Signature></a>').root
    assert [child.name for child in root.children] == ["b"]
    root = read('<a xmlns="urn:x"><b>one <i xmlns="urn:i">two</i></b></a>').root
    assert root.said("b") == "one two"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e5", "1,5", "٣", "--1", ".", "1" * 60, "0x1", "1_0"])
def test_a_number_is_digits_and_a_point(number: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read(f"<a><b>{number}</b></a>").root.amount("b")


HOSTILE = {
    "nothing": "",
    "no XML": "{}",
    "cut off": "<a><b>",
    "a lone surrogate": "<a>\ud800</a>",
    "a control character": "<a>\x01</a>",
    "a DTD": "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
    "an entity": '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    "laughs by the billion": '<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;&e;">]><a>&f;</a>',
    "a file": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
    "an unknown entity": "<a>&e;</a>",
    "depth": "<a>" * 30 + "</a>" * 30,
    "depth without end": "<a>" * 100_000,
    "two roots": "<a/><b/>",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_to_be_trusted_is_refused(what: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(HOSTILE[what])


def test_what_is_too_long_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "LONGEST", 50)
    with pytest.raises(ValueError, match="too long"):
        read(f"<a>{'x' * 50}</a>")


def test_the_encoding_that_is_told_is_not_believed() -> None:
    assert read('<?xml version="1.0" encoding="ISO-8859-1"?><a>ñ</a>').root.text == "ñ"
