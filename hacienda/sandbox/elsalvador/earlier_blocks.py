"""The parts that the forms before Normativa 2.0 have in common (DOCUMENTS.md section 8).

Those forms write out catalogues, patterns and conditions that are rules of Hacienda's server today: here they are
faults of the form too (096). Of the conditions only what has an effect in the published files is here; what they
misspell is left to the rules. Everything named `earlier` goes when Hacienda stops taking these forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from .blocks import CODE, EITHER_WAY, LIMIT, LINE_AMOUNT, LINE_PLACES, LINES_LIMIT, TAX_CODES, positive, text
from .blocks import identification as present_identification
from .catalogues import ADDED_TAXES, CONDITIONS, DISTRICTS, ESTABLISHMENTS, OTHER_REASON, OTHER_UNIT, TAX_ITEM
from .catalogues import RECEIVER_DOCUMENTS as IDENTITY_DOCUMENTS
from .schema import Node, Number, Record, Rows, Text

Verify = Callable[[Mapping[str, Any]], str | None]

# A number's third part was free until October 2025.
SERIES = "[A-Z0-9]{8}"
NIT = re.compile(r"[0-9]{14}|[0-9]{9}")
DUI, DASHED_DUI = re.compile(r"[0-9]{9}"), re.compile(r"[0-9]{8}-[0-9]")
NRC = re.compile(r"[0-9]{1,8}")
ACTIVITY = re.compile(r"[0-9]{2,6}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
# How many municipalities each department had until May 2024. Hacienda takes those of today in the same forms.
MUNICIPALITIES_BEFORE = {
    "01": 12,
    "02": 13,
    "03": 16,
    "04": 33,
    "05": 22,
    "06": 19,
    "07": 16,
    "08": 22,
    "09": 9,
    "10": 13,
    "11": 23,
    "12": 20,
    "13": 26,
    "14": 18,
}
TAX_LINES = frozenset({"A8", "57", "90", "D4", "D5", "25", "A6"})
# Units that FSE and CD list, and that have left CAT-014 since.
UNITS_BEFORE = frozenset({3, 4, 5, 8, 11, 12, 14, 16, 17, 19, 21, 25, 27, 29, 31, 35})
CREDIT_CONDITION = 2
NIT_DOCUMENT, DUI_DOCUMENT = "36", "13"


def nit() -> Text:
    """Return the form of a NIT."""
    return Text(pattern=NIT)


def nrc(low: int = 1, *, null: bool = False) -> Text:
    """Return the form of an IVA registration of at least `low` digits."""
    return Text(low=low, high=8, pattern=NRC, null=null)


def mail(low: int = 0, *, null: bool = False) -> Text:
    """Return the form of an electronic address."""
    return Text(low=low, high=100, pattern=MAIL, null=null)


def chosen(choices: Iterable[str], *, null: bool = False) -> Text:
    """Return the form of a code of a catalogue."""
    return Text(choices=frozenset(choices), null=null)


ESTABLISHMENT = chosen(ESTABLISHMENTS)
IDENTITY_DOCUMENT = chosen(IDENTITY_DOCUMENTS)
CONDITION = Number(choices=CONDITIONS)
FOUR_IF_ANY, POINT_OF_SALE = text(4, 4, null=True), text(15, null=True)
NEVER = Text(null=True, choices=frozenset())


def _misplaced(address: Mapping[str, Any]) -> str | None:
    departamento, municipio = address["departamento"], address["municipio"]
    listed_before = 1 <= int(municipio) <= MUNICIPALITIES_BEFORE[departamento]
    return None if listed_before or municipio in DISTRICTS[departamento] else "municipio"


def address(low: int = 1, *, null: bool = False) -> Record:
    """Return the form of an address, which had no distrito."""
    return Record(
        null=null,
        fields={
            "departamento": chosen(MUNICIPALITIES_BEFORE),
            "municipio": Text(pattern=re.compile(r"[0-9]{2}")),
            "complemento": text(200, low),
        },
        verify=_misplaced,
    )


def _unlike_manner(identification: Mapping[str, Any]) -> str | None:
    model, operation = identification["tipoModelo"], identification["tipoOperacion"]
    reason, note = identification["tipoContingencia"], identification["motivoContin"]
    if model != operation:
        return "tipoModelo"
    if (reason is not None) == (operation == 1):
        return "tipoContingencia"
    if (operation == 1 and note is not None) or (reason == OTHER_REASON and note is None):
        return "motivoContin"
    return None


def identification(kind: str, number: int, *, low: int = 1, high: int = 150) -> Record:
    """Return the form of an identification; `low` and `high` are the lengths of a contingency's words."""
    words = {"motivoContin": text(high, low, null=True)}
    record = present_identification(kind, number, EITHER_WAY | words, series=SERIES)
    return replace(record, verify=_unlike_manner)


