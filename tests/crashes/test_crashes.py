"""Killed anywhere, and nothing is lost and nothing is done twice.

Each scenario is lived through once for every place at which its process can die (`boundaries`). What a fresh process
then finds it must bring to rest, and the books of both sides must agree.

`THOROUGH=yes` walks through all scenarios, for minutes; without it only a sending is died in.
"""

from __future__ import annotations

import pytest

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


class Walk:
    """One scenario, died in at every place."""

    def __init__(self, scenario: Scenario, merchant: Merchant, sandbox: Sandbox, death: Death) -> None:
        self.scenario = scenario
        self.merchant = merchant
        self.sandbox = sandbox
        self.death = death
        # Whatever is loaded at a first use is loaded by now, and not again in every process.
        assert scenario.manager.send(scenario.body()).status_code == 201

    def die_everywhere(self, *, each_place_once: bool) -> list[str]:
        """What was wrong, in words; every entry begins with where the process had died."""
        places = self._lived(0).places
        assert places
        fatal = range(1, len(places) + 1)
        if each_place_once:
            fatal = [
                places.index(place) + 1 for place in dict.fromkeys(places) if not place.startswith("before commit")
            ]
        found = []
        for number in fatal:
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


def walk(
    scenario: Scenario, merchant: Merchant, sandbox: Sandbox, death: Death, *, each_place_once: bool = False
) -> None:
    found = Walk(scenario, merchant, sandbox, death).die_everywhere(each_place_once=each_place_once)
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
    @pytest.mark.parametrize("scenario", (*ALWAYS, *MORE, *OUTAGES) if THOROUGH else ALWAYS)
    def test_at_an_errand_in_an_outage_or_after_it(
        self, manager: Caller, merchant: Merchant, sandbox: Sandbox, scenario: type[Scenario]
    ) -> None:
        walk(scenario(manager, sandbox), merchant, sandbox, Death.PROCESS)


if THOROUGH:

    class TestTheDatabaseIsGone:
        @pytest.mark.parametrize("scenario", [*ALWAYS, *MORE, *OUTAGES])
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
            walk(scenario(tico_manager, sandbox), tico, sandbox, Death.PROCESS, each_place_once=True)
