"""What nobody asks for and somebody has to look after, every second or so."""

from __future__ import annotations

from datetime import datetime

from contingency import deadlines
from contingency.services import reporting


def tend(now: datetime) -> None:
    """Make the events of outages that are over, start the runs whose time has come."""
    reporting.gather(now)
    deadlines.start_runs(now)
