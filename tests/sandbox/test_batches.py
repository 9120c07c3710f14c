from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import make_server
from tests.actors import eventually
from tests.sandbox.merchant import OTHER_NIT, Merchant, changed, new_code, sign
from tests.sandbox.test_services import public_page

RECEPTION_FIELDS = [
    "version",
    "ambiente",
    "versionApp",
    "estado",
    "codigoGeneracion",
    "selloRecibido",
    "fhProcesamiento",
    "clasificaMsg",
    "codigoMsg",
    "descripcionMsg",
    "observaciones",
]
Outcome = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def code_of(document: dict[str, Any]) -> str:
    return str(document["identificacion"]["codigoGeneracion"])


def taken(merchant: Merchant, *documents: dict[str, Any], **envelope: Any) -> str:
    """Send a batch that must be taken, and return its code."""
    answer = merchant.batch(*documents, **envelope)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["codigoLote"])


def wait(merchant: Merchant, seconds: float = 1) -> None:
    """Let the sandbox's time go on."""
    merchant.sandbox.clock.offset += timedelta(seconds=seconds)


def outcome(merchant: Merchant, batch: str) -> Outcome:
    """What was answered so far: accepted and rejected documents."""
    answer = merchant.results(batch)
    assert answer.status_code == 200
    assert list(answer.json()) == ["procesados", "rechazados"]
    return answer.json()["procesados"], answer.json()["rechazados"]


def judged(merchant: Merchant, *documents: dict[str, Any]) -> Outcome:
    """Send a batch, let it be judged, and return what was answered."""
    batch = taken(merchant, *documents)
    wait(merchant)
    return outcome(merchant, batch)


