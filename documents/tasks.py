"""Short tasks that django-q2 runs; a task that fails is recorded there with its reason."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from documents import ledger, published, selectors
from documents.models import Document
from documents.presentation import Presentation
from documents.services import anchoring, mailing

LONGEST_SUBJECT = 150


def mail_link(document_id: int) -> None:
    """Send the customer the public link of a document: one mail, nothing attached, in the document's language.

    Nothing is sent without a valid address, for a document that is not (or no longer) delivered, or twice.
    A failure is remembered and tried again later; it raises what the mail server's refusal raises
    (`smtplib.SMTPException`, `OSError`).
    """
    document = published.document(document_id)
    if document.mailed_at is not None or not _is_address(document.customer_email):
        return
    with translation.override(settings.LANGUAGE_CODE):
        presentation = published.presentation(document)
        if not presentation.is_delivered:
            return
        message = _message(document, presentation)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        mailing.failed(document, error, at=timezone.now())
        raise
    mailing.sent(document, at=timezone.now())


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _message(document: Document, presentation: Presentation) -> EmailMultiAlternatives:
    merchant = str(document.merchant)
    context = {
        "presentation": presentation,
        "links": selectors.links(document),
        "merchant": merchant,
        "language": settings.LANGUAGE_CODE,
    }
    subject = _("%(type)s from %(merchant)s: %(total)s") % {
        "type": presentation.kind,
        "merchant": merchant,
        "total": presentation.payable,
    }
    message = EmailMultiAlternatives(
        subject=_one_line(subject),
        body=render_to_string("documents/mail/link.txt", context),
        to=[document.customer_email],
        reply_to=_answers_go_to(document),
    )
    message.attach_alternative(render_to_string("documents/mail/link.html", context), "text/html")
    return message


def _answers_go_to(document: Document) -> list[str]:
    return [document.merchant.email] if _is_address(document.merchant.email) else []


def _one_line(text: str) -> str:
    """`text` as a header may carry it: no line break can begin another header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST_SUBJECT]


def anchor_evidence(due_at: str | None = None) -> int:
    """Anchor the evidence of the days that are over, however late this is done; how many anchors were made."""
    return anchoring.anchor(timezone.now())


def count_numbers(due_at: str | None = None) -> int:
    """Look at every number of every series; how many series have one that nothing explains."""
    return ledger.count(timezone.now())
