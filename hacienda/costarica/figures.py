"""Every figure of a document that follows from others, each with its formula (annex v4.4, sections 5 and 6).

Names are those of the elements. In a line they mean that line, in the summary the summary's own; beside them
`taxes('02', ...)` are the taxes of a line with one of these codes, `services(x, class)` and `goods(x, class)` a field
of the lines of a class, `total(x)` of all lines, `net('01', '08')` the net tax of one code and rate, `health` the
value added tax of health services, `card(x)` what cards pay. Written from the printed document and independent of
what built it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from hacienda.costarica import codes
from hacienda.costarica.facts import PLACES
from hacienda.costarica.formulas import Figures, evaluate
from hacienda.costarica.xml_tree import Node
from hacienda.explanation import Step
from hacienda.faults import Path
from hacienda.money import ZERO, quantise

DETAIL: Final = "DetalleServicio"
ROW: Final = "LineaDetalle"
LINES: Final[Path] = (DETAIL, ROW)
SUMMARY: Final = "ResumenFactura"
TAXED, EXEMPT, EXONERATED, NOT_SUBJECT = "taxed", "exempt", "exonerated", "not_subject"

IN_TAX_BASE: Final = "taxes('02', '04', '05', '12')"
# Names of the sums of services, of goods, and of both, by class of sale.
_CLASSES: Final = {
    TAXED: ("TotalServGravados", "TotalMercanciasGravadas", "TotalGravado"),
    EXEMPT: ("TotalServExentos", "TotalMercanciasExentas", "TotalExento"),
    EXONERATED: ("TotalServExonerado", "TotalMercExonerada", "TotalExonerado"),
    NOT_SUBJECT: ("TotalServNoSujeto", "TotalMercNoSujeta", "TotalNoSujeto"),
}
_BY_UNITS: Final = {
    codes.FUEL: "CantidadUnidadMedida * ImpuestoUnidad",
    codes.ALCOHOL: "Cantidad * Proporcion * ImpuestoUnidad",
    codes.DRINKS: "Cantidad * CantidadUnidadMedida * ImpuestoUnidad / VolumenUnidadConsumo",
    codes.TOBACCO: "Cantidad * CantidadUnidadMedida * ImpuestoUnidad",
}
_SOAP: Final = "Cantidad * VolumenUnidadConsumo * ImpuestoUnidad"
_TOLD: Final = ("CantidadUnidadMedida", "Porcentaje", "Proporcion", "VolumenUnidadConsumo", "ImpuestoUnidad")


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: what its own formulas and those of the summary need."""

    row: Node
    index: int
    is_service: bool
    known: Figures = field(repr=False)  # its figures by the names of formulas

    @property
    def taxes(self) -> tuple[Node, ...]:
        return self.row.all("Impuesto")

    @property
    def vat(self) -> Node | None:
        return next((tax for tax in self.taxes if tax.said("Codigo") in codes.VATS), None)

    @property
    def rate(self) -> str:
        """The code of its rate of value added tax; empty where it has none."""
        return self.vat.said("CodigoTarifaIVA") if self.vat else ""

    @property
    def discount_codes(self) -> frozenset[str]:
        return frozenset(one.said("CodigoDescuento") for one in self.row.all("Descuento"))

    @property
    def assumed(self) -> Decimal:
        return _amount(self.row, "ImpuestoAsumidoEmisorFabrica")

    @property
    def exempted(self) -> Decimal:
        """The tax that an exemption frees."""
        return _amount(self.vat, "Exoneracion", "MontoExoneracion") if self.vat else ZERO

    @property
    def exonerated(self) -> Decimal:
        """The part of the sale whose tax is exempted, rounded."""
        step = self._exonerated()
        return step.value if step else ZERO

    @property
    def steps(self) -> Iterator[Step]:
        """Its computed figures in the order in which they are computed."""
        if self.row.at("Cantidad"):
            yield self._step("Cantidad * PrecioUnitario", "MontoTotal")
            yield self._step("MontoTotal - total(MontoDescuento)", "SubTotal")
        else:  # a receipt of payment, whose amount is told
            yield self._step("MontoTotal", "SubTotal")
        for place, tax in enumerate(self.taxes):
            if tax.said("Codigo") not in codes.VATS:
                yield from self._specific(tax, place)
        if self.row.at("BaseImponible") and not self.has_own_base:
            yield self._step(f"SubTotal + {IN_TAX_BASE}", "BaseImponible")
        yield from self._value_added()
        if self.row.at("ImpuestoAsumidoEmisorFabrica"):
            bears = self.vat is not None and bool(self.discount_codes & codes.ASSUMED_DISCOUNTS)
            yield self._step("Monto" if bears else "0", "ImpuestoAsumidoEmisorFabrica", of=self.vat)
        if self.row.at("ImpuestoNeto"):
            less = " - MontoExoneracion" if self.exempted else ""
            less += " - ImpuestoAsumidoEmisorFabrica" if self.assumed else ""
            yield self._step(f"total(Monto){less}", "ImpuestoNeto")
        tax_name = "ImpuestoNeto" if self.row.at("ImpuestoNeto") else "total(Monto)"
        yield self._step(f"SubTotal + {tax_name}", "MontoTotalLinea")
        share = self._exonerated()
        if share:
            yield share

    @property
    def has_own_base(self) -> bool:
        """Whether the taxable base is told and not computed."""
        is_special = self.vat is not None and self.vat.said("Codigo") == codes.VAT_SPECIAL
        return is_special or self.row.said("IVACobradoFabrica") == codes.FACTORY_COLLECTED

    def _specific(self, tax: Node, place: int) -> Iterator[Step]:
        code, data = tax.said("Codigo"), tax.at("DatosImpuestoEspecifico")
        if data is not None:
            here = ("Impuesto", place, "DatosImpuestoEspecifico")
            if data.at("Proporcion"):
                formula = "CantidadUnidadMedida * Porcentaje / 100"
                yield self._step(formula, *here, "Proporcion", of=data)
            formula = _BY_UNITS[code]
            if code == codes.DRINKS and _is_soap(self.row, tax, data):
                formula = _SOAP
            yield self._step(formula, "Impuesto", place, "Monto", of=data)
        elif tax.at("Tarifa"):
            yield self._step("SubTotal * Tarifa / 100", "Impuesto", place, "Monto", of=tax)

    def _value_added(self) -> Iterator[Step]:
        vat = self.vat
        if vat is None:
            return
        place = ("Impuesto", self.taxes.index(vat))
        base = "BaseImponible" if self.row.at("BaseImponible") else f"(SubTotal + {IN_TAX_BASE})"
        if not self.row.at("BaseImponible") and not self.known[IN_TAX_BASE]:
            base = "SubTotal"
        if vat.at("FactorCalculoIVA"):
            yield self._step("SubTotal * FactorCalculoIVA", *place, "Monto", of=vat)
        elif self.discount_codes & codes.FULL_VAT_DISCOUNTS:
            yield self._step("MontoTotal * Tarifa / 100", *place, "Monto", of=vat)
        else:
            yield self._step(f"{base} * Tarifa / 100", *place, "Monto", of=vat)
        exemption = vat.at("Exoneracion")
        if exemption is not None:
            known = {**self.known, "Monto": _amount(vat, "Monto")}
            known["TarifaExonerada"] = _amount(exemption, "TarifaExonerada")
            formula = f"least({base} * TarifaExonerada / 100, Monto)"
            yield step((*LINES, self.index, *place, "Exoneracion", "MontoExoneracion"), formula, known)

    def _exonerated(self) -> Step | None:
        """A figure that the form has no place for: it stands at the exemption that it comes from."""
        if self.vat is None or not self.exempted:
            return None
        place = ("Impuesto", self.taxes.index(self.vat), "Exoneracion")
        return self._step("MontoTotal * MontoExoneracion / Monto", *place, of=self.vat)

    def _step(self, formula: str, *place: str | int, of: Node | None = None) -> Step:
        known = dict(self.known)
        if of is not None:
            own = {child.name: _amount(of, child.name) for child in of.children if _is_amount(child)}
            known |= {name: own[name] for name in own.keys() & {*_TOLD, "Tarifa", "FactorCalculoIVA", "Monto"}}
        return step((*LINES, self.index, *place), formula, known)


