"""Costa Rica's counter against the official files: forms as the schemas have them, samples judged as they say."""

from __future__ import annotations

import base64
import csv
import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hacienda.sandbox.costarica import codes
from hacienda.sandbox.costarica.clave import read_clave
from hacienda.sandbox.costarica.forms import FORMS, UNBOUNDED, Part
from hacienda.sandbox.costarica.kinds import KINDS, Kind
from hacienda.sandbox.costarica.structure import MOST_SIGNATURES, SIGNATURE, StructureFault, kind_of, read
from hacienda.sandbox.server import Sandbox, make_server
from tests.effort import examples
from tests.hacienda.sandbox.costarica.signing import DS
from tests.hacienda.sandbox.costarica.taxpayer import PASSWORD, Taxpayer, message_of
from tests.hacienda.sandbox.costarica.taxpayer import codes as codes_in

ISSUER, BUYER, WITH_LETTERS = "3101000000", "3102000000", "3101A00000"
# When the sandbox receives the samples: a little after they say they were signed.
THEN = datetime.fromisoformat("2026-11-21T15:00:00-06:00")
OCTOBER = datetime.fromisoformat("2026-10-02T10:00:00-06:00")
CONFIRMED = datetime.fromisoformat("2026-11-23T10:00:00-06:00")
REJECTED_KEY = "50620112600310100000000100001010000000101199887766"
ODD = ["", " ", "x", "0", "1", "-1", "1e3", "1.", ".5", "+1", "00", "01", "99", "1.123456", "0.00000", "é" * 7]
ODD += ["9" * 13, "9" * 14, "1" * 12, "2026-11-20T09:15:00", "2026-13-20T09:15:00Z", "2026-11-20T09:15:00.5+05:00"]
ODD += ["a" * length for length in (2, 3, 4, 5, 6, 13, 17, 18, 20, 21, 80, 81, 100, 101, 160, 161, 250, 251, 501)]
# Of a value of white space and digits the schema makes the number: nobody writes so, and here it is refused.
STRICTER = {"Provincia", "Canton", "Distrito"}


@pytest.fixture(scope="module")
def official(reference: Path) -> Path:
    """The folder of official data."""
    folder = reference / "costarica"
    if not folder.is_dir():
        pytest.skip("the official reference data is not beside the project (SHARED_DIR)")
    return folder


@pytest.fixture(scope="module")
def signed(official: Path) -> dict[str, bytes]:
    """The signed samples of documents, by name."""
    found = {
        path.name.removesuffix(".xml"): path.read_bytes() for path in (official / "samples/signed").glob("*.xml")
    }
    return {name: raw for name, raw in found.items() if not name.startswith("mh-")}


@cache
def schema(folder: Path, root: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(folder / "xsd/2026/v4.4" / f"{root}_V4.4.xsd")))


def is_built_right(root: Any) -> bool:
    kind = kind_of(root)
    assert kind is not None
    try:
        read(root, kind)
    except StructureFault:
        return False
    return True


def test_every_sample_is_built_right(official: Path, signed: dict[str, bytes]) -> None:
    assert len(signed) == 21
    seen = set()
    for name, raw in signed.items():
        root = etree.fromstring(raw)
        kind = kind_of(root)
        assert kind is not None
        assert schema(official, kind.root).validate(root), name
        assert is_built_right(root), name
        seen.add(kind)
    assert seen == set(KINDS.values())


@settings(max_examples=examples(400))
@given(st.data())
def test_no_form_is_laxer_or_stricter_than_the_schema(
    official: Path, signed: dict[str, bytes], data: st.DataObject
) -> None:
    root = etree.fromstring(signed[data.draw(st.sampled_from(sorted(signed)))])
    kind = kind_of(root)
    assert kind is not None
    places = [one for one in root.iterdescendants() if not one.tag.startswith(f"{{{DS}}}") and inside(one)]
    place = data.draw(st.sampled_from(places))
    parent = place.getparent()
    match data.draw(st.sampled_from(["text", "text", "gone", "twice", "many", "moved", "extra", "attribute"])):
        case "text" if len(place) == 0:
            place.text = data.draw(st.sampled_from(ODD))
        case "gone" | "text":
            parent.remove(place)
        case "twice":
            place.addnext(deepcopy(place))
        case "many":
            for _ in range(data.draw(st.sampled_from([2, 3, 4, 5, 9, 10, 14, 15]))):
                place.addnext(deepcopy(place))
        case "moved":
            parent.insert(data.draw(st.integers(0, len(parent))), place)
        case "extra":
            etree.SubElement(place, data.draw(st.sampled_from([place.tag, "Otro", f"{{{kind.namespace}}}Otro"])))
        case "attribute":
            place.set(data.draw(st.sampled_from(["codigo", "otro"])), "x")

    valid = schema(official, kind.root).validate(root)
    if valid and etree.QName(place).localname in STRICTER:
        return
    assert is_built_right(root) == valid, (etree.QName(place).localname, place.text)


