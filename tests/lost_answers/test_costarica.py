"""Every fault on every service of Costa Rica's Hacienda, alone and in pairs: nothing is lost, nothing sent blindly.

Most of them alone each time; with `FAULT_PAIRS=all` all of them, lasting ones and every pair, in every errand.
"""

from __future__ import annotations

import os

import pytest

from tests.lost_answers import costarica
from tests.lost_answers.costarica import TicoPlace

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 0.25  # seconds, in place of eight


def test_nothing_is_lost_or_done_twice(tico_place: TicoPlace) -> None:
    wrong = [f"{case}: {one}" for case in costarica.usual() for one in tico_place.live(case, PATIENCE)]

    assert not wrong, "\n".join(wrong)


if os.environ.get("FAULT_PAIRS") == "all":

    @pytest.mark.parametrize(("errand", "first", "second"), costarica.pairs())
    def test_nothing_is_lost_or_done_twice_under_any_two_faults(
        tico_place: TicoPlace, errand: str, first: str, second: str
    ) -> None:
        every = costarica.everything(errand, first, second)
        wrong = [f"{case}: {one}" for case in every for one in tico_place.live(case, PATIENCE)]

        assert not wrong, "\n".join(wrong)
