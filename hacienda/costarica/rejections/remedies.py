"""From Hacienda's codes and words to an advice. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from hacienda.costarica.rejections import meanings
from hacienda.costarica.rejections.meanings import Meaning
from hacienda.verdicts import Advice, Mender

NOT_TAKEN: Final = "400"  # the code of a request that was refused before anything was judged

_CODE: Final = re.compile(r"\s*(-\d{1,6})\b")
_FIRST: Final = (Mender.MERCHANT, Mender.OPERATOR, Mender.AUTHORITY)


def advice(type_code: str, version: int, code: str, message: str, observations: Sequence[str]) -> Advice:
    """What a rejection means: a meaning for each code in its observations; an honest general answer for the rest.

    Never about the same document: it is replaced by one with a number of its own.
    """
    found = [meanings.NOT_TAKEN] if code == NOT_TAKEN else list(_meanings(message, observations))
    return Advice(
        causes=tuple(dict.fromkeys(one.cause for one in found)),
        remedies=tuple(dict.fromkeys(one.remedy for one in found)),
        who=min((one.who for one in found), key=_FIRST.index),
        same_document=False,
    )


def _meanings(message: str, observations: Sequence[str]) -> Iterator[Meaning]:
    """At least one."""
    for text in observations or (message,):
        match = _CODE.match(text)
        known = meanings.BY_CODE.get(match[1]) if match else None
        yield known or _worded(text) or meanings.UNKNOWN


def _worded(text: str) -> Meaning | None:
    words = " ".join(text.lower().split())
    return next((meaning for wording, meaning in meanings.BY_WORDING.items() if wording in words), None)
