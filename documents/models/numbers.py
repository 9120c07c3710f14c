"""The series of numbers, and where they begin."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Environment, Merchant, User


class Sequence(models.Model):
    """The last number given out in one series; the row is locked by the transaction that seals."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT)
    environment = models.CharField(max_length=10, choices=Environment)
    scope = models.CharField(max_length=20)  # establishment, and type or point of sale where the merchant wants so
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)
    # Up to here every number was explained when they were last counted; see `documents.alarms`.
    counted = models.PositiveBigIntegerField(default=0, db_default=0)
    # After a backup was restored nobody here knows how far the series had come: it is held until an operator says so.
    held = models.BooleanField(default=False, db_default=False)
    confirmed_at = models.DateTimeField(null=True)  # when an operator last said which number comes next

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["merchant", "environment", "scope", "year"], name="sequence_once"),
        )

    def __str__(self) -> str:
        return f"{self.scope}-{self.year}"


class NumberStart(models.Model):
    """That a series goes on with `number` and not with the one after `after`, and why. Never changed."""

    class Why(models.TextChoices):
        MERCHANT = "merchant", _("The merchant set the number to start from.")
        OVERLAP = "overlap", _("Another series of the merchant's had used these numbers.")
        RESTORED = "restored", _("A backup was restored: an operator said which number comes next.")

    sequence = models.ForeignKey(Sequence, on_delete=models.PROTECT, related_name="starts")
    after = models.PositiveBigIntegerField()  # the last number that a document had then
    number = models.PositiveBigIntegerField()
    why = models.CharField(max_length=10, choices=Why)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


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
