"""What operators were told of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RaisedAlarm(models.Model):
    """An alarm from the moment it was first found until it was found no more. Written by `smartbill.tasks` alone."""

    code = models.CharField(max_length=40)
    tax_id = models.CharField(max_length=20, blank=True)
    environment = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=500)
    count = models.PositiveIntegerField(default=1)
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)  # when the operators were told of its beginning
    end_mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["code", "tax_id", "environment"], condition=Q(ended_at__isnull=True), name="alarm_once"
            ),
        )

    def __str__(self) -> str:
        where = " ".join(part for part in (self.tax_id, self.environment) if part)
        return f"{self.code}{f' ({where})' if where else ''}: {self.text}"
