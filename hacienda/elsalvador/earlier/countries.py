"""Countries as the schemas of before Normativa 2.0 write them: by number, where CAT-020 has letters today.

The data is `data/countries_before.json`, which names its source. Codes here are text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_DATA: Final = Path(__file__).parent.parent / "data" / "countries_before.json"


@cache
def numbered() -> Mapping[str, tuple[str, str]]:
    """Number and name of each country by today's code; some of today's have none."""
    document = json.loads(_DATA.read_text(encoding="utf-8"), parse_float=Decimal)
    return MappingProxyType({code: (number, name) for code, (number, name) in document["countries"].items()})


@cache
def lettered() -> Mapping[str, str]:
    """Today's code of each number; a state or a predecessor of a country has none."""
    return MappingProxyType({number: code for code, (number, _name) in numbered().items()})
