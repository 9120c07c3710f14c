"""What time alone does not mend: each floor finds its own, and operators are shown all of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person must see to.

    `code` is stable and names its section of the runbook; `text` is one English sentence for operators, without
    anything secret. `tax_id` and `environment` are empty where it is nobody's in particular; `count` is of how many
    things it speaks, `since` the moment of the oldest of them.
    """

    code: str
    text: str
    tax_id: str = ""
    environment: str = ""
    since: datetime | None = None
    count: int = 1
