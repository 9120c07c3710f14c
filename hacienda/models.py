"""What all processes must know about an authority: whether it is down right now."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Outage(models.Model):
    """A time in which an authority could not be reached, measured. Written by `hacienda.availability` alone.

    `tax_id` is the one emitter that it concerns; empty when it is everybody's.
    """

    country = models.CharField(max_length=2)
    environment = models.CharField(max_length=10)
    tax_id = models.CharField(max_length=20, blank=True)
    cause = models.CharField(max_length=20)  # how the last request before it failed, in the policy's words
    began_at = models.DateTimeField()  # of the first failure
    last_failure_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    returns = models.PositiveSmallIntegerField(default=0)  # how often it was thought to be over and came back

    next_probe_at = models.DateTimeField()
    failed_probes = models.PositiveIntegerField(default=0)  # in a row; the pauses grow from it
    good_probes = models.PositiveIntegerField(default=0)  # in a row
    good_since = models.DateTimeField(null=True)
    trial_at = models.DateTimeField(null=True)  # when a document was last let through to try

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["country", "environment", "tax_id"], condition=Q(ended_at__isnull=True), name="outage_once"
            ),
        )
        indexes = (models.Index(fields=["country", "environment", "-ended_at"], name="outage_latest"),)

    def __str__(self) -> str:
        return f"{self.country} {self.environment} {self.tax_id or '*'} {self.began_at:%Y-%m-%d %H:%M:%S}"
