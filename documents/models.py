"""Documents and everything that happened to them. Rows only: what may be done with them is in services."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Environment, Merchant
from documents.states import State
from hacienda.models import Outage


class Status(models.TextChoices):
    """Names for people of the states in `documents.states`."""

    TRANSMITTING = State.TRANSMITTING.value, _("Transmitting")
    ACCEPTED = State.ACCEPTED.value, _("Accepted")
    REJECTED = State.REJECTED.value, _("Rejected")
    CONTINGENCY = State.CONTINGENCY.value, _("In contingency")
    INVALIDATED = State.INVALIDATED.value, _("Invalidated")


def new_public_id() -> str:
    return "doc_" + secrets.token_hex(12)


def new_token() -> str:
    """An unguessable public token: 128 bits, URL-safe."""
    return secrets.token_urlsafe(16)


class Queued(models.Model):
    """The row is the queue: when it is due, who works on it and until when that claim holds."""

    ACTIVE: ClassVar[Q]  # the rows with which something is still to be done

    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    rounds = models.PositiveIntegerField(default=0)  # how often sending was taken up

    class Meta:
        abstract = True


class Sequence(models.Model):
    """The last number given out in one series; the row is locked by the transaction that seals."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT)
    environment = models.CharField(max_length=10, choices=Environment)
    scope = models.CharField(max_length=20)  # establishment, and type or point of sale where the merchant wants so
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)
    # After a backup was restored nobody here knows how far the series had come: it is held until an operator says so.
    held = models.BooleanField(default=False, db_default=False)
    confirmed_at = models.DateTimeField(null=True)  # when an operator last said which number comes next

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["merchant", "environment", "scope", "year"], name="sequence_once"),
        )


class Document(Queued):
    """One document, from its sealing on. `state` is written by `services.moves` alone."""

    # On its way; or in contingency with a sending that may have arrived, about which we must ask.
    ACTIVE = Q(state=State.TRANSMITTING.value) | Q(state=State.CONTINGENCY.value, uncertain=True)

    public_id = models.CharField(max_length=40, unique=True, default=new_public_id)
    token = models.CharField(max_length=40, unique=True, default=new_token)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="documents")
    environment = models.CharField(max_length=10, choices=Environment)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL)
    type_code = models.CharField(max_length=4)
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=15, choices=Status, default=State.TRANSMITTING.value)

    generation_code = models.CharField(max_length=40)
    control_number = models.CharField(max_length=50, blank=True)  # empty for what is not numbered
    establishment = models.CharField(max_length=4)
    point_of_sale = models.CharField(max_length=4)
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField(null=True)
    issued_at = models.DateTimeField()

    external_id = models.CharField(max_length=100, null=True)  # null: most carry none, and null is never "taken"
    customer_name = models.CharField(max_length=250, blank=True)
    customer_tax_id = models.CharField(max_length=25, blank=True)
    customer_email = models.CharField(max_length=100, blank=True)
    third_party_tax_id = models.CharField(max_length=25, blank=True)  # on whose behalf the sale was made
    total = models.DecimalField(max_digits=13, decimal_places=2)
    content = models.JSONField()  # customer, items and totals as the API shows them; amounts are strings
    # The body as the caller sent it, so that it can be corrected; numbers with a point are strings. Null for rows
    # that are older than the column.
    request = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    received_stamp = models.CharField(max_length=60, blank=True)
    stamped_at = models.DateTimeField(null=True)
    observations = models.JSONField(default=list)
    rejection = models.JSONField(null=True)  # the latest; kept when the document is corrected
    current_sealing = models.ForeignKey("Sealing", null=True, on_delete=models.PROTECT, related_name="+")
    notified_at = models.DateTimeField(null=True)  # when the customer's one mail was put in the queue
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaces")

    # Issued in contingency: why, since when, and how far its report has come. None of it is ever set back.
    outage = models.ForeignKey(Outage, null=True, on_delete=models.PROTECT, related_name="documents")
    contingency_reason = models.PositiveSmallIntegerField(null=True)
    contingency_note = models.CharField(max_length=500, blank=True)
    contingency_since = models.DateTimeField(null=True)
    contingency_from = models.DateTimeField(null=True)  # the merchant's own outage, as told by the caller
    contingency_to = models.DateTimeField(null=True)
    uncertain = models.BooleanField(default=False)  # an earlier sending may have arrived without our knowing
    event_due = models.DateTimeField(null=True)  # until when the event must be sent; null while the outage lasts
    event_accepted_at = models.DateTimeField(null=True)
    event_stamp = models.CharField(max_length=60, blank=True)
    documents_due = models.DateTimeField(null=True)  # until when the document must be sent; null before its event

    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)  # of anything that a reader can see

    # The history that this very object has been through since it was made; no column.
    lived: tuple[HistoryEntry, ...] = ()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["environment", "generation_code"], name="document_generation_code"),
            models.UniqueConstraint(
                fields=["merchant", "environment", "series", "year", "number"], name="document_number"
            ),
            models.UniqueConstraint(
                fields=["merchant", "environment", "external_id"],
                condition=Q(external_id__isnull=False),
                name="document_external_id",
            ),
        )
        indexes = (
            models.Index(fields=["merchant", "environment", "-id"], name="document_newest"),
            models.Index(fields=["merchant", "environment", "state", "-id"], name="document_by_state"),
            models.Index(fields=["merchant", "environment", "-issued_at"], name="document_by_date"),
            models.Index(fields=["next_attempt_at"], condition=Q(state="transmitting"), name="document_due"),
            models.Index(
                fields=["merchant", "environment", "issued_at"],
                condition=Q(state="contingency"),
                name="document_in_contingency",
            ),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="contingency", uncertain=True),
                name="document_uncertain",
            ),
            models.Index(
                fields=["merchant", "environment", "third_party_tax_id", "issued_at"],
                condition=~Q(third_party_tax_id=""),
                name="document_for_third_party",
            ),
        )

    def __str__(self) -> str:
        return self.control_number or self.generation_code


