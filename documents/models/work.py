"""Who is at work."""

from __future__ import annotations

from django.db import models


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
