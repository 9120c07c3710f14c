"""The life of a document: only the moves in the table, one winner each, history in the same breath."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from documents import states
from documents.models import Document, Notice
from documents.services import moves
from documents.services.moves import Move
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


@pytest.mark.django_db(transaction=True)
def test_many_moves_at_once_are_told_like_single_ones_and_lost_where_another_was_faster(
    manager: Caller, sandbox: Sandbox, django_assert_max_num_queries: Any
) -> None:
    sandbox.fault("throttled", "recepciondte")
    for _ in range(5):
        manager.send()
    accepted, alike, rejected, lost, other = Document.objects.select_related("merchant").order_by("id")
    Document.objects.filter(pk=lost.pk).update(state="accepted", received_stamp="Z" * 40)
    at = timezone.now()

    def acceptance(document: Document, stamp: str) -> Move:
        return Move(document, State.ACCEPTED, "RECIBIDO", {"received_stamp": stamp * 40, "lease_owner": ""})

    refusal = Move(rejected, State.REJECTED, "020 CÁLCULO", {"rejection": {"code": "020"}, "lease_owner": ""})
    wanted = [acceptance(accepted, "A"), acceptance(alike, "B"), refusal, acceptance(lost, "C")]
    with django_assert_max_num_queries(10):  # one of them writes all their links of evidence
        won = moves.move_all(wanted, at=at)

    assert won == [accepted, alike, rejected]
    stored = list(Document.objects.order_by("id").values_list("state", "received_stamp"))
    stamps = ["A" * 40, "B" * 40, "", "Z" * 40, ""]
    assert stored == list(zip(["accepted", "accepted", "rejected", "accepted", "transmitting"], stamps, strict=True))
    assert (alike.state, alike.received_stamp, lost.state) == ("accepted", "B" * 40, "transmitting")
    assert Document.objects.get(pk=rejected.pk).rejection == {"code": "020"}
    for document, told in ((alike, ("accepted", "RECIBIDO")), (rejected, ("rejected", "020 CÁLCULO"))):
        entry = document.history.latest("id")
        assert (entry.status, entry.detail) == told
        notice = Notice.objects.get(document=document)
        assert (notice.type, notice.data["status"]) == (f"document.{told[0]}", told[0])
    assert not Notice.objects.filter(document__in=(lost, other)).exists()
    with pytest.raises(states.IllegalMove):
        moves.move_all([acceptance(rejected, "D")], at=at)
