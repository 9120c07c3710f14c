"""The parts that documents and events of several types have in common, as forms (DOCUMENTS.md section 3).

Limits that the published files write where they have no effect (a maximum on a text) are enforced here, as
Hacienda's server does. Addresses must lie inside one another: Hacienda answers a wrong one as a schema fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .catalogues import FOREIGN, place_fault
from .schema import Node, Number, Record, Rows, Text

LIMIT = 100_000_000_000
LINE_PLACES, SUMMARY_PLACES = 8, 2
LINES_LIMIT, SETTLED_LIMIT = 2000, 500
CODE = re.compile(r"[A-F0-9]{8}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{12}")
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]?")
MERGED = re.compile(r"[0-9]{14}|[0-9]{9}")


def amount(places: int) -> Number:
    """Return the form of an amount that is zero or more."""
    return Number(places=places, least=0, below=LIMIT)


def positive(places: int) -> Number:
    """Return the form of an amount that is more than zero."""
    return Number(places=places, above=0, below=LIMIT)


def signed(places: int) -> Number:
    """Return the form of an amount that may be negative."""
    return Number(places=places, above=-LIMIT, below=LIMIT)


def text(high: int, low: int = 1, *, null: bool = False) -> Text:
    """Return the form of a text of `low` to `high` characters."""
    return Text(low=low, high=high, null=null)


LINE_AMOUNT, SUMMARY_AMOUNT = amount(LINE_PLACES), amount(SUMMARY_PLACES)


def _misplaced(address: Mapping[str, Any]) -> str | None:
    return place_fault(address["departamento"], address["municipio"], address["distrito"])


def _misplaced_emitter(address: Mapping[str, Any]) -> str | None:
    # The rows for foreigners exist for receivers: an emitter sells from inside the country.
    return "departamento" if address["departamento"] == FOREIGN else _misplaced(address)


def address(*, null: bool = False, emitter: bool = False) -> Record:
    """Return the form of an address."""
    return Record(
        null=null,
        fields={
            "departamento": Text(),
            "municipio": Text(),
            "distrito": Text(),
            "complemento": text(200),
        },
        verify=_misplaced_emitter if emitter else _misplaced,
    )


# Of a document that may be issued in contingency, and of one that never is.
EITHER_WAY: dict[str, Node] = {
    "tipoModelo": Number(choices=frozenset({1, 2})),
    "tipoOperacion": Number(whole=True, choices=frozenset({1, 2})),
    "tipoContingencia": Number(whole=True, null=True, choices=frozenset({1, 2, 3, 4, 5})),
    "motivoContin": text(500, null=True),
}
NORMAL_ONLY: dict[str, Node] = {
    "tipoModelo": Number(choices=frozenset({1})),
    "tipoOperacion": Number(whole=True, choices=frozenset({1})),
}
STAMPED: dict[str, Node] = {
    "ambiente": Text(choices=frozenset({"00", "01"})),
    "codigoGeneracion": Text(low=36, high=36, pattern=CODE),
    "fecEmi": Text(day=True),
    "horEmi": Text(pattern=TIME),
}


def version(number: int) -> Number:
    """Return the form of a version, which is one number."""
    return Number(whole=True, choices=frozenset({number}))


def identification(
    kind: str,
    number: int,
    manner: Mapping[str, Node] = EITHER_WAY,
    *,
    series: str = "[MBSP][0-9]{3}P[0-9]{3}",
    optional: frozenset[str] = frozenset(),
    **more: Node,
) -> Record:
    """Return the form of a document's identification; `series` is the pattern of its number's third part."""
    fields: dict[str, Node] = {
        "version": version(number),
        "tipoDte": Text(choices=frozenset({kind})),
        "numeroControl": Text(low=31, high=31, pattern=re.compile(rf"DTE-{kind}-{series}-[0-9]{{15}}")),
        "tipoMoneda": Text(choices=frozenset({"USD"})),
    }
    return Record(fields=fields | STAMPED | dict(manner) | more, optional=optional)


FUSION = Text(null=True, pattern=MERGED)
REGISTRATION = text(8, 2)
REGISTRATION_IF_ANY = text(8, 2, null=True)
TELEPHONE, TELEPHONE_IF_ANY = text(30, 8), text(30, 8, null=True)


def emitter(**different: Node) -> Record:
    """Return the form of an emitter as most types have it, with what is different in one."""
    fields: dict[str, Node] = {
        "nit": Text(),
        "nrc": REGISTRATION,
        "nombre": text(250),
        "codActividad": text(6, 5),
        "descActividad": text(150, 5),
        "nombreComercial": text(150, null=True),
        "direccion": address(emitter=True),
        "telefono": TELEPHONE,
        "correo": text(100, 6),
        "codEstable": text(4, 4, null=True),
        "codPuntoVenta": text(15, null=True),
    }
    return Record(fields=fields | different)


def without(record: Record, *names: str) -> Record:
    """Return the form without some of its fields."""
    return Record(
        null=record.null,
        fields={name: node for name, node in record.fields.items() if name not in names},
        optional=record.optional,
        verify=record.verify,
    )


def identified(**different: Node) -> Record:
    """Return the form of a receiver who is given by type and number of an identity document."""
    fields: dict[str, Node] = {
        "tipoDocumento": Text(),
        "numDocumento": text(20),
        "nrc": REGISTRATION_IF_ANY,
        "nombre": text(250),
        "codActividad": text(6, 5),
        "descActividad": text(150, 5),
        "nombreComercial": text(150, null=True),
        "direccion": address(),
        "telefono": TELEPHONE_IF_ANY,
        "correo": text(100, 6, null=True),
    }
    return Record(fields=fields | different)


def related(*, null: bool) -> Rows:
    """Return the form of the list of related documents."""
    item = Record(
        fields={
            "tipoDocumento": Text(),
            "tipoGeneracion": Number(whole=True),
            "numeroDocumento": text(36),
            "fechaEmision": Text(day=True),
        }
    )
    return Rows(null=null, low=1, high=50, item=item)


THIRD_PARTY = Record(
    null=True,
    fields={
        "nit": text(20, null=True),
        "nombre": text(250),
        "codDomiciliado": Number(whole=True, null=True),
    },
)
TAX_CODES = Rows(null=True, low=1, unique=True, item=text(2, 2))
LINE: dict[str, Node] = {
    "numItem": Number(whole=True, least=1, most=LINES_LIMIT),
    "tipoItem": Number(whole=True),
    "cantidad": positive(LINE_PLACES),
    "codigo": text(25, null=True),
    "codTributo": text(2, 2, null=True),
    "uniMedida": Number(whole=True, least=1, most=99),
    "descripcion": text(1500),
    "precioUni": LINE_AMOUNT,
    "montoDescu": LINE_AMOUNT,
    "tributos": TAX_CODES,
}
CLASS_AMOUNTS: dict[str, Node] = dict.fromkeys(("ventaNoSuj", "ventaExenta", "ventaGravada"), LINE_AMOUNT)


def lines(fields: Mapping[str, Node], *, high: int = LINES_LIMIT, optional: frozenset[str] = frozenset()) -> Rows:
    """Return the form of a document's lines."""
    return Rows(low=1, high=high, item=Record(fields=fields, optional=optional))


