"""Which of Hacienda's codes a text of an answer stands for, where the answer itself has none: of contingency events.

The manual (1.0, 4.4) has only texts there. Most begin with their code; the rest is told by its words, as they were
recorded with that code in answers to documents.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

SCHEMA: Final = "096"
EXISTS: Final = "004"

# "[004] ...", "004 - ...", "004 [identificacion.codigoGeneracion] ...", also behind the place in brackets. A number
# that is followed by a word is a code only with the zero that all codes of documents begin with.
_LEADING_CODE: Final = re.compile(
    r"\s*(?:\[[^\]]*[a-zA-Z][^\]]*\]\s*)?(?:\[(\d{3})\]|(\d{3})(?=\s*[-:.|]|\s+\[)|(0\d{2})(?=\s))"
)
_RECORDED: Final = MappingProxyType(
    {
        "ya existe": EXISTS,
        "debe proporcionar un valor": "005",
        "nit contribuyente no existe": "009",
        "no existe un registro con este dato": "014",
        "error en correlativo": "019",
        "calculo incorrecto": "020",
        "cálculo incorrecto": "020",
        "no coincide": "027",
        "parametros no son validos": "094",
        "no cumple esquema json": SCHEMA,
    }
)


def leading_code(text: str) -> str:
    """The code that a text begins with; empty for none."""
    match = _LEADING_CODE.match(text)
    return next((group for group in match.groups() if group), "") if match else ""


def code_of(text: str) -> str:
    """The code that a text begins with, else the one that its words were recorded with; empty for none."""
    words = " ".join(text.lower().split())
    return leading_code(text) or next((code for known, code in _RECORDED.items() if known in words), "")
