"""What to do next about a document that the authority has not judged yet: send, ask, rest or give up. Pure.

The law (technical manual 1.0, 3.3): after 8 seconds without an answer ask; send again only where the answer says
that the document was not received; at most twice. A document is therefore *uncertain* from the moment a request with
it may have reached the authority until the authority says clearly that it has no such document, or judges it. While
it is uncertain it is never sent again, whatever happened in between.

Tries come in rounds: a round is what one worker does in one go, and ends with a rest. Rounds are told from the tries
themselves, by the pause between them, so that nothing has to be remembered across a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hacienda.verdicts import Rejected

SENDS_PER_ROUND: Final = 3  # the first and the two repetitions of the law
PAUSES: Final = (timedelta(seconds=0.2), timedelta(seconds=0.5))  # before sending again what was not written
FAST: Final = timedelta(seconds=2)  # how long after its start a round may still repeat what was not written
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 4, 8, 15, 30))
# Between the longest pause inside a round and the shortest rest after one.
ROUND_GAP: Final = timedelta(seconds=1.5)
THROTTLED_REST: Final = timedelta(seconds=30)  # where the authority does not say how long
UNAUTHORIZED_REST: Final = timedelta(seconds=30)
OUTAGE_REST: Final = timedelta(seconds=5)  # how soon to look again whether an outage is over
LONGEST_REST: Final = timedelta(minutes=15)
LONGEST_DOUBLING: Final = 4  # of the last rest, in doubt: eight minutes
# A document that may have been sent before can still be on its way through the authority when it is asked about.
ABSENCES_TO_GIVE_UP: Final = 3


class Action(StrEnum):
    SUBMIT = "submit"
    ASK = "ask"


class Outcome(StrEnum):
    """What came of a try. Anything else counts as unknown."""

    STARTED = "started"  # never completed: the process died, or is at it
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    TOLD_ONCE = "told_once"  # a question was told a refusal; it may have been the question's own
    RECEIVED = "received"  # taken, and judged later
    KNOWN_ALREADY = "known_already"  # refused because such a record exists: perhaps this very document
    REFUSED_IN_DOUBT = "refused_in_doubt"  # refused while an earlier sending may still be on its way
    NOT_WRITTEN = "not_written"
    CLOSED = "closed"
    SILENT = "silent"
    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorized"  # `Refused`, not lasting
    REFUSED = "refused"  # `Refused`, lasting


# Refusals that are none yet: an earlier sending of the same may be what the authority accepts in the end.
DOUBTFUL: Final = frozenset({Outcome.KNOWN_ALREADY, Outcome.REFUSED_IN_DOUBT})
# Not to our liking, and answers all the same: they have rests of their own and are no sign of an outage.
_STOPPED = frozenset({Outcome.THROTTLED, Outcome.UNAUTHORIZED, Outcome.REFUSED})


@dataclass(frozen=True, slots=True)
class Try:
    """One request: when it left, and how long it took until its outcome was known (None while it is not).

    `retry_after` belongs to a throttled try. `rejected` belongs to a doubtful refusal: what it was, which stands if
    the authority then has no such document.
    """

    action: str
    outcome: str
    at: datetime
    milliseconds: int | None
    retry_after: timedelta | None = None
    rejected: Rejected | None = None

    @property
    def ended_at(self) -> datetime:
        return self.at + timedelta(milliseconds=self.milliseconds or 0)


class Why(StrEnum):
    """Why to rest."""

    PAUSE = "pause"  # a moment, then the same again
    NO_ANSWER = "no_answer"  # asked, and nothing certain came back
    EXHAUSTED = "exhausted"  # this round has sent as often as it may
    THROTTLED = "throttled"
    REFUSED = "refused"
    OUTAGE = "outage"  # the authority is known to be down
    JUDGING = "judging"  # the authority has it and takes its time


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the document."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask what became of it."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Do nothing until then. `call_person`: time alone will not mend it."""

    until: datetime
    why: Why
    call_person: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The refusal of an earlier try was one after all: apply it."""

    rejected: Rejected


@dataclass(frozen=True, slots=True)
class Leave:
    """The law's tries are used up: go on in contingency. `uncertain`: the authority may hold the normal copy."""

    uncertain: bool


Decision = Submit | Ask | Rest | GiveUp