def tax_rows(value: Number = SUMMARY_AMOUNT) -> Rows:
    """Return the form of the summary's taxes."""
    item = Record(fields={"codigo": text(2, 2), "descripcion": text(300), "valor": value})
    return Rows(null=True, unique=True, item=item)


PAID: dict[str, Node] = {
    "codigo": text(2, 0, null=True),
    "montoPago": SUMMARY_AMOUNT,
    "referencia": text(50, 0, null=True),
}


def payments(period: Number | None = None) -> Rows:
    """Return the form of the payments: with terms when there is a form for the period."""
    terms: dict[str, Node] = {} if period is None else {"plazo": Text(null=True), "periodo": period}
    return Rows(null=True, low=1, item=Record(fields=PAID | terms))


PAYMENTS = payments(Number(null=True, above=0))
SUMMED = ("totalNoSuj", "totalExenta", "totalGravada", "subTotalVentas")
DISCOUNTED = ("descuNoSuj", "descuExenta", "descuGravada")
PERCENTAGE = Number(places=SUMMARY_PLACES, least=0, most=100)
BALANCE_IN_FAVOUR = Number(places=SUMMARY_PLACES, above=-LIMIT, most=0)


def amounts(*names: str) -> dict[str, Node]:
    """Return the forms of amounts of a summary."""
    return dict.fromkeys(names, SUMMARY_AMOUNT)


def appendix(campo: int = 0, etiqueta: int = 0, valor: int = 0, *, null: bool = False) -> Rows:
    """Return the form of the appendix, with the least length of each of its texts."""
    item = Record(
        fields={
            "campo": text(25, campo, null=null),
            "etiqueta": text(50, etiqueta, null=null),
            "valor": text(150, valor, null=null),
        }
    )
    return Rows(null=True, low=1, high=10, item=item)
