"""Reading a supplier's signed document without trusting it: whose it is, to whom, over how much.

That Hacienda has accepted it is not in it: Hacienda tells when it judges the message about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from cryptography.x509.oid import NameOID
from lxml import etree

from hacienda.costarica import clave, codes, readable
from hacienda.costarica.facts import AMOUNT_LIMIT, CURRENCY, PLACES, ZONE
from hacienda.costarica.inbox.faults import fault
from hacienda.costarica.signature.forms import SignatureError
from hacienda.costarica.signature.holders import plain
from hacienda.costarica.signature.parsing import parse, text_of
from hacienda.costarica.signature.verifying import Verified, verify
from hacienda.costarica.writer import ROOTS, namespace
from hacienda.faults import Fault, Invalid, Path
from hacienda.inbox import Received
from hacienda.values import Environment

# A ticket names no receptor that could deduct, and a purchase invoice is the buyer's own document.
NOT_CONFIRMABLE: Final = frozenset({codes.TICKET, codes.PURCHASE_INVOICE})

_TYPES: Final = {root: type_code for type_code, root in ROOTS.items()}
_XML: Final[Path] = ("xml",)
_LONGEST_NAME: Final = 100
_LONGEST_ID: Final = 20
_FOR_TESTS: Final = "SANDBOX"  # in the name of the authority that certifies keys for tests


def read(signed: bytes, *, tax_id: str, environment: Environment) -> Received:
    """What the document says. Raises `Invalid`; faults point at `xml`, the place of the text in a caller's body."""
    try:
        type_code = _type_of(parse(signed))
        verified = verify(signed)
    except SignatureError as error:
        raise Invalid((Fault(_XML, error.code, error.message, error.params),)) from error
    root = verified.root
    found = list(_other_faults(root, type_code, verified, tax_id, environment))
    values, unreadable = _values(root, type_code)
    found += [fault(_XML, "part_unreadable", part=part) for part in unreadable]
    if values is not None:
        found += _key_faults(values)
    if found or values is None:
        raise Invalid(tuple(found))
    try:
        readable.read(signed.decode("utf-8"))
    except (ValueError, LookupError, ArithmeticError) as error:
        raise Invalid((fault(_XML, "not_a_document"),)) from error
    return values


def _type_of(root: etree._Element) -> str:
    name = etree.QName(root)
    type_code = _TYPES.get(name.localname)
    if type_code is None or name.namespace != namespace(type_code):
        raise Invalid((fault(_XML, "not_a_document"),))
    if type_code in NOT_CONFIRMABLE:
        raise Invalid((fault(_XML, "not_confirmable", type=type_code),))
    return type_code


def _other_faults(
    root: etree._Element, type_code: str, verified: Verified, tax_id: str, environment: Environment
) -> Iterator[Fault]:
    """Who signed it and to whom it was issued."""
    issuer = plain(text_of(root, _identification(type_code, "Emisor", "Numero")))
    if verified.signer != issuer:
        error = SignatureError("signer_differs", found=verified.signer or "?", expected=issuer or "?")
        yield Fault(_XML, error.code, error.message, error.params)
    receiver = text_of(root, _identification(type_code, "Receptor", "Numero"))
    if not receiver:
        yield fault(_XML, "no_receiver")
    elif plain(receiver) != plain(tax_id):
        yield fault(_XML, "other_receiver", found=receiver[:_LONGEST_ID])
    if environment == Environment.LIVE and _is_for_tests(verified):
        yield fault(_XML, "made_for_tests")


def _is_for_tests(verified: Verified) -> bool:
    names = verified.certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(_FOR_TESTS in str(one.value).upper() for one in names)


def _values(root: etree._Element, type_code: str) -> tuple[Received | None, list[str]]:
    """What the document says, or which of its parts cannot be read."""
    space = f"{{{namespace(type_code)}}}"

    def said(*path: str) -> str:
        return text_of(root, "/".join(f"{space}{name}" for name in path))

    issued_at = _moment(said("FechaEmision"))
    total = _amount(said("ResumenFactura", "TotalComprobante"))
    told_tax = said("ResumenFactura", "TotalImpuesto")
    tax = _amount(told_tax) if told_tax else None
    texts = {
        "Clave": said("Clave"),
        "NumeroConsecutivo": said("NumeroConsecutivo"),
        "Emisor/Nombre": said("Emisor", "Nombre"),
        "Emisor/Identificacion/Tipo": said("Emisor", "Identificacion", "Tipo"),
        "Emisor/Identificacion/Numero": said("Emisor", "Identificacion", "Numero"),
        "Receptor/Identificacion/Tipo": said("Receptor", "Identificacion", "Tipo"),
    }
    currency = said("ResumenFactura", "CodigoTipoMoneda", "CodigoMoneda") or CURRENCY
    longest = {"Clave": clave.LENGTH, "Emisor/Nombre": _LONGEST_NAME}
    wrong = [name for name, text in texts.items() if not 0 < len(text) <= longest.get(name, _LONGEST_ID)]
    wrong += [name for name, value in (("FechaEmision", issued_at), ("TotalComprobante", total)) if value is None]
    wrong += ["TotalImpuesto"] if told_tax and tax is None else []
    wrong += [] if len(currency) == 3 and currency.isascii() and currency.isalpha() else ["CodigoMoneda"]
    wrong += [] if "Clave" in wrong or clave.is_clave(texts["Clave"]) else ["Clave"]
    if wrong or issued_at is None or total is None:
        return None, wrong
    key, number, name, id_type, tax_id, receiver_id_type = texts.values()
    return (
        Received(
            type_code=type_code,
            generation_code=key,
            control_number=number,
            issuer_name=name,
            issuer_id_type=id_type,
            issuer_tax_id=tax_id,
            receiver_id_type=receiver_id_type,
            issued_at=issued_at,
            currency=currency,
            total=total,
            tax=tax,
        ),
        [],
    )


def _identification(type_code: str, side: str, part: str) -> str:
    space = f"{{{namespace(type_code)}}}"
    return "/".join(f"{space}{name}" for name in (side, "Identificacion", part))


def _key_faults(said: Received) -> Iterator[Fault]:
    """Where the key tells another document than the one that it stands in."""
    key = clave.read(said.generation_code)
    for part, agrees in (
        ("NumeroConsecutivo", key.consecutivo == said.control_number),
        ("FechaEmision", key.issued_on == said.issued_at.astimezone(ZONE).date()),
        ("Emisor", key.is_of(plain(said.issuer_tax_id))),
        ("type", key.type_code == said.type_code),
    ):
        if not agrees:
            yield fault(_XML, "key_differs", part=part)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=ZONE)
        at.astimezone(ZONE)  # some moments of the first and last year have no local time
    except (ValueError, OverflowError):
        return None
    return at


def _amount(text: str) -> Decimal | None:
    """A plain figure with as many digits as amounts have; None for anything else."""
    whole, _dot, fraction = text.partition(".")
    digits = whole + fraction
    if not (whole and digits.isascii() and digits.isdecimal() and len(whole) <= 30 and len(fraction) <= 30):
        return None
    amount = Decimal(text)
    if amount >= AMOUNT_LIMIT or fraction[PLACES:].strip("0"):
        return None
    return amount
