"""A document of before Normativa 2.0, read as one of today: the same rules judge both (DOCUMENTS.md section 8).

The rules know today's names. What they find fault with is told under the name that the document itself uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from .answers import Refusal
from .catalogues import DOMICILED

Part = Mapping[str, Any]
DUI_DOCUMENT, NIT_DOCUMENT = "13", "36"
LINES, SUMMARY = "cuerpoDocumento", "resumen"
GOODS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a type of before is read.

    names: what has another name, "section" or "section.field", by today's. missing: what only documents of today say,
    by section ("" is the document), with what stands for it. amend: what names alone do not change, on the document
    that was made. told: where a fault belongs that today's documents have elsewhere.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    amend: Callable[[dict[str, Any]], None] | None = None
    told: Mapping[str, str] = field(default_factory=dict)

    def read(self, document: Part) -> dict[str, Any]:
        """Return what a document that fits its form says, in today's names; the document itself stays as it is."""
        today = {own: name for name, own in self.names.items()}
        read = {today.get(section, section): value for section, value in document.items()}
        read |= self.missing.get("", {})
        for section in {name.partition(".")[0] for name in self.names} | self.missing.keys():
            if section:
                read[section] = self._section(section, read[section])
        _take_dash_out(read)
        if self.amend is not None:
            self.amend(read)
        return read

    def _section(self, section: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._section(section, row) for row in value]
        if value is None:
            return None
        fields = {
            own.partition(".")[2]: name.partition(".")[2]
            for name, own in self.names.items()
            if name.startswith(f"{section}.")
        }
        return {fields.get(name, name): one for name, one in value.items()} | dict(self.missing.get(section, {}))

    def own(self, refusal: Refusal) -> Refusal:
        """Return the refusal of a document that was read, with the field under the document's own name."""
        section, *rest = refusal.field.split(".")
        name = ".".join([section, *(part for part in rest if not part.isdigit())])
        if name in self.told:
            return replace(refusal, field=self.told[name])
        own_section = self.names.get(section, section)
        if name in self.names and rest:
            own_section, _, own_name = self.names[name].partition(".")
            rest = [*rest[:-1], own_name]
        return replace(refusal, field=".".join([own_section, *rest]))


def _take_dash_out(read: dict[str, Any]) -> None:
    """Take the dash out of a receiver's DUI, which some types asked for and today's have not."""
    receiver = read.get("receptor")
    if receiver is not None and receiver.get("tipoDocumento") == DUI_DOCUMENT and receiver["numDocumento"]:
        read["receptor"] = receiver | {"numDocumento": receiver["numDocumento"].replace("-", "")}


def _taxed_as_shown(note: dict[str, Any]) -> None:
    # A delivery note may leave its taxes out of the summary; its form wants them in the lines all the same. Today's
    # leave them out of both.
    if note[SUMMARY]["tributos"] is None:
        note[LINES] = [line | {"tributos": None} for line in note[LINES]]


def _not_below_nothing(settlement: dict[str, Any]) -> None:
    # Today nothing is paid back by a settlement; before, its total could be negative.
    summary = settlement[SUMMARY]
    if summary["total"] == summary["montoTotalOperacion"] + summary["ivaPerci"]:
        settlement[SUMMARY] = summary | {"total": max(Decimal(summary["total"]), Decimal(0))}


def _summed_up(invoice: dict[str, Any]) -> None:
    # The summary of an export has no taxes: those of its lines come to nothing.
    codes = {code for line in invoice[LINES] for code in line["tributos"] or ()}
    rows = [{"codigo": code, "descripcion": "", "valor": 0} for code in sorted(codes)]
    invoice[SUMMARY] = invoice[SUMMARY] | {"tributos": rows or None}


WITHHELD, PERCEIVED = {"resumen.ivaRete": "resumen.ivaRete1"}, {"resumen.ivaPerci": "resumen.ivaPerci1"}
# Who was sold for had a NIT, and so lives in the country.
THIRD_PARTY: dict[str, Mapping[str, Any]] = {"ventaTercero": {"codDomiciliado": DOMICILED}}
BY_NIT = {"receptor.numDocumento": "receptor.nit"}

CONSUMER_INVOICE = Reading(names=WITHHELD, missing=THIRD_PARTY)
TAX_CREDIT = Reading(names=WITHHELD | PERCEIVED, missing=THIRD_PARTY)
DELIVERY_NOTE = Reading(missing=THIRD_PARTY, amend=_taxed_as_shown)
NOTE = Reading(
    names=WITHHELD | PERCEIVED | BY_NIT,
    missing=THIRD_PARTY | {"receptor": {"tipoDocumento": NIT_DOCUMENT}},
    told={f"cuerpoDocumento.{name}": f"resumen.{name}1" for name in ("ivaRete", "ivaPerci")},
)
WITHHOLDING = Reading(
    names={
        "cuerpoDocumento.tipoGeneracion": "cuerpoDocumento.tipoDoc",
        "cuerpoDocumento.numeroDocumento": "cuerpoDocumento.numDocumento",
        "resumen.totalIvaRetenido": "resumen.totalIVAretenido",
    },
    missing={"resumen": {"totalIva": 0}},
)
COMMISSION_SETTLEMENT = Reading(
    names=BY_NIT
    | {
        "cuerpoDocumento.fechaEmision": "cuerpoDocumento.fechaGeneracion",
        "resumen.exportacion": "resumen.totalExportacion",
    },
    missing={"receptor": {"tipoDocumento": NIT_DOCUMENT, "codDomiciliado": DOMICILED}},
    amend=_not_below_nothing,
)
CARD_SETTLEMENT = Reading()
EXPORT_INVOICE = Reading(
    names={
        "identificacion.motivoContin": "identificacion.motivoContigencia",
        "resumen.descuGravada": "resumen.descuento",
    },
    missing=THIRD_PARTY
    | {
        "": {"documentoRelacionado": None, "compraTercero": None},
        "emisor": {"tipoRegimen": None},
        "cuerpoDocumento": {"tipoItem": GOODS, "numeroDocumento": None, "codTributo": None},
    },
    amend=_summed_up,
)
EXCLUDED_SUBJECT = Reading(names={"receptor": "sujetoExcluido"} | WITHHELD)
DONATION = Reading(
    names={
        "emisor": "donatario",
        "receptor": "donante",
        "cuerpoDocumento.tipoDepreciacion": "cuerpoDocumento.depreciacion",
    }
)
INVALIDATION = Reading(
    names={
        "identificacion.fecEmi": "identificacion.fecAnula",
        "identificacion.horEmi": "identificacion.horAnula",
    }
)