def inside(element: Any) -> bool:
    """Whether an element is the document's own, not the signature's."""
    return not any(above.tag == SIGNATURE for above in element.iterancestors())


XS = "{http://www.w3.org/2001/XMLSchema}"
Tree = tuple[str, int, int, tuple[Any, ...]]


def official_tree(element: Any, types: dict[str, Any]) -> Tree:
    """An element of a schema: its name, how many there are, and the same of those inside it."""
    declared = types.get(element.get("type"))
    content = element.find(f"{XS}complexType") if declared is None else declared
    inner = () if content is None else content.iterfind(f"{XS}sequence/{XS}element")
    most = element.get("maxOccurs", "1")
    return (
        element.get("name") or element.get("ref"),
        int(element.get("minOccurs", "1")),
        UNBOUNDED if most == "unbounded" else int(most),
        tuple(official_tree(one, types) for one in inner),
    )


def our_tree(part: Part) -> Tree:
    return part.name, part.least, part.most, tuple(our_tree(one) for one in part.parts)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.root)
def test_every_form_has_the_elements_of_the_schema(official: Path, kind: Kind) -> None:
    tree = etree.parse(str(official / "xsd/2026/v4.4" / f"{kind.root}_V4.4.xsd")).getroot()
    types = {one.get("name"): one for one in tree.iterfind(f"{XS}complexType")}
    name, _, _, inside_it = official_tree(tree.find(f"{XS}element"), types)

    assert name == kind.root
    assert (*map(our_tree, FORMS[kind]), ("ds:Signature", 1, MOST_SIGNATURES, ())) == inside_it


def test_the_lists_of_codes_are_the_official_ones(official: Path) -> None:
    for name, kept in (("units", codes.UNITS), ("currencies", codes.CURRENCIES)):
        rows = csv.DictReader((official / "catalogs" / f"{name}.csv").read_text(encoding="utf-8").splitlines())
        assert {row["code"] for row in rows} == kept
    lists = json.loads((official / "catalogs/codes.json").read_text(encoding="utf-8"))
    rates = {code: str(one["rate"]) for code, one in lists["iva_rates"]["codes"].items()}
    assert rates == codes.RATES
    for name, kept in {
        "taxes": codes.TAXES,
        "payment_methods": codes.PAYMENTS,
        "discounts": codes.DISCOUNTS,
        "other_charges": codes.CHARGES,
        "reference_document_types": codes.REFERENCED,
        "reference_codes": codes.RECEIPT_REFERENCE_CODES,
        "exoneration_documents": codes.EXONERATIONS,
        "exoneration_institutions": codes.INSTITUTIONS,
        "sale_conditions": codes.NOTE_CONDITIONS,
    }.items():
        assert set(lists[name]["codes"]) == kept, name


def test_every_cabys_code_can_be_one(official: Path) -> None:
    with gzip.open(official / "catalogs/cabys.csv.gz", "rt", encoding="utf-8") as file:
        listed = [row["code"] for row in csv.DictReader(file)]

    assert len(listed) > 20_000
    assert all(len(code) == 13 and code.isdigit() and int(code) for code in listed)


# Judging the samples


