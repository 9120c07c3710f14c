"""The life of a document: only the moves in the table, one winner each, history in the same breath."""

from __future__ import annotations

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from documents import states
from documents.models import Document
from documents.services import moves
from documents.states import MOVES, State
from tests.actors import Caller, Sandbox

ANY_STATES = st.lists(st.sampled_from(State), max_size=12)


@given(ANY_STATES)
def test_whatever_is_tried_only_moves_of_the_table_happen(wishes: list[State]) -> None:
    here = State.TRANSMITTING
    for wish in wishes:
        if wish in MOVES[here]:
            states.check(here, wish)
            here = wish
        else:
            with pytest.raises(states.IllegalMove):
                states.check(here, wish)


@given(ANY_STATES)
def test_nothing_leaves_invalidated_and_nothing_stamped_is_sent_again(wishes: list[State]) -> None:
    here, been = State.TRANSMITTING, [State.TRANSMITTING]
    for wish in wishes:
        if wish in MOVES[here]:
            here = wish
            been.append(wish)
    if State.INVALIDATED in been:
        assert been[-1] is State.INVALIDATED
    if State.ACCEPTED in been:
        assert State.TRANSMITTING not in been[been.index(State.ACCEPTED) :]


@pytest.mark.django_db(transaction=True)
class TestMoving:
    def test_of_two_who_read_the_same_state_one_wins(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        made = manager.send(Prefer="wait=0").json()
        first, second = (Document.objects.get(public_id=made["id"]) for _ in range(2))
        now = timezone.now()

        assert moves.move(first, State.ACCEPTED, at=now, why="one", received_stamp="A" * 40)
        assert not moves.move(second, State.REJECTED, at=now, why="two")

        kept = Document.objects.get(public_id=made["id"])
        assert kept.state == "accepted"
        assert [entry.status for entry in kept.history.all()] == ["transmitting", "accepted"]

    def test_an_illegal_move_changes_nothing(self, manager: Caller, sandbox: Sandbox) -> None:
        made = manager.send().json()
        document = Document.objects.get(public_id=made["id"])

        with pytest.raises(states.IllegalMove):
            moves.move(document, State.REJECTED, at=timezone.now())

        assert manager.get(f"documents/{made['id']}").json() == made
