"""Hacienda's own schemas of 2026 and the reference's samples, where they are beside the project."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from hacienda.costarica.writer import ROOTS

_DS = "http://www.w3.org/2000/09/xmldsig#"
# Nobody's signature, of the form that the schemas ask for.
_SIGNATURE = f"""<ds:Signature xmlns:ds="{_DS}"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<ds:DigestValue>AA==</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue>
</ds:Signature>"""


def schema_path(reference: Path, type_code: str) -> Path:
    return reference / "costarica" / "xsd" / "2026" / "v4.4" / f"{ROOTS[type_code]}_V4.4.xsd"


@lru_cache(maxsize=16)
def schema(path: Path) -> Any:
    return etree.XMLSchema(etree.parse(path))


def errors(reference: Path, type_code: str, text: str) -> list[str]:
    """What the official schema says against a document that is signed by nobody."""
    root = etree.fromstring(text.encode())
    root.append(etree.fromstring(_SIGNATURE))
    judge = schema(schema_path(reference, type_code))
    judge.validate(root)
    return [f"{error.path}: {error.message}" for error in judge.error_log]


def sample(reference: Path, name: str) -> Any:
    return etree.parse(reference / "costarica" / "samples" / "unsigned" / f"{name}.xml").getroot()


def leaves(element: Any, path: str = "") -> dict[str, str]:
    """Every text of a document under its path; what stands several times is counted."""
    if len(element) == 0:
        return {path: (element.text or "").strip()}
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    for child in element:
        name = etree.QName(child).localname
        seen[name] = seen.get(name, 0) + 1
        place = f"{path}/{name}" if seen[name] == 1 else f"{path}/{name}[{seen[name]}]"
        found |= leaves(child, place)
    return found