def decide(
    tries: Sequence[Try],
    *,
    now: datetime,
    rounds: int = 0,
    mended_at: datetime | None = None,
    polling: Sequence[timedelta] = (),
    called_at: datetime | None = None,
) -> Decision:
    """What to do now.

    `tries` are those of the document as it is sealed at present, oldest first; `rounds` is how often it has rested
    already, from which the rests grow; refusals before `mended_at`, when a person last saw to the credentials, no
    longer hold anything up. `polling` is how long to wait, from one question to the next, for the judgement of what
    was received, and `called_at` when the authority last said that it has judged it: then it is asked at once.
    """
    if not tries:
        return Submit()
    rest = _forced_rest(tries, mended_at)
    if rest is not None and now < rest.until:
        return rest
    if any(one.outcome == Outcome.ACCEPTED for one in tries):
        return _ask_or_rest(tries, now, rounds)  # it was accepted and that was lost before it could be applied
    received = _received(tries)
    if received is not None:
        return _poll(tries[received:], now, polling or BACKOFF, called_at)
    known = _known_already(tries)
    if known is not None:
        return _after_known_already(tries, known, now, rounds)
    if is_uncertain(tries):
        return _ask_or_rest(tries, now, rounds)
    return _submit_or_rest(tries, now, rounds)


def decide_or_leave(
    tries: Sequence[Try],
    *,
    now: datetime,
    rounds: int = 0,
    mended_at: datetime | None = None,
    polling: Sequence[timedelta] = (),
    called_at: datetime | None = None,
    outage: bool = False,
) -> Decision | Leave:
    """`decide` for a document that may be issued in contingency: it does not rest where the authority is down.

    `outage` tells that the authority is known to be down: then nothing is repeated, and only a request that may have
    arrived is asked about, once. Refused credentials, a throttle, and what the authority knows already keep it where
    it is: those are no outage.
    """
    decision = decide(tries, now=now, rounds=rounds, mended_at=mended_at, polling=polling, called_at=called_at)
    if _received(tries) is not None:
        return decision  # the authority has it: whatever fails now, it was sent
    if isinstance(decision, GiveUp) or (isinstance(decision, Rest) and decision.why in (Why.THROTTLED, Why.REFUSED)):
        return decision
    if _known_already(tries) is not None or any(one.outcome == Outcome.ACCEPTED for one in tries):
        return decision
    if is_uncertain(tries):
        return _ask_or_leave(tries, now, outage=outage)
    if outage or (isinstance(decision, Rest) and decision.why is Why.EXHAUSTED):
        return Leave(uncertain=False)
    return decision


def _ask_or_leave(tries: Sequence[Try], now: datetime, *, outage: bool) -> Decision | Leave:
    """Ask a few times within the seconds in which a caller waits; of a silent authority, twice."""
    this_round = _round(tries, now)
    vain = 0
    for one in reversed(this_round):
        if one.action != Action.ASK or one.outcome == Outcome.ABSENT or one.outcome in _STOPPED:
            break
        vain += 1
    if not vain:
        return Ask()
    last = this_round[-1]
    if outage or vain >= SENDS_PER_ROUND:
        return Leave(uncertain=True)
    if last.outcome == Outcome.SILENT:
        return Leave(uncertain=True) if vain > 1 else Ask()
    ready = last.ended_at + PAUSES[min(vain, len(PAUSES)) - 1]
    first_vain = this_round[-vain]
    if ready > first_vain.at + FAST:
        return Leave(uncertain=True)
    return Rest(ready, Why.PAUSE) if now < ready else Ask()


def clarify(tries: Sequence[Try], *, now: datetime, rounds: int = 0) -> Ask | Rest:
    """What to do about a document in contingency whose normal copy may have arrived: ask, until it is clear."""
    rest = _forced_rest(tries, None) if tries else None
    if rest is not None and now < rest.until:
        return rest
    if tries:
        until = tries[-1].ended_at + _backoff(rounds)
        if now < until:
            return Rest(until, Why.NO_ANSWER)
    return Ask()


def is_uncertain(tries: Sequence[Try]) -> bool:
    """Whether the authority may hold the document without our knowing."""
    uncertain = False
    for one in tries:
        if one.outcome in (Outcome.ABSENT, Outcome.REJECTED):
            uncertain = False
        elif one.action == Action.SUBMIT and one.outcome != Outcome.NOT_WRITTEN:
            uncertain = True
    return uncertain


def may_be_on_its_way(tries: Sequence[Try]) -> bool:
    """Whether a request that nobody answered can still be taken up, whatever was said since.

    A question is answered from what is stored: it knows nothing of a request that is only being worked on.
    """
    return any(one.action == Action.SUBMIT and one.outcome in (Outcome.SILENT, Outcome.STARTED) for one in tries)


def _forced_rest(tries: Sequence[Try], mended_at: datetime | None) -> Rest | None:
    """The rest that the last try's outcome demands, whatever else is to be done."""
    last = tries[-1]
    if last.outcome == Outcome.THROTTLED:
        return Rest(last.ended_at + (last.retry_after or THROTTLED_REST), Why.THROTTLED)
    if mended_at is not None and last.ended_at < mended_at:
        return None
    if last.outcome == Outcome.REFUSED:
        return Rest(last.ended_at + LONGEST_REST, Why.REFUSED, call_person=True)
    if last.outcome == Outcome.UNAUTHORIZED:
        return Rest(last.ended_at + UNAUTHORIZED_REST, Why.REFUSED, call_person=True)
    return None