def _unlike_generation(one: Mapping[str, Any]) -> str | None:
    misfit = one["tipoGeneracion"] == 2 and not CODE.fullmatch(one["numeroDocumento"])
    return "numeroDocumento" if misfit else None


def _unlike_either(one: Mapping[str, Any]) -> str | None:
    too_long = one["tipoGeneracion"] == 1 and len(one["numeroDocumento"]) > 20
    return "numeroDocumento" if too_long else _unlike_generation(one)


GENERATION = Number(whole=True, choices=frozenset({1, 2}))


def related(*kinds: str, null: bool = True, high: int = 50, short: bool = False) -> Rows:
    """Return the form of the related documents; `short` where the file limits a printed number's length."""
    item = Record(
        fields={
            "tipoDocumento": chosen(kinds),
            "tipoGeneracion": GENERATION,
            "numeroDocumento": text(36),
            "fechaEmision": Text(day=True),
        },
        verify=_unlike_either if short else _unlike_generation,
    )
    return Rows(null=null, low=1, high=high, item=item)


def emitter(**different: Node) -> Record:
    """Return the form of an emitter as 01, 08 and 11 have it, with what is different in another."""
    fields: dict[str, Node] = {
        "nit": nit(),
        "nrc": nrc(2),
        "nombre": text(250),
        "codActividad": Text(low=5, high=6, pattern=ACTIVITY),
        "descActividad": text(150, 5),
        "nombreComercial": text(150, 5, null=True),
        "tipoEstablecimiento": ESTABLISHMENT,
        "direccion": address(),
        "telefono": text(30, 8),
        "correo": mail(3),
        "codEstableMH": FOUR_IF_ANY,
        "codEstable": FOUR_IF_ANY,
        "codPuntoVentaMH": FOUR_IF_ANY,
        "codPuntoVenta": POINT_OF_SALE,
    }
    return Record(fields=fields | different)


SELLER = emitter(
    nrc=nrc(),
    nombre=text(200, 3),
    codActividad=Text(pattern=ACTIVITY),
    descActividad=text(150),
    nombreComercial=text(150, null=True),
    codEstable=text(10, null=True),
)
BUYER = Record(
    fields={
        "nit": nit(),
        "nrc": nrc(),
        "nombre": text(250),
        "codActividad": Text(pattern=ACTIVITY),
        "descActividad": text(150),
        "nombreComercial": text(150, null=True),
        "direccion": address(),
        "telefono": text(30, 8, null=True),
        "correo": mail(),
    }
)


def numbered(dui: re.Pattern[str], *, registered_by_nit: bool = False) -> Verify:
    """Return the condition on a party's number; `registered_by_nit` where only a NIT goes with an NRC."""
    patterns = {NIT_DOCUMENT: NIT, DUI_DOCUMENT: dui}

    def unlike(party: Mapping[str, Any]) -> str | None:
        pattern = patterns.get(party["tipoDocumento"])
        if pattern is not None and not pattern.fullmatch(party["numDocumento"] or ""):
            return "numDocumento"
        foreign = registered_by_nit and party["tipoDocumento"] != NIT_DOCUMENT and party["nrc"] is not None
        return "nrc" if foreign else None

    return unlike


def third_party(high: int = 200, low: int = 3) -> Record:
    """Return the form of who is sold for."""
    return Record(null=True, fields={"nit": nit(), "nombre": text(high, low)})


