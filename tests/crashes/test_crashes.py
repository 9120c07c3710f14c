"""Killed anywhere, and nothing is lost and nothing is done twice.

Each scenario is lived through once for every place at which its process can die (`boundaries`). What a fresh process
then finds it must bring to rest, and the books of both sides must agree.

`THOROUGH=yes` walks through all scenarios, for minutes; without it only a sending is died in. Long scenarios come by
the same places of the code again and again: there a process dies at the first and at the last time, and on
PostgreSQL, where the same is walked through once more, at the first.
"""

from __future__ import annotations

from enum import Enum, auto

import pytest
from django.db import connection

from accounts.models import Merchant
from documents.models import Document
from tests import books
from tests.actors import Caller, Sandbox
from tests.crashes import scenarios
from tests.crashes.boundaries import Death
from tests.crashes.lives import Story, live
from tests.crashes.scenarios import Scenario, broken_promises, recover
from tests.effort import THOROUGH

pytestmark = pytest.mark.django_db(transaction=True)
ON_POSTGRESQL = connection.vendor == "postgresql"


class Times(Enum):
    """Which of the times that a process comes by the same place in the code it dies at."""

    FIRST = auto()
    FIRST_AND_LAST = auto()
    EACH = auto()


def fatal(places: list[str], times: Times) -> list[int]:
    """The numbers of the places to die at, from 1. Inside of a transaction only where it is each of them."""
    if times is Times.EACH:
        return list(range(1, len(places) + 1))
    met: dict[str, list[int]] = {}
    for number, place in enumerate(places, 1):
        if not place.startswith("before commit"):
            met.setdefault(place, []).append(number)
    last = -1 if times is Times.FIRST_AND_LAST else 0
    return sorted({numbers[index] for numbers in met.values() for index in (0, last)})


def test_a_place_is_died_at_the_first_and_the_last_time() -> None:
    places = ["claim", "before commit", "send", "claim", "send", "claim"]
    assert fatal(places, Times.FIRST) == [1, 3]
    assert fatal(places, Times.FIRST_AND_LAST) == [1, 3, 5, 6]
    assert fatal(places, Times.EACH) == [1, 2, 3, 4, 5, 6]


class Walk:
    """One scenario, died in at every place."""

    def __init__(self, scenario: Scenario, merchant: Merchant, sandbox: Sandbox, death: Death) -> None:
        self.scenario = scenario
        self.merchant = merchant
        self.sandbox = sandbox
        self.death = death
        # Whatever is loaded at a first use is loaded by now, and not again in every process.
        assert scenario.manager.send(scenario.body()).status_code == 201

    def die_everywhere(self, times: Times) -> list[str]:
        """What was wrong, in words; every entry begins with where the process had died."""
        places = self._lived(0).places
        assert places
        found = []
        for number in fatal(places, times):
            before = len(self.problems)
            story = self._lived(number)
            found += [f"{number}. {story.died}: {problem}" for problem in self.problems[before:]]
        return found

    problems: list[str]

    def _lived(self, fatal: int) -> Story:
        self.problems = getattr(self, "problems", [])
        newest = Document.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.sandbox.heal()
        self.sandbox.control("DELETE", "received")
        self.scenario.begin()
        story = live(self.scenario.live, self.death, fatal)
        assert not story.failure, story.failure
        self.sandbox.heal()
        after = live(recover(self.merchant, self.scenario))
        found = after.promises + ([after.failure] if after.failure else [])
        found += (
            broken_promises(story.promises) + books.unfinished() + books.wrong(self.sandbox.received(), since=newest)
        )
        if not fatal:
            assert not found
        count = Document.objects.filter(pk__gt=newest).count()
        if count > self.scenario.promised or (not fatal and count != self.scenario.promised):
            found.append(f"{count} documents")
        self.problems += found
        return story


def walk(scenario: Scenario, merchant: Merchant, sandbox: Sandbox, death: Death, times: Times | None = None) -> None:
    if times is None:
        is_long = type(scenario) in OUTAGES
        times = Times.FIRST if ON_POSTGRESQL else Times.FIRST_AND_LAST if is_long else Times.EACH
    found = Walk(scenario, merchant, sandbox, death).die_everywhere(times)
    assert not found, "\n".join(found)


ALWAYS = (scenarios.Issuing,)
MORE = (
    scenarios.Correcting,
    scenarios.Invalidating,
    scenarios.LosingTheAnswer,
    scenarios.NotGettingThrough,
    scenarios.ReplacingTheRejected,
    scenarios.LosingTheEvent,
)
OUTAGES = (scenarios.GettingOverAnOutage, scenarios.LosingTheAnswerOfABatch)


class TestAProcessIsKilled:
    @pytest.mark.parametrize("scenario", (*OUTAGES, *ALWAYS, *MORE) if THOROUGH else ALWAYS)
    def test_at_an_errand_in_an_outage_or_after_it(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox, scenario: type[Scenario]
    ) -> None:
        walk(scenario(manager, sandbox), merchant, sandbox, Death.PROCESS)


if THOROUGH:

    class TestTheDatabaseIsGone:
        # The two longest apart, so that not the same worker has both.
        @pytest.mark.parametrize("scenario", [OUTAGES[0], *ALWAYS, *MORE, *OUTAGES[1:]])
        def test_for_a_moment(
            self, manager: Caller, merchant: Merchant, sandbox: Sandbox, scenario: type[Scenario]
        ) -> None:
            walk(scenario(manager, sandbox), merchant, sandbox, Death.DATABASE)

    class TestInCostaRica:
        @pytest.mark.parametrize("scenario", scenarios.COSTARICAN)
        def test_a_process_is_killed(
            self, tico: Merchant, tico_manager: Caller, sandbox: Sandbox, scenario: type[Scenario]
        ) -> None:
            # The sending is the same code, and so is what a database that is gone does to it: each place once.
            walk(scenario(tico_manager, sandbox), tico, sandbox, Death.PROCESS, Times.FIRST)