@pytest.fixture
def patient(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> Iterator[Merchant]:
    """A merchant of a sandbox that takes the longest over a batch, so that no test is too slow to look before."""
    with make_server("127.0.0.1", 0, tmp_path, batch_seconds=5) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        assert merchant.register().status_code == 201
        yield merchant


def test_a_batch_is_taken_at_once(merchant: Merchant) -> None:
    sending = new_code()
    answer = merchant.batch(merchant.invoice(), idEnvio=sending)

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == [
        "versionApp",
        "estado",
        "fhProcesamiento",
        "descripcionMsg",
        "ambiente",
        "clasificaMsg",
        "codigoLote",
        "idEnvio",
        "codigoMsg",
        "version",
    ]
    assert (body["estado"], body["descripcionMsg"]) == ("RECIBIDO", "LOTE RECIBIDO")
    assert (body["codigoMsg"], body["clasificaMsg"]) == ("001", "10")
    assert (body["versionApp"], body["version"], body["ambiente"]) == (1, 1, "00")
    assert body["idEnvio"] == sending
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", body["codigoLote"])


def test_results_come_in_two_halves(patient: Merchant) -> None:
    documents = [patient.invoice() for _ in range(5)]
    documents[1]["cuerpoDocumento"][0]["numItem"] = 7
    batch = taken(patient, *documents)

    assert outcome(patient, batch) == ([], [])
    wait(patient, 2.5)
    accepted, rejected = outcome(patient, batch)
    assert [one["codigoGeneracion"] for one in accepted] == [code_of(documents[0])]
    assert [one["codigoGeneracion"] for one in rejected] == [code_of(documents[1])]
    wait(patient, 2.5)
    accepted, rejected = outcome(patient, batch)
    assert [one["codigoGeneracion"] for one in accepted] == [code_of(documents[number]) for number in (0, 2, 3, 4)]
    assert {one["codigoMsg"] for one in rejected} == {"019"}
    assert [list(one) for one in accepted + rejected] == [RECEPTION_FIELDS] * 5
    assert {(one["codigoMsg"], one["descripcionMsg"]) for one in accepted} == {("001", "RECIBIDO Y PROCESADO")}


def test_results_come_by_themselves_within_their_time(merchant: Merchant) -> None:
    begun = time.monotonic()
    batch = taken(merchant, merchant.invoice())

    assert eventually(lambda: len(outcome(merchant, batch)[0]) == 1, seconds=5)
    assert time.monotonic() - begun >= 1


def test_documents_are_judged_by_the_checks_of_reception(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    sealed = merchant.invoice()
    merchant.accepted(sealed)
    foreign = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    foreign.register()
    clean, twin = merchant.invoice(), merchant.invoice()
    twin["identificacion"]["numeroControl"] = clean["identificacion"]["numeroControl"]
    signed = {
        "802": sign(other_key, merchant.invoice()),
        "096": sign(merchant.key, changed(merchant.invoice(), "emisor.correo", "")),
        "098": sign(merchant.key, b"[]"),
        "004": sign(merchant.key, sealed),
        "008": sign(other_key, foreign.invoice()),
        "007": sign(merchant.key, changed(merchant.invoice(), "identificacion.ambiente", "01")),
        "014": sign(
            merchant.key, changed(merchant.tax_credit(), "documentoRelacionado", [related(new_code(), merchant)])
        ),
        "020": sign(merchant.key, changed(merchant.invoice(), "resumen.totalPagar", 99)),
    }
    rest = [sign(merchant.key, clean), sign(merchant.key, twin), "no.es.jws", sign(merchant.key, {})]
    batch = taken(merchant, documentos=[*signed.values(), *rest])
    wait(merchant)
    accepted, rejected = outcome(merchant, batch)

    assert [one["codigoGeneracion"] for one in accepted] == [code_of(clean)]
    told = [one["codigoMsg"] for one in rejected]
    assert told[:6] == ["802", "096", "098", "004", "008", "007"]
    assert told[7:] == ["020", "004", "802", "007"]
    assert rejected[-3]["descripcionMsg"].startswith("[identificacion.numeroControl]")
    assert [list(one) for one in rejected] == [RECEPTION_FIELDS] * len(rejected)
    assert {one["selloRecibido"] for one in rejected} == {None}
    assert rejected[-2]["codigoGeneracion"] is None


def related(code: str, merchant: Merchant) -> dict[str, Any]:
    """A reference to an electronic delivery note of today."""
    today = merchant.now().date().isoformat()
    return {"tipoDocumento": "04", "tipoGeneracion": 2, "numeroDocumento": code, "fechaEmision": today}


def test_a_query_finds_what_a_batch_brought_once_it_is_due(patient: Merchant) -> None:
    good, bad = patient.invoice(), changed(patient.invoice(), "cuerpoDocumento.0.numItem", 2)
    batch = taken(patient, good, bad)

    assert (patient.ask(good).status_code, patient.ask(bad).status_code) == (404, 404)
    wait(patient, 5)
    answer = patient.ask(good)
    ((accepted,), (rejected,)) = outcome(patient, batch)
    assert answer.json() == accepted | {"observaciones": ["", ""]}
    assert (patient.ask(bad).status_code, patient.ask(bad).json()) == (400, rejected)
    assert patient.send(good).json()["codigoMsg"] == "004"
    assert patient.send(changed(bad, "cuerpoDocumento.0.numItem", 1)).status_code == 200


def test_everything_that_could_see_a_difference_sees_it(merchant: Merchant) -> None:
    def due() -> dict[str, Any]:
        document = merchant.invoice()
        taken(merchant, document)
        wait(merchant)
        return document

    assert merchant.send(due()).json()["codigoMsg"] == "004"
    assert public_page(merchant, due())[0] == 200
    assert merchant.annul(merchant.invalidation(due(), "A" * 40)).json()["codigoMsg"] == "027"
    assert merchant.report(merchant.outage(due())).json()["observaciones"][0].startswith("[004]")
    first = due()
    assert judged(merchant, first)[1][0]["codigoMsg"] == "004"


def test_batches_are_judged_in_the_order_in_which_they_became_due(patient: Merchant) -> None:
    def numbered(document: dict[str, Any]) -> dict[str, Any]:
        return changed(document, "identificacion.numeroControl", first["identificacion"]["numeroControl"])

    first = patient.invoice()
    second, third = numbered(patient.invoice()), numbered(patient.invoice())
    one = taken(patient, patient.invoice(), second)
    other = taken(patient, first, third)
    wait(patient, 10)

    # The first half of the later batch was due before the second half of the earlier one.
    assert code_of(first) in [each["codigoGeneracion"] for each in outcome(patient, other)[0]]
    assert [each["codigoGeneracion"] for each in outcome(patient, one)[1]] == [code_of(second)]
    assert [each["codigoGeneracion"] for each in outcome(patient, other)[1]] == [code_of(third)]


def test_a_batch_is_judged_once_whoever_asks_first(merchant: Merchant) -> None:
    batch = taken(merchant, *(merchant.invoice() for _ in range(40)))
    url, headers = f"{merchant.sandbox.url}/fesv/recepcion/consultadtelote/{batch}", {"Authorization": merchant.token}
    wait(merchant)
    sizes: list[tuple[int, int]] = []

    def ask() -> None:
        body = requests.get(url, headers=headers, timeout=10).json()
        sizes.append((len(body["procesados"]), len(body["rechazados"])))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sizes == [(40, 0)] * 8


def test_a_clock_that_is_set_back_keeps_no_batch_waiting(merchant: Merchant) -> None:
    merchant.sandbox.clock.offset = timedelta(hours=1)
    batch = taken(merchant, merchant.invoice())
    merchant.sandbox.clock.offset = timedelta(0)

    assert len(outcome(merchant, batch)[0]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"ambiente": "02"},
        {"ambiente": None},
        {"idEnvio": 1},
        {"idEnvio": "91512b3d-2534-4009-817b-2522b8154993"},
        {"idEnvio": "91512B3D-2534-1009-817B-2522B8154993"},
        {"version": "1"},
        {"nitEmisor": None},
        {"documentos": []},
        {"documentos": "x"},
        {"documentos": [1]},
        {"documentos": ["x"] * 101},
    ],
)
def test_an_envelope_that_is_not_complete_is_094(merchant: Merchant, wrong: dict[str, Any]) -> None:
    answer = merchant.batch(merchant.invoice(), **wrong)

    assert (answer.status_code, answer.json()["estado"], answer.json()["codigoMsg"]) == (400, "RECHAZADO", "094")
    assert "codigoLote" not in answer.json()


