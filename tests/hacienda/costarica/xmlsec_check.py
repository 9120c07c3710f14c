"""What python-xmlsec says of a signature: an implementation that is not ours."""

from __future__ import annotations

import xmlsec
from lxml import etree

from tests.hacienda.costarica.certificates import DS, XADES


def holds(xml: bytes) -> bool:
    """Whether the signature of a small document holds under the certificate that stands in it."""
    root = etree.fromstring(xml)
    [signature] = root.iter(f"{{{DS}}}Signature")
    [text] = signature.iter(f"{{{DS}}}X509Certificate")
    pem = f"-----BEGIN CERTIFICATE-----\n{text.text}\n-----END CERTIFICATE-----\n".encode()
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    for element in signature.iter(f"{{{DS}}}KeyInfo", f"{{{XADES}}}SignedProperties"):
        if element.get("Id"):
            context.register_id(element, "Id")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
