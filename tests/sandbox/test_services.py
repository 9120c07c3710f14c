from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import Sandbox, make_server
from tests.sandbox.merchant import OTHER_NIT, UNKNOWN_CODE, Merchant, base64url, changed, sign

SEAL = re.compile(r"20\d{2}[0-9A-F]{12}4[0-9A-F]{3}[89AB][0-9A-F]{15}[0-9A-Z]{4}")


def claims(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def test_a_login_gives_a_token_that_already_begins_with_bearer(merchant: Merchant) -> None:
    answer = merchant.log_in()

    body = answer.json()["body"]
    assert answer.status_code == 200
    assert answer.json()["status"] == "OK"
    assert body["user"] == merchant.nit
    assert body["tokenType"] == "Bearer"
    assert body["roles"] == ["ROLE_USER"]
    assert body["rol"]["codigo"] == "ROLE_USER"
    assert body["token"].startswith("Bearer ")
    said = claims(body["token"])
    assert said["sub"] == merchant.nit
    assert int(str(said["exp"])) - int(str(said["iat"])) == 86_400


@pytest.mark.parametrize("wrong", [{"pwd": "otra"}, {"user": "06149999990000"}, {"user": ""}, {"pwd": ""}])
def test_wrong_credentials_are_an_error_with_status_200(merchant: Merchant, wrong: dict[str, str]) -> None:
    answer = merchant.log_in(**wrong)

    assert answer.status_code == 200
    assert answer.json() == {"status": "ERROR", "error": "Unauthorized", "message": "Usuario no valido"}


def test_the_body_reported_from_production_can_be_chosen(tmp_path: Path, merchant_key: rsa.RSAPrivateKey) -> None:
    with make_server("127.0.0.1", 0, tmp_path, credentials_error="101") as sandbox:
        answer = Merchant(sandbox, merchant_key).log_in()

    assert answer.status_code == 200
    assert answer.json()["status"] == "ERROR"
    assert answer.json()["body"]["codigoMsg"] == "101"


def test_a_login_that_is_not_a_form_is_refused(merchant: Merchant) -> None:
    url = f"{merchant.sandbox.url}/seguridad/auth"
    as_json = merchant.http.post(url, json={"user": merchant.nit, "pwd": "x"})
    as_parts = merchant.http.post(url, files={"user": (None, merchant.nit)})

    assert [as_json.status_code, as_parts.status_code] == [400, 400]
    assert as_json.json()["status"] == as_parts.json()["status"] == "ERROR"


def test_a_valid_document_is_processed_with_a_seal(merchant: Merchant) -> None:
    document = merchant.invoice()
    answer = merchant.send(document)

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == [
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
    assert SEAL.fullmatch(body["selloRecibido"])
    assert body["selloRecibido"].startswith(str(merchant.now().year))
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", body["fhProcesamiento"])
    assert (body["estado"], body["codigoMsg"], body["clasificaMsg"]) == ("PROCESADO", "001", "10")
    assert body["codigoGeneracion"] == document["identificacion"]["codigoGeneracion"]
    assert body["observaciones"] == []


def test_a_tax_credit_document_is_processed(merchant: Merchant) -> None:
    assert merchant.send(merchant.tax_credit()).json()["estado"] == "PROCESADO"


@pytest.mark.parametrize("path", ["/fesv/recepciondte", "/fesv/recepciondte/"])
def test_a_final_slash_makes_no_difference(merchant: Merchant, path: str) -> None:
    assert merchant.post(path, merchant.envelope(merchant.invoice())).status_code == 200


@pytest.mark.parametrize("scheme", ["", "Bearer ", "Bearer Bearer {}", "{}", "bearer {}", "Bearer {}x"])
def test_a_missing_or_doubled_or_broken_token_is_401(merchant: Merchant, scheme: str) -> None:
    bare = merchant.token.removeprefix("Bearer ")
    paths = ("/fesv/recepciondte", "/fesv/recepcion/consultadte", "/fesv/anulardte")
    for path in paths:
        answer = merchant.post(path, merchant.envelope(merchant.invoice()), token=scheme.format(bare))
        assert answer.status_code == 401
        assert answer.json() == {}


def test_a_token_ends_with_its_time(merchant: Merchant) -> None:
    document = merchant.invoice()
    token = merchant.token
    merchant.sandbox.clock.offset = timedelta(hours=24, seconds=1)

    assert merchant.send(document).status_code == 401
    assert merchant.post("/fesv/recepciondte", merchant.envelope(document), token=token).status_code == 401


def test_a_token_with_other_claims_is_401(merchant: Merchant) -> None:
    header, _, signature = merchant.token.removeprefix("Bearer ").split(".")
    forged = base64url(json.dumps({"sub": OTHER_NIT, "iat": 0, "exp": 9_999_999_999}).encode())

    answer = merchant.post("/fesv/recepciondte", {}, token=f"Bearer {header}.{forged}.{signature}")

    assert answer.status_code == 401


@pytest.mark.parametrize("field", ["ambiente", "idEnvio", "version", "tipoDte", "documento", "codigoGeneracion"])
@pytest.mark.parametrize("value", [None, [], True])
def test_an_envelope_with_a_wrong_field_is_094(merchant: Merchant, field: str, value: object) -> None:
    answer = merchant.send(merchant.invoice(), **{field: value})

    assert answer.status_code == 400
    body = answer.json()
    assert (body["codigoMsg"], body["clasificaMsg"]) == ("094", None)
    assert body["descripcionMsg"] == "PARAMETROS NO SON VALIDOS"
    assert body["observaciones"] == ["Faltan datos en peticion para procesar informacion"]
    assert body["codigoGeneracion"] is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"idEnvio": NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_094(merchant: Merchant, raw: bytes) -> None:
    headers = {"Authorization": merchant.token, "Content-Type": "application/json"}
    answer = merchant.http.post(f"{merchant.sandbox.url}/fesv/recepciondte", data=raw, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["codigoMsg"] == "094"


def refused_signature(merchant: Merchant, compact: str, document: dict[str, object]) -> bool:
    answer = merchant.send(document, documento=compact)
    body = answer.json()
    return (answer.status_code, body["codigoMsg"], body["clasificaMsg"], body["descripcionMsg"]) == (
        400,
        "802",
        "20",
        "No valido",
    )


def test_only_the_registered_key_over_the_exact_bytes_signs(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    document = merchant.invoice()
    good = sign(merchant.key, document)
    header, payload, signature = good.split(".")
    flipped = payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1]

    for compact in (
        sign(other_key, document),
        sign(merchant.key, document, header=b'{"alg":"RS256"}'),
        sign(merchant.key, document, header=b'{"alg":"RS512","typ":"JWT"}'),
        sign(merchant.key, document, header=b'{"alg": "RS512"}'),
        f"{header}.{flipped}.{signature}",
        f"{header}.{payload}",
        f"{good}.x",
        f"{good}==",
        "",
        "no es un jws",
    ):
        assert refused_signature(merchant, compact, document), compact[:40]
    assert merchant.send(document, documento=good).status_code == 200


def test_a_taxpayer_that_is_not_registered_cannot_sign(merchant: Merchant) -> None:
    stranger = changed(merchant.invoice(), "emisor.nit", "06149999990000")

    assert refused_signature(merchant, sign(merchant.key, stranger), stranger)


def test_a_key_registered_for_one_environment_does_not_sign_in_the_other(merchant: Merchant) -> None:
    other = Merchant(merchant.sandbox, merchant.key, "06143333330022")
    other.register(ambiente=["01"])
    test = other.invoice()
    production = changed(other.invoice(), "identificacion.ambiente", "01")

    assert refused_signature(other, sign(other.key, test), test)
    assert other.send(production).json()["ambiente"] == "01"


def test_pretty_printed_json_is_taken_as_it_was_signed(merchant: Merchant) -> None:
    document = merchant.invoice()
    pretty = json.dumps(document, indent=2).replace("\n", "\r\n").encode()

    assert merchant.send(document, documento=sign(merchant.key, pretty)).status_code == 200


@pytest.mark.parametrize("payload", [b"no", b"[]", b'{"a": Infinity}'])
def test_a_signed_payload_that_is_no_json_object_is_098(merchant: Merchant, payload: bytes) -> None:
    answer = merchant.send(merchant.invoice(), documento=sign(merchant.key, payload))

    assert (answer.status_code, answer.json()["codigoMsg"]) == (400, "098")


@pytest.mark.parametrize(
    ("field", "value"),
    [("ambiente", "01"), ("version", 3), ("tipoDte", "03"), ("codigoGeneracion", UNKNOWN_CODE)],
)
def test_an_envelope_that_contradicts_the_payload_is_007(merchant: Merchant, field: str, value: object) -> None:
    answer = merchant.send(merchant.invoice(), **{field: value})

    assert answer.status_code == 400
    assert answer.json()["codigoMsg"] == "007"
    assert answer.json()["descripcionMsg"] == f"[identificacion.{field}] VALOR NO PERMITIDO"


def test_a_type_or_version_that_is_not_taken_is_096(merchant: Merchant, tmp_path: Path) -> None:
    newer = changed(merchant.invoice(), "identificacion.version", 3)
    unknown = changed(merchant.invoice(), "identificacion.tipoDte", "99")

    assert merchant.send(newer).json()["observaciones"] == [
        "Campo #/identificacion/version contiene un valor inválido"
    ]
    assert merchant.send(unknown).json()["observaciones"] == [
        "Campo #/identificacion/tipoDte contiene un valor inválido"
    ]
    with make_server("127.0.0.1", 0, tmp_path / "strict", refused_versions=frozenset({"01:2"})) as strict:
        strict_merchant = Merchant(strict, merchant.key)
        strict_merchant.register()
        answer = strict_merchant.send(strict_merchant.invoice()).json()
        assert answer["codigoMsg"] == "096"
        assert answer["observaciones"] == ["Campo #/identificacion/version contiene un valor inválido"]
        assert strict_merchant.send(strict_merchant.tax_credit()).status_code == 200


def test_an_accepted_code_is_not_taken_again(merchant: Merchant) -> None:
    document = merchant.invoice()
    merchant.accepted(document)
    answer = merchant.send(document)

    body = answer.json()
    assert answer.status_code == 400
    assert (body["estado"], body["codigoMsg"], body["clasificaMsg"]) == ("RECHAZADO", "004", "11")
    assert body["descripcionMsg"] == "[identificacion.codigoGeneracion] YA EXISTE UN REGISTRO CON ESE VALOR"
    assert body["selloRecibido"] is None
    assert body["observaciones"] == []


def test_an_accepted_number_is_not_taken_again_in_its_year(merchant: Merchant) -> None:
    first = merchant.invoice()
    merchant.accepted(first)
    again = changed(merchant.invoice(), "identificacion.numeroControl", first["identificacion"]["numeroControl"])
    last_year = changed(again, "identificacion.fecEmi", f"{merchant.now().year - 1}-12-31")

    assert merchant.send(again).json()["descripcionMsg"] == (
        "[identificacion.numeroControl] YA EXISTE UN REGISTRO CON ESE VALOR"
    )
    assert merchant.send(last_year).status_code == 200


def test_a_rejected_document_is_corrected_with_its_code_and_number(merchant: Merchant) -> None:
    good = merchant.invoice()
    bad = changed(good, "resumen.totalPagar", 12)

    assert merchant.send(bad).json()["codigoMsg"] == "020"
    assert merchant.ask(bad).json()["codigoMsg"] == "020"
    assert merchant.send(good).status_code == 200
    assert merchant.ask(good).json()["estado"] == "PROCESADO"


def test_a_document_belongs_to_the_taxpayer_of_the_token(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    other = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    other.register()
    foreign = other.invoice()

    answer = merchant.post("/fesv/recepciondte", other.envelope(foreign)).json()

    assert answer["descripcionMsg"] == "[emisor.nit] NO PERTENECE AL CONTRIBUYENTE"
    assert (answer["codigoMsg"], answer["clasificaMsg"]) == ("008", "12")


def test_a_query_returns_the_stored_acceptance(merchant: Merchant) -> None:
    document = merchant.invoice()
    sent = merchant.send(document).json()
    answer = merchant.ask(document)

    assert answer.status_code == 200
    assert answer.json() == sent | {"observaciones": ["", ""]}


def test_a_query_returns_the_stored_rejection(merchant: Merchant) -> None:
    bad = changed(merchant.invoice(), "cuerpoDocumento.0.numItem", 2)
    sent = merchant.send(bad).json()
    answer = merchant.ask(bad)

    assert answer.status_code == 400
    assert answer.json() == sent
    assert sent["codigoMsg"] == "019"


def test_nobody_learns_of_another_taxpayers_document(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    document = merchant.invoice()
    merchant.accepted(document)
    other = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    other.register()
    body = {
        "nitEmisor": merchant.nit,
        "tdte": "01",
        "codigoGeneracion": document["identificacion"]["codigoGeneracion"],
    }

    assert other.post("/fesv/recepcion/consultadte", body).status_code == 404


@pytest.mark.parametrize(
    ("setting", "status", "code"), [("404", 404, None), ("014", 400, "014"), ("null", 200, None)]
)
def test_an_unknown_code_is_answered_as_set(
    tmp_path: Path, merchant_key: rsa.RSAPrivateKey, setting: str, status: int, code: str | None
) -> None:
    with make_server("127.0.0.1", 0, tmp_path, unknown_document=setting) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        merchant.register()
        answer = merchant.ask(merchant.invoice())

    assert answer.status_code == status
    assert answer.json().get("codigoMsg") == code
    if setting != "404":
        assert answer.json()["estado"] == {"014": "RECHAZADO", "null": None}[setting]


def test_a_query_with_a_field_missing_is_094(merchant: Merchant) -> None:
    answer = merchant.post("/fesv/recepcion/consultadte", {"nitEmisor": merchant.nit, "tdte": "01"})

    assert (answer.status_code, answer.json()["codigoMsg"]) == (400, "094")


def public_page(merchant: Merchant, document: dict[str, dict[str, str]], **query: str) -> tuple[int, str]:
    identification = document["identificacion"]
    wanted = {
        "ambiente": "00",
        "codGen": identification["codigoGeneracion"],
        "fechaEmi": identification["fecEmi"],
    }
    answer = merchant.http.get(f"{merchant.sandbox.url}/consultaPublica", params=wanted | query)
    return answer.status_code, answer.text


def test_the_public_page_shows_the_state_to_anybody(merchant: Merchant) -> None:
    document = merchant.invoice()
    stamp = merchant.accepted(document)

    status, page = public_page(merchant, document)
    assert status == 200
    assert stamp in page
    assert "TRANSMITIDO" in page
    assert public_page(merchant, document, ambiente="01")[0] == 404
    assert public_page(merchant, document, fechaEmi="2020-01-01")[0] == 404
    merchant.annul(merchant.invalidation(document, stamp))
    assert "INVALIDADO" in public_page(merchant, document)[1]


def test_times_are_those_of_el_salvador(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.clock.offset = timedelta(days=400)
    answer = merchant.send(merchant.invoice()).json()

    assert sandbox.clock.now().utcoffset() == timedelta(hours=-6)
    assert answer["fhProcesamiento"].startswith(sandbox.clock.now().strftime("%d/%m/%Y"))
