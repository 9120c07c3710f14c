"""How much is tried: everything with THOROUGH=yes (`make thorough`), or what tells soonest (`make test`)."""

from __future__ import annotations

import os
from typing import Final

THOROUGH: Final = os.environ.get("THOROUGH") == "yes"


def examples(number: int) -> int:
    """How many cases hypothesis makes up: `number`, or a quarter of it where not everything is tried."""
    return number if THOROUGH else max(number // 4, 10)
