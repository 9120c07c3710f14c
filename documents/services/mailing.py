"""What became of a customer's one mail, and when it is tried again."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django_q.models import Schedule
from django_q.tasks import schedule

from documents.models import Document
from documents.services import moves
from hacienda.messages import gettext_noop

TASK: Final = "documents.tasks.mail_link"
# After the first failure, the second and so on; after the last of them nothing more.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
PERMANENT: Final = 500  # SMTP: from here on a repetition would be answered the same

SENT: Final = gettext_noop("The mail to the customer was sent.")
TRIED_AGAIN: Final = gettext_noop("The mail to the customer could not be sent; it is tried again.")
GIVEN_UP: Final = gettext_noop("The mail to the customer could not be sent and is not tried again.")
REFUSED: Final = gettext_noop("The mail server refused the customer's address.")


def sent(document: Document, *, at: datetime) -> None:
    """The mail server took it. The history tells of it where it had told of a failure."""
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(mailed_at=at)
        if document.mail_failures:
            moves.note(document, at=at, why=SENT)


def failed(document: Document, error: OSError | smtplib.SMTPException, *, at: datetime) -> None:
    """The mail could not be handed over: it is put off, a few times, unless the address itself was refused."""
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(mail_failures=F("mail_failures") + 1)
        document.refresh_from_db(fields=["mail_failures"])
        if is_refused(error):
            moves.note(document, at=at, why=REFUSED)
        elif document.mail_failures > len(PAUSES):
            moves.note(document, at=at, why=GIVEN_UP)
        else:
            moves.note(document, at=at, why=TRIED_AGAIN)
            schedule(
                TASK,
                document.pk,
                schedule_type=Schedule.ONCE,
                next_run=at + PAUSES[document.mail_failures - 1],
            )


def is_refused(error: OSError | smtplib.SMTPException) -> bool:
    """Whether the server refused the recipient for good."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= PERMANENT for code, _text in error.recipients.values())
