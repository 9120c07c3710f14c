"""When a document says that it was issued: as its key says, not in the future, and not too long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from .answers import Finding
from .calendar import business_days_after
from .clave import Clave
from .values import COSTA_RICA, moment

OTHER_DAY, LATE, FUTURE = -405, -16, -16
# Clocks differ by so much.
AHEAD = timedelta(minutes=5)
# A document in the normal situation may have waited while Hacienda was out of order.
NORMAL_DAYS = timedelta(days=5)
# Two business days are given for the other situations, and one more for a holiday that is not known here.
SITUATION_DAYS = 3
NORMAL = "1"


def date_faults(written: str, clave: Clave, arrived_at: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the moment of issue."""
    issued = moment(written)
    if issued is None or issued.tzinfo is None:
        yield Finding(OTHER_DAY, "La fecha de emisión debe indicar la zona horaria.")
        return
    if issued.astimezone(COSTA_RICA).date() != clave.issued_on:
        yield Finding(OTHER_DAY, "La fecha de emisión no coincide con la fecha de la clave.")
    elif issued > arrived_at + AHEAD:
        yield Finding(FUTURE, "La fecha de emisión es posterior a la fecha de recepción.")
    elif _is_late(issued.astimezone(COSTA_RICA), clave.situation, arrived_at.astimezone(COSTA_RICA)):
        yield Finding(LATE, "El comprobante fue enviado fuera del plazo establecido.")


def _is_late(issued: datetime, situation: str, arrived: datetime) -> bool:
    if situation == NORMAL:
        return arrived - issued > NORMAL_DAYS
    return arrived.date() > business_days_after(issued.date(), SITUATION_DAYS)
