"""The life of a document as a table of legal moves. Pure."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    TRANSMITTING = "transmitting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CONTINGENCY = "contingency"
    INVALIDATED = "invalidated"


MOVES: dict[State, frozenset[State]] = {
    State.TRANSMITTING: frozenset({State.ACCEPTED, State.REJECTED, State.CONTINGENCY}),
    State.CONTINGENCY: frozenset({State.ACCEPTED, State.REJECTED}),
    State.REJECTED: frozenset({State.TRANSMITTING}),  # corrected within the term, sealed anew
    State.ACCEPTED: frozenset({State.INVALIDATED}),
    State.INVALIDATED: frozenset(),
}

# What the buyer may hold in hand: the document is legally issued.
DELIVERABLE = frozenset({State.ACCEPTED, State.CONTINGENCY, State.INVALIDATED})

# Of these, what the authority has answered for.
ANSWERED = frozenset({State.ACCEPTED, State.INVALIDATED})


class IllegalMove(Exception):
    """A move that the table does not know; a defect in the caller."""


def check(old: State, new: State) -> None:
    """Raise `IllegalMove` unless `old` → `new` is in the table."""
    if new not in MOVES[old]:
        raise IllegalMove(f"{old} → {new}")
