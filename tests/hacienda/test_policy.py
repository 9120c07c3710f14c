"""What is done next about a document that was not judged yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hacienda.policy import (
    DOUBTFUL,
    Ask,
    Decision,
    GiveUp,
    Leave,
    Rest,
    Submit,
    Try,
    Why,
    clarify,
    decide,
    decide_or_leave,
    is_uncertain,
    may_be_on_its_way,
)
from hacienda.verdicts import Answer, Rejected
from tests.effort import examples

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REFUSAL = Rejected("004", "[identificacion.numeroControl] YA EXISTE", (), (), Answer(400, "{}", 5))
MAY_HAVE_ARRIVED = ("started", "closed", "silent", "unknown", "throttled", "unauthorized", "refused", "what is this?")
TOLD_NOTHING = ("unknown", "not_written", "closed", "silent", "what is this?")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def after(number: float) -> datetime:
    return START + seconds(number)


def history(*steps: str) -> tuple[Try, ...]:
    """`submit closed` one after the other, each taking 10 ms; `+8` lets 8 seconds pass."""
    now, tries = START, []
    for step in steps:
        if step.startswith("+"):
            now += seconds(float(step))
            continue
        action, outcome = step.split(maxsplit=1)
        rejected = REFUSAL if outcome in DOUBTFUL else None
        tries.append(Try(action, outcome, now, None if outcome == "started" else 10, rejected=rejected))
        now += seconds(0.01)
    return tuple(tries)


def next_after(*steps: str, wait: float = 0, rounds: int = 0, mended_at: datetime | None = None) -> Decision:
    tries = history(*steps)
    now = (tries[-1].ended_at if tries else START) + seconds(wait)
    return decide(tries, now=now, rounds=rounds, mended_at=mended_at)


def rested(decision: Decision, tries: Iterable[Try]) -> tuple[Why, float, bool]:
    assert isinstance(decision, Rest)
    ended_at = list(tries)[-1].ended_at
    return decision.why, (decision.until - ended_at).total_seconds(), decision.call_person


def rest_after(*steps: str, wait: float = 0, rounds: int = 0) -> tuple[Why, float, bool]:
    return rested(next_after(*steps, wait=wait, rounds=rounds), history(*steps))


class TestBeforeAnythingWasTried:
    def test_it_sends(self) -> None:
        assert next_after() == Submit()


class TestWhenTheDocumentMayHaveArrived:
    @pytest.mark.parametrize("outcome", ["started", "closed", "silent", "unknown", "what is this?"])
    def test_it_asks_at_once(self, outcome: str) -> None:
        assert next_after(f"submit {outcome}") == Ask()

    @pytest.mark.parametrize("outcome", MAY_HAVE_ARRIVED)
    def test_it_never_sends_again_unasked(self, outcome: str) -> None:
        for wait in (0.0, 1.0, 10.0, 100_000.0):
            assert not isinstance(next_after(f"submit {outcome}", wait=wait), Submit)

    @pytest.mark.parametrize("outcome", TOLD_NOTHING)
    def test_an_answer_that_tells_nothing_changes_nothing(self, outcome: str) -> None:
        assert rest_after("submit silent", f"ask {outcome}") == (Why.NO_ANSWER, 2, False)
        assert next_after("submit silent", f"ask {outcome}", wait=5) == Ask()

    def test_the_rests_between_questions_grow(self) -> None:
        waits = [rest_after("submit silent", "ask unknown", rounds=rounds)[1] for rounds in range(8)]
        assert waits == [2, 4, 8, 15, 30, 30, 30, 30]

    def test_it_asks_again_when_the_rest_is_over(self) -> None:
        assert next_after("submit closed", "ask closed", wait=1.4) == Rest(after(2.02), Why.NO_ANSWER)
        assert next_after("submit closed", "ask closed", wait=2) == Ask()

    def test_a_worker_that_takes_it_up_anew_asks_whatever_the_last_rest_was(self) -> None:
        assert next_after("submit closed", "ask closed", wait=3, rounds=5) == Ask()

    def test_a_crash_during_a_question_leads_to_another(self) -> None:
        assert next_after("submit closed", "ask started") == Ask()

    def test_it_sends_again_after_a_clear_negative(self) -> None:
        assert next_after("submit closed", "ask absent") == Submit()
        assert next_after("submit silent", "ask closed", "+2", "ask absent") == Submit()

    def test_what_was_not_written_later_does_not_make_it_certain(self) -> None:
        assert next_after("submit closed", "ask not_written", wait=10) == Ask()

    def test_an_acceptance_that_was_lost_is_asked_for(self) -> None:
        assert next_after("submit accepted") == Ask()
        assert rest_after("submit silent", "ask absent", "ask accepted")[0] is Why.NO_ANSWER  # and not in a loop


class TestHowOftenItSends:
    def test_three_times_in_a_round(self) -> None:
        twice = ("submit closed", "ask absent", "submit closed", "ask absent")
        assert next_after(*twice) == Submit()
        assert rest_after(*twice, "submit closed", "ask absent") == (Why.EXHAUSTED, 2, False)

    def test_a_slow_round_is_one_round(self) -> None:
        steps = [Try("submit", "silent", START, 8_000), Try("ask", "absent", after(8), 7_900)] * 3
        tries = [
            Try(one.action, one.outcome, START + 8 * seconds(number), one.milliseconds)
            for number, one in enumerate(steps)
        ]
        decision = decide(tries, now=tries[-1].ended_at)
        assert isinstance(decision, Rest)
        assert decision.why is Why.EXHAUSTED

    def test_three_more_after_a_rest(self) -> None:
        three = ("submit closed", "ask absent") * 3
        assert next_after(*three, wait=2) == Submit()
        assert next_after(*three, "+2", "submit closed", "ask absent") == Submit()

    def test_the_rests_after_rounds_grow(self) -> None:
        three = ("submit closed", "ask absent") * 3
        waits = [rest_after(*three, rounds=rounds)[1] for rounds in range(8)]
        assert waits == [2, 4, 8, 15, 30, 30, 30, 30]

    def test_a_crash_begins_a_new_round(self) -> None:
        assert next_after("submit closed", "ask absent", "submit closed", "ask absent", "submit started") == Ask()
        five = ("submit closed", "ask absent", "submit closed", "ask absent", "submit started", "ask absent")
        assert next_after(*five) == Submit()


class TestWhenNothingWasWritten:
    def test_it_sends_again_after_short_pauses(self) -> None:
        assert rest_after("submit not_written") == (Why.PAUSE, 0.2, False)
        assert next_after("submit not_written", wait=0.2) == Submit()
        assert rest_after("submit not_written", "+0.2", "submit not_written") == (Why.PAUSE, 0.5, False)
        assert next_after("submit not_written", "+0.2", "submit not_written", wait=0.5) == Submit()

    def test_three_times_in_all(self) -> None:
        three = ("submit not_written", "+0.2", "submit not_written", "+0.5", "submit not_written")
        assert rest_after(*three) == (Why.EXHAUSTED, 2, False)

    def test_only_within_two_seconds(self) -> None:
        slow = (Try("submit", "not_written", START, 2_000),)
        decision = decide(slow, now=slow[-1].ended_at)
        assert rested(decision, slow) == (Why.EXHAUSTED, 2, False)

    def test_it_is_not_uncertain(self) -> None:
        assert not is_uncertain(history("submit not_written"))
        assert is_uncertain(history("submit not_written", "submit closed"))


class TestWhenHaciendaAsksForAPause:
    @pytest.mark.parametrize("action", ["submit", "ask"])
    def test_it_waits_as_long_as_it_was_told(self, action: str) -> None:
        tries = (
            *history("submit silent"),
            Try(action, "throttled", after(1), 10, retry_after=seconds(7)),
        )
        assert decide(tries, now=after(2)) == Rest(after(8.01), Why.THROTTLED)
        assert decide(tries, now=after(8.01)) == Ask()

    def test_it_waits_half_a_minute_where_it_was_not_told(self) -> None:
        assert rest_after("submit throttled") == (Why.THROTTLED, 30, False)


class TestWhenHaciendaRefusesTheIssuer:
    def test_a_lasting_refusal_calls_a_person_and_waits_long(self) -> None:
        assert rest_after("submit refused") == (Why.REFUSED, 900, True)

    def test_another_is_tried_again_in_half_a_minute(self) -> None:
        waits = [rest_after(*["submit unauthorized"] + ["ask unauthorized"] * count)[1] for count in range(7)]
        assert waits == [30] * 7
        assert rest_after("submit unauthorized")[2] is True

    def test_the_count_begins_anew_after_anything_else(self) -> None:
        steps = ("submit unauthorized", "ask unauthorized", "ask unknown", "ask unauthorized")
        assert rest_after(*steps)[1] == 30

    @pytest.mark.parametrize("outcome", ["refused", "unauthorized"])
    def test_it_asks_as_soon_as_a_person_has_mended_it(self, outcome: str) -> None:
        assert next_after(f"submit {outcome}", wait=5, mended_at=after(4)) == Ask()
        assert isinstance(next_after(f"submit {outcome}", wait=5, mended_at=START), Rest)


class TestWhenTheRecordExistsAlready:
    def test_it_asks(self) -> None:
        assert next_after("submit known_already") == Ask()

    def test_a_first_sending_that_is_not_there_was_refused(self) -> None:
        assert next_after("submit known_already", "ask absent") == GiveUp(REFUSAL)
        assert next_after("submit not_written", "submit known_already", "ask absent") == GiveUp(REFUSAL)

    def test_a_question_without_an_answer_is_asked_again(self) -> None:
        assert rest_after("submit known_already", "ask unknown") == (Why.NO_ANSWER, 2, False)
        assert next_after("submit known_already", "ask unknown", wait=2) == Ask()
        # Somebody may have to mend the authority's questions: at last it is asked every eight minutes.
        for rounds, rest in ((4, 30), (5, 60), (7, 240), (8, 480), (500, 480)):
            assert rest_after("submit known_already", "ask unknown", rounds=rounds) == (Why.NO_ANSWER, rest, False)
            assert rest_after("submit silent", "ask unknown", rounds=rounds) == (Why.NO_ANSWER, 30, False)

    def test_an_earlier_sending_may_still_be_on_its_way(self) -> None:
        steps = ("submit silent", "ask absent", "submit known_already", "ask absent")
        assert rest_after(*steps) == (Why.NO_ANSWER, 2, False)
        assert next_after(*steps, wait=2) == Ask()
        assert next_after(*steps, "+2", "ask absent", "+4", "ask absent") == GiveUp(REFUSAL)

    def test_without_the_refusals_words_it_goes_on_asking(self) -> None:
        tries = (Try("submit", "known_already", START, 10), Try("ask", "absent", after(1), 10))
        assert decide(tries, now=after(10)) == Ask()


class TestARefusalInDoubt:
    """A request that nobody answered may be taken up after the question about it."""

    @pytest.mark.parametrize("fate", ["silent", "started"])
    def test_it_is_in_doubt_after_a_request_without_an_answer(self, fate: str) -> None:
        assert may_be_on_its_way(history(f"submit {fate}", "ask absent"))

    def test_it_is_not_after_what_never_left_or_was_answered(self) -> None:
        assert not may_be_on_its_way(())
        assert not may_be_on_its_way(history("submit not_written", "submit unknown", "ask silent", "ask absent"))

    def test_it_stands_once_there_is_nothing_three_times(self) -> None:
        steps = ("submit silent", "ask absent", "submit refused_in_doubt")
        assert next_after(*steps) == Ask()
        assert rest_after(*steps, "ask absent") == (Why.NO_ANSWER, 2, False)
        assert next_after(*steps, "ask absent", "+2", "ask absent", "+4", "ask absent") == GiveUp(REFUSAL)


POLLING = tuple(seconds(number) for number in (5, 10, 20, 40))


def polled(*steps: str, wait: float = 0, called: float | None = None, leave: bool = False) -> Decision | Leave:
    """`called`: so many seconds after the last try ended, or before that."""
    tries = history(*steps)
    ended_at = tries[-1].ended_at
    called_at = None if called is None else ended_at + seconds(called)
    ask = decide_or_leave if leave else decide
    return ask(tries, now=ended_at + seconds(wait), polling=POLLING, called_at=called_at)


class TestWhereItIsJudgedLater:
    @pytest.mark.parametrize("leave", [False, True])
    def test_the_questions_come_more_and_more_seldom(self, leave: bool) -> None:
        steps: tuple[str, ...] = ("submit received",)
        for pause in (5, 10, 20, 40, 40, 40):
            decision = polled(*steps, leave=leave)
            assert isinstance(decision, Rest)
            assert rested(decision, history(*steps)) == (Why.JUDGING, pause, False)
            assert polled(*steps, wait=pause, leave=leave) == Ask()
            steps = (*steps, f"+{pause}", "ask received")

    @pytest.mark.parametrize("outcome", [*TOLD_NOTHING, "received", "told_once", "started", "absent"])
    def test_it_neither_goes_again_nor_leaves_for_contingency(self, outcome: str) -> None:
        for wait in (0, 3, 1000):
            decision = polled("submit received", "+5", f"ask {outcome}", wait=wait, leave=True)
            assert decision == Ask() or (isinstance(decision, Rest) and decision.why is Why.JUDGING)

    def test_three_negatives_in_a_row_are_believed(self) -> None:
        two = ("submit received", "+5", "ask absent", "+10", "ask absent")
        assert isinstance(polled(*two), Rest)
        assert polled(*two, "+20", "ask absent") == Submit()
        assert isinstance(polled(*two, "+20", "ask received", "+40", "ask absent"), Rest)

    def test_it_is_asked_for_what_an_earlier_try_has_brought(self) -> None:
        assert polled("submit silent", "ask absent", "submit received", wait=5) == Ask()
        assert isinstance(polled("submit silent", "ask received"), Rest)

    def test_a_call_brings_one_question_at_once(self) -> None:
        assert polled("submit received", called=0.5, wait=1) == Ask()
        assert isinstance(polled("submit received", called=-60, wait=1), Rest)
        assert polled("submit received", "+1", "ask received", called=-0.005) == Ask(), "while the question was asked"
        assert isinstance(polled("submit received", "+1", "ask received", called=-0.5), Rest)

    def test_a_call_does_not_shorten_a_pause_that_hacienda_asks_for(self) -> None:
        decision = polled("submit received", "+5", "ask throttled", called=1, wait=2)
        assert isinstance(decision, Rest)
        assert decision.why is Why.THROTTLED

    def test_a_call_about_what_was_not_taken_changes_nothing(self) -> None:
        assert polled("submit not_written", called=1, wait=2) == Submit()
        assert polled("submit closed", called=1, wait=2) == Ask()


class TestAfterACorrection:
    def test_a_rejected_document_may_be_sent_at_once(self) -> None:
        assert next_after("submit rejected") == Submit()
        assert next_after("submit known_already", "ask rejected") == Submit()


OUTCOMES = {
    "submit": (
        "unknown",
        "not_written",
        "closed",
        "silent",
        "throttled",
        "unauthorized",
        "refused",
        "known_already",
        "refused_in_doubt",
        "received",
    ),
    "ask": (
        "unknown",
        "not_written",
        "closed",
        "silent",
        "throttled",
        "unauthorized",
        "refused",
        "absent",
        "received",
    ),
}


class SendingMachine(RuleBasedStateMachine):
    """A worker that obeys the policy, an authority that does anything, crashes included."""

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        """Another document."""
        self.now = START
        self.tries: list[Try] = []
        self.rounds = 0
        self.round_began = 0
        self.may_be_there = False
        self.known_already = False

    def say(self, action: str, outcome: str, milliseconds: int) -> None:
        if action == "submit":
            assert not self.may_be_there, self.tries
            assert not self.known_already, self.tries
            if outcome != "not_written":
                self.may_be_there = True
            self.known_already = outcome in DOUBTFUL
        elif outcome == "absent":
            self.may_be_there = False
        rejected = REFUSAL if outcome in DOUBTFUL else None
        known = None if outcome == "started" else milliseconds
        self.tries.append(Try(action, outcome, self.now, known, seconds(1), rejected))
        self.now += timedelta(milliseconds=milliseconds)

    @rule(
        data=st.data(), milliseconds=st.sampled_from([0, 3, 400, 8_000]), crash=st.sampled_from([False] * 9 + [True])
    )
    def step(self, data: st.DataObject, milliseconds: int, crash: bool) -> None:
        decision = decide(self.tries, now=self.now, rounds=self.rounds)
        match decision:
            case Submit() | Ask():
                action = "submit" if decision == Submit() else "ask"
                outcome = "started" if crash else data.draw(st.sampled_from(OUTCOMES[action]))
                self.say(action, outcome, milliseconds)
                if crash:
                    self.now += seconds(15)
                    self.round_began = len(self.tries)
            case Rest(until=until, why=why):
                assert until > self.now
                self.now = until
                if why is not Why.PAUSE:
                    self.rounds += 1
                    self.round_began = len(self.tries)
            case GiveUp():
                assert self.known_already
                assert self.tries[-1].outcome == "absent"
                self.begin()

    @rule(number=st.floats(0, 100))
    def time_passes_or_the_process_dies(self, number: float) -> None:
        self.now += seconds(number)
        if number >= 1.5:
            self.round_began = len(self.tries)

    @rule()
    def the_authority_recovers(self) -> None:
        """From any state, an authority that answers settles the document in a few steps."""
        tries, now, there = list(self.tries), self.now, self.may_be_there
        for _ in range(12):
            match decide(tries, now=now, rounds=self.rounds):
                case Submit():
                    assert not there
                    return
                case Ask():
                    if there and not self.known_already:
                        return
                    tries.append(Try("ask", "absent", now, 1))
                    now += seconds(0.001)
                case Rest(until=until):
                    now = until
                case GiveUp():
                    return
        raise AssertionError(tries)

    @invariant()
    def a_round_sends_three_times_at_most(self) -> None:
        sent = [one for one in self.tries[self.round_began :] if one.action == "submit"]
        assert len(sent) <= 3, self.tries


SendingMachine.TestCase.settings = settings(max_examples=examples(100), stateful_step_count=30)
TestAnySequence = SendingMachine.TestCase


# What was tried -> what comes next, while nothing is known of an outage and in one. `+n` lets n seconds pass.
REFUSED_FAST = ("submit not_written", "+0.2", "submit not_written", "+0.5", "submit not_written")
CLOSED_AND_DENIED = ("submit closed", "ask absent") * 3
TABLE: tuple[tuple[tuple[str, ...], object, object], ...] = (
    # Nothing could be written: three sends within two seconds, then contingency, and nothing is doubtful.
    ((), Submit(), Leave(uncertain=False)),
    (("submit not_written",), Why.PAUSE, Leave(uncertain=False)),
    (REFUSED_FAST[:3], Why.PAUSE, Leave(uncertain=False)),
    (REFUSED_FAST, Leave(uncertain=False), Leave(uncertain=False)),
    # Written, then closed or unreadable: ask; send again only after a clear negative, at most twice.
    (("submit closed",), Ask(), Ask()),
    (("submit unknown",), Ask(), Ask()),
    (("submit started",), Ask(), Ask()),
    (("submit closed", "ask absent"), Submit(), Leave(uncertain=False)),
    (CLOSED_AND_DENIED, Leave(uncertain=False), Leave(uncertain=False)),
    (("submit closed", "ask closed"), Why.PAUSE, Leave(uncertain=True)),
    (("submit closed", "ask unknown", "+0.2", "ask not_written"), Why.PAUSE, Leave(uncertain=True)),
    (
        ("submit closed", "ask closed", "+0.2", "ask closed", "+0.5", "ask closed"),
        Leave(uncertain=True),
        Leave(uncertain=True),
    ),
    (("submit closed", "ask absent", "submit closed"), Ask(), Ask()),
    # What was not written after something that was leaves the doubt where it is.
    (("submit closed", "ask not_written"), Why.PAUSE, Leave(uncertain=True)),
    # Silent: ask, once more if that is silent too, and no further.
    (("submit silent",), Ask(), Ask()),
    (("submit silent", "ask silent"), Ask(), Leave(uncertain=True)),
    (("submit silent", "ask silent", "ask silent"), Leave(uncertain=True), Leave(uncertain=True)),
    (("submit silent", "ask absent"), Submit(), Leave(uncertain=False)),
    # These are no outage and lead into none.
    (("submit throttled",), Why.THROTTLED, Why.THROTTLED),
    (("submit unauthorized",), Why.REFUSED, Why.REFUSED),
    (("submit refused",), Why.REFUSED, Why.REFUSED),
    (("submit known_already",), Ask(), Ask()),
    (("submit known_already", "ask closed"), Why.NO_ANSWER, Why.NO_ANSWER),
    (("submit known_already", "ask absent"), GiveUp(REFUSAL), GiveUp(REFUSAL)),
    (("submit silent", "ask accepted"), Why.NO_ANSWER, Why.NO_ANSWER),
)


class TestLeavingForContingency:
    @pytest.mark.parametrize(("steps", "well", "down"), TABLE, ids=[" ".join(row[0]) or "nothing" for row in TABLE])
    def test_the_table(self, steps: tuple[str, ...], well: object, down: object) -> None:
        tries = history(*steps)
        now = tries[-1].ended_at if tries else START
        for outage, expected in ((False, well), (True, down)):
            decision = decide_or_leave(tries, now=now, outage=outage)
            assert (decision.why if isinstance(decision, Rest) else decision) == expected, outage

    def test_a_login_that_hangs_leads_into_contingency_without_doubt(self) -> None:
        slow = (Try("submit", "not_written", START, 8_000),)
        assert decide_or_leave(slow, now=after(8)) == Leave(uncertain=False)

    def test_questions_that_fail_slowly_do_not_go_on_beyond_the_time_that_a_caller_waits(self) -> None:
        tries = (Try("submit", "unknown", START, 900), Try("ask", "unknown", after(0.9), 1_900))
        assert decide_or_leave(tries, now=after(2.8)) == Leave(uncertain=True)

    def test_pauses_that_hacienda_asks_for_are_no_outage_however_short_and_many(self) -> None:
        """Its Retry-After may be shorter than what tells one round from the next."""

        def throttled(action: str, at: float) -> Try:
            return Try(action, "throttled", after(at), 10, retry_after=seconds(1))

        asked = (Try("submit", "closed", START, 10), *(throttled("ask", 0.02 + 1.02 * n) for n in range(5)))
        assert decide_or_leave(asked, now=asked[-1].ended_at + seconds(1)) == Ask()
        sent = [
            one
            for n in range(5)
            for one in (throttled("submit", 1.1 * n), Try("ask", "absent", after(1.1 * n + 1.05), 10))
        ]
        assert decide_or_leave(sent, now=sent[-1].ended_at + seconds(0.01)) == Submit()

    @pytest.mark.parametrize("outage", [False, True])
    def test_it_never_sends_what_may_have_arrived_nor_calls_it_certain(self, outage: bool) -> None:
        for first in MAY_HAVE_ARRIVED:
            for second in ("", *(f"ask {outcome}" for outcome in TOLD_NOTHING)):
                steps = (f"submit {first}", *([second] if second else []))
                for wait in (0.0, 1.0, 30.0, 5_000.0):
                    tries = history(*steps)
                    now = tries[-1].ended_at + seconds(wait)
                    decision = decide_or_leave(tries, now=now, outage=outage)
                    assert not isinstance(decision, Submit)
                    assert decision != Leave(uncertain=False)


JUDGING_PAUSES = tuple(seconds(pause) for pause in (5, 10, 20))
RECEIVED = (
    ("submit received",),
    ("submit closed", "ask received"),
    ("submit received", "ask received", "ask closed"),
)


class TestWhatIsJudgedLater:
    """Some authorities take a document and judge it afterwards."""

    def test_it_is_asked_about_more_and_more_seldom(self) -> None:
        for asked, pause in enumerate((5, 10, 20, 20)):
            tries = history("submit received", *("ask received" for _ in range(asked)))
            ended_at = tries[-1].ended_at
            due = ended_at + seconds(pause)
            assert decide(tries, now=ended_at, polling=JUDGING_PAUSES) == Rest(due, Why.JUDGING)
            assert decide(tries, now=due, polling=JUDGING_PAUSES) == Ask()

    @pytest.mark.parametrize("steps", RECEIVED)
    @pytest.mark.parametrize("outage", [False, True])
    def test_it_is_neither_sent_again_nor_left(self, steps: tuple[str, ...], outage: bool) -> None:
        tries = history(*steps)
        for wait in (0.0, 1.0, 60.0, 5_000.0):
            now = tries[-1].ended_at + seconds(wait)
            decision = decide_or_leave(tries, now=now, polling=JUDGING_PAUSES, outage=outage)
            assert isinstance(decision, Ask | Rest)

    def test_that_it_is_not_known_yet_is_not_believed_at_once(self) -> None:
        for absences in (1, 2):
            tries = history("submit received", *["ask absent"] * absences)
            assert decide(tries, now=tries[-1].ended_at + seconds(100), polling=JUDGING_PAUSES) == Ask()
        tries = history("submit received", *["ask absent"] * 3)
        assert decide(tries, now=tries[-1].ended_at, polling=JUDGING_PAUSES) == Submit()

    def test_what_was_received_after_it_had_been_lost_is_asked_about(self) -> None:
        lost = ("submit received", *["ask absent"] * 3, "submit received")
        assert decide(history(*lost), now=after(100), polling=JUDGING_PAUSES) == Ask()

    def test_the_pauses_of_failures_are_of_use_where_a_country_has_none_of_its_own(self) -> None:
        tries = history("submit received")
        assert decide(tries, now=tries[-1].ended_at) == Rest(tries[-1].ended_at + seconds(2), Why.JUDGING)


class TestClarifying:
    def test_it_asks_at_once_and_then_with_growing_rests(self) -> None:
        assert clarify((), now=START) == Ask()
        tries = history("ask closed")
        for rounds, rest in ((0, 2), (1, 4), (9, 30)):
            decision = clarify(tries, now=tries[-1].ended_at, rounds=rounds)
            assert decision == Rest(tries[-1].ended_at + seconds(rest), Why.NO_ANSWER)
        assert clarify(tries, now=after(60), rounds=9) == Ask()

    def test_a_throttle_is_respected(self) -> None:
        tries = (Try("ask", "throttled", START, 10, retry_after=seconds(90)),)
        assert clarify(tries, now=after(30)) == Rest(after(90.01), Why.THROTTLED)