def step(place: Path, formula: str, known: Figures) -> Step:
    """One figure, computed; where it comes from in the caller's body is for others to say."""
    numbers, exact = evaluate(formula, known)
    return Step(place, (), formula, numbers, exact, quantise(exact, PLACES), PLACES)


def lines(document: Node, is_service: Callable[[int, Node], bool]) -> tuple[Line, ...]:
    """The lines of a document; `is_service` tells goods and services apart by place and row."""
    rows = (document.at(DETAIL) or _NOTHING).all(ROW)
    return tuple(Line(row, index, is_service(index, row), _figures(row)) for index, row in enumerate(rows))


def _figures(row: Node) -> Figures:
    names: dict[str, Decimal | Sequence[Decimal]] = {
        child.name: _amount(row, child.name) for child in row.children if _is_amount(child)
    }
    taxes = row.all("Impuesto")
    return names | {
        "total(MontoDescuento)": [_amount(one, "MontoDescuento") for one in row.all("Descuento")],
        "total(Monto)": [_amount(tax, "Monto") for tax in taxes],
        "MontoExoneracion": sum((_amount(tax, "Exoneracion", "MontoExoneracion") for tax in taxes), ZERO),
        IN_TAX_BASE: [_amount(tax, "Monto") for tax in taxes if tax.said("Codigo") in codes.IN_TAX_BASE],
    }


