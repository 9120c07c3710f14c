"""The generation of schemas before Normativa 2.0: what it refuses, how it is written, and how it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hacienda.authority import CONTINGENCY, INVALIDATION
from hacienda.drafts import (
    Address,
    AppendixEntry,
    AssociatedDocument,
    Doctor,
    Draft,
    Export,
    GlobalDiscount,
    Item,
    OwnOutage,
    Party,
    Related,
    Taxation,
    ThirdParty,
)
from hacienda.elsalvador import catalogs, contingency, invalidation
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.blocks import manners
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.earlier import countries
from hacienda.elsalvador.earlier.advice import suggested
from hacienda.elsalvador.earlier.conversion import as_newest, older
from hacienda.elsalvador.earlier.differences import DIFFERENCES
from hacienda.elsalvador.earlier.limits import LIMITS, check
from hacienda.elsalvador.earlier.operations import Place
from hacienda.elsalvador.earlier.versions import GENERATIONS
from hacienda.elsalvador.explain import explain
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.formulas import FORMULAS
from hacienda.elsalvador.kinds import KINDS
from hacienda.elsalvador.rejections import pointers
from hacienda.elsalvador.rules import RULES
from hacienda.values import Environment, Identity, Invalid, InvalidationDraft, IssuedDocument, Issuer, Manner
from tests.hacienda import events, outages
from tests.hacienda.drafts import (
    AT,
    CONSUMER,
    DONATION,
    EXPORT,
    INVOICE,
    ISSUER,
    PURCHASE,
    SPECIAL,
    TAX_CREDIT,
    TAXPAYER,
    item,
)
from tests.hacienda.signing import KEY, SIGNING_KEY
from tests.hacienda.trade import EXPORTER

LAW = ElSalvador()
PLACE = Place("S002", "P001")
CODE = "79C4121F-C608-47DF-BEFC-74B999CC85F1"
DRAFTS = {"01": INVOICE, "03": TAX_CREDIT, "14": PURCHASE, "15": DONATION}
LONG = "x" * 1001
FROM_ABROAD = replace(CONSUMER, id_type="03", domiciled=False, address=None)


def made(draft: Draft, *, issuer: Issuer = ISSUER, manner: Manner | None = None, newest: bool = False) -> str:
    """The text of the draft in the earlier version, or in the newest."""
    version = GENERATIONS[draft.type_code][0 if newest else 1]
    prepared = prepare(draft, issuer, version=version, at=AT, now=AT)
    number = f"DTE-{draft.type_code}-{issuer.establishment}P001-000000000000001"
    return finish(prepared, Identity(Environment.TEST, CODE, number, AT), manner or Manner())


def exact(text: str) -> dict[str, Any]:
    return dict(json.loads(text, parse_float=Decimal))


def refused(draft: Draft, issuer: Issuer = ISSUER) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as error:
        made(draft, issuer=issuer)
    assert all("%(" not in fault.text for fault in error.value.faults)
    return {(fault.pointer, fault.code) for fault in error.value.faults}


# --- The table --------------------------------------------------------------------------------------------------
def test_the_newest_generation_is_that_of_the_kinds() -> None:
    newest = {code: kind.version for code, kind in KINDS.items() if code in GENERATIONS}
    assert newest == {code: GENERATIONS[code][0] for code in newest}
    assert KINDS.keys() - GENERATIONS.keys() <= {"17", "18"}  # these began with Normativa 2.0
    assert RULES.versions == {code: GENERATIONS.get(code, (kind.version,)) for code, kind in KINDS.items()}
    assert (
        GENERATIONS[INVALIDATION][0],
        GENERATIONS[CONTINGENCY][0],
    ) == (invalidation.VERSION, contingency.VERSION)
    assert RULES.event_versions == {code: GENERATIONS[code] for code in (INVALIDATION, CONTINGENCY)}


def test_every_earlier_version_is_described() -> None:
    assert GENERATIONS.keys() == DIFFERENCES.keys() == LIMITS.keys()
    assert {(code, known[1]) for code, known in GENERATIONS.items() if code.isdigit()} <= FORMULAS.keys()


# --- What it refuses --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (replace(INVOICE, items=(Item(LONG, Decimal(1)),)), ("/items/0/description", "too_long_in_version")),
        (replace(TAX_CREDIT, items=(Item(LONG, Decimal(1)),)), ("/items/0/description", "too_long_in_version")),
        (replace(PURCHASE, items=(Item(LONG, Decimal(1)),)), ("/items/0/description", "too_long_in_version")),
        (
            replace(DONATION, items=(Item(LONG, Decimal(1), donation="cash"),)),
            ("/items/0/description", "too_long_in_version"),
        ),
        (
            replace(INVOICE, customer=replace(CONSUMER, address=Address("05", "28", "11", "km 5"))),
            ("/customer/address/line", "too_short_in_version"),
        ),
        (
            replace(INVOICE, customer=Party(tax_id="A1", id_type="37")),
            ("/customer/tax_id", "too_short_in_version"),
        ),
        (
            replace(INVOICE, related=(Related("08", CODE, True, AT.date()),)),
            ("/related/0/type", "related_type_not_allowed"),
        ),
        (
            replace(INVOICE, third_party_sale=ThirdParty("Seller abroad", None, domiciled=False)),
            ("/third_party_sale/tax_id", "required_in_version"),
        ),
        (
            replace(INVOICE, third_party_sale=ThirdParty("Seller abroad", "X-77", domiciled=False)),
            ("/third_party_sale/tax_id", "value_not_in_version"),
        ),
        (
            replace(
                INVOICE, associated_documents=(AssociatedDocument(3, doctor=Doctor("Dr", id_number="7", service=1)),)
            ),
            ("/associated_documents/0/doctor/id_number", "too_short_in_version"),
        ),
        (replace(TAX_CREDIT, customer=replace(TAXPAYER, email=None)), ("/customer/email", "required_in_version")),
        (
            replace(TAX_CREDIT, third_party_sale=ThirdParty("Yo", "06143006991013")),
            ("/third_party_sale/name", "too_short_in_version"),
        ),
        (
            replace(TAX_CREDIT, global_discount=GlobalDiscount(taxed=Decimal(1000))),
            ("/items", "too_small_in_version"),
        ),
        (
            replace(TAX_CREDIT, appendix=(AppendixEntry("a", "Orden", "7"),)),
            ("/appendix/0/field", "too_short_in_version"),
        ),
        (
            replace(DONATION, appendix=(AppendixEntry("orden", "no", "7"),)),
            ("/appendix/0/label", "too_short_in_version"),
        ),
    ],
)
def test_what_it_has_no_place_for_is_told_at_the_callers_field(draft: Draft, fault: tuple[str, str]) -> None:
    assert refused(draft) == {fault}
    assert made(draft, newest=True)


def test_eleven_related_documents_are_too_many_for_an_invoice() -> None:
    codes = (f"79C4121F-C608-47DF-BEFC-{number:012d}" for number in range(11))
    related = tuple(Related("04", code, True, AT.date()) for code in codes)
    lines = tuple(item("1.00", related=one.number) for one in related)
    assert refused(replace(INVOICE, items=lines, related=related)) == {("/related", "too_many_in_version")}
    assert made(replace(INVOICE, items=lines[:10], related=related[:10]))


def test_the_issuers_own_data_is_told_as_its_own() -> None:
    assert refused(INVOICE, replace(ISSUER, trade_name="Café")) == {("/issuer/trade_name", "too_short_in_version")}
    assert refused(TAX_CREDIT, replace(ISSUER, name="x" * 201)) == {("/issuer/name", "too_long_in_version")}


def test_every_fault_is_told_at_once() -> None:
    draft = replace(
        TAX_CREDIT,
        items=(Item(LONG, Decimal(1), unit=98), Item("y" * 1600, Decimal(1))),
        customer=replace(TAXPAYER, email=None, registration="x"),
    )
    assert refused(draft) == {
        ("/items/0/description", "too_long_in_version"),
        ("/items/0/unit", "unknown_code"),
        ("/items/1/description", "too_long"),
        ("/customer/email", "required_in_version"),
        ("/customer/registration", "registration_invalid"),
    }


def test_an_invoice_names_its_customer_from_1095_dollars_on() -> None:
    below, at = (replace(INVOICE, items=(item(price),)) for price in ("1094.99", "1095.00"))
    assert made(below)
    assert refused(at) == {
        (f"/customer/{name}", "customer_required_in_version") for name in ("id_type", "tax_id", "name")
    }
    assert made(replace(at, customer=CONSUMER))
    assert made(at, newest=True)


CENTS = Decimal("0.99")
WITHHELD = {"tipoDte": "03", "fechaEmision": "2026-11-20", "montoSujetoGrav": Decimal(1)}
CASES: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    ("04", {"receptor": {"direccion": None, "correo": None}}, {("/customer/address", "required_in_version")}),
    ("04", {"cuerpoDocumento": [{"ventaGravada": Decimal(1), "tributos": None}]}, set()),
    ("05", {"cuerpoDocumento": [{"noGravado": Decimal(-5)}]}, {("/items/0/price", "not_in_version")}),
    ("05", {"cuerpoDocumento": [{"tributos": ["20", "C5"]}]}, {("/items/0/extra_taxes", "value_not_in_version")}),
    ("05", {"resumen": {"codigoRetencionMH": "22"}}, {("/related", "not_in_version")}),
    ("06", {"resumen": {"totalPagar": Decimal("0.00")}}, {("/items", "too_small_in_version")}),
    ("06", {"receptor": {"tipoDocumento": "13"}}, {("/customer/id_type", "value_not_in_version")}),
    (
        "07",
        {"cuerpoDocumento": [{"montoSujetoGrav": Decimal("0.99"), "fechaEmision": "2026-11-20"}]},
        {("/items/0", "too_small_in_version")},
    ),
    (
        "07",
        {"cuerpoDocumento": [{"tipoDte": "11", "fechaEmision": "2026-11-20"}]},
        {("/items/0", "value_not_in_version")},
    ),
    ("08", {"cuerpoDocumento": [{"observaciones": "ok"}]}, {("/items/0", "too_short_in_version")}),
    ("08", {"cuerpoDocumento": [{"numeroDocumento": "a-1"}]}, {("/items/0/related", "value_not_in_version")}),
    ("09", {"emisor": {"telefono": "2200"}}, {("/issuer/phone", "value_not_in_version")}),
    ("09", {"emisor": {"telefono": "2200-1100, 7000-1122"}}, set()),
    ("11", {"documentoRelacionado": [{"tipoDocumento": "04"}]}, {("/related", "not_in_version")}),
    ("11", {"resumen": {"saldoFavor": Decimal(-1)}}, {("/credit_balance", "not_in_version")}),
    ("11", {"cuerpoDocumento": [{"tributos": ["C3", "D1"]}]}, {("/items/0/extra_taxes", "value_not_in_version")}),
    (
        "11",
        {"otrosDocumentos": [{"modoTransp": 5}]},
        {("/associated_documents/0/transport/mode", "value_not_in_version")},
    ),
    ("11", {"resumen": {"observaciones": "x" * 501}}, {("/notes", "too_long_in_version")}),
]


@pytest.mark.parametrize(("code", "document", "expected"), CASES)
def test_each_type_has_limits_of_its_own(code: str, document: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    newest, before = GENERATIONS[code]
    faults, none = Faults(), Faults()
    check(document, code, before, faults)
    check(document, code, newest, none)
    assert len(none) == 0
    found = set()
    if len(faults):
        with pytest.raises(Invalid) as error:
            faults.refuse()
        found = {(fault.pointer, fault.code) for fault in error.value.faults}
    # What the fragment leaves out is missing too; it is not what the case is about.
    touched = {pointer for pointer, _ in expected}
    assert {one for one in found if one[0] in touched or one[1] != "required_in_version"} == expected


@pytest.mark.parametrize("draft", [EXPORT, replace(DONATION, customer=FROM_ABROAD)], ids=["export", "donation"])
def test_a_country_is_written_by_its_older_number(draft: Draft) -> None:
    document = exact(made(replace(draft, customer=replace(draft.customer or Party(), country="DE")), issuer=EXPORTER))
    receiver = document.get("receptor") or document["donante"]
    assert receiver["codPais"] == "9311"
    assert receiver.get("nombrePais") in ("ALEMANIA", None)  # a donation says no name
    read = as_newest(document)["receptor"]
    assert read["codPais"] == "DE"
    assert read.get("nombrePais") in ("Alemania", None)


@pytest.mark.parametrize("draft", [EXPORT, replace(DONATION, customer=FROM_ABROAD)], ids=["export", "donation"])
def test_a_country_without_an_older_number_is_refused_at_the_customer(draft: Draft) -> None:
    draft = replace(draft, customer=replace(draft.customer or Party(), country="SS"))  # South Sudan, of 2011
    assert refused(draft, EXPORTER) == {("/customer/country", "country_not_in_version")}
    assert made(draft, issuer=EXPORTER, newest=True)


def test_what_an_export_sends_for_nothing_has_no_place() -> None:
    lines = replace(EXPORT, items=(item("10"), item("5", free_of_charge=True)))
    assert refused(lines) == {("/items/1/free_of_charge", "not_in_version")}
    told = replace(EXPORT, export=replace(EXPORT.export or Export(), free_of_charge=Decimal(5)))
    assert refused(told) == {("/export/free_of_charge", "not_in_version")}


def test_what_is_no_country_today_keeps_its_older_number() -> None:
    document = {
        "identificacion": {"tipoDte": "11", "version": 1},
        "receptor": {"codPais": "9904", "nombrePais": "FLORIDA (USA)"},
        "cuerpoDocumento": [],
        "resumen": {},
    }
    read = as_newest(document)["receptor"]
    assert (read["codPais"], read["nombrePais"]) == ("9904", "FLORIDA (USA)")


def test_numbers_of_countries_are_one_to_one_and_of_todays_catalogue() -> None:
    numbered = countries.numbered()
    assert len(countries.lettered()) == len(numbered)
    assert all(catalogs.has(catalogs.COUNTRIES, code) for code in numbered)
    assert {code: numbered[code][0] for code in ("SV", "US", "GT", "HN", "NI", "CR", "PA", "MX", "ES", "AF")} == {
        "SV": "9300",
        "US": "9450",
        "GT": "9483",
        "HN": "9501",
        "NI": "9615",
        "CR": "9411",
        "PA": "9642",
        "MX": "9600",
        "ES": "9447",
        "AF": "9303",
    }


def test_an_export_names_a_mailbox_from_ten_thousand_dollars_on() -> None:
    def found(total: str, email: str | None) -> int:
        faults = Faults()
        document = {
            "emisor": {"telefono": "22001100"},
            "receptor": {"correo": email},
            "resumen": {"montoTotalOperacion": Decimal(total)},
        }
        check(document, "11", 1, faults)
        return len(faults)

    assert [found("9999.99", None), found("10000.00", None), found("10000.00", "a@example.com")] == [0, 1, 0]


# --- How it is written ------------------------------------------------------------------------------------------
def test_an_invoice_of_version_1() -> None:
    draft = replace(
        INVOICE,
        items=(item("226.00", "1"),),
        customer=CONSUMER,
        vat_withheld=True,
        notes="Entregar por la tarde",
    )
    document, today = (
        exact(made(draft, issuer=replace(ISSUER, establishment="S002"))),
        exact(made(draft, newest=True)),
    )
    assert document["identificacion"]["version"] == 1
    issuer = document["emisor"]
    assert [issuer[key] for key in ("tipoEstablecimiento", "codEstableMH", "codEstable", "codPuntoVentaMH")] == [
        "01",
        "S002",
        "S002",
        "P001",
    ]
    assert "distrito" not in issuer["direccion"]
    assert document["receptor"]["numDocumento"] == "01234567-8"
    assert document["extension"] == {
        "nombEntrega": None,
        "docuEntrega": None,
        "nombRecibe": None,
        "docuRecibe": None,
        "observaciones": "Entregar por la tarde",
        "placaVehiculo": None,
    }
    summary = document["resumen"]
    assert (summary["ivaRete1"], summary["reteRenta"], summary["totalPagar"]) == (2, 0, 224)
    assert {"ivaRete", "observaciones"} & summary.keys() == set()
    assert document["cuerpoDocumento"] == today["cuerpoDocumento"]


def test_the_least_transfer_between_own_places_is_one_of_version_3() -> None:
    sold, sent = item("11.30"), item("4.00", tax=Taxation.EXEMPT)
    draft = Draft("04", (sold, sent), customer=Party(goods_title="04"))
    document, today = exact(made(draft)), exact(made(draft, newest=True))
    assert document["receptor"]["correo"] == ISSUER.email
    assert today["receptor"]["correo"] is None
    # Its lines have to name the tax of a sale; shown, and added, there is none, as today.
    assert [line["tributos"] for line in document["cuerpoDocumento"]] == [["20"], None]
    assert (document["resumen"]["tributos"], document["resumen"]["montoTotalOperacion"]) == (None, Decimal("15.3"))
    assert as_newest(document)["cuerpoDocumento"] == today["cuerpoDocumento"]


@pytest.mark.parametrize(("shown", "total"), [(None, "12.77"), (True, "12.77"), (False, "11.30")])
def test_a_delivery_to_somebody_else_shows_its_taxes_or_not(shown: bool | None, total: str) -> None:
    draft = Draft("04", (item("11.30"),), customer=replace(TAXPAYER, goods_title="03"), taxes_shown=shown)
    document = exact(made(draft))
    assert document["cuerpoDocumento"][0]["tributos"] == ["20"]
    assert document["resumen"]["montoTotalOperacion"] == Decimal(total)


def test_without_notes_the_extension_is_null() -> None:
    for draft in (INVOICE, TAX_CREDIT):
        assert exact(made(draft))["extension"] is None


def test_purchases_and_donations_call_the_parties_by_their_part() -> None:
    bought, given = exact(made(PURCHASE)), exact(made(DONATION))
    assert bought["sujetoExcluido"]["numDocumento"] == "098765432"  # this type has no dash
    assert bought["resumen"]["ivaRete1"] == 0
    assert given["donatario"]["tipoEstablecimiento"] == "02"
    assert given["donante"]["numDocumento"] == "012345678"
    assert {"emisor", "receptor"} & given.keys() == set()
    assert given["cuerpoDocumento"][0]["depreciacion"] == 0


def test_a_note_has_its_taxes_inside_the_total() -> None:
    document = {
        "resumen": {
            "subTotalVentas": Decimal("150.00"),
            "totalDescu": Decimal(0),
            "ivaPerci": Decimal("1.50"),
            "ivaRete": Decimal("0.00"),
            "montoTotalOperacion": Decimal("169.50"),
            "totalPagar": Decimal("171.00"),
            "totalLetras": "CIENTO SETENTA Y UNO 00/100 USD",
        }
    }
    summary = older(document, "05", PLACE)["resumen"]
    assert (summary["montoTotalOperacion"], summary["subTotal"]) == (Decimal("171.00"), Decimal("150.00"))
    assert "totalPagar" not in summary
    assert document["resumen"]["totalPagar"] == Decimal("171.00")  # what was given stays


def test_a_yard_is_another_kind_of_place_to_a_withholding() -> None:
    document = {"emisor": {"telefono": "2200-1100, 7000-1122"}, "resumen": {}, "cuerpoDocumento": []}
    yard = older(document, "07", Place("P003", "P001"))["emisor"]
    assert (yard["tipoEstablecimiento"], yard["telefono"]) == ("20", "22001100")
    assert older(document, "03", Place("P003", "P001"))["emisor"]["tipoEstablecimiento"] == "07"


def test_phones_of_accounting_settlements_lose_the_countrys_code() -> None:
    document = {"emisor": {"telefono": "+503 2200-1100"}, "receptor": {"telefono": None}}
    turned = older(document, "09", PLACE)
    assert (turned["emisor"]["telefono"], turned["receptor"]["telefono"]) == ("22001100", None)


# --- Contingency ------------------------------------------------------------------------------------------------
def test_the_words_of_a_contingency_are_shorter() -> None:
    note = "x" * 151
    with pytest.raises(Invalid) as error:
        made(INVOICE, manner=Manner(5, note))
    assert [(fault.pointer, fault.code) for fault in error.value.faults] == [("/contingency/note", "too_long")]
    with pytest.raises(Invalid) as error:
        made(INVOICE, manner=Manner(5, "Luz"))
    assert [fault.code for fault in error.value.faults] == ["too_short"]
    assert made(INVOICE, manner=Manner(5, note), newest=True)
    assert made(PURCHASE, manner=Manner(5, note))


def test_a_reported_outage_is_judged_with_the_draft() -> None:
    outage = OwnOutage(5, AT.replace(hour=15), AT.replace(minute=30), "x" * 151)
    with pytest.raises(Invalid) as error:
        prepare(replace(INVOICE, contingency=outage), ISSUER, version=1, at=AT, now=AT.replace(hour=17))
    assert ("/contingency/note", "too_long") in {(fault.pointer, fault.code) for fault in error.value.faults}


def test_the_reason_has_the_schemas_own_spelling_in_exports() -> None:
    assert manners.members(Manner(5, "Inundación"), "11", 1) == {
        "tipoModelo": 2,
        "tipoOperacion": 2,
        "tipoContingencia": 5,
        "motivoContigencia": "Inundación",
    }
    assert "motivoContin" in manners.members(Manner(), "11", 3)


def test_a_withholding_of_version_1_has_no_contingency() -> None:
    rules = RULES.contingency
    assert (rules.allow("07", 2), rules.allow("07", 1), rules.allow("08", 2)) == (True, False, False)
    with pytest.raises(Invalid):
        manners.members(Manner(1), "07", 1)
    assert manners.members(Manner(), "07", 1)["tipoContingencia"] is None


def test_a_document_sealed_anew_stays_in_its_version() -> None:
    normal = made(INVOICE)
    assert LAW.reseal(normal, SIGNING_KEY, Manner(1)).payload == made(INVOICE, manner=Manner(1))


# --- Events -----------------------------------------------------------------------------------------------------
def issued(text: str, type_code: str) -> IssuedDocument:
    head = json.loads(text)["identificacion"]
    return replace(
        events.FACTURA,
        type_code=type_code,
        generation_code=head["codigoGeneracion"],
        control_number=head["numeroControl"],
        payload=text,
    )


def event(draft: InvalidationDraft, version: int) -> dict[str, Any]:
    sealed = LAW.seal_invalidation(
        draft,
        environment=Environment.SANDBOX,
        generation_code=events.EVENT,
        at=events.NOW,
        key=SIGNING_KEY,
        version=version,
    )
    return exact(sealed.payload)


def test_an_invalidation_of_version_2() -> None:
    draft = events.wish(issued(made(TAX_CREDIT), "03"))
    body, today = event(draft, 2), event(draft, 3)
    assert body["identificacion"]["version"] == 2
    assert body["identificacion"]["fecAnula"] == today["identificacion"]["fecEmi"]
    assert {"fecEmi", "horEmi", "fusion"} & body["identificacion"].keys() == set()
    assert body["emisor"]["tipoEstablecimiento"] == "02"
    assert body["documento"]["montoIva"] == Decimal("130")
    assert body["documento"]["numDocumento"] == today["documento"]["numDocumento"] == TAXPAYER.tax_id
    assert body["motivo"] == today["motivo"]


def test_an_invalidation_of_version_2_names_somebody_even_of_an_anonymous_sale() -> None:
    body = event(events.wish(issued(made(INVOICE), "01")), 2)["documento"]
    assert (body["tipoDocumento"], body["numDocumento"], body["nombre"]) == ("37", "N/A", "CONSUMIDOR FINAL")
    assert body["montoIva"] == Decimal("0.81")


def test_an_invalidation_of_version_2_has_a_longer_reason() -> None:
    with pytest.raises(Invalid) as error:
        event(events.wish(reason="Mal"), 2)
    assert {(fault.pointer, fault.code) for fault in error.value.faults} == {("/reason", "too_short_in_version")}
    assert event(events.wish(reason="Mal"), 3)


def test_what_is_not_numbered_is_invalidated_by_todays_event_whichever_was_chosen() -> None:
    special = replace(events.issued(SPECIAL), control_number="")
    assert event(events.wish(special), 2)["identificacion"]["version"] == invalidation.VERSION


@pytest.mark.parametrize("type_code", DRAFTS)
@pytest.mark.parametrize("version", [3, 2])
def test_documents_of_either_version_are_invalidated_by_either_event(type_code: str, version: int) -> None:
    draft = replace(DRAFTS[type_code], customer=DRAFTS[type_code].customer or CONSUMER)
    for newest in (True, False):
        body = event(events.wish(issued(made(draft, newest=newest), type_code)), version)
        assert body["emisor"]["nit"] == ISSUER.tax_id
        assert body["emisor"]["codEstable"] == "M001"
        assert body["documento"]["nombre"] == draft.customer.name if draft.customer else None


def test_the_receiver_is_named_as_in_the_document() -> None:
    draft = replace(INVOICE, customer=CONSUMER)
    numbers = [
        event(events.wish(issued(made(draft, newest=newest), "01")), 3)["documento"]["numDocumento"]
        for newest in (True, False)
    ]
    assert numbers == ["012345678", "01234567-8"]


def test_a_contingency_event_of_version_3() -> None:
    def sealed(version: int) -> dict[str, Any]:
        text = outages.DESK.seal_report(
            outages.REPORT,
            environment=Environment.TEST,
            generation_code=outages.EVENT,
            at=outages.NOW,
            key=SIGNING_KEY,
            version=version,
        ).payload
        return exact(text)

    body, today = sealed(3), sealed(4)
    assert body["identificacion"]["version"] == 3
    assert body["emisor"].pop("codPuntoVenta") == today["emisor"].pop("codPuntoVentaMH") == "P001"
    assert body["emisor"] == today["emisor"]
    assert (body["detalleDTE"], body["motivo"]) == (today["detalleDTE"], today["motivo"])


def test_a_contingency_event_of_version_3_needs_longer_names() -> None:
    report = outages.outage(responsible=replace(outages.REPORT.responsible, name="Ana"))
    with pytest.raises(Invalid) as error:
        contingency.seal(
            report,
            environment=Environment.TEST,
            generation_code=outages.EVENT,
            at=outages.NOW,
            key=KEY,
            version=3,
        )
    assert [(fault.pointer, fault.code) for fault in error.value.faults] == [
        ("/responsible/name", "too_short_in_version")
    ]


# --- How it is read ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("draft", [replace(INVOICE, customer=CONSUMER, notes="Gracias"), TAX_CREDIT])
def test_a_reader_sees_the_same_in_either_version(draft: Draft) -> None:
    now, before = (LAW.read(made(draft, newest=newest)) for newest in (True, False))
    assert before.version == GENERATIONS[draft.type_code][1]
    assert (before.payable, before.in_words, before.notes) == (now.payable, now.in_words, now.notes)
    assert before.customer is not None
    assert now.customer is not None
    assert before.customer.name == now.customer.name
    assert (before.table, before.sums) == (now.table, now.sums)


@pytest.mark.parametrize("type_code", DRAFTS)
def test_a_document_comes_back_under_todays_names(type_code: str) -> None:
    before, now = as_newest(exact(made(DRAFTS[type_code]))), exact(made(DRAFTS[type_code], newest=True))
    for key in ("receptor", "emisor"):
        if now[key]:
            assert now[key].pop("direccion")["distrito"]
            assert before[key].pop("direccion")["distrito"] is None
            assert now[key].items() <= before[key].items()
    assert before["cuerpoDocumento"] == now["cuerpoDocumento"]
    assert now["resumen"].items() <= before["resumen"].items()


def test_what_today_has_no_place_for_is_kept() -> None:
    document = exact(made(replace(INVOICE, notes="Gracias")))
    document["extension"]["nombRecibe"] = "PERSONA QUE RECIBE"
    document["resumen"]["reteRenta"] = Decimal(7)
    read = as_newest(document)
    assert read["extension"]["nombRecibe"] == "PERSONA QUE RECIBE"
    assert (read["resumen"]["reteRenta"], read["resumen"]["observaciones"]) == (7, "Gracias")


def test_an_explanation_has_the_earlier_formulas() -> None:
    draft = replace(INVOICE, items=(item("226.00"),), customer=CONSUMER, vat_withheld=True)
    told = explain(draft, made(draft))
    assert "ivaRete1" in {one.place[-1] for one in told.steps}
    assert {rule.code: rule.applies for rule in told.rules}["withholding"] is True


# --- What Hacienda says of it -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("Campo #/sujetoExcluido/direccion/complemento no cumple el formato requerido", "/customer/address/line"),
        ("Campo #/donante/numDocumento no cumple el formato requerido", "/customer/tax_id"),
        ("Campo #/donatario/correo no cumple el formato requerido", ""),
        ("Campo #/extension/observaciones contiene un valor inválido", "/notes"),
        ("Campo #/cuerpoDocumento/1/depreciacion contiene un valor inválido", "/items/1/depreciation"),
        ("[resumen.ivaRete1] CALCULO INCORRECTO", "/vat_withheld"),
        ("Campo #/identificacion/motivoContigencia contiene un valor inválido", "/contingency/note"),
        ("El donante no existe", ""),
    ],
)
def test_a_refusal_leads_to_the_callers_field(text: str, pointer: str) -> None:
    (fault,) = pointers.faults("096", [text])
    assert fault.pointer == pointer


VERSION_REFUSED = ("Campo #/identificacion/version contiene un valor inválido",)


@pytest.mark.parametrize(
    ("code", "observations", "type_code", "version", "other"),
    [
        ("096", VERSION_REFUSED, "01", 2, 1),
        ("096", VERSION_REFUSED, "01", 1, 2),
        ("096", ("", *VERSION_REFUSED), "05", 4, 3),
        ("096", VERSION_REFUSED, INVALIDATION, 3, 2),
        ("096", ("Campo #/receptor/correo contiene un valor inválido",), "01", 2, None),
        ("020", VERSION_REFUSED, "01", 2, None),
        ("096", VERSION_REFUSED, "18", 1, None),
        ("096", (), "01", 2, None),
    ],
)
def test_a_refused_version_suggests_the_other_one(
    code: str, observations: tuple[str, ...], type_code: str, version: int, other: int | None
) -> None:
    assert suggested(code, observations, type_code, version) == other
