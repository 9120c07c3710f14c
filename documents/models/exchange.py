"""What was said to the authority, and to callers who may ask twice."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Environment, Merchant
from documents.models.document import Document
from documents.models.invalidation import Invalidation


class Said(models.Model):
    """One exchange with the authority: the evidence, redacted.

    The row is written before the request leaves (`outcome` is then `started`) and completed after.
    """

    class Action(models.TextChoices):
        SUBMIT = "submit", _("Sent")
        ASK = "ask", _("Asked")

    action = models.CharField(max_length=20, choices=Action)
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=20, default="started")
    http_status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    pause = models.PositiveIntegerField(null=True)  # seconds that the authority asked us to wait

    class Meta:
        abstract = True
        ordering = ("id",)


class Attempt(Said):
    """One exchange about a document, or about its invalidation."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="exchange")
    invalidation = models.ForeignKey(Invalidation, null=True, on_delete=models.CASCADE, related_name="exchange")

    class Meta(Said.Meta):
        abstract = False


class IdempotencyKey(models.Model):
    """A caller's Idempotency-Key and the document that it made."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE)
    environment = models.CharField(max_length=10, choices=Environment)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of the body as it was sent
    document = models.ForeignKey(Document, null=True, on_delete=models.CASCADE)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["merchant", "environment", "key"], name="idempotency_key_once"),
        )
        indexes = (models.Index(fields=["created_at"], name="idempotency_key_age"),)
