"""The generation code (`codigoGeneracion`): what it looks like and how one is made.

Source: Normativa de Cumplimiento v2.0, a UUID of version 4 in capitals, unique for ever.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import uuid4

_FORM: Final = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def new() -> str:
    """A code that nobody has used."""
    return str(uuid4()).upper()


def found(text: str) -> frozenset[str]:
    """Every code that stands in a text."""
    return frozenset(_FORM.findall(text))
