"""Where Hacienda's complaints point in the caller's body."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.elsalvador.rejections import origins, pointers
from hacienda.values import Path


class TestWhereItPoints:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("[resumen.totalPagar] CALCULO INCORRECTO", ("items",)),
            ("[Cuerpodocumento.item.2] CALCULO INCORRECTO", ("items", 1)),
            ("cuerpoDocumento.item.1: El calculo de total por item es erroneo", ("items", 0)),
            ("[cuerpoDocumento.1.tributos] DEBE PROPORCIONAR UN VALOR", ("items", 0, "extra_taxes")),
            ("[Cuerpodocumento.numItem] ERROR EN CORRELATIVO", ("items",)),
            ("Campo #/cuerpoDocumento/3/precioUni no cumple el valor mínimo  requerido", ("items", 3, "price")),
            ("Campo #/cuerpoDocumento/0/tributos/1 contiene un valor inválido", ("items", 0, "extra_taxes")),
            ("Campo #/receptor/direccion/departamento no cumple", ("customer", "address", "department")),
            ("receptor.direccion.distrito NO PERTENECE", ("customer", "address", "district")),
            ("[receptor.nit] NIT CONTRIBUYENTE NO EXISTE", ("customer", "tax_id")),
            ("Campo #/resumen/pagos/0/periodo no cumple", ("payment", "methods", 0, "period")),
            ("resumen.pagos.montoPago Forma de pago difiere del Total a Pagar.", ("payment", "methods")),
            ("[resumen.totalCompra Cálculo incorrecto en Total de Operaciones] VALOR NO VALIDO", ("items",)),
            ("[resumen.descuGravada] VALOR", ("global_discount", "taxed")),
            ("[documentoRelacionado[0].numeroDocumento] NO EXISTE", ("related", 0, "number")),
            ("[documentoRelacionado.1.numeroDocumento] NO EXISTE", ("related", 0, "number")),
            ("Campo #/otrosDocumentos/2/medico/nit no cumple", ("associated_documents", 2, "doctor", "tax_id")),
            ("Campo #/apendice/1/valor no cumple", ("appendix", 1, "value")),
            ("[identificacion.fecEmi] FECHA NO CORRECTA", ("issued_at",)),
            ("[identificacion.numeroControl] YA EXISTE", ()),
            ("[emisor.nit] NO PERTENECE AL CONTRIBUYENTE", ()),
            ("[emisor.codPuntoVenta] X", ("point_of_sale",)),
            ("[ventaTercero.nit] X", ("third_party_sale", "tax_id")),
            ("[resumen.reteRenta] CALCULO INCORRECTO", ("income_tax_withheld",)),
            ("[resumen.descu] VALOR", ("global_discount", "not_subject")),
            ("[cuerpoDocumento.2.compra] CALCULO INCORRECTO", ("items", 1)),
            ("Campo #/cuerpoDocumento/1/tipoDonacion no cumple", ("items", 1, "donation")),
            ("Campo #/cuerpoDocumento/1/tipoDepreciacion no cumple", ("items", 1, "depreciation")),
            ("Campo #/cuerpoDocumento/1/valorUni no cumple", ("items", 1, "price")),
            ("Campo #/receptor/codDomiciliado no cumple", ("customer", "domiciled")),
            ("[emisor.recintoFiscal] VALOR NO VALIDO", ("export", "customs_post")),
            ("[resumen.codIncoterms] VALOR NO VALIDO", ("export", "incoterm")),
            ("[receptor.bienTitulo] X", ("customer", "goods_title")),
            ("[receptor.complemento] X", ("customer", "address", "line")),
            ("[compraTercero.numDocumento] X", ("third_party_purchase", "id_number")),
            ("Campo #/otrosDocumentos/1/placaTrans X", ("associated_documents", 1, "transport", "plates")),
            ("No valido", ()),
            ("DOCUMENTO NO CUMPLE ESQUEMA JSON", ()),
            ("", ()),
            (f"[cuerpoDocumento.{'9' * 5_000}.tributos] X", ("items",)),
        ],
    )
    def test_each_of_hacienda_s_ways_to_name_a_place(self, text: str, path: Path) -> None:
        [fault] = pointers.faults("020", [text])
        assert fault.path == path
        assert fault.text == text

    def test_a_place_named_only_for_what_is_inside_of_it_is_left_out(self) -> None:
        texts = [
            "Campo #/receptor/direccion/departamento no cumple el formato requerido",
            "Campo #/receptor/direccion contiene un valor inválido",
            "Campo #/receptor contiene un valor inválido",
            "Campo #/Cuerpodocumento no cumple el mínimo requerido de cantidad de ítems",
        ]
        found = pointers.faults("096", texts)
        assert [fault.pointer for fault in found] == ["/customer/address/department", "/items"]

    def test_two_complaints_of_one_field_are_both_told(self) -> None:
        texts = ["Campo #/resumen/pagos/0/periodo no cumple el mínimo", "Campo #/resumen/pagos/0/periodo es inválido"]
        assert len(pointers.faults("096", [*texts, texts[0]])) == 2

    @pytest.mark.parametrize(
        ("lines", "text", "path"),
        [
            ((1, 4, 2), "[cuerpoDocumento.2.precioUni] X", ("items", 0, "extra_taxes")),
            ((1, 4, 2), "Campo #/cuerpoDocumento/2/precioUni X", ("items", 1, "price")),
            ((1, 4, 2), "Campo #/cuerpoDocumento/9/precioUni X", ("items", 1, "price")),
            ((4, 1), "[cuerpoDocumento.1.precioUni] X", ("items", 0, "price")),
            ((), "[cuerpoDocumento.2.psv] X", ("items", 1, "suggested_price")),
        ],
    )
    def test_a_line_that_is_a_tax_leads_to_the_item_that_it_is_of(
        self, lines: tuple[int, ...], text: str, path: Path
    ) -> None:
        [fault] = pointers.faults("020", [text], lines=lines)
        assert fault.path == path

    @settings(deadline=None)
    @given(st.text(alphabet="cuerpoDocumento.receptor[]/#0123456789 é"))
    def test_any_text_has_a_place(self, text: str) -> None:
        assert len(pointers.faults("000", [text], lines=(1, 4, 1))) == 1


def test_the_lines_of_special_operations_are_paper() -> None:
    [fault] = pointers.faults("020", ["[cuerpoDocumento.2.docAl] X"], names=origins.of("17"))
    assert fault.path == ("items", 1, "paper", "last")