_NOTHING: Final = Node("", "", {}, ())


def of_summary(document: Node, made: Sequence[Line]) -> Iterator[Step]:
    """The computed figures of the summary in the order of the document; how it is paid is not among them."""
    summary = document.at(SUMMARY) or _NOTHING
    charges = [_amount(row, "MontoCargo") for row in document.all("OtrosCargos")]
    known = _sums(summary, made) | {"total(MontoCargo)": charges}

    def of(name: str, formula: str) -> Iterator[Step]:
        if summary.at(name):
            yield step((SUMMARY, name), formula, known)

    for kind, names in _CLASSES.items():
        for name, group in zip(names, ("services", "goods"), strict=False):
            yield from of(name, f"{group}(MontoTotal, {kind})")
    for services, goods, both in _CLASSES.values():
        yield from of(both, f"{services} + {goods}")
    classes = [both for _services, _goods, both in _CLASSES.values() if summary.at(both)]
    yield from of("TotalVenta", " + ".join(classes) or "total(MontoTotal)")
    yield from of("TotalDescuentos", "total(MontoDescuento)")
    yield from of("TotalVentaNeta", "TotalVenta - TotalDescuentos" if summary.at("TotalDescuentos") else "TotalVenta")
    for index, row in enumerate(summary.all("TotalDesgloseImpuesto")):
        formula = f"net('{row.said('Codigo')}', '{row.said('CodigoTarifaIVA')}')"
        yield step((SUMMARY, "TotalDesgloseImpuesto", index, "TotalMontoImpuesto"), formula, known)
    has_net = any(line.row.at("ImpuestoNeto") for line in made)
    yield from of("TotalImpuesto", "total(ImpuestoNeto)" if has_net else "total(Monto)")
    yield from of("TotalImpAsumEmisorFabrica", "total(ImpuestoAsumidoEmisorFabrica)")
    is_back = known["health"] and known["card(TotalMedioPago)"]
    yield from of("TotalIVADevuelto", "health * card(TotalMedioPago) / total(TotalMedioPago)" if is_back else "0")
    yield from of("TotalOtrosCargos", "total(MontoCargo)")
    parts = [name for name in ("TotalVentaNeta", "TotalImpuesto", "TotalOtrosCargos") if summary.at(name)]
    less = " - TotalIVADevuelto" if summary.at("TotalIVADevuelto") else ""
    yield from of("TotalComprobante", " + ".join(parts) + less)


