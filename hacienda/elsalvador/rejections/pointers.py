"""From Hacienda's name of a field to the caller's: `receptor.direccion.distrito` is `customer.address.district`.

Hacienda writes a place in three ways, as real rejections show: as a JSON pointer, `#/resumen/pagos/0/periodo`,
counted from 0; as a dotted name in brackets, `[Cuerpodocumento.item.2]`; as the same without brackets at the start
of a text. A number in a dotted name is read as that of the line, counted from 1, as lines are in a document.

A place that the caller did not give leads to what it was computed from, or, being the issuer's own data, to the
whole body: the empty path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hacienda.elsalvador.earlier.names import SECTIONS as EARLIER_SECTIONS
from hacienda.elsalvador.earlier.names import newest_name
from hacienda.values import Fault, Path

Steps = tuple[str | int, ...]

_SECTIONS: Final = (
    "identificacion|emisor|receptor|documentorelacionado|otrosdocumentos|ventatercero|compratercero|cuerpodocumento"
    # The last three are also words of common texts.
    r"|resumen|apendice|detalledte|documento(?=[./])|motivo(?=[./])|extension(?=[./])"
    rf"|{EARLIER_SECTIONS}"
)
_PLACE: Final = re.compile(rf"(?i)(#/|\b)((?:{_SECTIONS})(?![a-z])(?:[./\[\]]+\w+)*)")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_INDEX: Final = "*"

_LINE: Final[Path] = ("items", _INDEX)
_SUMS: Final[Path] = ("items",)
_PAYMENT: Final[Path] = ("payment", "methods", _INDEX)
_RELATED: Final[Path] = ("related", _INDEX)
_ASSOCIATED: Final[Path] = ("associated_documents", _INDEX)
_PAPER: Final[Path] = (*_LINE, "paper")

# Lower case, because Hacienda's is not constant. A place that is not listed counts as the next above it that is.
DOCUMENT: Final[Mapping[str, Path]] = {
    "identificacion": (),
    "identificacion.tipodte": ("type",),
    "identificacion.fecemi": ("issued_at",),
    "identificacion.horemi": ("issued_at",),
    "identificacion.tipocontingencia": ("contingency", "reason"),
    "identificacion.motivocontin": ("contingency", "note"),
    "identificacion.fusion": ("merged_company",),
    "emisor": (),
    "emisor.codestable": ("establishment",),
    "emisor.codpuntoventa": ("point_of_sale",),
    "emisor.recintofiscal": ("export", "customs_post"),
    "emisor.tiporegimen": ("export", "regime_type"),
    "emisor.regimen": ("export", "regime"),
    "emisor.tipoitemexpor": ("items",),
    "receptor": ("customer",),
    "receptor.tipodocumento": ("customer", "id_type"),
    "receptor.numdocumento": ("customer", "tax_id"),
    "receptor.nit": ("customer", "tax_id"),
    "receptor.nrc": ("customer", "registration"),
    "receptor.nombre": ("customer", "name"),
    "receptor.codactividad": ("customer", "activity"),
    "receptor.descactividad": ("customer", "activity"),
    "receptor.nombrecomercial": ("customer", "trade_name"),
    "receptor.direccion": ("customer", "address"),
    "receptor.direccion.departamento": ("customer", "address", "department"),
    "receptor.direccion.municipio": ("customer", "address", "municipality"),
    "receptor.direccion.distrito": ("customer", "address", "district"),
    "receptor.direccion.complemento": ("customer", "address", "line"),
    "receptor.telefono": ("customer", "phone"),
    "receptor.correo": ("customer", "email"),
    "receptor.codpais": ("customer", "country"),
    "receptor.nombrepais": ("customer", "country"),
    "receptor.tipopersona": ("customer", "person"),
    "receptor.complemento": ("customer", "address", "line"),
    "receptor.bientitulo": ("customer", "goods_title"),
    "receptor.coddomiciliado": ("customer", "domiciled"),
    "receptor.tipoestablecimiento": ("customer", "establishment_kind"),
    "documentorelacionado": ("related",),
    "documentorelacionado.*": _RELATED,
    "documentorelacionado.*.tipodocumento": (*_RELATED, "type"),
    "documentorelacionado.*.numerodocumento": (*_RELATED, "number"),
    "documentorelacionado.*.codigogeneracion": (*_RELATED, "generation_code"),
    "documentorelacionado.*.fechaemision": (*_RELATED, "issued_at"),
    "otrosdocumentos": ("associated_documents",),
    "otrosdocumentos.*": _ASSOCIATED,
    "otrosdocumentos.*.coddocasociado": (*_ASSOCIATED, "code"),
    "otrosdocumentos.*.descdocumento": (*_ASSOCIATED, "description"),
    "otrosdocumentos.*.detalledocumento": (*_ASSOCIATED, "detail"),
    "otrosdocumentos.*.medico": (*_ASSOCIATED, "doctor"),
    "otrosdocumentos.*.medico.nombre": (*_ASSOCIATED, "doctor", "name"),
    "otrosdocumentos.*.medico.nit": (*_ASSOCIATED, "doctor", "tax_id"),
    "otrosdocumentos.*.medico.docidentificacion": (*_ASSOCIATED, "doctor", "id_number"),
    "otrosdocumentos.*.medico.tiposervicio": (*_ASSOCIATED, "doctor", "service"),
    "otrosdocumentos.*.modotransp": (*_ASSOCIATED, "transport", "mode"),
    "otrosdocumentos.*.placatrans": (*_ASSOCIATED, "transport", "plates"),
    "otrosdocumentos.*.nombreconductor": (*_ASSOCIATED, "transport", "driver"),
    "otrosdocumentos.*.numconductor": (*_ASSOCIATED, "transport", "driver_id"),
    "ventatercero": ("third_party_sale",),
    "ventatercero.nit": ("third_party_sale", "tax_id"),
    "ventatercero.nombre": ("third_party_sale", "name"),
    "ventatercero.coddomiciliado": ("third_party_sale", "domiciled"),
    "compratercero": ("third_party_purchase",),
    "compratercero.nombre": ("third_party_purchase", "name"),
    "compratercero.numdocumento": ("third_party_purchase", "id_number"),
    "cuerpodocumento": ("items",),
    "cuerpodocumento.*": _LINE,
    "cuerpodocumento.*.tipoitem": (*_LINE, "kind"),
    "cuerpodocumento.*.numerodocumento": (*_LINE, "related"),
    "cuerpodocumento.*.cantidad": (*_LINE, "quantity"),
    "cuerpodocumento.*.codigo": (*_LINE, "code"),
    "cuerpodocumento.*.codtributo": (*_LINE, "extra_taxes"),
    "cuerpodocumento.*.unimedida": (*_LINE, "unit"),
    "cuerpodocumento.*.descripcion": (*_LINE, "description"),
    "cuerpodocumento.*.preciouni": (*_LINE, "price"),
    "cuerpodocumento.*.montodescu": (*_LINE, "discount"),
    "cuerpodocumento.*.tributos": (*_LINE, "extra_taxes"),
    "cuerpodocumento.*.psv": (*_LINE, "suggested_price"),
    "cuerpodocumento.*.nogravado": (*_LINE, "price"),
    "cuerpodocumento.*.ivaperci": ("vat_perceived",),
    "cuerpodocumento.*.ivarete": ("vat_withheld",),
    "cuerpodocumento.*.reterenta": ("income_tax_withheld",),
    "cuerpodocumento.*.tipodonacion": (*_LINE, "donation"),
    "cuerpodocumento.*.tipodepreciacion": (*_LINE, "depreciation"),
    "cuerpodocumento.*.valoruni": (*_LINE, "price"),
    "resumen": _SUMS,
    "resumen.seguro": ("export", "insurance"),
    "resumen.flete": ("export", "freight"),
    "resumen.totalnoonerosas": ("export", "free_of_charge"),
    "resumen.codincoterms": ("export", "incoterm"),
    "resumen.descincoterms": ("export", "incoterm"),
    "resumen.descunosuj": ("global_discount", "not_subject"),
    "resumen.descuexenta": ("global_discount", "exempt"),
    "resumen.descugravada": ("global_discount", "taxed"),
    "resumen.descu": ("global_discount", "not_subject"),
    "resumen.porcentajedescuento": ("global_discount", "percentage"),
    "resumen.ivarete": ("vat_withheld",),
    "resumen.ivarete1": ("vat_withheld",),
    "resumen.ivaperci": ("vat_perceived",),
    "resumen.ivaperci1": ("vat_perceived",),
    "resumen.reterenta": ("income_tax_withheld",),
    "resumen.saldofavor": ("credit_balance",),
    "resumen.condicionoperacion": ("payment", "condition"),
    "resumen.pagos": ("payment", "methods"),
    "resumen.pagos.*": _PAYMENT,
    "resumen.pagos.*.codigo": (*_PAYMENT, "code"),
    "resumen.pagos.*.montopago": (*_PAYMENT, "amount"),
    "resumen.pagos.*.referencia": (*_PAYMENT, "reference"),
    "resumen.pagos.*.plazo": (*_PAYMENT, "term"),
    "resumen.pagos.*.periodo": (*_PAYMENT, "period"),
    "resumen.numpagoelectronico": ("electronic_payment_number",),
    "resumen.observaciones": ("notes",),
    "extension": ("extension",),
    "extension.nombentrega": ("extension", "name"),
    "extension.docuentrega": ("extension", "id_number"),
    "extension.codempleado": ("extension", "employee_code"),
    "apendice": ("appendix",),
    "apendice.*": ("appendix", _INDEX),
    "apendice.*.campo": ("appendix", _INDEX, "field"),
    "apendice.*.etiqueta": ("appendix", _INDEX, "label"),
    "apendice.*.valor": ("appendix", _INDEX, "value"),
}

INVALIDATION: Final[Mapping[str, Path]] = {
    "documento.codigogeneracionr": ("replacement",),
    "motivo.tipoanulacion": ("kind",),
    "motivo.motivoanulacion": ("reason",),
    "motivo.nombreresponsable": ("responsible", "name"),
    "motivo.tipdocresponsable": ("responsible", "id_type"),
    "motivo.numdocresponsable": ("responsible", "id_number"),
    "motivo.nombresolicita": ("requested_by", "name"),
    "motivo.tipdocsolicita": ("requested_by", "id_type"),
    "motivo.numdocsolicita": ("requested_by", "id_number"),
}

_REPORTED: Final[Path] = ("documents", _INDEX)

CONTINGENCY: Final[Mapping[str, Path]] = {
    "emisor.nombreresponsable": ("responsible", "name"),
    "emisor.tipodocresponsable": ("responsible", "id_type"),
    "emisor.numerodocresponsable": ("responsible", "id_number"),
    "emisor.telefono": ("issuer", "phone"),
    "emisor.correo": ("issuer", "email"),
    "emisor.codestablemh": ("establishment",),
    "emisor.codpuntoventamh": ("point_of_sale",),
    "detalledte": ("documents",),
    "detalledte.*": _REPORTED,
    "detalledte.*.tipodoc": (*_REPORTED, "type"),
    "detalledte.*.codigogeneracion": (*_REPORTED, "generation_code"),
    "motivo.finicio": ("began_at",),
    "motivo.hinicio": ("began_at",),
    "motivo.ffin": ("ended_at",),
    "motivo.hfin": ("ended_at",),
    "motivo.tipocontingencia": ("reason",),
    "motivo.motivocontingencia": ("note",),
}

TAX_LINE: Final = 4  # tipoItem of a line that is a tax, made from the extra taxes of the item before it


def faults(
    code: str,
    texts: Sequence[str],
    *,
    names: Mapping[str, Path] = DOCUMENT,
    lines: Sequence[int] = (),
) -> tuple[Fault, ...]:
    """One fault for each text of a rejection, in Hacienda's own words, each once.

    `lines` is the `tipoItem` of each line of the document, by which a line is traced back to the caller's item. A
    place that is only named because something inside of it is wrong is left out.
    """
    placed = [(place(text), text) for text in texts]
    spots = {steps for steps, _ in placed}
    found: dict[tuple[Path, str], Fault] = {}
    for steps, text in placed:
        if steps and any(len(other) > len(steps) and other[: len(steps)] == steps for other in spots):
            continue
        path = path_of(steps, names, lines)
        fault = Fault(path, f"hacienda_{code}", "%(text)s", {"text": text})
        found.setdefault((path, text), fault)
    return tuple(found.values())


def place(text: str) -> Steps:
    """The place that a text names, as steps in lower case with numbers counted from 0; empty where it names none."""
    match = _PLACE.search(text)
    if match is None:
        return ()
    first = 0 if match[1] else 1
    words = [word for word in re.split(r"[./\[\]]+", match[2].lower()) if word and word != "item"]
    return tuple(max(int(word) - first, 0) if _NUMBER.fullmatch(word) else word for word in words)


def path_of(steps: Steps, names: Mapping[str, Path], lines: Sequence[int] = ()) -> Path:
    """The caller's field that a place comes from, as in `faults`; empty where the caller gave none of it."""
    for length in range(len(steps), 0, -1):
        head = steps[:length]
        name = ".".join(_INDEX if isinstance(step, int) else step for step in head)
        known = names.get(name) or names.get(newest_name(name))
        if known is None:
            continue
        number = next((step for step in head if isinstance(step, int)), 0)
        is_tax = False
        if known[:2] == _LINE and lines:
            owners = items_of(lines)
            number, is_tax = owners[number] if number < len(owners) else owners[-1]
        path = tuple(number if step == _INDEX else step for step in known)
        return (*path[:2], "extra_taxes") if is_tax else path
    return ()


def items_of(lines: Iterable[int]) -> list[tuple[int, bool]]:
    """For each line the caller's item it came from, and whether it is a tax of that item."""
    item = -1
    found = []
    for kind in lines:
        is_tax = kind == TAX_LINE and item >= 0
        item += not is_tax
        found.append((item, is_tax))
    return found


def in_names(steps: Path, names: Mapping[str, Path], lines: Sequence[int] = ()) -> Path:
    """The same for a place as the document itself has it, capitals and all."""
    return path_of(tuple(step.lower() if isinstance(step, str) else step for step in steps), names, lines)
