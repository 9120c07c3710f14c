"""A document, what was signed of it and what it has been through."""

from __future__ import annotations

import secrets

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Environment, Merchant
from documents.models.queued import Queued
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

    generation_code = models.CharField(max_length=60)
    control_number = models.CharField(max_length=50, blank=True)  # empty for what is not numbered
    establishment = models.CharField(max_length=4)
    point_of_sale = models.CharField(max_length=8)
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()  # of its series; 0 where series go on over the years
    number = models.PositiveBigIntegerField(null=True)
    issued_at = models.DateTimeField()

    external_id = models.CharField(max_length=100, null=True)  # null: most carry none, and null is never "taken"
    customer_name = models.CharField(max_length=250, blank=True)
    customer_tax_id = models.CharField(max_length=25, blank=True)
    customer_email = models.CharField(max_length=100, blank=True)
    third_party_tax_id = models.CharField(max_length=25, blank=True)  # on whose behalf the sale was made
    total = models.DecimalField(max_digits=13, decimal_places=2)
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")  # empty: the country's own
    content = models.JSONField()  # customer, items and totals as the API shows them; amounts are strings
    # The body as the caller sent it, so that it can be corrected; numbers with a point are strings. Null for rows
    # that are older than the column.
    request = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    received_stamp = models.CharField(max_length=64, blank=True)
    stamped_at = models.DateTimeField(null=True)
    observations = models.JSONField(default=list)
    called_at = models.DateTimeField(null=True)  # when the authority last called to say that it has judged
    rejection = models.JSONField(null=True)  # the latest; kept when the document is corrected
    current_sealing = models.ForeignKey("Sealing", null=True, on_delete=models.PROTECT, related_name="+")
    notified_at = models.DateTimeField(null=True)  # when the customer's one mail was put in the queue
    mail_failures = models.PositiveSmallIntegerField(default=0)  # how often it could not be handed over
    mailed_at = models.DateTimeField(null=True)  # when the mail server took it
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
    event_accepted_at = models.DateTimeField(null=True)  # where nothing is reported: since when it may be sent
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
            # What the authority tells documents apart by: the year begins anew, and so do the numbers.
            models.UniqueConstraint(
                fields=["merchant", "environment", "year", "control_number"],
                condition=~Q(control_number=""),
                name="document_control_number",
            ),
        )
        indexes = (
            models.Index(fields=["merchant", "environment", "-id"], name="document_newest"),
            models.Index(fields=["merchant", "environment", "state", "-id"], name="document_by_state"),
            models.Index(fields=["merchant", "environment", "-issued_at"], name="document_by_date"),
            models.Index(fields=["changed_at"], condition=Q(state="rejected"), name="document_rejected"),
            # Not by the states of `ACTIVE`: a database sees only in the column itself that the index will do.
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="document_due_first"
            ),
            models.Index(
                fields=["merchant", "environment", "next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="document_turn",
            ),
            models.Index(
                fields=["merchant", "environment", "issued_at"],
                condition=Q(state="contingency"),
                name="document_in_contingency",
            ),
            models.Index(
                fields=["merchant", "environment", "establishment", "outage"],
                condition=Q(state="contingency", event_accepted_at__isnull=True),
                name="document_unreported",
            ),
            models.Index(
                fields=["event_due"],
                condition=Q(state="contingency", event_accepted_at__isnull=True),
                name="document_event_due",
            ),
            models.Index(fields=["documents_due"], condition=Q(state="contingency"), name="document_to_be_sent"),
            models.Index(
                fields=["merchant", "environment", "third_party_tax_id", "issued_at"],
                condition=~Q(third_party_tax_id=""),
                name="document_for_third_party",
            ),
            models.Index(fields=["merchant", "environment", "type_code", "-id"], name="document_by_type"),
            models.Index(
                fields=["merchant", "environment", "state", "type_code", "-id"],
                condition=Q(state__in=["rejected", "contingency", "invalidated"]),  # few beside the accepted ones
                name="document_apart",
            ),
            models.Index(fields=["merchant", "environment", "number"], name="document_by_number"),
            models.Index(
                fields=["merchant", "environment", "control_number"],
                opclasses=["int8_ops", "varchar_ops", "varchar_pattern_ops"],  # for beginnings, in any collation
                name="document_by_control",
            ),
            models.Index(
                fields=["merchant", "environment", "customer_name"],
                condition=~Q(customer_name=""),
                name="document_by_customer",
            ),
            models.Index(
                fields=["merchant", "environment", "customer_tax_id"],
                condition=~Q(customer_tax_id=""),
                name="document_by_tax_id",
            ),
            models.Index(
                fields=["merchant", "environment", "external_id"],
                opclasses=["int8_ops", "varchar_ops", "varchar_pattern_ops"],
                condition=Q(external_id__isnull=False),
                name="document_by_reference",
            ),
            models.Index(
                fields=["merchant", "environment", "changed_at"],
                condition=Q(state="rejected", replaced_by__isnull=True),
                name="document_correctable",
            ),
        )

    def __str__(self) -> str:
        return self.control_number or self.generation_code


class CustomerName(models.Model):
    """A name on a merchant's documents, once: there are few of them beside the documents, so they can be looked
    through. `folded` is without case, accents and punctuation."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, db_index=False)
    environment = models.CharField(max_length=10, choices=Environment)
    name = models.CharField(max_length=250)
    folded = models.CharField(max_length=500)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["merchant", "environment", "name"], name="customer_name_once"),
        )

    def __str__(self) -> str:
        return self.name


class Reference(models.Model):
    """That a document refers to another one, ours or not, by its code or printed number."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="references")
    type_code = models.CharField(max_length=4)
    number = models.CharField(max_length=60)
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


class Receipt(models.Model):
    """What the authority signed about a document when it judged it, word for word; a country may have none."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="receipts")
    content = models.TextField()
    at = models.DateTimeField()


class HistoryEntry(models.Model):
    """One move of a document, written in the transaction that made it. `detail` is for people."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="history")
    status = models.CharField(max_length=20)
    at = models.DateTimeField()
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("id",)
