"""An outage that is over, and the wish to report it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from hacienda.certificates import SigningKey
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.rules import ZONE
from hacienda.values import Environment, OutageReport, Person, ReportedDocument, Sealed
from tests.hacienda.drafts import ISSUER
from tests.hacienda.signing import SIGNING_KEY

BEGAN = datetime(2026, 11, 22, 8, 0, 0, tzinfo=ZONE)
ENDED = datetime(2026, 11, 22, 10, 0, 0, tzinfo=ZONE)
NOW = datetime(2026, 11, 22, 10, 15, 0, tzinfo=ZONE)
EVENT = "A1B2C3D4-E5F6-4789-8ABC-DEF012345678"
FIRST = "6B72724C-C85B-42D0-87AC-F97BECB4E49A"
SECOND = "627835BD-1C32-455E-8EEF-BE191287C8C0"
DESK = ElSalvador().contingency

REPORT = OutageReport(
    issuer=ISSUER,
    responsible=Person("PERSONA RESPONSABLE", "13", "00000000-0"),
    reason=1,
    note=None,
    began_at=BEGAN,
    ended_at=ENDED,
    documents=(ReportedDocument("01", FIRST), ReportedDocument("03", SECOND)),
)


def outage(**changes: Any) -> OutageReport:
    return replace(REPORT, **changes)


def documents(count: int) -> tuple[ReportedDocument, ...]:
    return tuple(ReportedDocument("01", str(uuid.UUID(int=number, version=4)).upper()) for number in range(count))


def sealed(report: OutageReport = REPORT, at: datetime = NOW, key: SigningKey = SIGNING_KEY) -> Sealed:
    return DESK.seal_report(report, environment=Environment.TEST, generation_code=EVENT, at=at, key=key)
