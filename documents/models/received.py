"""What suppliers have sent to a merchant, and what the merchant said about it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Environment, Merchant, User
from documents.models.exchange import Said
from documents.models.queued import Queued
from hacienda import inbox


def new_received_id() -> str:
    return "rcv_" + secrets.token_hex(12)


class ReceivedDocument(models.Model):
    """A supplier's signed document, as it came, and what it says. Stored once and never changed."""

    public_id = models.CharField(max_length=40, unique=True, default=new_received_id)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="received_documents")
    environment = models.CharField(max_length=10, choices=Environment)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    type_code = models.CharField(max_length=4)
    generation_code = models.CharField(max_length=60)
    control_number = models.CharField(max_length=50)
    issuer_name = models.CharField(max_length=250)
    issuer_id_type = models.CharField(max_length=4)
    issuer_tax_id = models.CharField(max_length=25)
    receiver_id_type = models.CharField(max_length=4)
    issued_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=18, decimal_places=5)
    tax = models.DecimalField(max_digits=18, decimal_places=5, null=True)  # null where it states none
    due = models.DateTimeField()  # until when something can be said about it
    xml = models.TextField()  # byte for byte, in UTF-8
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)  # of anything that a reader can see

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["merchant", "environment", "generation_code"], name="received_once"),
        )
        indexes = (
            models.Index(fields=["merchant", "environment", "-id"], name="received_newest"),
            models.Index(fields=["merchant", "environment", "issuer_tax_id", "-id"], name="received_by_issuer"),
            models.Index(fields=["due"], name="received_due"),
        )

    def __str__(self) -> str:
        return self.control_number


class Decision(Queued):
    """What the merchant said about a received document: a signed message with a number of its own.

    It travels like a document. Of one that Hacienda refused another one may follow.
    """

    ACTIVE = Q(status="transmitting")

    class Kind(models.TextChoices):
        ACCEPT = inbox.Kind.ACCEPT.value, _("Accepted")
        ACCEPT_PARTLY = inbox.Kind.ACCEPT_PARTLY.value, _("Accepted in part")
        REJECT = inbox.Kind.REJECT.value, _("Rejected")

    class Status(models.TextChoices):
        TRANSMITTING = "transmitting", _("Transmitting")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    received = models.ForeignKey(ReceivedDocument, on_delete=models.PROTECT, related_name="decisions")
    # Of the received document, once more: the queue and the series of numbers go by them.
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="decisions")
    environment = models.CharField(max_length=10, choices=Environment)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=15, choices=Kind)
    reason = models.CharField(max_length=200, blank=True)
    condition = models.CharField(max_length=4, blank=True)
    tax_credit = models.DecimalField(max_digits=18, decimal_places=5, null=True)
    expense = models.DecimalField(max_digits=18, decimal_places=5, null=True)
    activity = models.CharField(max_length=10, blank=True)

    establishment = models.CharField(max_length=4)
    point_of_sale = models.CharField(max_length=8)
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()  # of its series; 0 where series go on over the years
    number = models.PositiveBigIntegerField()
    control_number = models.CharField(max_length=50)
    at = models.DateTimeField()  # as the message says
    payload = models.TextField()
    signature = models.TextField()

    status = models.CharField(max_length=15, choices=Status, default=Status.TRANSMITTING)
    stamp = models.CharField(max_length=64, blank=True)
    stamped_at = models.DateTimeField(null=True)
    observations = models.JSONField(default=list)
    rejection = models.JSONField(null=True)
    receipt = models.TextField(blank=True)  # what the authority signed about it, word for word
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["received"], condition=~Q(status="rejected"), name="decision_one_alive"),
            models.UniqueConstraint(
                fields=["merchant", "environment", "series", "year", "number"], name="decision_number"
            ),
        )
        indexes = (
            models.Index(fields=["next_attempt_at"], condition=Q(status="transmitting"), name="decision_due"),
            models.Index(
                fields=["merchant", "environment", "next_attempt_at"],
                condition=Q(status="transmitting"),
                name="decision_turn",
            ),
        )

    def __str__(self) -> str:
        return self.control_number


class DecisionAttempt(Said):
    """One exchange about a decision."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="exchange")

    class Meta(Said.Meta):
        abstract = False
