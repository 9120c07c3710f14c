"""What becomes of documents in contingency: the event that reports them, the batches and runs that send them.

Every row that something is to be done with is its own queue (`Queued`): any sender may take it up, none is needed.
"""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Environment, Merchant, User
from documents.models import Document, Queued
from hacienda.models import Outage


def new_run_id() -> str:
    return "run_" + secrets.token_hex(12)


class Event(Queued):
    """A contingency event: tells the authority, after an outage, which documents were issued in it."""

    ACTIVE = Q(state__in=["waiting", "transmitting"])

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")  # also while something of the merchant's is missing: see `refusal`
        TRANSMITTING = "transmitting", _("Transmitting")  # signed; its bytes may have left
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="contingency_events")
    environment = models.CharField(max_length=10, choices=Environment)
    establishment = models.CharField(max_length=4)
    point_of_sale = models.CharField(max_length=8)
    outage = models.ForeignKey(Outage, null=True, on_delete=models.PROTECT, related_name="events")
    reason = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=15, choices=State, default=State.WAITING)
    generation_code = models.CharField(max_length=40, unique=True)
    payload = models.TextField(blank=True)  # as signed last; a refused event is corrected under the same code
    signature = models.TextField(blank=True)
    sealed_at = models.DateTimeField(null=True)
    stamp = models.CharField(max_length=60, blank=True)  # empty where the answer that told it was lost
    stamped_at = models.DateTimeField(null=True)
    refusal = models.JSONField(null=True)  # code, message, observations, errors, at: what the authority or we refused
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=["waiting", "transmitting"]), name="event_queue"
            ),
        )


class EventDocument(models.Model):
    """A document's place in an event. It stands in at most one event that is not given up."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="entries")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="event_entries")
    alive = models.BooleanField(default=True)  # false once the document was taken out of the event again

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["document"], condition=Q(alive=True), name="event_of_document_once"),
        )


class Run(Queued):
    """One sending of everything that waits: of the documents that waited when it was started, and of no others."""

    ACTIVE = ~Q(state__in=["done", "failed"])

    class State(models.TextChoices):
        QUEUED = "queued", _("About to begin")
        WAITING_FOR_HACIENDA = "waiting_for_hacienda", _("Waiting for Hacienda")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Ended with documents left")

    class Trigger(models.TextChoices):
        BUTTON = "button", _("The button")
        API = "api", _("The API")
        RECOVERY = "on_recovery", _("Hacienda's recovery")
        DEADLINE = "by_deadline", _("The documents' deadline")
        MONTH_END = "month_end", _("The month's end")

    public_id = models.CharField(max_length=40, unique=True, default=new_run_id)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="contingency_runs")
    environment = models.CharField(max_length=10, choices=Environment)
    trigger = models.CharField(max_length=20, choices=Trigger)
    state = models.CharField(max_length=25, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    again = models.BooleanField(default=False)  # asked for again meanwhile: what came later follows in another run
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["merchant", "environment"], condition=~Q(state__in=["done", "failed"]), name="run_one_open"
            ),
        )
        indexes = (
            models.Index(fields=["next_attempt_at"], condition=~Q(state__in=["done", "failed"]), name="run_queue"),
        )


class Batch(Queued):
    """At most a hundred documents sent together; each is judged alone."""

    ACTIVE = Q(state__in=["waiting", "sent", "received"])
    OWNER = "run__"

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent, no answer yet")  # its bytes may have left and no answer came: see `services.batches`
        RECEIVED = "received", _("Received, being judged")
        DONE = "done", _("Judged")
        REFUSED = "refused", _("Refused")
        LOST = "lost", _("Its answer was lost")  # its documents were asked about one by one

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="batches")
    sending_id = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=60, blank=True)  # the authority's own, by which results are read
    state = models.CharField(max_length=15, choices=State, default=State.WAITING)
    size = models.PositiveSmallIntegerField()
    accepted = models.PositiveSmallIntegerField(default=0)
    rejected = models.PositiveSmallIntegerField(default=0)
    refusal = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "batches"
        indexes = (
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["waiting", "sent", "received"]),
                name="batch_queue",
            ),
        )


class RunDocument(models.Model):
    """A document of a run, the batch that it went in last, and what became of it in this run.

    Without a batch it has not been sent yet, or is free to be sent again.
    """

    class Outcome(models.TextChoices):
        OPEN = "", _("Not sent yet")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        LEFT = "left", _("Left in contingency")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entries")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="run_entries")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="entries")
    sendings = models.PositiveSmallIntegerField(default=0)  # in how many batches of this run it may have arrived
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.OPEN)
    why = models.CharField(max_length=300, blank=True)  # of one that was left

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["run", "document"], name="run_document_once"),)


class Exchange(models.Model):
    """One request about an event or a batch: the evidence, redacted; written before it leaves, completed after."""

    event = models.ForeignKey(Event, null=True, on_delete=models.CASCADE, related_name="exchange")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, related_name="exchange")
    action = models.CharField(max_length=20)  # submit, ask, read; correct: a person saw to a refused event
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=20, default="started")
    http_status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
