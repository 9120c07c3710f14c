"""The customer's one mail: the link and what it is about, nothing attached, nobody else's headers."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from accounts.models import Merchant
from documents.models import Document
from documents.services import moves
from documents.states import State
from documents.tasks import mail_link
from tests.actors import Caller, Sandbox, invoice

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = {"name": "María Inventada", "email": "maria@cliente.example"}


def send(manager: Caller, **more: object) -> dict[str, Any]:
    made: dict[str, Any] = manager.send(invoice(customer=CUSTOMER, **more)).json()
    return made


def row(made: dict[str, Any]) -> Document:
    return Document.objects.get(public_id=made["id"])


def test_the_customer_gets_one_mail_with_the_link(
    manager: Caller, sandbox: Sandbox, run_tasks: Callable[[], int]
) -> None:
    made = send(manager)

    run_tasks()

    (message,) = mail.outbox
    assert message.to == ["maria@cliente.example"]
    assert message.subject == "Factura de Tienda de Prueba: $7.00"
    assert message.reply_to == ["facturas@example.com"]
    assert message.attachments == []
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    for content in (message.body, str(html)):
        for wanted in ("Tienda de Prueba", "Factura", made["control_number"], "$7.00", made["url"]):
            assert wanted in content
        assert "SIN VALIDEZ" in content


def test_nobody_is_written_to_without_an_address(
    manager: Caller, sandbox: Sandbox, run_tasks: Callable[[], int]
) -> None:
    made = manager.send().json()

    assert run_tasks() == 0
    mail_link(row(made).pk)
    assert mail.outbox == []


@pytest.mark.parametrize("address", ["no es una dirección", "a@b.example\nBcc: c@d.example", "@", "a@b"])
def test_what_is_no_address_is_not_written_to(manager: Caller, sandbox: Sandbox, address: str) -> None:
    document = row(manager.send().json())
    Document.objects.filter(pk=document.pk).update(customer_email=address)

    mail_link(document.pk)

    assert mail.outbox == []


def test_a_name_cannot_add_headers(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    document = row(send(manager))
    Merchant.objects.filter(pk=merchant.pk).update(trade_name="Tienda\r\nBcc: todos@example.com\r\n" + "x" * 90)

    mail_link(document.pk)

    (message,) = mail.outbox
    assert message.subject.startswith("Factura de Tienda Bcc: todos@example.com")
    assert message.recipients() == ["maria@cliente.example"]
    assert "Bcc" not in message.message()
    assert len(message.subject) <= 150


def test_markup_in_a_name_stays_text(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> None:
    document = row(send(manager))
    Merchant.objects.filter(pk=merchant.pk).update(trade_name="<b>Tú & yo</b>")

    mail_link(document.pk)

    (message,) = mail.outbox
    assert "<b>Tú & yo</b>" in message.body
    assert "&lt;b&gt;Tú &amp; yo&lt;/b&gt;" in str(message.alternatives[0][0])


def test_a_document_that_is_not_delivered_is_not_announced(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", "recepciondte")
    document = row(send(manager))
    assert document.state == State.TRANSMITTING

    mail_link(document.pk)

    assert mail.outbox == []


def test_contingency_and_a_later_stamp_are_one_mail(
    manager: Caller, sandbox: Sandbox, run_tasks: Callable[[], int]
) -> None:
    sandbox.fault("throttled", "recepciondte")
    document = row(send(manager))
    assert moves.move(document, State.CONTINGENCY, at=document.changed_at)
    run_tasks()
    assert moves.move(document, State.ACCEPTED, at=document.changed_at, received_stamp="A" * 40)

    run_tasks()

    (message,) = mail.outbox
    assert "Emitido en contingencia" in message.body


def test_a_mail_servers_refusal_is_not_hidden(
    manager: Caller, sandbox: Sandbox, settings: Any, run_tasks: Callable[[], int]
) -> None:
    document = row(send(manager))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1

    with pytest.raises((OSError, smtplib.SMTPException)):
        mail_link(document.pk)
