"""What programs that follow along are told."""

from __future__ import annotations

from django.db import models

from accounts.models import Environment, Merchant
from documents.models.document import Document


class Notice(models.Model):
    """Something that happened, for programs that follow along; written in the transaction that made it happen.

    `data` is the document as it was then, in a few words.
    """

    class Type(models.TextChoices):
        ACCEPTED = "document.accepted"
        REJECTED = "document.rejected"
        CONTINGENCY = "document.contingency"
        INVALIDATED = "document.invalidated"
        DEADLINE = "deadline.approaching"
        MISSED = "deadline.missed"

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE)
    environment = models.CharField(max_length=10, choices=Environment)
    type = models.CharField(max_length=40, choices=Type)
    document = models.ForeignKey(Document, null=True, on_delete=models.CASCADE)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["merchant", "environment", "id"], name="notice_order"),
            models.Index(fields=["merchant", "environment", "type", "id"], name="notice_of_type"),
        )


class Announcement(models.Model):
    """That the approaching end of a term was announced, so that it is announced once.

    `subject` is whose term it is: the public name of a document, an event, a signing file; `step` counts as in
    `hacienda.clocks`. Another end is another announcement: a document can be rejected twice.
    """

    subject = models.CharField(max_length=80)
    name = models.CharField(max_length=30)
    until = models.DateTimeField()
    step = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["subject", "name", "until", "step"], name="announcement_once"),
        )
