from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hacienda.sandbox.costarica.calendar import business_days_after, last_day_to_confirm
from tests.hacienda.sandbox.costarica.taxpayer import STRANGER, Document, Taxpayer, codes, message_of


@pytest.fixture
def sold(taxpayer: Taxpayer) -> Document:
    """An accepted invoice to the buyer."""
    return taxpayer.accepted(taxpayer.document())


def code(message: Document) -> str:
    return f"{message['Clave']}-{message['NumeroConsecutivoReceptor']}"


def said_of(buyer: Taxpayer, message: Document, **how: Any) -> Any:
    answer = buyer.send_message(message, **how)
    assert answer.status_code == 202, answer.headers
    assert answer.headers["Location"].endswith(code(message))
    return message_of(buyer.final(code(message)))


@pytest.mark.parametrize("says", ["1", "2", "3"])
def test_a_receptor_says_what_it_thinks_of_a_document(
    taxpayer: Taxpayer, buyer: Taxpayer, sold: Document, says: str
) -> None:
    said = said_of(buyer, buyer.message(sold, says))

    assert said.findtext("{*}Mensaje") == "1", said.findtext("{*}DetalleMensaje")
    assert said.findtext("{*}Clave") == sold["Clave"]
    assert said.findtext("{*}TotalFactura") == "1131.13"
    # The document itself is what it was.
    assert taxpayer.ask(sold).json()["ind-estado"] == "aceptado"


def test_a_message_is_taken_once(buyer: Taxpayer, sold: Document) -> None:
    message = buyer.message(sold)
    said_of(buyer, message)

    again = buyer.send_message(message)
    assert again.status_code == 400
    assert code(message) in again.headers["X-Error-Cause"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Mensaje": "4"}, "-1"),
        ({"Mensaje": "2"}, "-471"),
        ({"NumeroCedulaEmisor": STRANGER}, None),
        ({"TotalFactura": "1131.12"}, "-488"),
        ({"MontoTotalImpuesto": "130.12"}, "-488"),
        ({"FechaEmisionDoc": "2999-01-01T00:00:00-06:00"}, "-471"),
    ],
)
def test_a_message_agrees_with_the_document(
    buyer: Taxpayer, sold: Document, changes: dict[str, str], expected: str | None
) -> None:
    message = buyer.message(sold, **changes)
    if expected is None:
        assert buyer.send_message(message).status_code == 400
        return
    said = said_of(buyer, message)
    assert said.findtext("{*}Mensaje") == "3"
    assert expected in codes(said.findtext("{*}DetalleMensaje"))


def test_a_message_is_signed_and_sent_by_the_receptor(taxpayer: Taxpayer, buyer: Taxpayer, sold: Document) -> None:
    message = buyer.message(sold)
    assert taxpayer.send_message(message).status_code == 403

    said = said_of(buyer, message, key=taxpayer.key)
    assert said.findtext("{*}NombreEmisor") == "DESCONOCIDO"


def test_only_what_was_accepted_is_confirmed(taxpayer: Taxpayer, buyer: Taxpayer) -> None:
    said = said_of(buyer, buyer.message(taxpayer.document()))

    assert codes(said.findtext("{*}DetalleMensaje")) == ["-451"]


def test_a_number_of_a_message_is_used_once(taxpayer: Taxpayer, buyer: Taxpayer, sold: Document) -> None:
    first = buyer.message(sold)
    said_of(buyer, first)
    second = buyer.message(taxpayer.accepted(taxpayer.document()))
    second["NumeroConsecutivoReceptor"] = first["NumeroConsecutivoReceptor"]

    assert codes(said_of(buyer, second).findtext("{*}DetalleMensaje")) == ["-99"]


def test_the_time_to_confirm_ends(buyer: Taxpayer, sold: Document) -> None:
    buyer.sandbox.clock.offset = timedelta(days=60)
    buyer.forget_token()
    said = said_of(buyer, buyer.message(sold))

    assert codes(said.findtext("{*}DetalleMensaje")) == ["-16"]


@pytest.mark.parametrize(
    ("issued", "last"),
    [(date(2026, 11, 30), date(2026, 12, 10)), (date(2026, 10, 1), date(2026, 11, 11)), (date(2026, 12, 5), None)],
)
def test_it_is_the_eighth_business_day_of_the_next_month(issued: date, last: date | None) -> None:
    assert last_day_to_confirm(issued) == (last or date(2027, 1, 12))


def test_business_days_leave_weekends_out() -> None:
    friday = date(2026, 11, 27)

    assert [business_days_after(friday, number).day for number in (0, 1, 2)] == [27, 30, 1]
