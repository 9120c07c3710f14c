"""Refusals about received documents, by name. Doors turn them into answers."""

from __future__ import annotations

from documents.models import Decision, ReceivedDocument


class DecisionRejected(Exception):
    """The authority refused what was said; the document is undecided again, and something may be said anew."""

    def __init__(self, received: ReceivedDocument, decision: Decision) -> None:
        super().__init__(received.public_id)
        self.received = received
        self.decision = decision
