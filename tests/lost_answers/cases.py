"""What can go wrong between us and Hacienda: each fault of the sandbox on each service, alone and in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

from hacienda.sandbox.faults import FAULTS

# The sandbox's faults; two of them are two, and so is a refusal that says nothing of the document.
TOO_SLOW = "slow, too late"
BUSY = "reject with 099"
BLOWS = (*FAULTS, TOO_SLOW, BUSY)
REFUSAL = {"code": "020", "message": "[resumen.totalPagar] CALCULO INCORRECTO"}
# After these nobody knows whether what was sent arrived; once it did not and once it did.
DOUBT = ("down", "drop_answer")
# In these a request lasts as long as our patience, or longer than any caller waits.
SILENT = frozenset({"hang", "slow", "late_answer", TOO_SLOW})

# Alone, and after an answer that was lost, they are in the table. With any other one the first is no fault, the
# second is what `unavailable` is (nothing was processed, and the answer says nothing), the others what `drop_answer`
# is (it was processed, and nobody is told).
LIKE_ANOTHER = frozenset({"slow", "garbage", "truncated", "no_seal"})

QUERY = "consultadte"
# What changes nothing at Hacienda: whether it was processed before or after it was silent, or closed the connection,
# is one and the same, and so is which refusal a login is told.
READING = ("auth", QUERY, "consultadtelote")
PROCESSED_OR_NOT = frozenset({"drop_answer", "late_answer", TOO_SLOW})


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault on one service: on its next request, or until it is healed."""

    fault: str
    service: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"`{self.fault}` on `{self.service}`{', lasting' if self.lasting else ''}"

    def order(self, patience: float) -> dict[str, object]:
        """As the sandbox takes it; `patience` is how long our client waits for an answer, in seconds."""
        # A batch is sent again in a moment: what is processed too late comes after that, and not as it happens.
        too_late = 3.0 if self.service == "recepcionlote" else 1.5
        delays = {"slow": 0.75, "late_answer": 1.5, TOO_SLOW: too_late}
        wanted: dict[str, object] = {
            "fault": {TOO_SLOW: "slow", BUSY: "reject"}.get(self.fault, self.fault),
            "service": self.service,
            "count": None if self.lasting else 1,
            "delay_ms": round(delays.get(self.fault, 0) * patience * 1000),
        }
        return wanted | (REFUSAL if self.fault == "reject" and self.service != "auth" else {})


@dataclass(frozen=True, slots=True)
class Case:
    """What happens at an errand, in the order in which it happens."""

    errand: str
    blows: tuple[Blow, ...]

    @property
    def is_silent(self) -> bool:
        return any(one.fault in SILENT for one in self.blows)

    def __str__(self) -> str:
        return ", then ".join(map(str, self.blows))


SENDING = "Sending a document"
INVALIDATING = "Invalidating a document"
REPORTING = "Reporting an outage and sending what was issued in it"
SERVICES = {
    SENDING: ("auth", "recepciondte"),
    INVALIDATING: ("auth", "anulardte"),
    REPORTING: ("auth", "contingencia", "recepcionlote", "consultadtelote"),
}


def told(errand: str) -> Iterator[Case]:
    """The cases of the table: every fault alone, and every fault of the query after an answer that was lost."""
    for service in SERVICES[errand]:
        for fault in BLOWS:
            yield Case(errand, (Blow(fault, service),))
            # An errand of ours rests and is taken up again in one way, whatever it is.
            if errand == SENDING or service == "anulardte":
                yield Case(errand, (Blow(fault, service, lasting=True),))
    for service in SERVICES[errand][1:3]:
        for first, second in product(DOUBT[:2] if errand == SENDING else DOUBT[1:2], BLOWS):
            yield Case(errand, (Blow(first, service), Blow(second, QUERY)))


def usual(errand: str) -> Iterator[Case]:
    """What of the table is lived through each time: every fault alone; at a login sending stands for all."""
    for case in told(errand):
        first = case.blows[0]
        if len(case.blows) == 1 and not first.lasting and (errand == SENDING or first.service != "auth"):
            yield case


def pairs() -> Iterator[tuple[str, str, str]]:
    """Every errand with every two of its services, one twice included."""
    for errand, services in SERVICES.items():
        for first, second in combinations_with_replacement((*services, QUERY), 2):
            yield errand, first, second


def different(service: str) -> list[str]:
    """The faults of a service that are not what another one of them is, where there are two."""
    same = LIKE_ANOTHER | (PROCESSED_OR_NOT if service in READING else frozenset())
    return [one for one in BLOWS if one not in same and (one, service) != (BUSY, "auth")]


def everything(errand: str, first: str, second: str) -> Iterator[Case]:
    """Every fault of the one service with every fault of the other; and with one that lasts.

    Without a query that goes on telling a refusal: that is Hacienda's word, whatever it did.
    """
    firsts, seconds = different(first), different(second)
    for one, other in product(firsts, seconds):
        yield Case(errand, (Blow(one, first), Blow(other, second)))
    if first != second:
        lost = ["down" if service in READING else "drop_answer" for service in (first, second)]
        for other in seconds:
            if (other, second) != ("reject", QUERY):
                yield Case(errand, (Blow(lost[0], first), Blow(other, second, lasting=True)))
        for other in firsts:
            yield Case(errand, (Blow(other, first, lasting=True), Blow(lost[1], second)))
