"""The sandbox's forms of before Normativa 2.0 against the official files: real samples, single changes to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from hacienda.sandbox.elsalvador.arithmetic import arithmetic_fault
from hacienda.sandbox.elsalvador.earlier_forms import EARLIER_FORMS, EARLIER_INVALIDATION_FORMS
from hacienda.sandbox.elsalvador.earlier_kinds import EARLIER_KINDS
from hacienda.sandbox.elsalvador.kinds import Kind
from hacienda.sandbox.elsalvador.rules import document_fault
from hacienda.sandbox.elsalvador.schema import schema_faults
from hacienda.sandbox.server import make_server
from hacienda.sandbox.wire import read_json
from tests.conformance.test_sandbox_samples import ODD_VALUES, paths
from tests.effort import examples
from tests.sandbox import earlier_documents as earlier
from tests.sandbox.merchant import Merchant

SCHEMAS = {
    "01": "fe-fc-v1",
    "03": "fe-ccf-v3",
    "04": "fe-nr-v3",
    "05": "fe-nc-v3",
    "06": "fe-nd-v3",
    "07": "fe-cr-v1",
    "08": "fe-cl-v1",
    "09": "fe-dcl-v1",
    "11": "fe-fex-v1",
    "14": "fe-fse-v1",
    "15": "fe-cd-v1",
    "ev": "anulacion-schema-v2",
}
THEN = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
# Refused, each for the reason that the samples' SOURCES.md gives or, of the second, for a catalogue that changed.
MISFIT = {
    "03-ccf-v3-b-con-retencion-sin-sello": ["Campo #/Cuerpodocumento/0/tributos no cumple el formato requerido"],
}
UNRULY = {
    # The manual's example was sealed in 2022 with an activity that CAT-019 does not list any more.
    "03-ccf-v3-c-ejemplo-oficial-manual-sello-2022": ("003", "receptor.codActividad"),
    # Its author edited it: 12345 never was an activity.
    "07-cr-v1-apitest-2023-reparado": ("003", "receptor.codActividad"),
}
# Where the sandbox asks for more than the files: they bound a text as a number, and look at a part of it only.
STRICTER = re.compile(r"/direccion/(departamento|municipio) |#/emisor/regimen ")
FILLED: dict[str, Any] = {
    "otrosDocumentos": [
        {
            "codDocAsociado": 3,
            "descDocumento": None,
            "detalleDocumento": None,
            "medico": {"nombre": "DRA.", "nit": None, "docIdentificacion": "A-1", "tipoServicio": 1},
        }
    ],
    "apendice": [{"campo": "ab", "etiqueta": "abc", "valor": "c"}],
    "ventaTercero": {"nit": "06140101010019", "nombre": "TERCERO"},
    "extension": dict.fromkeys(("nombEntrega", "docuEntrega", "nombRecibe", "docuRecibe", "observaciones")),
}
MORE_VALUES: list[Any] = [2, 3, 4, 99, 11000, "02", "03", "13", "36", "9300", "a@b.co", "00000000-0", ["C3"]]


@pytest.fixture(scope="module")
def official(reference: Path) -> Path:
    """The folder of official data."""
    return reference / "elsalvador"


@pytest.fixture(scope="module")
def real(official: Path) -> dict[str, dict[str, Any]]:
    """Every real sample of before, by name, with exact decimals."""
    folder = official / "samples" / "v1.x-real"
    return {path.stem: dict(read_json(path.read_bytes())) for path in sorted(folder.glob("*.json"))}


@pytest.fixture(scope="module")
def schemas(official: Path) -> dict[str, Draft7Validator]:
    """Hacienda's own schemas, loaded with exact decimals."""
    loaded = {}
    for kind, name in SCHEMAS.items():
        text = (official / "schemas" / "v1.x" / f"{name}.json").read_text(encoding="utf-8")
        loaded[kind] = Draft7Validator(json.loads(text, parse_float=Decimal), format_checker=FormatChecker())
    return loaded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """A good document of each type and an invalidation, made here, with exact decimals."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with make_server("127.0.0.1", 0, tmp_path_factory.mktemp("earlier")) as sandbox:
        merchant = Merchant(sandbox, key)
        documents = earlier.every_one(merchant)
        documents["ev"] = earlier.invalidation(merchant, documents["03"], "A" * 40)
        yield {kind: dict(read_json(json.dumps(one))) for kind, one in documents.items()}


def kind_of(document: dict[str, Any]) -> Kind:
    identification = document["identificacion"]
    return EARLIER_KINDS[identification["tipoDte"], identification["version"]]


def faults(kind: str, document: dict[str, Any]) -> list[str]:
    forms = {code: form for (code, _), form in EARLIER_FORMS.items()} | {"ev": EARLIER_INVALIDATION_FORMS[2]}
    return schema_faults(forms[kind], document)


def replaced(error: ValidationError) -> bool:
    """Tell whether the file only wants a municipality of before May 2024: Hacienda takes those of today too."""
    return bool(error.absolute_path) and error.absolute_path[-1] == "municipio" and error.validator == "pattern"


def told_of(error: ValidationError) -> Iterator[ValidationError]:
    if error.context:
        for inner in error.context:
            yield from told_of(inner)
    else:
        yield error


def refused(validator: Draft7Validator, document: dict[str, Any]) -> bool:
    """Tell whether the official file refuses a document for more than a municipality."""
    return any(not replaced(inner) for error in validator.iter_errors(document) for inner in told_of(error))


def test_every_real_document_fits_its_form_but_what_is_listed(
    real: dict[str, dict[str, Any]], schemas: dict[str, Draft7Validator]
) -> None:
    told = {name: faults(name[:2], document) for name, document in real.items()}

    assert len(told) == 15
    assert {name: found for name, found in told.items() if found} == MISFIT
    for name, document in real.items():
        assert refused(schemas[name[:2]], document) == (name in MISFIT), name


def test_every_real_document_adds_up(real: dict[str, dict[str, Any]]) -> None:
    documents = {name: document for name, document in real.items() if name not in MISFIT}
    kinds = {name: kind_of(document) for name, document in documents.items()}

    told = {name: arithmetic_fault(kinds[name].read(one), kinds[name]) for name, one in documents.items()}

    assert len(told) == 14
    assert told == dict.fromkeys(told)


def test_every_real_document_keeps_the_rules_but_what_is_listed(real: dict[str, dict[str, Any]]) -> None:
    told = {}
    for name, document in real.items():
        kind = kind_of(document)
        if name in MISFIT:
            continue
        fault = document_fault(kind.read(document), kind, at=THEN, threshold=Decimal(25_000))
        told[name] = None if fault is None else (kind.own(fault).code, kind.own(fault).field)

    assert {name: fault for name, fault in told.items() if fault} == UNRULY


def test_what_is_made_here_fits_both(made: dict[str, dict[str, Any]], schemas: dict[str, Draft7Validator]) -> None:
    assert set(made) == set(SCHEMAS)
    for kind, document in made.items():
        assert [error.message for error in schemas[kind].iter_errors(document) if not replaced(error)] == []
        assert faults(kind, document) == []


@settings(max_examples=examples(600))
@given(data=st.data())
def test_what_haciendas_schema_refuses_the_sandbox_refuses(
    real: dict[str, dict[str, Any]],
    made: dict[str, dict[str, Any]],
    schemas: dict[str, Draft7Validator],
    data: st.DataObject,
) -> None:
    sources = made | {name: one for name, one in real.items() if name not in MISFIT}
    name = data.draw(st.sampled_from(sorted(sources)))
    document = deepcopy(sources[name])
    for part in document.keys() & FILLED.keys():
        if name[:2] not in ("11", "15"):
            document[part] = document[part] or deepcopy(FILLED[part])
    path = data.draw(st.sampled_from(list(paths(document))))
    target: Any = document
    for part in path[:-1]:
        target = target[part]
    change = data.draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
    if change == "replace":
        target[path[-1]] = data.draw(st.sampled_from([*ODD_VALUES, *MORE_VALUES]))
    elif change == "remove":
        del target[path[-1]]
    elif isinstance(target, dict):
        target["añadido"] = 1

    found = faults(name[:2], document)
    if refused(schemas[name[:2]], document):
        assert found, (name, path, target)
    else:
        assert not found or any(STRICTER.search(fault) for fault in found), (name, path, found)
