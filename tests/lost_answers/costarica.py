"""What can go wrong between us and Costa Rica's Hacienda, and one case of it lived through.

It judges later: every errand is a sending that is taken, and questions until it is judged.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations_with_replacement, product
from typing import Any

from django.utils import timezone

from accounts import vault
from accounts.models import Merchant
from documents.models import Document
from documents.services import dispatch, probing
from hacienda import registry
from hacienda.costarica.authority import CostaRica
from hacienda.costarica.transport.client import Client
from hacienda.http import Patience
from hacienda.models import Outage
from hacienda.sandbox.faults import FAULTS, ORDERS
from tests import books, pace
from tests.actors import Caller, Sandbox
from tests.lost_answers.cases import TOO_SLOW, Blow
from tests.ticos import ticket

SERVICES = ("idp", "recepcion", "consulta")
ERRANDS = ("sending", "voiding", "draining")
TAMPERED = "seal tampered with"
REFUSAL = {"code": "-400", "message": "El código CABYS no existe."}
JUDGING = (*FAULTS, TOO_SLOW, TAMPERED, *ORDERS)
FOR_EVER = ("stuck", "recepcion")  # never judged: there is no end to it
LOGIN = tuple(fault for fault in (*FAULTS, TOO_SLOW) if fault != "no_seal")
# With any other one they are what another one of them is.
LIKE_ANOTHER = frozenset({"slow", "garbage", "truncated", "notice", TAMPERED})
STATES = {"sending": {"accepted", "rejected"}, "voiding": {"accepted", "invalidated"}}


@dataclass(frozen=True, slots=True)
class TicoCase:
    errand: str
    blows: tuple[Blow, ...]

    def __str__(self) -> str:
        return f"{self.errand}: {', then '.join(map(str, self.blows))}"


def usual() -> Iterator[TicoCase]:
    """Each fault on what is sent, on the question after an answer that was lost, and some on the login."""
    for fault in JUDGING:
        if fault in _faults("recepcion"):
            yield TicoCase("sending", (Blow(fault, "recepcion"),))
        if fault not in LIKE_ANOTHER:
            yield TicoCase("sending", (Blow("drop_answer", "recepcion"), Blow(fault, "consulta")))
    for fault in ("down", "reject", "unauthorized"):
        yield TicoCase("sending", (Blow(fault, "idp", lasting=fault == "reject"),))
    for errand in ("voiding", "draining"):
        yield TicoCase(errand, (Blow("drop_answer", "recepcion"), Blow("down", "consulta")))
        yield TicoCase(errand, (Blow("down", "recepcion"), Blow("error", "consulta")))


def pairs() -> list[tuple[str, str, str]]:
    return [
        (errand, first, second) for errand in ERRANDS for first, second in combinations_with_replacement(SERVICES, 2)
    ]


def everything(errand: str, first: str, second: str) -> Iterator[TicoCase]:
    """Every fault of the one service alone and lasting, and with every one of the other, the latter lasting too."""
    firsts, seconds = _faults(first), _faults(second)
    if first == second:
        for fault in firsts:
            yield TicoCase(errand, (Blow(fault, first),))
            yield TicoCase(errand, (Blow(fault, first, lasting=True),))
    rare = [(one, other) for one, other in product(firsts, seconds) if not {one, other} & LIKE_ANOTHER]
    for one, other in rare:
        yield TicoCase(errand, (Blow(one, first), Blow(other, second)))
    if first != second:
        for other in seconds:
            # To go on telling a refusal is Hacienda's word, whatever it did.
            if (other, second) != ("reject", "consulta"):
                yield TicoCase(errand, (Blow("drop_answer", first), Blow(other, second, lasting=True)))


def _faults(service: str) -> tuple[str, ...]:
    if service == "idp":
        return LOGIN
    return tuple(fault for fault in JUDGING if (fault, service) != FOR_EVER)


def order(blow: Blow, patience: float) -> dict[str, object]:
    """As the sandbox takes it."""
    wanted = blow.order(patience)
    if blow.fault == "reject" and blow.service != "idp":
        wanted |= REFUSAL
    elif blow.fault == "reject":
        wanted = {name: value for name, value in wanted.items() if name not in ("code", "message")}
    if blow.fault == TAMPERED:
        wanted |= {"fault": "no_seal", "code": "tampered"}
    return wanted


class TicoPlace:
    """Where cases are lived through, one after the other."""

    def __init__(self, merchant: Merchant, manager: Caller, sandbox: Sandbox, settings: Any) -> None:
        manager._client.raise_request_exception = False
        self.merchant = merchant
        self.manager = manager
        self.sandbox = sandbox
        self.settings = settings

    def live(self, case: TicoCase, patience: float) -> list[str]:
        """What is wrong with it afterwards, in words."""
        self._meet_hacienda(patience)
        self.sandbox.heal()
        vault.release(self.merchant, "sandbox")  # the last look of the case before may have been refused
        self.sandbox.control("DELETE", "received")
        since = Document.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.settings.DEFAULT_WAIT = timedelta(seconds=20)
        self._prepare(case.errand)
        self._meet_hacienda(patience)
        for blow in reversed(case.blows):
            self.sandbox.control("POST", "faults", **order(blow, patience))
        self.settings.DEFAULT_WAIT = timedelta(seconds=0.6 * patience)
        self._go(case.errand)
        _until_idle()
        if any(one.lasting for one in case.blows):
            self._work_a_while()
            self.sandbox.heal()
        vault.release(self.merchant, "sandbox")
        wrong: list[str] = []
        try:
            pace.work(self._is_at_rest, seconds=30)
        except AssertionError as error:
            wrong.append(str(error))
        read = books.READ - {"slow"} if any(one.fault == TOO_SLOW for one in case.blows) else books.READ
        wrong += books.wrong(self.sandbox.received(), since=since, read=read)
        states = set(Document.objects.filter(pk__gt=since).values_list("state", flat=True))
        if not states <= STATES.get(case.errand, {"accepted", "rejected"}) | {"rejected"}:
            wrong.append(f"they ended as {sorted(states)}")
        return wrong

    def _prepare(self, errand: str) -> None:
        if errand == "voiding":
            self.made = self.manager.send(ticket()).json()
            assert self.made["status"] == "accepted", self.made
        elif errand == "draining":
            self.sandbox.fault("down")
            for _ in range(2):
                told = self.manager.send(ticket()).json()
                assert told["status"] == "contingency", told
            self.sandbox.heal()

    def _go(self, errand: str) -> None:
        if errand == "sending":
            answer = self.manager.send(ticket())
        elif errand == "voiding":
            answer = self.manager.post(f"documents/{self.made['id']}/invalidate", {"kind": "rescinded"})
        else:
            Outage.objects.filter(ended_at=None).update(ended_at=timezone.now(), good_probes=2)
            return
        assert answer.status_code in (200, 201, 202, 422), answer.content

    def _work_a_while(self) -> None:
        """A sender goes on for a moment while Hacienda is still out of order."""
        with suppress(pace.NotAtRest):  # of a slow Hacienda there is always something due
            pace.work(lambda: False, seconds=0.3)

    def _is_at_rest(self) -> bool:
        if self.merchant.credentials.filter(refused_at__isnull=False).exists():
            vault.release(self.merchant, "sandbox")
        probing.look(timezone.now())
        return books.at_rest() and not Document.objects.filter(state="contingency").exists()

    def _meet_hacienda(self, patience: float) -> None:
        """As a process that was just started: without a token."""
        pace.doubt_for(patience)
        client = Client(patience=Patience(connect=patience, total=patience))
        registry._AUTHORITIES = {**registry._AUTHORITIES, "CR": CostaRica(client)}


def _until_idle() -> None:
    ends = time.monotonic() + 60
    while dispatch._pool.busy:
        assert time.monotonic() < ends
        time.sleep(0.01)
