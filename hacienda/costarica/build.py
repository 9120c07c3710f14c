"""A draft becomes a document of Costa Rica: completed, checked, computed, printed. All of it pure.

`prepare` finds every fault at once; `finish` adds the identification and gives the text that is signed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import localcontext
from typing import Final

from hacienda.costarica import clave, composition, fields, outages, writer
from hacienda.costarica.case import Case, refuse_foreign
from hacienda.costarica.facts import ZONE
from hacienda.costarica.faults import Faults
from hacienda.drafts import Draft
from hacienda.money import CONTEXT
from hacienda.values import NORMAL, Environment, Identity, Issuer, Manner, Prepared

VERSION: Final = 44
_AHEAD: Final = timedelta(minutes=5)  # by which clocks may differ
_DAYS_BACK: Final = 1  # unless it was issued while something was down
_SITUATIONS: Final = {
    None: clave.NORMAL,
    outages.AUTHORITY_DOWN: clave.NORMAL,
    outages.OWN_SYSTEM: clave.CONTINGENCY,
    outages.INTERNET: clave.WITHOUT_INTERNET,
}


def prepare(draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
    """`draft` as a document that lacks only its identification; `at` is the time of issue.

    Raises `Invalid` with every fault found. Faults of the merchant's own data stand under `issuer`.
    """
    faults = Faults(draft.unread)
    if draft.type_code not in writer.ROOTS:
        faults.add(("type",), "type_not_supported", type=draft.type_code)
        faults.refuse()
    if version != VERSION:
        faults.add((), "version_not_supported", type=draft.type_code, version=version)
        faults.refuse()
    with localcontext(CONTEXT):
        case = Case(draft, issuer, _issued_at(draft, at, now, faults), faults)
        refuse_foreign(case)
        outages.check(case, now)
        prepared = composition.compose(case, version)
        faults.refuse()
    assert prepared is not None
    return prepared


def finish(prepared: Prepared, identity: Identity, manner: Manner = NORMAL) -> str:
    """The text that is signed. The clave of `identity` is printed as it is.

    Raises `ValueError` where it does not say the same as the document: number, type, day or situation.
    """
    known = clave.read(identity.generation_code)
    situation = _SITUATIONS.get(manner.reason)
    if (
        known.consecutivo != identity.control_number
        or known.type_code != prepared.type_code
        or known.issued_on != identity.issued_at.astimezone(ZONE).date()
        or known.situation != situation
    ):
        raise ValueError(f"clave {identity.generation_code} is not of this document")
    return _print(prepared, identity.generation_code, identity.control_number, identity.issued_at)


def situation(manner: Manner) -> str:
    """The digit of the clave for a manner of issuing. Raises `KeyError` for a reason that is not known here."""
    return _SITUATIONS[manner.reason]


def preview(prepared: Prepared, environment: Environment, at: datetime) -> str:
    """The same text without clave and number: it cannot be taken for a document."""
    del environment  # a document does not tell it
    return _print(prepared, None, None, at)


def _print(prepared: Prepared, key: str | None, number: str | None, at: datetime) -> str:
    identification = {"Clave": key, "NumeroConsecutivo": number, "FechaEmision": fields.moment(at)}
    return writer.dumps(prepared.type_code, {**prepared.body, **identification})


def _issued_at(draft: Draft, at: datetime, now: datetime, faults: Faults) -> datetime:
    if at.tzinfo is None:
        faults.add(("issued_at",), "time_zone_required")
        at = at.replace(tzinfo=ZONE)
    elif at > now + _AHEAD:
        faults.add(("issued_at",), "issued_ahead")
    elif now - at > timedelta(days=_DAYS_BACK) and draft.contingency is None:
        faults.add(("issued_at",), "issued_too_long_ago", days=_DAYS_BACK)
    return at.astimezone(ZONE)