class Sender(Taxpayer):
    """A taxpayer of the samples: it sends what is signed already."""

    def at(self, moment: datetime) -> None:
        self.sandbox.clock.offset = timedelta(0)
        self.sandbox.clock.offset = moment - self.sandbox.clock.now()
        self.forget_token()

    def judge(self, raw: bytes, **changes: Any) -> Any:
        root = etree.fromstring(raw)
        clave = root.findtext("{*}Clave")
        number = root.findtext("{*}NumeroConsecutivoReceptor")
        issuer = read_clave(clave).issuer.lstrip("0")
        body: dict[str, Any] = {
            "clave": clave,
            "fecha": self.now().isoformat(timespec="seconds"),
            "emisor": {"tipoIdentificacion": "02", "numeroIdentificacion": issuer},
            "comprobanteXml": base64.b64encode(raw).decode(),
        }
        if number:
            body |= {"consecutivoReceptor": number}
            body |= {"receptor": {"tipoIdentificacion": "02", "numeroIdentificacion": self.tax_id}}
        answer = self.post(body | changes)
        assert answer.status_code == 202, answer.headers
        return message_of(self.final(f"{clave}-{number}" if number else clave))

    def accept(self, raw: bytes) -> None:
        said = self.judge(raw)
        assert said.findtext("{*}Mensaje") == "1", said.findtext("{*}DetalleMensaje")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with make_server("127.0.0.1", 0, tmp_path_factory.mktemp("samples"), judgement_seconds=0) as made:
        yield made


def certificate_in(raw: bytes) -> str:
    return str(etree.fromstring(raw).findtext(f".//{{{DS}}}X509Certificate"))


def registered(running: Sandbox, tax_id: str, certificate: str) -> Sender:
    made = Sender(running, tax_id)
    body = {"country": "CR", "nit": tax_id, "user": made.user, "password": PASSWORD, "certificate": certificate}
    assert made.control("POST", "emitters", body).status_code == 201
    assert made.control("DELETE", "state").status_code == 204
    made.at(THEN)
    return made


@pytest.fixture
def issuer(running: Sandbox, signed: dict[str, bytes]) -> Sender:
    """The samples' issuer, in a sandbox without documents, at their time."""
    return registered(running, ISSUER, certificate_in(signed["fe-01-simple"]))


@pytest.mark.parametrize(
    "name",
    [
        "fe-01-simple",
        "fe-01-simple.c14n10-3refs",
        "fe-02-compleja-usd-credito",
        "fe-04-contingencia-situacion-2",
        "fe-05-sin-internet-situacion-3",
        "te-01-sin-receptor-dos-medios-pago",
        "fec-01-regimen-especial",
        "fec-02-no-domiciliado",
        "fee-01-servicio",
        "fee-02-mercancia-partida-arancelaria",
    ],
)
def test_a_sample_by_itself_is_accepted(issuer: Sender, signed: dict[str, bytes], name: str) -> None:
    issuer.accept(signed[name])


@pytest.mark.parametrize(
    "name", ["nc-01-anula-total", "nc-02-corrige-monto", "nc-03-anula-error-material-13", "nd-01-corrige-monto"]
)
def test_a_note_is_accepted_after_its_document(issuer: Sender, signed: dict[str, bytes], name: str) -> None:
    issuer.accept(signed["fe-01-simple"])
    issuer.accept(signed[name])


def test_a_receipt_is_accepted_after_its_document(issuer: Sender, signed: dict[str, bytes]) -> None:
    issuer.at(OCTOBER)
    issuer.accept(signed["fe-03-servicios-al-estado-08"])
    issuer.at(THEN)
    issuer.accept(signed["rep-01-pago-estado"])


def test_what_replaces_a_rejected_document_is_accepted(issuer: Sender, signed: dict[str, bytes]) -> None:
    key = etree.fromstring(signed["fe-01-simple"]).findtext("{*}Clave").encode()
    rejected = issuer.judge(signed["fe-01-simple"].replace(key, REJECTED_KEY.encode()))
    assert rejected.findtext("{*}Mensaje") == "3"

    issuer.accept(signed["fe-06-sustituye-rechazado-16"])


def test_the_sample_with_letters_is_refused_only_for_its_certificate(
    running: Sandbox, signed: dict[str, bytes]
) -> None:
    """It is signed with the certificate of the id without letters."""
    raw = signed["fe-07-clave-alfanumerica"]
    made = Sender(running, WITH_LETTERS)
    body = {"country": "CR", "nit": WITH_LETTERS, "password": PASSWORD, "user": made.user}
    body |= {"public_key": made.key.spki}
    assert made.control("POST", "emitters", body).status_code == 201
    made.at(THEN)

    assert "no corresponde al obligado" in made.judge(raw).findtext("{*}DetalleMensaje")


