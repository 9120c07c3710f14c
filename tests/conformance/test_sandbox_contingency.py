"""The sandbox's contingency and batches against the official files: samples, answers, and the event's schemas."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from hacienda.sandbox.elsalvador.contingency_forms import CONTINGENCY_FORMS
from hacienda.sandbox.elsalvador.schema import schema_faults
from hacienda.sandbox.server import make_server
from hacienda.sandbox.wire import read_json
from tests.conformance.test_sandbox_samples import EMITTER, ODD_VALUES, paths
from tests.effort import examples
from tests.sandbox.merchant import Merchant, changed, sign

# Five minutes after the sample event says that it is sent.
THEN = datetime(2026, 11, 20, 14, 10, tzinfo=UTC)
SCHEMAS = {4: "v2.0/contingencia-schema-v4", 3: "v1.x/contingencia-schema-v3"}
VARYING = {"selloRecibido", "fechaHora", "fhProcesamiento", "codigoLote", "idEnvio", "codigoGeneracion"}


@pytest.fixture(scope="module")
def official(reference: Path) -> Path:
    """The folder of official data."""
    return reference / "elsalvador"


@pytest.fixture(scope="module")
def event(official: Path) -> dict[str, Any]:
    """The constructed contingency event, with exact decimals."""
    raw = (official / "samples" / "v2.0-constructed" / "ev-contingencia-v4.json").read_bytes()
    return dict(read_json(raw))


@pytest.fixture(scope="module")
def schemas(official: Path) -> dict[int, Draft7Validator]:
    """Hacienda's own schemas of the event, by version."""
    loaded = {}
    for version, name in SCHEMAS.items():
        text = (official / "schemas" / f"{name}.json").read_text(encoding="utf-8")
        loaded[version] = Draft7Validator(json.loads(text, parse_float=Decimal), format_checker=FormatChecker())
    return loaded


def older(event: dict[str, Any]) -> dict[str, Any]:
    """The event in version 3."""
    made = changed(event, "identificacion.version", 3)
    made["emisor"]["codPuntoVenta"] = made["emisor"].pop("codPuntoVentaMH")
    return made


def recorded(official: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((official / "protocol-samples" / f"{name}.json").read_text(encoding="utf-8")))


def same(made: dict[str, Any], sample: dict[str, Any], *varying: str) -> None:
    """Assert that an answer has the recorded members, in their order, and the same values but for some."""
    assert list(made) == list(sample)
    kept = [name for name in sample if name not in VARYING | set(varying)]
    assert {name: made[name] for name in kept} == {name: sample[name] for name in kept}


def test_the_constructed_outage_is_reported_and_its_document_sealed(
    official: Path, event: dict[str, Any], tmp_path: Path
) -> None:
    folder = official / "samples" / "v2.0-constructed"
    raw = (folder / "01-fe-v2-e-contingencia-falla-internet.json").read_bytes()
    document, key = json.loads(raw), rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with time_machine.travel(THEN, tick=False), make_server("127.0.0.1", 0, tmp_path) as sandbox:
        emitter = Merchant(sandbox, key, EMITTER)
        emitter.register()
        assert emitter.send(document, documento=sign(key, raw)).json()["codigoMsg"] == "012"
        refused = emitter.report(changed(event, "motivo.tipoContingencia", 6)).json()
        taken = emitter.report(event).json()
        batch = emitter.batch(documentos=[sign(key, raw), sign(key, raw)]).json()
        sandbox.clock.offset += timedelta(seconds=5)
        results = emitter.results(batch["codigoLote"]).json()

    same(taken, recorded(official, "contingencia-200-recibido"))
    same(refused, recorded(official, "contingencia-rechazado"), "observaciones")
    same(batch, recorded(official, "recepcionlote-200-recibido"))
    sample = recorded(official, "consultadtelote-200")
    assert list(results) == list(sample)
    same(results["procesados"][0], sample["procesados"][0])
    same(results["rechazados"][0], sample["rechazados"][0], "codigoMsg", "clasificaMsg", "descripcionMsg")


def test_the_constructed_event_fits_both_versions(event: dict[str, Any], schemas: dict[int, Draft7Validator]) -> None:
    for version, made in ((4, event), (3, older(event))):
        assert schemas[version].is_valid(made)
        assert schema_faults(CONTINGENCY_FORMS[version], made) == []


@pytest.mark.parametrize("version", [4, 3])
@settings(max_examples=examples(120))
@given(data=st.data())
def test_what_haciendas_schema_refuses_of_an_event_the_sandbox_refuses(
    event: dict[str, Any], schemas: dict[int, Draft7Validator], version: int, data: st.DataObject
) -> None:
    made = deepcopy(event) if version == 4 else older(event)
    path = data.draw(st.sampled_from(list(paths(made))))
    target: Any = made
    for part in path[:-1]:
        target = target[part]
    change = data.draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
    if change == "replace":
        target[path[-1]] = data.draw(st.sampled_from([*ODD_VALUES, 5, "36", "08", "18", "a@b.co"]))
    elif change == "remove":
        del target[path[-1]]
    elif isinstance(target, dict):
        target["añadido"] = 1

    faults = schema_faults(CONTINGENCY_FORMS[version], made)
    if not schemas[version].is_valid(made):
        assert faults, (path, target)
    elif version == 4:
        assert not faults, faults