def _received(tries: Sequence[Try]) -> int | None:
    """Where the authority first said that it has taken the document; None once it says clearly that it has not.

    Right after it was taken it may not be known yet where questions are answered: one negative is not enough.
    """
    first, absences = None, 0
    for index, one in enumerate(tries):
        if one.outcome == Outcome.RECEIVED:
            first, absences = index if first is None else first, 0
        elif one.outcome == Outcome.ABSENT:
            absences += 1
        if one.outcome == Outcome.REJECTED or absences >= ABSENCES_TO_GIVE_UP:
            first = None
    return first


def _poll(since: Sequence[Try], now: datetime, pauses: Sequence[timedelta], called_at: datetime | None) -> Ask | Rest:
    """Ask again and again, more and more seldom; and each time that we are called, once."""
    if called_at is not None and called_at >= since[-1].at:
        return Ask()
    until = since[-1].ended_at + pauses[min(len(since), len(pauses)) - 1]
    return Rest(until, Why.JUDGING) if now < until else Ask()


def last_doubt(outcomes: Sequence[str]) -> int | None:
    """Which of the tries, told by their outcomes, was last refused in a doubtful way, if nothing was judged since."""
    for index in range(len(outcomes) - 1, -1, -1):
        if outcomes[index] == Outcome.REJECTED:
            return None
        if outcomes[index] in DOUBTFUL:
            return index
    return None


def is_in_doubt(tries: Sequence[Try]) -> bool:
    """Whether the authority has answered a sending without our knowing what it holds."""
    return _known_already(tries) is not None


def _known_already(tries: Sequence[Try]) -> int | None:
    return last_doubt([one.outcome for one in tries])


def _after_known_already(tries: Sequence[Try], known: int, now: datetime, rounds: int) -> Decision:
    """Ask; and where the authority has no such document after all, the refusal was meant for it.

    Never send again. Where an earlier request with the document may have arrived, one negative is not enough: that
    request can still be on its way, and giving up would then reject a document that is about to be accepted.
    """
    absences = sum(one.outcome == Outcome.ABSENT for one in tries[known + 1 :])
    maybe_ours = any(
        one.action == Action.SUBMIT and one.outcome not in (Outcome.NOT_WRITTEN, Outcome.REJECTED)
        for one in tries[:known]
    )
    rejected = tries[known].rejected
    if rejected is not None and absences >= (ABSENCES_TO_GIVE_UP if maybe_ours else 1):
        return GiveUp(rejected)
    # It may take as long as somebody needs to mend the authority's questions.
    patient = max(rounds - len(BACKOFF) + 1, 0)
    return _ask_or_rest(tries, now, rounds, times=2 ** min(patient, LONGEST_DOUBLING))


def _ask_or_rest(tries: Sequence[Try], now: datetime, rounds: int, *, times: int = 1) -> Decision:
    last = tries[-1]
    if last.action == Action.ASK and _round(tries, now):
        until = last.ended_at + times * _backoff(rounds)
        if now < until:
            return Rest(until, Why.NO_ANSWER)
    return Ask()


def _submit_or_rest(tries: Sequence[Try], now: datetime, rounds: int) -> Decision:
    this_round = _round(tries, now)
    if sum(one.action == Action.SUBMIT and one.outcome not in _STOPPED for one in this_round) >= SENDS_PER_ROUND:
        return Rest(now + _backoff(rounds), Why.EXHAUSTED)
    unwritten = _trailing(this_round, Outcome.NOT_WRITTEN)
    if unwritten:
        ready = this_round[-1].ended_at + PAUSES[min(unwritten, len(PAUSES)) - 1]
        if ready > this_round[0].at + FAST:
            return Rest(now + _backoff(rounds), Why.EXHAUSTED)
        if now < ready:
            return Rest(ready, Why.PAUSE)
    return Submit()


def _round(tries: Sequence[Try], now: datetime) -> Sequence[Try]:
    """The tries of the round that is going on; none where it would only begin now."""
    following = now
    for index in range(len(tries) - 1, -1, -1):
        one = tries[index]
        if one.outcome == Outcome.STARTED or following - one.ended_at >= ROUND_GAP:
            return tries[index + 1 :]
        following = one.at
    return tries


def _backoff(rounds: int) -> timedelta:
    return BACKOFF[min(max(rounds, 0), len(BACKOFF) - 1)]


def _trailing(tries: Sequence[Try], outcome: Outcome) -> int:
    """How many of the last tries in a row ended so."""
    count = 0
    for one in reversed(tries):
        if one.outcome != outcome:
            break
        count += 1
    return count
