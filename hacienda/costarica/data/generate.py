"""Makes catalogs.json and cabys.gz out of a folder of lists of codes.

Run by hand when Hacienda or the Central Bank publishes a new edition:

    python hacienda/costarica/data/generate.py FOLDER

The folder holds `codes.json` (`{list: {"codes": {code: label}, "limits": {code: text}}}`, of rates of value added tax
`{code: {"label", "rate"}}`), `units.csv`, `pharma_forms.csv` (`code,name`), `currencies.csv` (`code`),
`locations.csv` (three codes, then three names, from province to district) and `cabys.csv.gz`
(`code,description,iva`). UTF-8, a header row; codes stay text, with their leading zeros. The names of currencies are
not published with their codes: they are in currencies.json, kept by hand.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent

NEWEST: Final = "2026-11"
BEFORE: Final = "2025-09"
_ANNEXES: Final = "Ministerio de Hacienda, Anexos y Estructuras v4.4 (June 2025) and the schemas in force {}"
EDITIONS: Final[Mapping[str, str]] = {
    NEWEST: _ANNEXES.format("from 1 November 2026"),
    BEFORE: _ANNEXES.format("from 1 September 2025 to 31 October 2026"),
}
PLACES: Final = "Ministerio de Hacienda, Codificación de ubicación v4.4"
FORMS: Final = "Ministerio de Hacienda, Nota 9: código de forma farmacéutica"
CABYS: Final = "Banco Central de Costa Rica, Catálogo de bienes y servicios (CABYS), with the changes to 1 June 2026"

# What the lists of the source are called here, in the order of the annex.
LISTS: Final[Mapping[str, str]] = {
    "document_types": "document_types",
    "situation": "situations",
    "identification_types": "id_types",
    "sale_conditions": "sale_conditions",
    "payment_methods": "payment_methods",
    "taxes": "taxes",
    "iva_rates": "vat_rates",
    "reference_codes": "reference_codes",
    "reference_document_types": "reference_document_types",
    "exoneration_documents": "exemption_types",
    "exoneration_institutions": "exemption_institutions",
    "receptor_messages": "customer_messages",
    "commercial_code_types": "commercial_code_types",
    "other_charges": "other_charges",
    "iva_conditions": "vat_conditions",
    "discounts": "discounts",
    "factory_iva": "factory_vat",
    "transaction_types": "transaction_types",
}
# Codes that came with the newest edition.
NEW: Final[Mapping[str, frozenset[str]]] = {
    "reference_codes": frozenset({"13", "14", "15", "16", "17"}),
    "reference_document_types": frozenset({"19", "20"}),
}

Table = dict[str, Any]  # columns, rows and, where it is not the edition's, source


def _rows(text: str) -> list[list[str]]:
    """The rows of a CSV text without its header. Raises `ValueError` for a file without rows."""
    rows = [[cell.strip() for cell in row] for row in csv.reader(StringIO(text))][1:]
    if not rows:
        raise ValueError("a file has no rows")
    return rows


def annexes(document: Mapping[str, Any]) -> Iterator[tuple[str, Table]]:
    """The lists of the annexes; rates of value added tax with their percentage."""
    for theirs, ours in LISTS.items():
        codes: Mapping[str, Any] = document[theirs]["codes"]
        if ours == "vat_rates":
            rows = [[code, row["label"], row["rate"]] for code, row in codes.items()]
            yield ours, {"columns": ["code", "name", "rate"], "rows": rows}
        else:
            yield ours, {"columns": ["code", "name"], "rows": [[code, label] for code, label in codes.items()]}


def places(rows: list[list[str]]) -> Iterator[tuple[str, Table]]:
    """Provinces, cantons and districts, each with what it lies in."""
    levels = (
        ("provinces", ["code", "name"]),
        ("cantons", ["code", "name", "province"]),
        ("districts", ["code", "name", "province", "canton"]),
    )
    for depth, (name, columns) in enumerate(levels):
        # Once each, in the order of their codes.
        found = {tuple(row[: depth + 1]): row[3 + depth] for row in sorted(rows)}
        listed = [[codes[-1], label, *codes[:-1]] for codes, label in found.items()]
        yield name, {"columns": columns, "rows": listed, "source": PLACES}


def before(catalogs: Mapping[str, Table]) -> dict[str, Table]:
    """The lists of the earlier edition that differ."""
    return {
        name: {**catalogs[name], "rows": [row for row in catalogs[name]["rows"] if row[0] not in codes]}
        for name, codes in NEW.items()
    }


def products(rows: list[list[str]]) -> bytes:
    """The catalogue of goods and services: one line each, `code, rate, name` parted by tabs, by code.

    A rate is a percentage, `exempt`, or empty where the source suggests none. Compressed, the same bytes every time.
    """
    rates = {"exento": "exempt"}
    lines = sorted(f"{code}\t{rates.get(rate, rate)}\t{' '.join(name.split())}\n" for code, name, rate in rows)
    if len({line.partition("\t")[0] for line in lines}) != len(lines):
        raise ValueError("a code is there twice")
    return gzip.compress("".join(lines).encode(), 9, mtime=0)


def text(editions: Mapping[str, Mapping[str, Table]]) -> str:
    """The document as JSON with one row a line, so that the next edition's changes can be read as a comparison."""

    def one(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def catalog(name: str, table: Table) -> str:
        rows = ",\n".join(one(row) for row in table["rows"])
        facts = "".join(f"{one(key)}: {one(value)}, " for key, value in table.items() if key != "rows")
        return f'{one(name)}: {{{facts}"rows": [\n{rows}\n]}}'

    def edition(name: str, catalogs: Mapping[str, Table]) -> str:
        listed = ",\n".join(catalog(*pair) for pair in catalogs.items())
        return f'{{"name": {one(name)}, "source": {one(EDITIONS[name])}, "catalogs": {{\n{listed}\n}}}}'

    return '{"editions": [\n' + ",\n".join(edition(*pair) for pair in editions.items()) + "\n]}\n"


def made(folder: Path) -> dict[str, bytes]:
    """The content of each file that is made, by its name."""

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    names = json.loads((HERE / "currencies.json").read_text(encoding="utf-8"), parse_float=str)
    catalogs: dict[str, Table] = dict(annexes(json.loads(read("codes.json"), parse_float=str)))
    catalogs["units"] = {"columns": ["code", "name"], "rows": _rows(read("units.csv"))}
    currencies = [[code, names[code]] for (code,) in _rows(read("currencies.csv"))]
    catalogs["currencies"] = {"columns": ["code", "name"], "rows": currencies}
    catalogs |= dict(places(_rows(read("locations.csv"))))
    catalogs["pharma_forms"] = {"columns": ["code", "name"], "rows": _rows(read("pharma_forms.csv")), "source": FORMS}
    catalogs["cabys"] = {"columns": ["code", "name", "rate"], "rows": [], "source": CABYS}
    with gzip.open(folder / "cabys.csv.gz", "rt", encoding="utf-8", newline="") as file:
        listed = products(_rows(file.read()))
    return {
        "catalogs.json": text({NEWEST: catalogs, BEFORE: before(catalogs)}).encode(),
        "cabys.gz": listed,
    }


def main(arguments: list[str]) -> int:
    """Writes both files; 2 for a wrong call."""
    if len(arguments) != 1:
        sys.stderr.write("usage: generate.py FOLDER\n")
        return 2
    for name, content in made(Path(arguments[0])).items():
        (HERE / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
