"""Our reading of Hacienda's answers, and our invalidation event, against the reference data."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from hacienda.elsalvador.rules import ZONE
from hacienda.elsalvador.transport import answers, receipts
from hacienda.http import Reply
from hacienda.values import Envelope, Environment
from hacienda.verdicts import Absent, Accepted, BatchResults, Received, Rejected, Unknown, Verdict
from tests.hacienda import outages
from tests.hacienda.events import CREDITO, NEWER, NOW, sealed, wish


@pytest.fixture
def elsalvador(reference: Path) -> Path:
    return reference / "elsalvador"


def read(folder: Path, name: str) -> tuple[dict[str, Any], Reply]:
    """A sample's body, and the reply it came in: its name tells the status."""
    text = (folder / "protocol-samples" / name).read_text(encoding="utf-8")
    return json.loads(text), Reply(int(name.removesuffix(".json").split("-")[1]), text, complete=True, milliseconds=1)


def envelope(code: str | None) -> Envelope:
    return Envelope(Environment.SANDBOX, "03", 4, code or "ANY", "06140101010019", "a.b.c")


def judged(folder: Path, name: str) -> tuple[dict[str, Any], Verdict]:
    body, reply = read(folder, name)
    judge = answers.asked if name.startswith("consultadte") else answers.submitted
    return body, judge(reply, envelope(body["codigoGeneracion"]), NOW)


@pytest.mark.parametrize(
    "name",
    [
        "recepciondte-200-procesado-001.json",
        "recepciondte-200-procesado-002.json",
        "consultadte-200-procesado.json",
    ],
)
def test_acceptances_of_hacienda_are_understood(elsalvador: Path, name: str) -> None:
    body, verdict = judged(elsalvador, name)
    assert isinstance(verdict, Accepted)
    assert verdict.stamp == body["selloRecibido"]
    assert f"{verdict.stamped_at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}" == body["fhProcesamiento"]
    assert verdict.code == body["codigoMsg"]
    assert verdict.observations == tuple(text for text in body["observaciones"] if text)


@pytest.mark.parametrize(
    ("name", "pointers"),
    [
        ("recepciondte-400-rechazado-009.json", ["/customer/tax_id"]),
        ("recepciondte-400-rechazado-019.json", ["/items"]),
        ("recepciondte-400-rechazado-020.json", ["/items/1"]),
        ("recepciondte-400-rechazado-094.json", [""]),
        ("recepciondte-400-rechazado-096.json", ["/customer/address/department"]),
        (
            "recepciondte-400-rechazado-096-b.json",
            ["/payment/methods/0/period", "/payment/methods/0/period", "/items"],
        ),
        ("consultadte-400-rechazado.json", [""]),
    ],
)
def test_rejections_of_hacienda_are_understood_and_placed(elsalvador: Path, name: str, pointers: list[str]) -> None:
    body, verdict = judged(elsalvador, name)
    assert isinstance(verdict, Rejected)
    assert verdict.message == body["descripcionMsg"]
    assert [fault.pointer for fault in verdict.faults] == pointers


@pytest.mark.parametrize("field", ["codigoGeneracion", "numeroControl"])
def test_what_exists_already_is_no_proof(elsalvador: Path, field: str) -> None:
    _, verdict = judged(elsalvador, f"recepciondte-400-rechazado-004-{field}.json")
    assert isinstance(verdict, Unknown)
    assert verdict.reason == "known_already"


def test_the_answers_to_an_invalidation_are_understood(elsalvador: Path) -> None:
    body, reply = read(elsalvador, "anulardte-200-procesado.json")
    accepted = answers.invalidated(reply, (body["codigoGeneracion"],), NOW)
    assert isinstance(accepted, Accepted)
    assert accepted.stamp == body["selloRecibido"]
    body, reply = read(elsalvador, "anulardte-400-rechazado-027.json")
    rejected = answers.invalidated(reply, (body["codigoGeneracion"],), NOW)
    assert isinstance(rejected, Rejected)
    assert rejected.code == "027"


def test_every_rejection_that_was_ever_seen_is_one_and_never_an_absence(elsalvador: Path) -> None:
    rows = json.loads((elsalvador / "samples" / "responses" / "rechazos-observados.json").read_text(encoding="utf-8"))
    code = "F41B191D-C1EB-42AF-831B-9666A5F2F386"
    for row in rows:
        text = json.dumps({**row, "estado": "RECHAZADO", "codigoGeneracion": code})
        verdict = answers.submitted(Reply(400, text, complete=True, milliseconds=1), envelope(code), NOW)
        assert isinstance(verdict, Rejected)
        assert verdict.code == row["codigoMsg"]
        assert len(verdict.faults) == 1
        assert not isinstance(verdict, Absent)


