"""The wish to invalidate a document."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models.document import Document
from documents.models.queued import Queued


class Invalidation(Queued):
    """The wish to invalidate a document and what became of it. Its stamp is the event's, not the document's."""

    ACTIVE = Q(status="transmitting")
    OWNER = "document__"

    class Kind(models.TextChoices):
        ERROR = "error", _("Error in the document")
        RESCINDED = "rescinded", _("The operation was rescinded")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        TRANSMITTING = "transmitting", _("Transmitting")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="invalidations")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=200, blank=True)
    # What takes the document back, in a country where a document of its own does; empty where an event does.
    note = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="voids", db_index=False)
    replacement = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    requested_by = models.JSONField()
    responsible = models.JSONField()
    status = models.CharField(max_length=15, choices=Status, default=Status.TRANSMITTING)
    generation_code = models.CharField(max_length=60, unique=True)  # of the event or the note
    payload = models.TextField()
    signature = models.TextField()
    stamp = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()  # of the event, as it was signed, or of the note
    stamped_at = models.DateTimeField(null=True)
    rejection = models.JSONField(null=True)

    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["next_attempt_at"], condition=Q(status="transmitting"), name="invalidation_due"),
            models.Index(fields=["note"], condition=Q(note__isnull=False), name="invalidation_by_note"),
            models.Index(fields=["created_at"], condition=~Q(status="accepted"), name="invalidation_wanted"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["document"], condition=~Q(status="rejected"), name="invalidation_one_alive"
            ),
        )