def _sums(summary: Node, made: Sequence[Line]) -> dict[str, Decimal | Sequence[Decimal]]:
    known: dict[str, Decimal | Sequence[Decimal]] = {
        child.name: _amount(summary, child.name) for child in summary.children if _is_amount(child)
    }
    by_class: dict[str, list[Decimal]] = {}
    net: dict[str, list[Decimal]] = {}
    for line in made:
        gross, free = _amount(line.row, "MontoTotal"), line.exonerated
        group = "services" if line.is_service else "goods"
        by_class.setdefault(f"{group}(MontoTotal, {kind_of(line.rate)})", []).append(gross - free)
        if free:
            by_class.setdefault(f"{group}(MontoTotal, {EXONERATED})", []).append(free)
        for tax in line.taxes:
            amount = _amount(tax, "Monto")
            amount -= line.exempted + line.assumed if tax is line.vat else ZERO
            net.setdefault(f"net('{tax.said('Codigo')}', '{tax.said('CodigoTarifaIVA')}')", []).append(amount)
    paid = summary.all("MedioPago")
    return {
        **known,
        **by_class,
        **net,
        "total(MontoTotal)": [_amount(line.row, "MontoTotal") for line in made],
        "total(MontoDescuento)": [
            _amount(one, "MontoDescuento") for line in made for one in line.row.all("Descuento")
        ],
        "total(ImpuestoNeto)": [_amount(line.row, "ImpuestoNeto") for line in made],
        "total(Monto)": [_amount(tax, "Monto") for line in made for tax in line.taxes],
        "total(ImpuestoAsumidoEmisorFabrica)": [line.assumed for line in made],
        "total(TotalMedioPago)": [_amount(row, "TotalMedioPago") for row in paid],
        "card(TotalMedioPago)": [
            _amount(row, "TotalMedioPago") for row in paid if row.said("TipoMedioPago") == codes.CARD
        ],
        "health": [
            _amount(line.vat, "Monto") - line.exempted - line.assumed for line in made if line.vat and is_health(line)
        ],
    }


def kind_of(rate: str) -> str:
    """The class of sale of a rate of value added tax."""
    if rate == codes.EXEMPT:
        return EXEMPT
    return NOT_SUBJECT if rate in codes.NOT_SUBJECT_RATES else TAXED


def is_health(line: Line) -> bool:
    """Whether a card gives the value added tax of a line back."""
    return line.rate == codes.HEALTH_RATE and line.row.said("CodigoCABYS").startswith(codes.HEALTH_CABYS)


def with_residue(one: Step, printed: Decimal) -> Step:
    """The same where rounding one figure was made up for in this one: the formula says so."""
    residue = printed - one.value
    if not residue:
        return one
    sign = "+" if residue > ZERO else "-"
    return replace(
        one,
        formula=f"{one.formula} + RESIDUE",
        numbers=f"{one.numbers} {sign} {residue.copy_abs():f}",
        exact=one.exact + residue,
        value=printed,
    )


def _is_amount(node: Node) -> bool:
    return not node.children and node.text.replace(".", "", 1).isdigit()


def _amount(node: Node, *path: str) -> Decimal:
    return node.amount(*path) or ZERO


def _is_soap(row: Node, tax: Node, data: Node) -> bool:
    """Soap is taxed by its volume, drinks by portions of it; the form is the same, the amount tells."""
    by_volume = _amount(row, "Cantidad") * _amount(data, "VolumenUnidadConsumo") * _amount(data, "ImpuestoUnidad")
    return _amount(data, "CantidadUnidadMedida") == 1 and quantise(by_volume, PLACES) == _amount(tax, "Monto")
