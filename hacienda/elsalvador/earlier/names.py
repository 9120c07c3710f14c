"""Today's names of the fields that Hacienda names in answers to documents of v1.x."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador.earlier.differences import DIFFERENCES
from hacienda.elsalvador.earlier.operations import ROWS, Renamed

# What documents of v1.x begin with and those of today do not; the words are common, so a field has to follow.
SECTIONS: Final = r"(?:sujetoexcluido|donatario|donante|extension)(?=[./])"


def newest_name(name: str) -> str:
    """The name in today's documents of a field of an earlier one; both dotted, in lower case, rows as `*`.

    A name that did not change comes back as it is.
    """
    section, dot, rest = name.partition(".")
    name = f"{_SECTIONS.get(section, section)}{dot}{rest}"
    return _FIELDS.get(name, name)


def _renamed() -> Iterator[tuple[str, str]]:
    for differences in DIFFERENCES.values():
        for one in differences:
            if isinstance(one, Renamed):
                path = one.path.replace(ROWS, ".*").lower()
                way, dot, _key = path.rpartition(".")
                yield f"{way}{dot}{one.earlier.lower()}", path
    yield "extension.observaciones", "resumen.observaciones"


_FIELDS: Final = MappingProxyType({earlier: path for earlier, path in _renamed() if "." in path})
_SECTIONS: Final = MappingProxyType({earlier: path for earlier, path in _renamed() if "." not in path})
