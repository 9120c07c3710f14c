"""The rules about who issues, who receives, and for whom (DOCUMENTS.md 3.2, 3.3, 3.6 and section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .answers import Refusal
from .case import Case, Part
from .catalogues import (
    ACTIVITIES,
    DELIVERY_TITLES,
    DOMICILED,
    DOMICILES,
    ESTABLISHMENTS,
    PERSONS,
    RECEIVER_DOCUMENTS,
)
from .kinds import CONSUMER_INVOICE, DELIVERY_NOTE, TAX_CREDIT, Receiver, emitter_said

NIT = re.compile(r"[0-9]{14}|[0-9]{9}")
DUI = re.compile(r"[0-9]{9}")
NRC = re.compile(r"[1-9][0-9]{1,7}")
MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
NIT_DOCUMENT, DUI_DOCUMENT = "36", "13"
NO_THIRD_PARTY_WITH = frozenset({"07", "08", "09"})
# Types whose receiver has an NRC only when he is given by NIT.
REGISTERED_BY_NIT = frozenset({CONSUMER_INVOICE, DELIVERY_NOTE})
# What a receiver's field must be, where the type has it: catalogue and field.
CHOSEN = {
    "bienTitulo": DELIVERY_TITLES,
    "codDomiciliado": DOMICILES,
    "tipoPersona": PERSONS,
    "tipoEstablecimiento": ESTABLISHMENTS,
}


def identity_fault(kind: str | None, number: str | None) -> str | None:
    """Return the code of what is wrong with an identity document of CAT-022: its type (003), number (006)."""
    if kind not in RECEIVER_DOCUMENTS:
        return "003"
    pattern = {NIT_DOCUMENT: NIT, DUI_DOCUMENT: DUI}.get(kind)
    if pattern is not None and not pattern.fullmatch(number or ""):
        return "006"
    return None


def emitter_faults(case: Case) -> Iterator[Refusal]:
    """Check the emitter: NRC, activity, mail."""
    emitter = case.document["emisor"]
    if emitter["nrc"] is not None and not NRC.fullmatch(emitter["nrc"]):
        yield Refusal("006", "emisor.nrc")
    if emitter["codActividad"] not in ACTIVITIES:
        yield Refusal("003", "emisor.codActividad")
    if not MAIL.fullmatch(emitter["correo"]):
        yield Refusal("006", "emisor.correo")


def donee_faults(case: Case) -> Iterator[Refusal]:
    """Check that the emitter of a donation is named by its NIT."""
    # The number is the one that the document is signed for, and so a registered NIT.
    if case.document["emisor"]["tipoDocumento"] != NIT_DOCUMENT:
        yield Refusal("003", "emisor.tipoDocumento")


def receiver_faults(case: Case) -> Iterator[Refusal]:
    """Check the receiver, in the way that the type names one."""
    receiver = case.document["receptor"]
    match case.kind.receiver:
        case Receiver.TAXPAYER:
            # Every well-formed receiver is known to the sandbox; one that is not well formed cannot be.
            if not NIT.fullmatch(receiver["nit"]):
                yield Refusal("009", "receptor.nit")
            if receiver["nrc"] is None:
                yield Refusal("005", "receptor.nrc")
        case Receiver.CONSUMER:
            yield from _named_from_threshold(case)
            yield from _identity_faults(receiver or {}, optional=True)
        case _:
            yield from _identity_faults(receiver, optional=False)
    if receiver is None:
        return
    by_nit = receiver.get("tipoDocumento") == NIT_DOCUMENT
    if case.kind.code in REGISTERED_BY_NIT and receiver["nrc"] is not None and not by_nit:
        yield Refusal("024", "receptor.nrc")
    yield from _known_values(receiver, case.kind.countries)


def _named_from_threshold(case: Case) -> Iterator[Refusal]:
    if case.document["resumen"]["montoTotalOperacion"] < case.threshold:
        return
    for name in ("tipoDocumento", "numDocumento", "nombre"):
        if (case.document["receptor"] or {}).get(name) is None:
            yield Refusal("005", f"receptor.{name}")


def _identity_faults(receiver: Part, *, optional: bool) -> Iterator[Refusal]:
    kind, number = receiver.get("tipoDocumento"), receiver.get("numDocumento")
    if (kind is None) != (number is None):
        yield Refusal("005", "receptor.tipoDocumento" if kind is None else "receptor.numDocumento")
    if optional and kind is None:
        return
    code = identity_fault(kind, number)
    if code is not None:
        yield Refusal(code, "receptor.tipoDocumento" if code == "003" else "receptor.numDocumento")


def _known_values(receiver: Part, countries: frozenset[str]) -> Iterator[Refusal]:
    nrc, activity, mail = (receiver.get(name) for name in ("nrc", "codActividad", "correo"))
    if nrc is not None and not NRC.fullmatch(nrc):
        yield Refusal("006", "receptor.nrc")
    if activity is not None and activity not in ACTIVITIES:
        yield Refusal("003", "receptor.codActividad")
    if mail is not None and not MAIL.fullmatch(mail):
        yield Refusal("006", "receptor.correo")
    for name, catalogue in (*CHOSEN.items(), ("codPais", countries)):
        if name in receiver and receiver[name] not in catalogue:
            yield Refusal("003", f"receptor.{name}")


def donor_faults(case: Case) -> Iterator[Refusal]:
    """Check that a donor from abroad has no activity; where his address belongs, the form tells."""
    receiver = case.document["receptor"]
    if receiver["codDomiciliado"] != DOMICILED:
        for name in ("codActividad", "descActividad"):
            if receiver[name] is not None:
                yield Refusal("024", f"receptor.{name}")


def noted_receiver_faults(case: Case) -> Iterator[Refusal]:
    """Check that the buyer of an adjusted sale between taxpayers is named by NIT."""
    of_sale = any(one["tipoDocumento"] == TAX_CREDIT for one in case.document["documentoRelacionado"])
    if of_sale and case.document["receptor"]["tipoDocumento"] != NIT_DOCUMENT:
        yield Refusal("007", "receptor.tipoDocumento")


def third_party_faults(case: Case) -> Iterator[Refusal]:
    """Check for whom is sold."""
    third = case.document["ventaTercero"]
    if third is None:
        return
    if any(one["tipoDocumento"] in NO_THIRD_PARTY_WITH for one in case.document["documentoRelacionado"] or ()):
        yield Refusal("024", "ventaTercero")
    if third["codDomiciliado"] not in DOMICILES:
        yield Refusal("003", "ventaTercero.codDomiciliado")
    if third["codDomiciliado"] == DOMICILED and not NIT.fullmatch(third["nit"] or ""):
        yield Refusal("006", "ventaTercero.nit")
    if third["nit"] == emitter_said(case.document):
        yield Refusal("007", "ventaTercero.nit")


def buying_party_faults(case: Case) -> Iterator[Refusal]:
    """Check for whom is bought: not the emitter."""
    third = case.document["compraTercero"]
    if third is not None and third["numDocumento"] == emitter_said(case.document):
        yield Refusal("007", "compraTercero.numDocumento")