@pytest.mark.parametrize(
    "draft",
    [
        wish(),
        wish(reason=None),
        wish(CREDITO),
        wish(kind="error", replacement=NEWER),
    ],
    ids=["rescinded", "without a reason", "tax credit", "replaced"],
)
def test_the_event_is_valid_against_the_official_schema(elsalvador: Path, draft: Any) -> None:
    schema = json.loads(
        (elsalvador / "schemas" / "v2.0" / "invalidacion-schema-v3.json").read_text(encoding="utf-8"),
        parse_float=Decimal,
    )
    event = json.loads(sealed(draft).payload, parse_float=Decimal)
    found = [error.message for error in Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(event)]
    assert found == []


def test_the_event_has_the_keys_of_the_sample_in_their_order(elsalvador: Path) -> None:
    sample = json.loads((elsalvador / "protocol-samples" / "invalidacion-evento-v3.json").read_text(encoding="utf-8"))
    event = json.loads(sealed(wish()).payload)
    assert [(name, list(block)) for name, block in event.items()] == [
        (name, list(block)) for name, block in sample.items()
    ]


def test_the_answers_to_a_contingency_event_are_understood(elsalvador: Path) -> None:
    event = receipts.Event(outages.EVENT, (outages.FIRST,))
    body, reply = read(elsalvador, "contingencia-200-recibido.json")
    accepted = receipts.reported(reply, event, NOW)
    assert isinstance(accepted, Accepted)
    assert (accepted.stamp, accepted.message) == (body["selloRecibido"], body["mensaje"])
    assert f"{accepted.stamped_at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}" == body["fechaHora"]
    text = (elsalvador / "protocol-samples" / "contingencia-rechazado.json").read_text(encoding="utf-8")
    for status in (200, 400):  # which of them is not documented
        rejected = receipts.reported(Reply(status, text, complete=True, milliseconds=1), event, NOW)
        assert isinstance(rejected, Rejected)
        assert list(rejected.observations) == json.loads(text)["observaciones"]
        assert not rejected.already_done


@pytest.mark.parametrize("name", ["recepcionlote-200-recibido.json", "recepcionlote-200-variante-manual.json"])
def test_both_forms_of_a_received_batch_are_understood(elsalvador: Path, name: str) -> None:
    body, reply = read(elsalvador, name)
    received = receipts.batch(reply, "91512B3D-2534-4009-817B-2522B8154993")
    assert isinstance(received, Received)
    assert received.code == body["codigoLote"]


def test_the_results_of_a_batch_are_understood(elsalvador: Path) -> None:
    body, reply = read(elsalvador, "consultadtelote-200.json")
    [good], [bad] = body["procesados"], body["rechazados"]
    documents = [envelope(row["codigoGeneracion"]) for row in (good, bad)]
    results = receipts.batch_results(reply, documents, NOW)
    assert isinstance(results, BatchResults)
    accepted, rejected = (results.verdicts[document.generation_code] for document in documents)
    assert isinstance(accepted, Accepted)
    assert accepted.stamp == good["selloRecibido"]
    assert isinstance(rejected, Rejected)
    assert (rejected.code, rejected.message) == (bad["codigoMsg"], bad["descripcionMsg"])


@pytest.mark.parametrize(
    "report",
    [
        outages.outage(),
        outages.outage(reason=5, note="Inundación"),
        outages.outage(documents=outages.documents(1000)),
    ],
    ids=["authority down", "other reason", "a thousand documents"],
)
def test_the_contingency_event_is_valid_against_the_official_schema(elsalvador: Path, report: Any) -> None:
    schema = json.loads(
        (elsalvador / "schemas" / "v2.0" / "contingencia-schema-v4.json").read_text(encoding="utf-8"),
        parse_float=Decimal,
    )
    event = json.loads(outages.sealed(report).payload, parse_float=Decimal)
    found = [error.message for error in Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(event)]
    assert found == []


def test_the_contingency_event_has_the_keys_of_the_sample_in_their_order(elsalvador: Path) -> None:
    sample = json.loads((elsalvador / "protocol-samples" / "contingencia-evento-v4.json").read_text(encoding="utf-8"))
    event = json.loads(outages.sealed().payload)
    for name in ("identificacion", "emisor", "motivo"):
        assert list(event[name]) == list(sample[name])
    assert list(event) == list(sample)
    assert [list(row) for row in event["detalleDTE"]] == [list(row) for row in sample["detalleDTE"]]
