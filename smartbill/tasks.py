"""Short tasks that django-q2 runs for the whole house."""

from __future__ import annotations

import logging

from django.utils import timezone

from smartbill import pruning

log = logging.getLogger(__name__)


def prune() -> int:
    """Remove what has had its time; how many rows. What is left over is removed by the next one."""
    removed = pruning.prune(timezone.now())
    if removed:
        log.info("pruned: %s rows", removed)
    return removed
