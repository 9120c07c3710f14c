"""What a rejection means and what to do about it: from Hacienda's code, words and place to an advice. Pure.

A code alone does not tell who can mend a document. A value that the caller gave is the caller's to correct; one of
the issuer's registered data, or a figure that SmartBill computed, is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hacienda.elsalvador.earlier.advice import suggested
from hacienda.elsalvador.rejections import meanings, origins, pointers
from hacienda.elsalvador.rejections.meanings import Meaning
from hacienda.elsalvador.rejections.pointers import Steps
from hacienda.values import Path
from hacienda.verdicts import Advice, Mender

SCHEMA: Final = "096"
_INDEX: Final = "*"
# Sums and their like are made from all lines together: nobody gave them.
_FIGURES: Final = frozenset({"cuerpodocumento", "resumen"})
_SUMMED: Final = frozenset({("items",), ("related",)})
_FIRST: Final = (Mender.MERCHANT, Mender.OPERATOR, Mender.AUTHORITY)


def advice(type_code: str, code: str, message: str, observations: Sequence[str], *, version: int) -> Advice:
    """What a rejection of a document of that type means; an honest general answer for what is not known."""
    names = origins.of(type_code)
    texts = observations if code == SCHEMA and observations else (message,)
    found = [_of_place(meaning, steps, names) for meaning, steps in _meanings(code, texts)]
    other = suggested(code, texts, type_code, version)
    if other is not None:
        found = [meanings.OTHER_VERSION]
    return Advice(
        causes=tuple(dict.fromkeys(one.cause for one in found)),
        remedies=tuple(dict.fromkeys(one.remedy for one in found)),
        who=min((one.who for one in found), key=_FIRST.index),
        same_document=all(one.same_document for one in found),
        other_version=other,
    )


def _meanings(code: str, texts: Sequence[str]) -> Iterator[tuple[Meaning, Steps]]:
    """At least one meaning, each with its place; what is only said because of something more telling is left out."""
    placed = [(pointers.place(text), " ".join(text.lower().split())) for text in texts]
    for steps, text in placed:
        if steps and any(len(other) > len(steps) and other[: len(steps)] == steps for other, _ in placed):
            continue
        wording = _wording(text) if code == SCHEMA else None
        if wording == meanings.WEAKEST and any(
            other == steps and _wording(said) not in (None, wording) for other, said in placed
        ):
            continue
        general = meanings.BY_WORDING[wording] if wording else meanings.BY_CODE.get(code, meanings.UNKNOWN)
        yield _special(code, steps) or general, steps


def _wording(text: str) -> str | None:
    return next((known for known in meanings.BY_WORDING if known in text), None)


def _special(code: str, steps: Steps) -> Meaning | None:
    for length in range(len(steps), 0, -1):
        known = meanings.BY_PLACE.get((code, _name(steps[:length])))
        if known is not None:
            return known
    return None


def _name(steps: Steps) -> str:
    """A place as the tables name it."""
    return ".".join(_INDEX if isinstance(step, int) else step for step in steps)


def _of_place(meaning: Meaning, steps: Steps, names: Mapping[str, Path]) -> Meaning:
    """The meaning, with the remedy of whoever made the value that stands there."""
    if not meaning.by_place or not steps:
        return meaning
    path = pointers.path_of(steps, names)
    if steps[0] == "emisor" and not path:
        return Meaning(meaning.cause, meanings.ISSUER, Mender.OPERATOR)
    # A figure of a line or of the sums for which the caller has no field of its own.
    figure = steps[0] in _FIGURES and _name(steps) not in names
    computed = not path or figure or (steps[0] == "resumen" and path in _SUMMED)
    return Meaning(meaning.cause, meanings.COMPUTED, Mender.OPERATOR) if computed else meaning
