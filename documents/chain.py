"""Chains of evidence: links that name the one before by its digest, so that no change of any of them stays unseen.

Everything that is hashed is canonical JSON: keys in order, no spaces, UTF-8, no numbers with a point. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Head = tuple[str, int, str]  # chain, position, digest
Fact = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is stored: `body` is the text that `digest` is made of."""

    chain: str
    position: int
    body: str
    digest: str


def canonical(value: object) -> str:
    """The one way to write a value down."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def moment(at: datetime | None) -> str | None:
    """A moment as facts name it, in UTC to the microsecond."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def link(chain: str, facts: Sequence[Fact], *, at: datetime, after: tuple[int, str] | None) -> Link:
    """The next link of a chain; `after` is position and digest of its last one, None to begin it."""
    position, previous = (0, "") if after is None else (after[0] + 1, after[1])
    body = canonical(
        {"chain": chain, "position": position, "at": moment(at), "previous": previous, "facts": list(facts)}
    )
    return Link(chain, position, body, digest(body))


def faults(chain: str, links: Iterable[Link]) -> Iterator[str]:
    """What does not fit in a chain read in the order of its positions; nothing where it is as it was written."""
    position, previous = 0, ""
    for one in links:
        if digest(one.body) != one.digest:
            yield f"{chain}: link {one.position} was changed"
        told = parsed(one.body)
        if (told.get("chain"), told.get("position")) != (chain, one.position):
            yield f"{chain}: link {one.position} is not of this place"
        if one.position != position:
            yield f"{chain}: links {position} to {one.position - 1} were removed"
        elif told.get("previous") != previous:
            yield f"{chain}: link {one.position} does not continue the one before"
        position, previous = one.position + 1, one.digest


def parsed(body: str) -> dict[str, Any]:
    """The body of a link; empty where it is no JSON object any more."""
    try:
        told = json.loads(body, parse_float=str)  # no link holds one
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def facts(links: Iterable[Link]) -> list[dict[str, Any]]:
    """Everything that a chain tells, in order."""
    found = [parsed(one.body).get("facts") for one in links]
    return [fact for told in found if isinstance(told, list) for fact in told if isinstance(fact, dict)]


# --- Anchors ----------------------------------------------------------------------------------------------------
def anchor(*, tax_id: str, environment: str, day: str, previous: str, root: str, chains: int) -> str:
    """The digest of a day's anchor."""
    return digest(
        canonical(
            {
                "tax_id": tax_id,
                "environment": environment,
                "day": day,
                "previous": previous,
                "root": root,
                "chains": chains,
            }
        )
    )


def root(heads: Sequence[Head]) -> str:
    """The root of the binary tree of digests over the heads; what has no partner goes up as it is."""
    level = [_leaf(head) for head in heads]
    while len(level) > 1:
        level = [_joined(level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0] if level else ""


def path(heads: Sequence[Head], head: Head) -> list[list[str]]:
    """What to join the head's digest with, from the leaf to the root: [side, digest] each."""
    level, at, found = [_leaf(one) for one in heads], list(heads).index(head), []
    while len(level) > 1:
        beside = at ^ 1
        if beside < len(level):
            found.append(["left" if beside < at else "right", level[beside]])
        level, at = [_joined(level[one : one + 2]) for one in range(0, len(level), 2)], at // 2
    return found


def climbed(head: Head, steps: Iterable[Sequence[str]]) -> str:
    """The root that a head leads to by its path."""
    reached = _leaf(head)
    for side, other in steps:
        reached = _joined([other, reached] if side == "left" else [reached, other])
    return reached


def _leaf(head: Head) -> str:
    return digest(canonical(list(head)))


def _joined(pair: Sequence[str]) -> str:
    return digest("".join(pair)) if len(pair) == 2 else pair[0]
