"""Every fault on every service of Costa Rica's Hacienda, alone and in pairs: nothing is lost, nothing sent blindly.

Most of them alone each time; with `THOROUGH=yes` all of them alone and lasting, with `FAULT_PAIRS=everywhere`
every pair too, in every errand, which takes most of an hour.
"""

from __future__ import annotations

import os

import pytest

from tests.effort import THOROUGH
from tests.lost_answers import costarica
from tests.lost_answers.costarica import TicoPlace

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 0.25  # seconds, in place of eight


def test_nothing_is_lost_or_done_twice(tico_place: TicoPlace) -> None:
    wrong = [f"{case}: {one}" for case in costarica.usual() for one in tico_place.live(case, PATIENCE)]

    assert not wrong, "\n".join(wrong)


EVERYWHERE = os.environ.get("FAULT_PAIRS") == "everywhere"
PAIRS = costarica.pairs() if THOROUGH or EVERYWHERE else []
CHOSEN = [one for one in PAIRS if EVERYWHERE or one[1] == one[2]]

if CHOSEN:

    @pytest.mark.parametrize(("errand", "first", "second"), CHOSEN)
    def test_nothing_is_lost_or_done_twice_under_any_two_faults(
        tico_place: TicoPlace, errand: str, first: str, second: str
    ) -> None:
        every = costarica.everything(errand, first, second)
        chosen = [case for case in every if EVERYWHERE or len(case.blows) == 1]
        wrong = [f"{case}: {one}" for case in chosen for one in tico_place.live(case, PATIENCE)]

        assert not wrong, "\n".join(wrong)
