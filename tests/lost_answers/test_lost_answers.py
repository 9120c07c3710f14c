"""Every fault on every service, alone and in pairs: the table in docs/faults.md is what is seen here.

`make faults` writes the table anew. `THOROUGH=yes` goes through all of it, and through every pair of faults there
is, of which only what must always hold is looked at, for minutes; without it every fault of sending and invalidating
is lived through once, alone.
"""

from __future__ import annotations

import os

import pytest

from tests.effort import THOROUGH
from tests.lost_answers import cases, table
from tests.lost_answers.cases import Case
from tests.lost_answers.journeys import Outcome, Place

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 0.25  # seconds, in place of the law's eight
WRITE = bool(os.environ.get("WRITE_FAULTS"))
ALL = WRITE or THOROUGH
SECOND_LOOK = 2.5  # where a busy machine may have been the reason


class Errand:
    """One errand's part of the table."""

    name = ""

    def test_is_as_it_is_told(self, place: Place) -> None:
        chosen = cases.told(self.name) if ALL else cases.usual(self.name)
        lived = {str(case): self.looked_at(place, case) for case in chosen}

        wrong = [f"{case}: {problem}" for case, outcome in lived.items() for problem in outcome.wrong]
        assert not wrong, "\n".join(wrong)
        if WRITE:
            table.write(self.name, lived)
        written = table.read(self.name)
        assert table.lines(lived) == {case: written.get(case) for case in lived}
        assert list(written) == [str(case) for case in cases.told(self.name)]

    def looked_at(self, place: Place, case: Case) -> Outcome:
        """Once, and once more with more time if it is not as the table says."""
        outcome = place.live(case, 3 * PATIENCE if WRITE else PATIENCE)
        told = table.read(self.name).get(str(case))
        if outcome.wrong or WRITE or table.line(outcome) == told:
            return outcome
        return place.live(case, SECOND_LOOK)


class TestSending(Errand):
    name = cases.SENDING


class TestInvalidating(Errand):
    name = cases.INVALIDATING


if ALL:

    class TestReporting(Errand):
        name = cases.REPORTING


if THOROUGH:

    @pytest.mark.parametrize(("errand", "first", "second"), list(cases.pairs()))
    def test_nothing_is_lost_or_done_twice_under_any_two_faults(
        place: Place, errand: str, first: str, second: str
    ) -> None:
        every = cases.everything(errand, first, second)
        wrong = [f"{case}: {one}" for case in every for one in place.live(case, PATIENCE).wrong]

        assert not wrong, "\n".join(wrong)
