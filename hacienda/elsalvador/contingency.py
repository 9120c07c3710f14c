"""The event that reports an outage after its end: schema v4, functional manual 2.0 pages 18 to 20. Pure.

Everything that can be known here is checked here, all at once. What only Hacienda knows stays with it: whether a
document was stamped or invalidated before. The terms are not checked either: a late event is better than none, and
has to be sent all the same (page 20).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hacienda.authority import CONTINGENCY as EVENT
from hacienda.elsalvador import writer
from hacienda.elsalvador.blocks import fields, manners, parties
from hacienda.elsalvador.earlier import conversion, limits, versions
from hacienda.elsalvador.earlier.operations import Place
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rejections import pointers
from hacienda.elsalvador.rules import CONTINGENCY, ZONE
from hacienda.elsalvador.transport import jws
from hacienda.elsalvador.transport.wire import environment_code
from hacienda.values import Environment, Issuer, OutageReport, Person, ReportedDocument, Sealed

VERSION: Final = 4

_CODE: Final = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")

Block = dict[str, object]


def seal(
    report: OutageReport,
    *,
    environment: Environment,
    generation_code: str,
    at: datetime,
    key: RSAPrivateKey,
    version: int = VERSION,
) -> Sealed:
    """The signed event, sent at `at`. `generation_code` is the event's own. Raises `Invalid` with every fault."""
    faults = Faults()
    issuer = _issuer_block(report.issuer, parties.person(report.responsible, "responsible", faults), faults)
    rows = _rows(report.documents, faults)
    note = manners.explanation(report.reason, report.note, (), faults)
    if report.ended_at <= report.began_at:
        faults.add(("ended_at",), "outage_ends_before_it_begins")
    if report.ended_at > at:
        faults.add(("ended_at",), "outage_not_over")
    limits.check({"emisor": issuer}, EVENT, version, faults, pointers.CONTINGENCY)
    faults.refuse()
    began, ended = _whole_second(report.began_at), _next_second(report.ended_at)
    # The end, rounded up, may lie a fraction of a second ahead of now; an event is not sent before what it tells.
    sent = max(_whole_second(at), ended)
    event: Block = {
        "identificacion": {
            "version": version,
            "ambiente": environment_code(environment),
            "codigoGeneracion": generation_code,
            "fTransmision": f"{sent:%Y-%m-%d}",
            "hTransmision": f"{sent:%H:%M:%S}",
        },
        "emisor": issuer,
        "detalleDTE": rows,
        "motivo": {
            "fInicio": f"{began:%Y-%m-%d}",
            "fFin": f"{ended:%Y-%m-%d}",
            "hInicio": f"{began:%H:%M:%S}",
            "hFin": f"{ended:%H:%M:%S}",
            "tipoContingencia": report.reason,
            "motivoContingencia": note,
        },
    }
    if versions.is_earlier(EVENT, version):
        event = conversion.older(event, EVENT, Place(report.issuer.establishment, report.issuer.point_of_sale))
    payload = writer.dumps(event)
    return Sealed(payload, jws.sign(payload, key))


def _issuer_block(issuer: Issuer, responsible: Person, faults: Faults) -> Block:
    """`emisor`: only what the event names is checked, so that nothing else can hold it up."""
    here = "issuer"
    parties.check_place(issuer, faults)
    return {
        "nit": fields.nit(issuer.tax_id, (here, "tax_id"), faults),
        "nombre": fields.text(issuer.name, (here, "name"), faults, longest=250),
        "nombreResponsable": responsible.name,
        "tipoDocResponsable": responsible.id_type,
        "numeroDocResponsable": responsible.id_number,
        "tipoEstablecimiento": parties.establishment_kind(issuer.establishment),
        "codEstableMH": issuer.establishment,
        "codPuntoVentaMH": issuer.point_of_sale,
        "telefono": fields.phone(issuer.phone, (here, "phone"), faults),
        "correo": fields.email(issuer.email, (here, "email"), faults),
    }


def _rows(documents: tuple[ReportedDocument, ...], faults: Faults) -> list[Block]:
    """`detalleDTE`, in the order given and numbered from 1."""
    if not documents:
        faults.add(("documents",), "required")
    elif len(documents) > CONTINGENCY.documents_per_event:
        faults.add(("documents",), "too_many", maximum=CONTINGENCY.documents_per_event)
    seen: set[str] = set()
    for index, document in enumerate(documents):
        code = document.generation_code
        if document.type_code not in CONTINGENCY.types:
            faults.add(("documents", index, "type"), "contingency_type_not_allowed", type=document.type_code)
        if not _CODE.fullmatch(code):
            faults.add(("documents", index, "generation_code"), "generation_code_invalid")
        elif code in seen:
            faults.add(("documents", index, "generation_code"), "duplicate", value=code)
        seen.add(code)
    return [
        {"noItem": number, "tipoDoc": document.type_code, "codigoGeneracion": document.generation_code}
        for number, document in enumerate(documents, 1)
    ]


def _whole_second(moment: datetime) -> datetime:
    return moment.astimezone(ZONE).replace(microsecond=0)


def _next_second(moment: datetime) -> datetime:
    """Rounded up, so that the end lies at least a second after the start."""
    whole = _whole_second(moment)
    return whole if whole == moment else whole + timedelta(seconds=1)