def test_a_batch_is_its_own_taxpayers(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    other = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    other.register()
    batch = taken(merchant, merchant.invoice())

    answer = other.batch(other.invoice(), nitEmisor=merchant.nit)
    assert (answer.status_code, answer.json()["codigoMsg"]) == (400, "008")
    assert answer.json()["descripcionMsg"] == "[nitEmisor] NO PERTENECE AL CONTRIBUYENTE"
    assert other.results(batch).status_code == 404
    assert merchant.results(new_code()).status_code == 404
    assert merchant.results(f"{batch}/").status_code == 200
    for path in ("/fesv/recepcionlote", "/fesv/recepcionlote/"):
        assert merchant.post(path, {}, token="Bearer no").status_code == 401
    url = f"{merchant.sandbox.url}/fesv/recepcion/consultadtelote/{batch}"
    assert merchant.http.get(url, timeout=5).status_code == 401


def test_a_contingency_document_in_a_batch_needs_its_event(merchant: Merchant) -> None:
    listed, unlisted = (merchant.contingency(merchant.invoice()) for _ in range(2))
    assert merchant.report(merchant.outage(listed)).status_code == 200

    ((accepted,), (rejected,)) = judged(merchant, listed, unlisted)
    assert accepted["codigoGeneracion"] == code_of(listed)
    assert (rejected["codigoGeneracion"], rejected["codigoMsg"]) == (code_of(unlisted), "012")


def test_terms_count_when_the_batch_arrives(patient: Merchant) -> None:
    early, late = (patient.contingency(patient.invoice()) for _ in range(2))
    patient.report(patient.outage(early, late))
    wait(patient, 72 * 3600 - 3)
    patient.forget_token()
    in_time = taken(patient, early)
    wait(patient, 4)
    too_late = taken(patient, late)
    wait(patient, 5)

    assert len(outcome(patient, in_time)[0]) == 1
    assert [one["codigoMsg"] for one in outcome(patient, too_late)[1]] == ["018"]


def test_the_log_has_the_codes_of_a_batch(merchant: Merchant) -> None:
    documents = [merchant.invoice() for _ in range(2)]
    batch = taken(merchant, documentos=[sign(merchant.key, documents[1]), "x", sign(merchant.key, documents[0])])
    outcome(merchant, batch)
    merchant.batch(documentos=None)

    sent, asked, broken = merchant.received()[-3:]
    assert (sent["service"], sent["generation_code"], sent["nit"]) == ("recepcionlote", None, merchant.nit)
    assert sent["generation_codes"] == [code_of(documents[1]), None, code_of(documents[0])]
    assert sent["answer"]["codigoLote"] == batch
    assert (asked["service"], asked["generation_codes"], asked["nit"]) == ("consultadtelote", None, merchant.nit)
    assert broken["generation_codes"] == []


def test_batches_are_forgotten_with_the_state(merchant: Merchant) -> None:
    document = merchant.invoice()
    batch = taken(merchant, document)
    merchant.http.delete(f"{merchant.sandbox.url}/_sandbox/state")
    wait(merchant)

    assert merchant.results(batch).status_code == 404
    assert merchant.ask(document).status_code == 404


def test_what_waited_when_the_sandbox_stopped_is_judged_afterwards(
    tmp_path: Path, merchant_key: rsa.RSAPrivateKey
) -> None:
    with make_server("127.0.0.1", 0, tmp_path, batch_seconds=5) as first:
        merchant = Merchant(first, merchant_key)
        merchant.register()
        documents = [merchant.invoice() for _ in range(4)]
        code = code_of(documents[3])
        merchant.fault("reject", "recepcionlote", code="099", message="NO", generation_code=code)
        batch = taken(merchant, *documents)
        due_at = merchant.now() + timedelta(seconds=5)
        wait(merchant, 3)
        assert len(outcome(merchant, batch)[0]) == 2
    with make_server("127.0.0.1", first.port, tmp_path, batch_seconds=5, clock_offset=3600) as second:
        merchant.sandbox = second
        accepted, rejected = outcome(merchant, batch)

    assert [one["codigoGeneracion"] for one in accepted] == [code_of(one) for one in documents[:3]]
    assert [(one["codigoGeneracion"], one["codigoMsg"]) for one in rejected] == [(code, "099")]
    # It was judged when it was due, as if the sandbox had been there.
    near = {(due_at - timedelta(seconds=ago)).strftime("%d/%m/%Y %H:%M:%S") for ago in range(4)}
    assert accepted[2]["fhProcesamiento"] in near


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as rows:
        rows.execute(
            "CREATE TABLE received (id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL,"
            " generation_code TEXT, nit TEXT, at TEXT NOT NULL, fault TEXT, answer TEXT)"
        )
        rows.execute("INSERT INTO received (service, at) VALUES ('auth', '2026-11-22T09:15:00-06:00')")
    rows.close()
    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        merchant.register()
        merchant.batch(merchant.invoice())

        log = merchant.received()
    assert [one["service"] for one in log] == ["auth", "auth", "recepcionlote"]
    assert [one["generation_codes"] is None for one in log] == [True, True, False]


# Faults


def test_half_a_batch_can_be_rejected(merchant: Merchant) -> None:
    documents = [merchant.invoice() for _ in range(10)]
    merchant.fault("reject", "recepcionlote", count=5, code="020", message="[resumen] NO")

    accepted, rejected = judged(merchant, *documents)
    assert [one["codigoGeneracion"] for one in rejected] == [code_of(one) for one in documents[:5]]
    assert {(one["codigoMsg"], one["descripcionMsg"]) for one in rejected} == {("020", "[resumen] NO")}
    assert len(accepted) == 5
    assert merchant.received()[1]["fault"] == "reject"
    assert merchant.ask(documents[0]).json() == rejected[0]
    assert merchant.http.get(f"{merchant.sandbox.url}/_sandbox/faults").json() == {"results": []}
    assert judged(merchant, *documents[:5])[1] == []


def test_a_rejection_is_drawn_document_by_document(merchant: Merchant) -> None:
    merchant.fault("reject", "recepcionlote", probability=0.5)
    accepted, rejected = judged(merchant, *(merchant.invoice() for _ in range(60)))

    assert len(accepted) + len(rejected) == 60
    assert accepted
    assert rejected
    assert {one["codigoMsg"] for one in rejected} == {"099"}


def test_a_rejection_may_spare_the_first_and_be_of_one_document(merchant: Merchant) -> None:
    documents = [merchant.invoice() for _ in range(4)]
    merchant.fault("reject", "recepcionlote", code="001", generation_code=code_of(documents[1]))
    merchant.fault("reject", "recepcionlote", code="002", after=2, count=1)
    merchant.fault("reject", "recepcionlote", code="003", nit=OTHER_NIT)

    rejected = judged(merchant, *documents)[1]
    assert [(one["codigoGeneracion"], one["codigoMsg"]) for one in rejected] == [
        (code_of(documents[1]), "001"),
        (code_of(documents[2]), "002"),
    ]


def test_the_newest_fault_acts_on_a_batch(merchant: Merchant) -> None:
    document = merchant.invoice()
    assert merchant.token
    merchant.fault("unavailable", "recepcionlote")
    merchant.fault("reject", "recepcionlote", count=1)
    assert [one["codigoMsg"] for one in judged(merchant, document)[1]] == ["099"]
    assert merchant.batch(document).status_code == 503

    # A newer one that lets the batch be processed leaves the ordered rejections standing.
    merchant.fault("reject", "recepcionlote", count=1)
    merchant.fault("no_seal", "recepcionlote", count=1)
    answer = merchant.batch(document)
    assert (answer.status_code, "codigoLote" in answer.json()) == (200, False)
    wait(merchant)
    assert merchant.ask(document).json()["codigoMsg"] == "099"
    merchant.fault("reject", "recepcionlote", count=1)
    merchant.fault("garbage", "recepcionlote", count=1)
    assert merchant.batch(document).text.startswith("<html>")
    assert [one["fault"] for one in merchant.received() if one["service"] == "recepcionlote"] == [
        "reject",
        "unavailable",
        "no_seal",
        "garbage",
    ]


def test_a_dropped_batch_was_taken(merchant: Merchant) -> None:
    documents = [merchant.invoice() for _ in range(2)]
    merchant.fault("drop_answer", "recepcionlote", count=1, generation_code=code_of(documents[1]))

    with pytest.raises(requests.ConnectionError):
        merchant.batch(*documents)
    wait(merchant)
    assert [merchant.ask(one).status_code for one in documents] == [200, 200]
    assert [one["codigoMsg"] for one in judged(merchant, *documents)[1]] == ["004", "004"]


def test_a_batch_that_never_arrived_is_not_there(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.fault("down", "recepcionlote", count=1)

    with pytest.raises(requests.ConnectionError):
        merchant.batch(document)
    wait(merchant)
    assert merchant.ask(document).status_code == 404


def test_results_can_be_refused_cut_or_without_seals(merchant: Merchant) -> None:
    batch = taken(merchant, merchant.invoice())
    wait(merchant)
    merchant.fault("reject", "consultadtelote", count=1, code="111")
    answer = merchant.results(batch)
    assert (answer.status_code, answer.json()["codigoMsg"]) == (400, "111")

    merchant.fault("no_seal", "consultadtelote", count=1)
    assert [one["selloRecibido"] for one in outcome(merchant, batch)[0]] == [None]
    merchant.fault("truncated", "consultadtelote", count=1)
    with pytest.raises(requests.exceptions.RequestException):
        merchant.results(batch)
    merchant.fault("unauthorized", "consultadtelote", count=1)
    assert merchant.results(batch).status_code == 401
    assert outcome(merchant, batch)[0][0]["selloRecibido"]


def test_twenty_full_batches_are_taken_and_judged_fast(merchant: Merchant) -> None:
    signed = [sign(merchant.key, merchant.invoice()) for _ in range(2000)]
    assert merchant.token
    begun = time.monotonic()
    batches = [taken(merchant, documentos=signed[start : start + 100]) for start in range(0, 2000, 100)]
    took = time.monotonic() - begun
    wait(merchant)
    begun = time.monotonic()
    sizes = [len(outcome(merchant, batch)[0]) for batch in batches]

    assert sizes == [100] * 20
    # Generous for a busy machine: on an idle one it is half a second and two.
    assert took < 10
    assert time.monotonic() - begun < 20
