from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hacienda.sandbox.server import make_server
from tests.hacienda.sandbox.costarica.taxpayer import BUYER, STRANGER, Document, Taxpayer, changed, message_of

CAUSE = "X-Error-Cause"


def test_a_document_is_taken_with_an_empty_202_and_judged_later(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    answer = taxpayer.send(document)

    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["Location"] == f"{taxpayer.sandbox.url}/recepcion/v1/recepcion/{document['Clave']}"
    said = taxpayer.final(document)
    assert said["ind-estado"] == "aceptado"
    assert set(said) == {"clave", "fecha", "ind-estado", "respuesta-xml"}


def test_it_is_received_then_processed_then_judged(tmp_path: Path) -> None:
    with make_server("127.0.0.1", 0, tmp_path, judgement_seconds=60, unknown_seconds=10) as sandbox:
        taxpayer = Taxpayer(sandbox)
        taxpayer.register()
        document = taxpayer.document()
        assert taxpayer.send(document).status_code == 202

        unknown = taxpayer.ask(document)
        assert unknown.status_code == 404
        assert unknown.headers[CAUSE]
        seen = []
        for seconds in (15, 35, 61):
            sandbox.clock.offset = timedelta(seconds=seconds)
            body = taxpayer.ask(document).json()
            assert ("respuesta-xml" in body) == (seconds == 61)
            seen.append(body["ind-estado"])
        assert seen == ["recibido", "procesando", "aceptado"]


def test_a_document_is_not_taken_twice(taxpayer: Taxpayer) -> None:
    document = taxpayer.accepted(taxpayer.document())
    again = taxpayer.send(document)

    assert (again.status_code, again.content) == (400, b"")
    assert "ya fue recibido anteriormente" in again.headers[CAUSE]
    assert document["Clave"] in again.headers[CAUSE]


def test_other_content_under_a_known_key_is_not_taken(taxpayer: Taxpayer) -> None:
    document = taxpayer.accepted(taxpayer.document())
    other = changed(document, "Emisor.Nombre", "OTRO NOMBRE")

    assert taxpayer.send(other).status_code == 400
    assert message_of(taxpayer.final(document)).findtext("{*}NombreEmisor") == "EMPRESA DE PRUEBA"


Spoil = Callable[[dict[str, Any]], Any]
SPOILT: dict[str, Spoil] = {
    "no JSON": lambda body: b"{",
    "a list": lambda body: [body],
    "no key": lambda body: body | {"clave": None},
    "a short key": lambda body: body | {"clave": body["clave"][:49]},
    "a key of no day": lambda body: body | {"clave": "506329999" + body["clave"][9:]},
    "a key of another country": lambda body: body | {"clave": "503" + body["clave"][3:]},
    "a key of another issuer": lambda body: body | {"clave": body["clave"].replace("3101999901", "3101999999")},
    "another document's key": lambda body: body | {"clave": body["clave"][:-8] + "87654321"},
    "no date": lambda body: {name: value for name, value in body.items() if name != "fecha"},
    "an odd date": lambda body: body | {"fecha": "2026-11-20"},
    "an odd issuer": lambda body: body | {"emisor": "3101999901"},
    "an odd kind of issuer": lambda body: changed(body, "emisor.tipoIdentificacion", "2"),
    "a receptor that is too long": lambda body: changed(body, "receptor.numeroIdentificacion", "1" * 13),
    "a receptor of null": lambda body: body | {"receptor": None},
    "no document": lambda body: body | {"comprobanteXml": ""},
    "no base64": lambda body: body | {"comprobanteXml": "<Factura/>"},
    "a message's number": lambda body: body | {"consecutivoReceptor": "00100001050000000001"},
    "an odd callback": lambda body: body | {"callbackUrl": 5},
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_request_that_is_not_right_is_400_with_its_cause(taxpayer: Taxpayer, what: str) -> None:
    document = taxpayer.document()
    body = taxpayer.envelope(document, taxpayer.signed(document))
    answer = taxpayer.post(SPOILT[what](body))

    expected = 403 if what == "a message's number" else 400
    assert (answer.status_code, answer.content) == (expected, b"")
    assert answer.headers[CAUSE]
    assert taxpayer.ask(document).status_code == 404
    assert taxpayer.post(body).status_code == 202


@pytest.mark.parametrize("form", ["2026-11-20T09:15:00-0600", "2026-11-20T15:15:00Z", "2026-11-20T09:15:00.5-06:00"])
def test_a_date_may_be_written_in_several_ways(taxpayer: Taxpayer, form: str) -> None:
    document = taxpayer.document()

    assert taxpayer.post(taxpayer.envelope(document, taxpayer.signed(document), fecha=form)).status_code == 202
    assert taxpayer.final(document)["fecha"] == form


def test_a_token_is_for_its_own_taxpayer_only(taxpayer: Taxpayer, buyer: Taxpayer) -> None:
    stranger = Taxpayer(taxpayer.sandbox, STRANGER)
    stranger.register()
    document = taxpayer.document()
    body = taxpayer.envelope(document, taxpayer.signed(document))

    assert stranger.post(body).status_code == 403
    assert taxpayer.post(body).status_code == 202
    assert stranger.ask(document).status_code == 403
    assert buyer.ask(document).status_code == 200


def test_the_issuer_of_the_request_is_the_documents(taxpayer: Taxpayer) -> None:
    document = taxpayer.document()
    foreign = changed(document, "Emisor.Identificacion.Numero", "3101999999")

    assert taxpayer.send(foreign).status_code == 400


@pytest.mark.parametrize("raw", [b"", b"{}", b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<otra/>"])
def test_what_is_no_document_is_rejected_later_as_of_nobody(taxpayer: Taxpayer, raw: bytes) -> None:
    document = taxpayer.document()
    body = taxpayer.envelope(document, raw or b" ")
    assert taxpayer.post(body).status_code == 202

    said = message_of(taxpayer.final(document))
    assert said.findtext("{*}Mensaje") == "3"
    assert said.findtext("{*}NombreEmisor") == "DESCONOCIDO"
    assert said.findtext("{*}NumeroCedulaEmisor") == taxpayer.tax_id
    assert said.findtext("{*}TotalFactura") == "0.00"


def test_each_environment_has_its_own_documents(taxpayer: Taxpayer) -> None:
    document = taxpayer.accepted(taxpayer.document())
    taxpayer._token = taxpayer.log_in(realm="rut", client="api-prod").json()["access_token"]

    assert taxpayer.ask(document).status_code == 404
    assert taxpayer.send(document).status_code == 202


def test_paths_that_there_are_not(taxpayer: Taxpayer) -> None:
    assert taxpayer.get("recepcion").status_code == 405
    assert taxpayer.get("otro").status_code == 404
    assert taxpayer.http.post(f"{taxpayer.sandbox.url}/recepcion/v1/comprobantes").status_code == 405


# Summaries


def test_accepted_documents_are_listed_with_their_notes(taxpayer: Taxpayer, buyer: Taxpayer) -> None:
    first, second = (taxpayer.accepted(taxpayer.document()) for _ in range(2))
    note = taxpayer.accepted(taxpayer.note(first))
    taxpayer.refused(changed(taxpayer.document(), "ResumenFactura.TotalVenta", "5"))

    answer = taxpayer.get("comprobantes", params={"limit": 2})
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "0-1/3")
    assert [one["clave"] for one in answer.json()] == [first["Clave"], second["Clave"]]
    everything = buyer.get("comprobantes", params={"offset": 0, "limit": 50, "receptor": f"02{BUYER.zfill(12)}"})
    assert (everything.status_code, len(everything.json())) == (200, 3)
    assert buyer.get("comprobantes", params={"emisor": BUYER}).json() == []

    one = taxpayer.get(f"comprobantes/{first['Clave']}").json()
    assert [child["clave"] for child in one["notasCredito"]] == [note["Clave"]]
    assert one["notasDebito"] == []
    assert one["emisor"]["numeroIdentificacion"] == taxpayer.tax_id
    assert one["receptor"]["nombre"] == "CLIENTE DE PRUEBA"


@pytest.mark.parametrize("query", [{"limit": "51"}, {"limit": "0"}, {"offset": "-1"}, {"limit": "x"}])
def test_a_page_that_cannot_be_is_400(taxpayer: Taxpayer, query: dict[str, str]) -> None:
    assert taxpayer.get("comprobantes", params=query).status_code == 400


def test_a_summary_of_what_was_not_accepted_is_404(taxpayer: Taxpayer) -> None:
    document: Document = changed(taxpayer.document(), "ResumenFactura.TotalVenta", "5")
    taxpayer.refused(document)

    assert taxpayer.get(f"comprobantes/{document['Clave']}").status_code == 404


def test_the_log_tells_each_request_by_its_key_and_issuer(taxpayer: Taxpayer) -> None:
    document = taxpayer.accepted(taxpayer.document())
    taxpayer.send(document)

    entries = taxpayer.received()
    assert [entry["service"] for entry in entries] == ["idp", "recepcion", "consulta", "recepcion"]
    assert {entry["nit"] for entry in entries} == {taxpayer.tax_id}
    assert {entry["generation_code"] for entry in entries[1:]} == {document["Clave"]}
    assert entries[1]["answer"]["status"] == 202
    assert base64.b64decode(entries[2]["answer"]["respuesta-xml"])
    assert "ya fue recibido" in entries[3]["answer"]["cause"]
