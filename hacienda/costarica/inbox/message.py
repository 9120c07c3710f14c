"""The receptor's message as XML: elements in their order, each in its form (schema MensajeReceptor v4.4, 2026)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.costarica.facts import PLACES, ZONE
from hacienda.costarica.writer import DECLARATION, NAMESPACE, escaped
from hacienda.inbox import Decision, Kind, Received
from hacienda.money import quantise

ROOT: Final = "MensajeReceptor"

# What each kind says, and the series that its number is of.
SAYS: Final[Mapping[Kind, str]] = MappingProxyType({Kind.ACCEPT: "1", Kind.ACCEPT_PARTLY: "2", Kind.REJECT: "3"})
SERIES: Final[Mapping[Kind, str]] = MappingProxyType({Kind.ACCEPT: "05", Kind.ACCEPT_PARTLY: "06", Kind.REJECT: "07"})

_AMOUNT: Final = rf"[0-9]{{1,13}}\.[0-9]{{{PLACES}}}"
# Name, form, and whether it must be there.
ELEMENTS: Final = tuple(
    (name, re.compile(form, re.ASCII | re.DOTALL), required)
    for name, form, required in (
        ("Clave", "[0-9A-Za-z]{50}", True),
        ("NumeroCedulaEmisor", ".{1,20}", True),
        ("FechaEmisionDoc", r"[0-9-]{10}T[0-9:]{8}[+-][0-9:]{5}", True),
        ("Mensaje", "[123]", True),
        ("DetalleMensaje", ".{1,160}", False),
        ("MontoTotalImpuesto", _AMOUNT, False),
        ("CodigoActividad", ".{6}", False),
        ("CondicionImpuesto", "0[1-5]", False),
        ("MontoTotalImpuestoAcreditar", _AMOUNT, False),
        ("MontoTotalDeGastoAplicable", _AMOUNT, False),
        ("TotalFactura", _AMOUNT, True),
        ("NumeroCedulaReceptor", "[0-9]{9,12}", True),
        ("NumeroConsecutivoReceptor", "[0-9]{20}", True),
    )
)


def build(decision: Decision, received: Received, *, tax_id: str, consecutivo: str, at: datetime) -> str:
    """The unsigned message; `decision` is complete, `tax_id` the receptor's, `at` the time of the message.

    Raises `ValueError` for what breaks the schema, which a complete decision about a document that was read never
    does.
    """
    values = {
        "Clave": received.generation_code,
        "NumeroCedulaEmisor": received.issuer_tax_id,
        "FechaEmisionDoc": at.astimezone(ZONE).isoformat(timespec="seconds"),
        "Mensaje": SAYS[decision.kind],
        "DetalleMensaje": decision.reason or None,
        "MontoTotalImpuesto": _amount(received.tax),
        "CodigoActividad": decision.activity,
        "CondicionImpuesto": decision.condition,
        "MontoTotalImpuestoAcreditar": _amount(decision.tax_credit),
        "MontoTotalDeGastoAplicable": _amount(decision.expense),
        "TotalFactura": _amount(received.total),
        "NumeroCedulaReceptor": tax_id,
        "NumeroConsecutivoReceptor": consecutivo,
    }
    parts = []
    for name, form, required in ELEMENTS:
        value = values[name]
        if value is None and not required:
            continue
        if value is None or not form.fullmatch(value):
            raise ValueError(f"{name} of the message is not in its form")
        parts.append(f"<{name}>{escaped(value)}</{name}>")
    return f'{DECLARATION}\n<{ROOT} xmlns="{NAMESPACE}{ROOT[0].lower()}{ROOT[1:]}">{"".join(parts)}</{ROOT}>'


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{quantise(amount, PLACES):f}"