def line(**different: Node) -> dict[str, Node]:
    """Return the forms of a line's fields as most types have them, with what is different in one."""
    fields: dict[str, Node] = {
        "numItem": Number(whole=True, least=1, most=LINES_LIMIT),
        "tipoItem": Number(whole=True, choices=frozenset({1, 2, 3, 4})),
        "numeroDocumento": text(36, null=True),
        "cantidad": positive(LINE_PLACES),
        "codigo": text(25, null=True),
        "codTributo": chosen(TAX_LINES, null=True),
        "uniMedida": Number(whole=True, least=1, most=99),
        "descripcion": text(1000, 0),
        "precioUni": Number(places=LINE_PLACES, below=LIMIT),
        "montoDescu": LINE_AMOUNT,
        "ventaNoSuj": LINE_AMOUNT,
        "ventaExenta": LINE_AMOUNT,
        "ventaGravada": LINE_AMOUNT,
        "tributos": TAX_CODES,
    }
    return fields | different


def taxed(taxes: frozenset[str] = ADDED_TAXES, *, of_tax_item: list[str] | None) -> Verify:
    """Return the condition on a line's taxes: `taxes` it may list, and what a line that is a tax lists."""

    def unlike(line: Mapping[str, Any]) -> str | None:
        codes, is_tax = line["tributos"], line["tipoItem"] == TAX_ITEM
        if (line["codTributo"] is None) == is_tax:
            return "codTributo"
        if is_tax and line["uniMedida"] != OTHER_UNIT:
            return "uniMedida"
        untaxed = line["ventaGravada"] <= 0
        if untaxed and codes is not None:
            return "tributos"
        # A consumer's taxed line need list nothing: its IVA is inside the price.
        if not untaxed and codes is None and of_tax_item is not None:
            return "tributos"
        misfit = codes != of_tax_item if is_tax else not taxes.issuperset(codes or ())
        return "tributos" if misfit else None

    return unlike


def lines(fields: Mapping[str, Node], verify: Verify | None = None, *, high: int = LINES_LIMIT) -> Rows:
    """Return the form of a document's lines with the condition on each."""
    return Rows(low=1, high=high, item=Record(fields=fields, verify=verify))


def tax_rows(code: Text | None = None) -> Rows:
    """Return the form of the summary's taxes; `code` where the file lists them."""
    item = Record(
        fields={
            "codigo": code or text(2, 2),
            "descripcion": text(150, 2),
            "valor": Number(places=2, least=0, below=LIMIT),
        }
    )
    return Rows(null=True, unique=True, item=item)


# As the files have it: an empty code is let through.
MEANS = re.compile(r"(0[1-9]|1[0-4]|99)?")
PAID: dict[str, Node] = {
    "codigo": Text(high=2, pattern=MEANS),
    "montoPago": Number(places=2, least=0, below=LIMIT),
    "referencia": text(50, 0, null=True),
}
TERMS: dict[str, Node] = {"plazo": Text(null=True, pattern=re.compile(r"0[1-3]")), "periodo": Number(null=True)}
PAYMENTS = Rows(null=True, low=1, item=Record(fields=PAID | TERMS))


def credit_without_terms(summary: Mapping[str, Any]) -> str | None:
    """Return the payments when credit is given and one of them lacks its terms."""
    if summary["condicionOperacion"] != CREDIT_CONDITION:
        return None
    lacking = any(one["plazo"] is None or one["periodo"] is None for one in summary["pagos"] or ())
    return "pagos" if lacking else None


def withheld_of_nothing(*names: str) -> Verify:
    """Return the condition that nothing is withheld or perceived where nothing is taxed."""

    def unlike(summary: Mapping[str, Any]) -> str | None:
        if summary["totalGravada"] > 0:
            return None
        return next((name for name in names if summary[name] > 0), None)

    return unlike


def extension(low: int, **more: Node) -> Record:
    """Return the form of who delivered and who received; `low` is the least length of names and numbers."""
    fields: dict[str, Node] = {
        "nombEntrega": text(100, low, null=True),
        "docuEntrega": text(25, low, null=True),
        "nombRecibe": text(100, low, null=True),
        "docuRecibe": text(25, low, null=True),
        "observaciones": text(3000, 0, null=True),
    }
    return Record(null=True, fields=fields | more)
