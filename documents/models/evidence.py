"""Chains of evidence and their anchors."""

from __future__ import annotations

from django.db import models

from accounts.models import Environment, Merchant


class EvidenceLink(models.Model):
    """One link of a chain of evidence: what one transaction has written down. Never changed; see `documents.chain`.

    `body` is the canonical JSON that `digest` is the SHA-256 of; it names the digest of the link before.
    """

    chain = models.CharField(max_length=60)  # document/…, event/…, batch/… and the code of what it is about
    position = models.PositiveIntegerField()
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False, related_name="+")
    environment = models.CharField(max_length=10, choices=Environment)
    at = models.DateTimeField()
    body = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["chain", "position"], name="evidence_never_forks"),)
        indexes = (models.Index(fields=["merchant", "environment", "at"], name="evidence_of_a_day"),)


class EvidenceAnchor(models.Model):
    """What the ends of all of a merchant's chains were that grew on one day, so that none can be cut off unseen.

    `heads` is a JSON list of [chain, position, digest] in order, `root` the root of the tree over it, and `digest`
    that of the anchor with the digest of the one before in it.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    environment = models.CharField(max_length=10, choices=Environment)
    day = models.DateField()  # in the zone of the merchant's authority
    previous = models.CharField(max_length=64, blank=True)
    chains = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    heads = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(fields=["merchant", "environment", "day"], name="evidence_anchor_once"),
        )