@pytest.mark.parametrize("name", ["mr-05-acepta", "mr-06-acepta-parcial", "mr-07-rechaza"])
def test_a_receptors_message_is_accepted(issuer: Sender, signed: dict[str, bytes], name: str) -> None:
    issuer.accept(signed["fe-01-simple"])
    buyer = Sender(issuer.sandbox, BUYER)
    body = {"country": "CR", "nit": BUYER, "user": buyer.user, "password": PASSWORD}
    body |= {"certificate": certificate_in(signed[name])}
    assert buyer.control("POST", "emitters", body).status_code == 201
    buyer.at(CONFIRMED)

    buyer.accept(signed[name])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fe-tampered-total", "La firma del comprobante electrónico no es válida."),
        ("fe-xsd-sin-baseimponible", ["-1"]),
        ("fe-firma-sin-politica", "La firma del documento no tiene el Policy Id"),
        ("fe-fecha-no-coincide-con-clave", ["-405"]),
        ("fe-total-no-cuadra", ["-312", "-300"]),
        ("fe-firmada-por-otro-contribuyente", "no corresponde al obligado tributario"),
    ],
)
def test_an_invalid_sample_is_rejected(issuer: Sender, official: Path, name: str, said: str | list[str]) -> None:
    answer = issuer.judge((official / "samples/invalid" / f"{name}.xml").read_bytes())
    text = answer.findtext("{*}DetalleMensaje")

    assert answer.findtext("{*}Mensaje") == "3"
    if isinstance(said, str):
        assert said in text
        assert answer.findtext("{*}NombreEmisor") == "DESCONOCIDO"
    else:
        assert codes_in(text) == said


# The shape of what is answered


def skeleton(root: Any) -> list[tuple[int, str, str | None]]:
    """Elements by depth and name, with the algorithms they name."""
    return [
        (sum(1 for _ in one.iterancestors()), etree.QName(one).localname, one.get("Algorithm")) for one in root.iter()
    ]


@pytest.mark.parametrize(
    ("sample", "document"), [("mh-01-aceptado", "fe-01-simple"), ("mh-06-aceptado-tiquete", "te-01")]
)
def test_an_answer_is_like_haciendas(
    issuer: Sender, official: Path, signed: dict[str, bytes], sample: str, document: str
) -> None:
    theirs = etree.parse(str(official / "samples/signed" / f"{sample}.xml")).getroot()
    name = next(name for name in sorted(signed) if name.startswith(document))
    ours = issuer.judge(signed[name])

    assert skeleton(ours) == skeleton(theirs)
    mine, wanted = ([one.text for one in root if one.tag != SIGNATURE] for root in (ours, theirs))
    assert mine == wanted
    assert schema(official, "MensajeHacienda").validate(ours)


def test_a_rejection_is_laid_out_like_haciendas(issuer: Sender, official: Path) -> None:
    answer = issuer.judge((official / "samples/invalid/fe-fecha-no-coincide-con-clave.xml").read_bytes())
    theirs = etree.parse(str(official / "samples/unsigned/mh-03-rechazado-sandbox.xml")).getroot()

    assert schema(official, "MensajeHacienda").validate(answer)
    ours, wanted = (root.findtext("{*}DetalleMensaje") for root in (answer, theirs))
    assert without_row(ours) == without_row(wanted)


def without_row(text: str) -> list[str]:
    return [line for line in text.split("\n") if not line.startswith("-")]


def test_the_api_answers_in_the_samples_shapes(issuer: Sender, official: Path, signed: dict[str, bytes]) -> None:
    folder = official / "samples/api"

    def keys(name: str) -> set[str]:
        return set(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))

    assert set(issuer.log_in().json()) == keys("token")
    posted = json.loads((folder / "recepcion-post.json").read_text(encoding="utf-8"))
    assert issuer.post(posted).status_code == 202
    assert set(issuer.final(posted["clave"])) == keys("recepcion-get-aceptado")
    issuer.fault("stuck", "consulta", count=1)
    assert set(issuer.ask(posted["clave"]).json()) == keys("recepcion-get-procesando")
    buyer = Sender(issuer.sandbox, BUYER)
    said = json.loads((folder / "recepcion-post-mensaje-receptor.json").read_text(encoding="utf-8"))
    body = {"country": "CR", "nit": BUYER, "user": buyer.user, "password": PASSWORD}
    body |= {"certificate": certificate_in(base64.b64decode(said["comprobanteXml"]))}
    assert buyer.control("POST", "emitters", body).status_code == 201
    buyer.at(CONFIRMED)
    assert buyer.post(said).status_code == 202
    assert buyer.final(f"{said['clave']}-{said['consecutivoReceptor']}")["ind-estado"] == "aceptado"
