"""The customer's one mail: the link and what it is about, nothing attached, nobody else's headers."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

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


def fail(document: Document, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """One try with a mail server that answers with this."""

    def refuse(_message: EmailMessage) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", refuse)
        with pytest.raises(type(error)):
            mail_link(document.pk)


def details(manager: Caller, document: Document) -> list[str]:
    """What the history says of mails, in the order in which it happened."""
    history = manager.get(f"documents/{document.public_id}").json()["history"]
    return [entry["detail"] for entry in history if "mail" in entry["detail"]]


def test_a_mail_that_failed_is_tried_again_later_and_the_history_says_so(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = row(send(manager))
    before = timezone.now()
    fail(document, monkeypatch, ConnectionRefusedError())
    fail(document, monkeypatch, smtplib.SMTPServerDisconnected())

    first, second = Schedule.objects.order_by("id")
    assert (first.func, first.schedule_type, first.args) == ("documents.tasks.mail_link", "O", f"({document.pk},)")
    for planned, pause in ((first, timedelta(minutes=1)), (second, timedelta(minutes=5))):
        assert before + pause <= planned.next_run <= timezone.now() + pause
    mail_link(document.pk)
    mail_link(document.pk)  # a repetition that was planned meanwhile

    assert len(mail.outbox) == 1
    document.refresh_from_db()
    assert (document.mail_failures, document.mailed_at is not None) == (2, True)
    again = "The mail to the customer could not be sent; it is tried again."
    assert details(manager, document) == [again, again, "The mail to the customer was sent."]


def test_it_is_given_up_after_a_few_times(manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    document = row(send(manager))
    for _ in range(6):
        fail(document, monkeypatch, TimeoutError())

    assert Schedule.objects.count() == 5
    assert details(manager, document)[-1] == "The mail to the customer could not be sent and is not tried again."


@pytest.mark.parametrize(("code", "tries"), [(550, 0), (450, 1)])
def test_an_address_that_was_refused_for_good_is_not_written_to_again(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, code: int, tries: int
) -> None:
    document = row(send(manager))

    fail(document, monkeypatch, smtplib.SMTPRecipientsRefused({CUSTOMER["email"]: (code, b"no")}))

    assert Schedule.objects.count() == tries


def test_the_worker_takes_up_what_was_put_off(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, run_tasks: Callable[[], int]
) -> None:
    run_tasks()
    document = row(send(manager))
    OrmQ.objects.all().delete()
    fail(document, monkeypatch, ConnectionRefusedError())
    Schedule.objects.update(next_run=timezone.now())

    scheduler()
    assert run_tasks() == 1

    assert len(mail.outbox) == 1
    assert not Schedule.objects.exists()
