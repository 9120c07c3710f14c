"""What a rejection is said to mean, who can mend it, and which of the caller's fields it leads to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.elsalvador.rejections import meanings, origins, pointers, remedies
from hacienda.verdicts import Advice, Mender
from tests.effort import examples

# Technical manual 1.0 section 4 and 2.0; 094 and 095 from real answers.
CODES = [
    *(f"{number:03}" for number in range(3, 35)),
    *(f"{number:03}" for number in range(94, 117)),
    "802",
]
WORDINGS = [
    "no cumple el formato requerido",
    "contiene un valor inválido",
    "no cumple el mínimo  exclusivo",
    "no cumple el mínimo requerido de cantidad de ítems",
    "no cumple el valor mínimo  requerido",
]


def advice(code: str, message: str = "", *observations: str, type_code: str = "01", version: int = 2) -> Advice:
    return remedies.advice(type_code, code, message, observations, version=version)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_manuals_has_an_answer(code: str) -> None:
    assert code in meanings.BY_CODE
    assert all((*advice(code).causes, *advice(code).remedies))


@pytest.mark.parametrize("code", ["029", "116", "777", "", "1234"])
def test_what_is_not_published_is_admitted(code: str) -> None:
    assert advice(code, "[receptor.nit] ALGO").causes == (
        "Hacienda refused the document with a code of which no meaning has been published.",
    )


@pytest.mark.parametrize("wording", WORDINGS)
def test_every_wording_of_the_schema_has_a_cause_of_its_own(wording: str) -> None:
    told = advice("096", "DOCUMENTO NO CUMPLE ESQUEMA JSON", f"Campo #/receptor/nombre {wording}")

    assert told.causes != advice("096").causes
    assert told.who is Mender.MERCHANT
    others = {advice("096", "", f"Campo #/receptor/nombre {other}").causes for other in WORDINGS if other != wording}
    assert told.causes not in others


def test_what_is_said_of_everything_wrong_is_left_out_where_something_more_is_said() -> None:
    told = advice(
        "096",
        "DOCUMENTO NO CUMPLE ESQUEMA JSON",
        "Campo #/resumen/pagos/0/periodo no cumple el mínimo  exclusivo",
        "Campo #/resumen/pagos/0/periodo contiene un valor inválido",
        "Campo #/resumen/pagos contiene un valor inválido",
        "Campo #/Cuerpodocumento no cumple el mínimo requerido de cantidad de ítems",
    )

    assert told.causes == (
        "A number must be greater than the least that Hacienda's schema names, as a rule zero.",
        "A list has fewer entries than Hacienda's schema demands.",
    )


@pytest.mark.parametrize(
    ("code", "text", "who"),
    [
        ("003", "[receptor.codActividad] VALOR NO VALIDO", Mender.MERCHANT),
        ("003", "[emisor.codActividad] VALOR NO VALIDO", Mender.OPERATOR),
        ("003", "cuerpoDocumento.item.1: El calculo de total por item es erroneo", Mender.MERCHANT),
        ("003", "[cuerpoDocumento.1.ventaGravada] VALOR NO VALIDO", Mender.OPERATOR),
        ("003", "[cuerpoDocumento.1.uniMedida] VALOR NO VALIDO", Mender.MERCHANT),
        ("003", "[resumen.totalPagar] VALOR NO VALIDO", Mender.OPERATOR),
        ("005", "[emisor.recintoFiscal] DEBE PROPORCIONAR UN VALOR", Mender.MERCHANT),
        ("005", "[emisor.codEstable] DEBE PROPORCIONAR UN VALOR", Mender.MERCHANT),
        ("007", "[resumen.pagos.1.codigo] VALOR NO PERMITIDO", Mender.MERCHANT),
        ("009", "[receptor.nit] NIT CONTRIBUYENTE NO EXISTE", Mender.MERCHANT),
        ("009", "[emisor.nit] NIT CONTRIBUYENTE NO EXISTE", Mender.OPERATOR),
        ("010", "[emisor.nit] NO ACTIVO", Mender.AUTHORITY),
        ("020", "[resumen.totalPagar] CALCULO INCORRECTO", Mender.OPERATOR),
        ("095", "NO AUTORIZADO", Mender.AUTHORITY),
        ("100", "[resumen.totalCompra Cálculo incorrecto en Total] VALOR NO VALIDO", Mender.OPERATOR),
        ("100", "USUARIO NO VALIDO", Mender.MERCHANT),
        ("802", "No valido", Mender.MERCHANT),
    ],
)
def test_whoever_made_a_value_can_mend_it(code: str, text: str, who: Mender) -> None:
    assert advice(code, text).who is who


@pytest.mark.parametrize(("sent", "instead"), [(2, 1), (1, 2)])
def test_a_version_that_is_refused_can_be_chosen_by_the_merchant(sent: int, instead: int) -> None:
    told = advice("096", "X", "Campo #/identificacion/version contiene un valor inválido", version=sent)

    assert told.who is Mender.MERCHANT
    assert told.causes == ("Hacienda does not take this version of the type from the company, or not any more.",)
    assert told.other_version == instead


def test_a_version_that_is_refused_of_a_type_with_one_generation_is_ours_to_mend() -> None:
    text = "Campo #/identificacion/version contiene un valor inválido"
    told = advice("096", "X", text, type_code="17", version=1)

    assert told.who is Mender.OPERATOR
    assert told.other_version is None


@pytest.mark.parametrize("code", CODES)
def test_only_a_code_or_number_that_exists_asks_for_new_ones(code: str) -> None:
    assert advice(code, "[identificacion.numeroControl] X").same_document is (code != "004")


@given(
    st.sampled_from([*CODES, "", "9999"]),
    st.text(max_size=40),
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.builds(
                "Campo #/{}/{} {}".format,
                st.sampled_from(["resumen", "emisor", "receptor", "cuerpoDocumento"]),
                st.sampled_from(["0", "x", "pagos", "pagos/0", "nit", "3/precioUni"]),
                st.sampled_from(WORDINGS),
            ),
        ),
        max_size=5,
    ),
)
@settings(max_examples=examples(150))
def test_there_is_always_an_answer(code: str, message: str, observations: list[str]) -> None:
    for type_code in ("01", "07", "09"):
        told = advice(code, message, *observations, type_code=type_code)
        assert told.causes
        assert told.remedies


@pytest.mark.parametrize(
    ("type_code", "text", "pointer"),
    [
        ("04", "[receptor.bienTitulo] X", "/customer/goods_title"),
        ("05", "[cuerpoDocumento.2.ivaRete] X", "/vat_withheld"),
        ("05", "#/documentoRelacionado/0/numeroDocumento X", "/related/0/number"),
        ("07", "[cuerpoDocumento.2.montoSujetoGrav] X", "/related/1/taxable"),
        ("07", "[cuerpoDocumento.1.numItem] X", "/related/0"),
        ("08", "#/cuerpoDocumento/3/exportaciones X", ""),
        ("09", "#/cuerpoDocumento/valorOperaciones X", "/liquidation/gross"),
        ("09", "[cuerpoDocumento.iva] X", "/liquidation"),
        ("09", "[extension.nombEntrega] X", "/extension/name"),
        ("09", "[receptor.tipoEstablecimiento] X", "/customer/establishment_kind"),
        ("11", "[emisor.recintoFiscal] X", "/export/customs_post"),
        ("11", "[resumen.codIncoterms] X", "/export/incoterm"),
        ("11", "[otrosDocumentos.1.placaTrans] X", "/associated_documents/0/transport/plates"),
        ("11", "[compraTercero.numDocumento] X", "/third_party_purchase/id_number"),
        ("11", "[receptor.complemento] X", "/customer/address/line"),
        ("14", "[resumen.reteRenta] X", "/income_tax_withheld"),
        ("14", "[cuerpoDocumento.1.compra] X", "/items/0"),
        ("15", "[cuerpoDocumento.1.tipoDonacion] X", "/items/0/donation"),
        ("15", "[cuerpoDocumento.1.valorUni] X", "/items/0/price"),
        ("17", "[cuerpoDocumento.2.docAl] X", "/items/1/paper/last"),
        ("18", "[cuerpoDocumento.1.codigoGeneracion] X", "/items/0/related"),
        ("18", "#/documento/numDocumento X", "/related"),
        ("18", "#/documentoRelacionado/0/codigoGeneracion X", "/related/0/generation_code"),
    ],
)
def test_a_place_leads_to_the_field_that_its_type_has_it_from(type_code: str, text: str, pointer: str) -> None:
    [fault] = pointers.faults("003", [text], names=origins.of(type_code))

    assert fault.pointer == pointer


def test_every_rejection_that_was_ever_recorded_is_explained(reference: Path) -> None:
    recorded = [
        json.loads(path.read_text())
        for path in sorted((reference / "elsalvador" / "protocol-samples").glob("recepciondte-400-*.json"))
    ]
    recorded += json.loads((reference / "elsalvador/samples/responses/rechazos-observados.json").read_text())

    assert len(recorded) > 15
    for one in recorded:
        told = advice(one["codigoMsg"], one["descripcionMsg"] or "", *(one.get("observaciones") or ()))
        assert told.causes != (meanings.UNKNOWN.cause,), one