class Reference(models.Model):
    """That a document refers to another one, ours or not, by its code or printed number."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="references")
    type_code = models.CharField(max_length=4)
    number = models.CharField(max_length=40)
    adjusts = models.BooleanField(default=False)  # it takes from or adds to the amounts of the other one

    class Meta:
        indexes = (models.Index(fields=["number"], name="reference_number"),)


class Sealing(models.Model):
    """What was signed, byte for byte. Never updated: a document that is sealed anew gets another row."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="sealings")
    payload = models.TextField()
    signature = models.TextField()
    reason = models.PositiveSmallIntegerField(null=True)  # of the contingency; null when issued normally
    created_at = models.DateTimeField(default=timezone.now)


class HistoryEntry(models.Model):
    """One move of a document, written in the transaction that made it. `detail` is for people."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="history")
    status = models.CharField(max_length=20)
    at = models.DateTimeField()
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("id",)


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

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE)
    environment = models.CharField(max_length=10, choices=Environment)
    type = models.CharField(max_length=40, choices=Type)
    document = models.ForeignKey(Document, null=True, on_delete=models.CASCADE)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["merchant", "environment", "id"], name="notice_order"),)


class Invalidation(Queued):
    """The wish to invalidate a document and what became of it. Its stamp is the event's, not the document's."""

    ACTIVE = Q(status="transmitting")

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
    replacement = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    requested_by = models.JSONField()
    responsible = models.JSONField()
    status = models.CharField(max_length=15, choices=Status, default=Status.TRANSMITTING)
    generation_code = models.CharField(max_length=40, unique=True)
    payload = models.TextField()
    signature = models.TextField()
    stamp = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()  # of the event, as it was signed
    stamped_at = models.DateTimeField(null=True)
    rejection = models.JSONField(null=True)

    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["next_attempt_at"], condition=Q(status="transmitting"), name="invalidation_due"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["document"], condition=~Q(status="rejected"), name="invalidation_one_alive"
            ),
        )


class Attempt(models.Model):
    """One exchange with the authority about a document (or its invalidation): the evidence, redacted.

    The row is written before the request leaves (`outcome` is then `started`) and completed after.
    """

    class Action(models.TextChoices):
        SUBMIT = "submit", _("Sent")
        ASK = "ask", _("Asked")

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="exchange")
    invalidation = models.ForeignKey(Invalidation, null=True, on_delete=models.CASCADE, related_name="exchange")
    action = models.CharField(max_length=20, choices=Action)
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=20, default="started")
    http_status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    pause = models.PositiveIntegerField(null=True)  # seconds that the authority asked us to wait

    class Meta:
        ordering = ("id",)


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


class Heartbeat(models.Model):
    """That a process of ours is at work: one row each, written by itself every few seconds."""

    class Kind(models.TextChoices):
        WEB = "web"
        SENDER = "sender"
        WORKER = "worker"

    kind = models.CharField(max_length=10, choices=Kind)
    process = models.CharField(max_length=100)  # host and number of the process
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    threads = models.PositiveSmallIntegerField(default=0)
    busy = models.PositiveSmallIntegerField(default=0)  # of its threads, or tasks in its hands

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "process"], name="heartbeat_once"),)


class Restoration(models.Model):
    """That this database came out of a backup: what happened between the two moments is not in it.

    While it is open, the series are held that nobody has confirmed: see `services.numbering`.
    """

    backup_at = models.DateTimeField()
    restored_at = models.DateTimeField()
    doubted_at = models.DateTimeField(null=True)  # when everything in transit was marked to be asked about first
    closed_at = models.DateTimeField(null=True)  # when an operator said that every series is accounted for

    class Meta:
        ordering = ("-id",)
