"""What time it is for the sandbox: El Salvador's local time, which is Costa Rica's, moved by an offset for a test."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

# UTC-6 all year round: El Salvador has no daylight saving time (PROTOCOL.md rule 11).
EL_SALVADOR = timezone(timedelta(hours=-6), "America/El_Salvador")


class Clock:
    """The sandbox's clock. `offset` may be changed while it runs."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the present moment in El Salvador, with its zone, moved by `offset`."""
        return datetime.now(EL_SALVADOR) + self.offset
