"""Rows that something is to be done with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Queued(models.Model):
    """The row is the queue: when it is due, who works on it and until when that claim holds."""

    ACTIVE: ClassVar[Q]  # the rows with which something is still to be done
    OWNER: ClassVar[str] = ""  # the way to the merchant and environment whose row it is

    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    rounds = models.PositiveIntegerField(default=0)  # how often sending was taken up

    # Where its chain of evidence ends, as far as this object knows: position and digest of the last link; no column.
    chain_end: tuple[int, str] | None = None

    class Meta:
        abstract = True
