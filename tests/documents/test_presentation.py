"""What page, PDF and ticket have to say, from the readable document and its present state."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from documents.figures import money, plain
from documents.presentation import moment
from documents.states import State
from hacienda.readable import ReadableParty, Section
from tests.documents.readables import STAMP, ZONE, line, presentation, readable


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        ("7", "7.00"),
        ("0", "0.00"),
        ("3.5", "3.50"),
        ("1234567.89", "1,234,567.89"),
        ("6.19469027", "6.19469027"),
        ("3.53980000", "3.5398"),
        ("1E+3", "1,000.00"),
        ("-20", "-20.00"),
    ],
)
def test_a_figure_keeps_every_decimal_that_was_signed(amount: str, printed: str) -> None:
    assert plain(Decimal(amount)) == printed


def test_a_quantity_shows_no_idle_decimals() -> None:
    assert [plain(Decimal(text), places=0) for text in ("2", "2.50", "1000")] == ["2", "2.5", "1,000"]


def test_an_amount_carries_its_currency() -> None:
    assert money(Decimal("37.75"), "USD") == "$37.75"
    assert money(Decimal("-20"), "USD") == "-$20.00"
    assert money(Decimal("1500"), "CRC") == "₡1,500.00"
    assert money(Decimal("1"), "EUR") == "EUR 1.00"


def test_times_are_told_in_the_countrys_zone() -> None:
    assert moment(datetime(2026, 11, 23, 3, 15, 30, tzinfo=UTC), ZONE) == "22/11/2026 21:15:30"


@pytest.mark.parametrize(
    ("state", "label", "tone", "delivered"),
    [
        (State.ACCEPTED, "Aceptado por Hacienda", "ok", True),
        (State.CONTINGENCY, "Emitido en contingencia", "warn", True),
        (State.INVALIDATED, "INVALIDADO", "bad", True),
        (State.REJECTED, "No válido", "bad", False),
        (State.TRANSMITTING, "En transmisión", "quiet", False),
    ],
)
def test_every_state_has_its_words_and_colour(state: State, label: str, tone: str, delivered: bool) -> None:
    with translation.override("es"):
        view = presentation(state)

    assert (view.standing.label, view.standing.tone, view.is_delivered) == (label, tone, delivered)


def test_only_documents_of_a_test_system_are_marked_as_worthless() -> None:
    with translation.override("es"):
        assert presentation().test_mark == "SIN VALIDEZ: documento de prueba"
        assert presentation().watermark == "SIN VALIDEZ"
        live = presentation(document=readable(is_test=False))
        assert (live.test_mark, live.watermark) == ("", "")
        assert presentation(State.INVALIDATED, document=readable(is_test=False)).watermark == "INVALIDADO"


@pytest.mark.parametrize("customer", [None, ReadableParty("Receptor", "", ())])
def test_a_buyer_without_a_name_is_the_final_consumer(customer: ReadableParty | None) -> None:
    with translation.override("es"):
        issuer, buyer = presentation(document=readable(customer=customer)).parties

    assert issuer.name == "COMERCIAL DE EJEMPLO, S.A. DE C.V."
    assert buyer.name == "Consumidor final"


def test_lines_tell_how_their_sale_is_treated() -> None:
    zero = Decimal(0)
    lines = (
        line(1, "Gravada", "1", "1"),
        line(2, "Exenta", "1", "1", taxed=zero, exempt=Decimal(1)),
        line(3, "No sujeta", "1", "1", taxed=zero, not_subject=Decimal(1)),
        line(4, "Propina", "1", "0", taxed=zero, not_taxed=Decimal("-20"), amount=Decimal("-20")),
    )
    with translation.override("es"):
        view = presentation(document=readable(lines=lines))

    assert [one.treatment for one in view.lines] == ["", "exento", "no sujeto", "no afecta la base imponible"]
    assert view.lines[3].amount == "-20.00"
    assert "Descuento" not in [heading.label for heading in view.detail.figures]


def test_stamp_and_invalidation_are_told_in_order() -> None:
    with translation.override("es"):
        view = presentation(State.INVALIDATED)

    assert view.stamp == STAMP
    assert view.stamped_at == "22/11/2026 09:15:32"
    assert [(field.label, field.value) for field in view.revocation_facts] == [
        ("Invalidado el", "23/11/2026 10:00:05"),
        ("Motivo", "Error en el documento"),
        ("Detalles", "El nombre del cliente estaba equivocado"),
        ("Sello de la invalidación", "2026FFEEDDCCBBAA4988776655443322110099ZZ"),
    ]


def test_a_pending_invalidation_is_announced_without_doubting_the_document() -> None:
    with translation.override("es"):
        view = presentation(is_revocation_pending=True)

    assert view.standing.tone == "ok"
    assert "sigue vigente" in view.revocation_pending


def test_empty_sections_are_left_out() -> None:
    assert presentation(document=readable(sections=(Section("Apéndice", ()),))).sections == ()
