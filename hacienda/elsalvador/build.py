"""A draft becomes a document of El Salvador: completed, checked, computed, printed. All of it pure.

`prepare` finds every fault at once; `finish` adds the identification and gives the text that is signed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import localcontext
from types import MappingProxyType
from typing import Final

from hacienda.drafts import Draft
from hacienda.elsalvador import kinds, writer
from hacienda.elsalvador.blocks import dates, fields, manners, outages, parties, totals
from hacienda.elsalvador.case import Block, Case, Composed, refuse_foreign
from hacienda.elsalvador.earlier import conversion, limits
from hacienda.elsalvador.earlier.operations import Place
from hacienda.elsalvador.earlier.versions import is_earlier
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import Family
from hacienda.elsalvador.rejections import origins
from hacienda.elsalvador.rules import CURRENCY, ZONE
from hacienda.elsalvador.transport.wire import environment_code
from hacienda.elsalvador.types import (
    adjustments,
    deliveries,
    donations,
    exports,
    liquidations,
    purchases,
    returns,
    sales,
    settlements,
    special_operations,
    withholdings,
)
from hacienda.money import CONTEXT
from hacienda.values import NORMAL, Environment, Identity, Issuer, Manner, Prepared, Sealed

_SEQUENCE_DIGITS: Final = 15
_COMPOSERS: Final[Mapping[Family, Callable[[Case], Composed | None]]] = MappingProxyType(
    {
        Family.SALE: sales.compose,
        Family.ADJUSTMENT: adjustments.compose,
        Family.RETURN: returns.compose,
        Family.PURCHASE: purchases.compose,
        Family.DONATION: donations.compose,
        Family.DELIVERY: deliveries.compose,
        Family.EXPORT: exports.compose,
        Family.SPECIAL_OPERATIONS: special_operations.compose,
        Family.WITHHOLDING: withholdings.compose,
        Family.SETTLEMENT: settlements.compose,
        Family.LIQUIDATION: liquidations.compose,
    }
)
# The order in which the schemas of events have the members of an identification.
_EVENT_KEYS: Final = (
    "version",
    "ambiente",
    "tipoModelo",
    "tipoOperacion",
    "tipoEvento",
    "tipoContingencia",
    "motivoContin",
    "codigoGeneracion",
    "fecEmi",
    "horEmi",
    "fusion",
    "tipoMoneda",
)


def prepare(draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
    """`draft` as a document that lacks only its identification; `at` is the time of issue.

    Raises `Invalid` with every fault found. Faults of the merchant's own data stand under `issuer`.
    """
    kind = kinds.find(draft.type_code, version)
    faults = Faults(draft.unread)
    with localcontext(CONTEXT):
        issued_at = dates.check_issue(at, now, faults)
        if draft.contingency is not None:
            outages.check_own(draft.contingency, draft.type_code, version, issued_at, now, faults)
        case = Case(draft, issuer, kind, issued_at, faults)
        refuse_foreign(case)
        head: Block = {}
        if kind.merges:
            head["fusion"] = fields.nit(draft.merged_company, ("merged_company",), faults, required=False)
        composed = _COMPOSERS[kind.family](case)
        if composed is not None:
            totals.check_expected(draft.expected_total, composed.totals.payable, faults, composed.items, kind)
            limits.check(composed.body, kind.code, version, faults, origins.of(kind.code))
        faults.refuse()
        assert composed is not None
        body = composed.body
        if is_earlier(kind.code, version):
            body = conversion.older(body, kind.code, Place(issuer.establishment, issuer.point_of_sale))
        return Prepared(
            type_code=kind.code,
            version=kind.version,
            totals=composed.totals,
            items=composed.items,
            body=body,
            head=head,
            customer=composed.customer,
            references=composed.references,
            third_party=composed.third_party,
        )


def finish(prepared: Prepared, identity: Identity, manner: Manner = NORMAL) -> str:
    """The text that is signed: compact JSON, identification first, times in El Salvador.

    Raises `Invalid` for a contingency without a reason that Hacienda knows, reason 5 without a note, or a type that
    cannot be issued in contingency.
    """
    return _print(
        prepared,
        environment=identity.environment,
        control_number=identity.control_number,
        generation_code=identity.generation_code,
        at=identity.issued_at,
        manner=manner,
    )


def preview(prepared: Prepared, environment: Environment, at: datetime) -> str:
    """The same text with its control number and generation code null: it cannot be taken for a document."""
    return _print(prepared, environment=environment, control_number=None, generation_code=None, at=at, manner=NORMAL)


def delivered(sealed: Sealed, stamp: str | None) -> str:
    """The customer's file: the signed members untouched, then the signature and, once there is one, the stamp."""
    added = [f'"firmaElectronica":{writer.dumps(sealed.signature)}']
    if stamp is not None:
        added.append(f'"selloRecibido":{writer.dumps(stamp)}')
    return f"{sealed.payload[:-1]},{','.join(added)}}}"


def control_number(type_code: str, establishment: str, point_of_sale: str, sequence: int) -> str:
    """`numeroControl`, such as DTE-01-M001P001-000000000000001. Raises `ValueError` for ill-formed parts."""
    if not (
        re.fullmatch(r"[0-9]{2}", type_code)
        and parties.ESTABLISHMENT.fullmatch(establishment)
        and parties.POINT_OF_SALE.fullmatch(point_of_sale)
        and 1 <= sequence < 10**_SEQUENCE_DIGITS
    ):
        raise ValueError(f"no control number for {type_code} {establishment} {point_of_sale} {sequence}")
    return f"DTE-{type_code}-{establishment}{point_of_sale}-{sequence:0{_SEQUENCE_DIGITS}d}"


def _print(
    prepared: Prepared,
    *,
    environment: Environment,
    control_number: str | None,
    generation_code: str | None,
    at: datetime,
    manner: Manner,
) -> str:
    local = at.astimezone(ZONE)
    is_event = kinds.KINDS[prepared.type_code].is_event
    identification: Block = {
        "version": prepared.version,
        "ambiente": environment_code(environment),
        ("tipoEvento" if is_event else "tipoDte"): prepared.type_code,
        **({} if is_event else {"numeroControl": control_number}),
        "codigoGeneracion": generation_code,
        **manners.members(manner, prepared.type_code, prepared.version),
        "fecEmi": f"{local:%Y-%m-%d}",
        "horEmi": f"{local:%H:%M:%S}",
        "tipoMoneda": CURRENCY,
        **prepared.head,
    }
    if is_event:
        identification = {key: identification[key] for key in _EVENT_KEYS if key in identification}
    return writer.dumps({"identificacion": identification, **prepared.body})
