"""lxml and xmlsec live in one process with one libxml2: a mismatched pair crashes or signs wrongly."""

from __future__ import annotations

import xmlsec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree


def test_lxml_and_xmlsec_sign_and_verify_together() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    root = etree.fromstring("<factura><total>1.00</total></factura>")
    signature = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256)
    root.append(signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)

    context.sign(signature)

    again = etree.fromstring(etree.tostring(root))
    checking = xmlsec.SignatureContext()
    checking.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)
    checking.verify(xmlsec.tree.find_node(again, xmlsec.Node.SIGNATURE))
