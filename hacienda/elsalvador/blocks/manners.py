"""How a document is issued, on the wire: four members of its identification, and the only ones that may change.

Sources: functional manual 2.0 pages 18 to 20, Normativa 2.0 Annex IV row 9, CAT-003 to CAT-005.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from hacienda.elsalvador import writer
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.earlier import conversion, versions
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import CONTINGENCY, OTHER_REASON
from hacienda.values import Manner, Path

NOTE_LENGTHS: Final = (1, 500)  # characters

_NORMAL: Final = 1  # both in CAT-003, the model of billing, and in CAT-004, the kind of transmission
_DEFERRED: Final = 2
# Every document begins with its identification, as `build` and the schemas have it.
_HEAD: Final = '{"identificacion":'
_DECODER: Final = json.JSONDecoder(parse_float=Decimal)

Block = dict[str, object]


def members(manner: Manner, type_code: str, version: int) -> Block:
    """The four members for a document of that type and version, two for one that knows no contingency.

    Raises `Invalid` at `contingency` for a reason or note that Hacienda does not take, at `type` for a type that
    cannot be issued in contingency.
    """
    faults = Faults()
    note = None
    if manner.reason is not None:
        if not CONTINGENCY.allow(type_code, version):
            faults.add(("type",), "contingency_type_not_allowed", type=type_code)
        lengths = versions.note_lengths(type_code, version)
        note = explanation(manner.reason, manner.note, ("contingency",), faults, lengths)
    faults.refuse()
    transmission = _DEFERRED if manner.is_contingency else _NORMAL
    told: Block = {"tipoModelo": transmission, "tipoOperacion": transmission}
    if type_code in CONTINGENCY.types:  # the others have no members for it
        told |= {"tipoContingencia": manner.reason, "motivoContin": note}
    return conversion.identification(told, type_code, version)


def explanation(
    reason: int, note: str | None, within: Path, faults: Faults, lengths: tuple[int, int] = NOTE_LENGTHS
) -> str | None:
    """The words that go with a reason, checked together with it: None for reasons 1 to 4.

    Those speak for themselves, and Annex IV wants null there.
    """
    if reason not in CONTINGENCY.reasons.values():
        faults.add((*within, "reason"), "contingency_reason_unknown", reason=reason)
        return None
    if reason != OTHER_REASON:
        return None
    here: Path = (*within, "note")
    if fields.blank(note):
        faults.add(here, "contingency_note_required")
        return None
    return fields.text(note, here, faults, shortest=lengths[0], longest=lengths[1])


def changed(payload: str, manner: Manner) -> str:
    """A signed text as it is in another manner. Everything after the identification stays, byte for byte.

    Raises `Invalid` as `members` does, `ValueError` for a text that is no document of ours.
    """
    if not payload.startswith(_HEAD):
        raise ValueError("the text does not begin with its identification")
    identification, end = _DECODER.raw_decode(payload, len(_HEAD))
    type_code = identification.get("tipoDte") or identification["tipoEvento"]
    other = members(manner, type_code, identification["version"])
    block = {key: other.get(key, value) for key, value in identification.items()}
    return f"{_HEAD}{writer.dumps(block)}{payload[end:]}"
