"""Real processes killed in the middle of traffic: nothing is lost and nothing is done twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests import books
from tests.end_to_end.installation import Installation, until
from tests.end_to_end.postgres import Server, programs

Install = Callable[..., Installation]
RECOVERY = 60  # seconds that are promised
SETTLED = {"accepted", "contingency", "rejected"}


class Traffic(threading.Thread):
    """A shop that goes on selling: each document until it is answered, with one key for all its tries."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(daemon=True)
        self._installation = installation
        self._pair = tuple(installation.demo["manager"].values())
        self.promised: list[dict[str, Any]] = []
        self.over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            answer = self._send(f"sale-{id(self)}-{number}")
            if answer is not None:
                self.promised.append(answer)

    def _send(self, key: str) -> dict[str, Any] | None:
        body = {"type": "invoice", "items": [{"description": "Café", "quantity": 1, "price": "3.50"}]}
        until_gone = time.monotonic() + 3 * RECOVERY
        while time.monotonic() < until_gone:
            try:
                answer = requests.post(
                    f"{self._installation.demo['base_url']}/api/v1/documents",
                    json=body,
                    auth=self._pair,
                    headers={"Idempotency-Key": key, "Prefer": "wait=1"},
                    timeout=20,
                )
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code in (201, 202):
                return dict(answer.json())
            time.sleep(0.3)
        return None

    def end(self) -> None:
        self.over.set()
        self.join(3 * RECOVERY)
        assert not self.is_alive()


def all_documents(installation: Installation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = installation.api("GET", f"documents?limit=100{cursor}").json()
        found += page["results"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def is_settled(installation: Installation) -> bool:
    try:
        return {one["status"] for one in all_documents(installation)} <= SETTLED
    except (requests.RequestException, KeyError):  # it is not up yet, or answers with a problem
        return False


def compare_the_books(installation: Installation, promised: list[dict[str, Any]]) -> None:
    until(lambda: is_settled(installation), RECOVERY)
    documents = {one["id"]: one for one in all_documents(installation)}
    numbers = sorted(int(one["control_number"][-15:]) for one in documents.values())
    assert numbers == list(range(1, len(numbers) + 1))
    assert [one["id"] for one in promised if one["id"] not in documents] == []
    assert len({one["id"] for one in promised}) == len(promised)
    # Every document that there is was promised, but for the demo's own.
    strangers = documents.keys() - {one["id"] for one in promised} - {installation.demo["first_document"]["id"]}
    assert len(strangers) == 0
    received = installation.sandbox("GET", "received").json()["results"]
    given = books.stamps(received)
    for one in documents.values():
        stamps = given.get(one["generation_code"], set())
        assert stamps == ({one["received_stamp"]} if one["status"] == "accepted" else set()), one
    assert books.blind_resends(received) == []


def kill_everything_once(installation: Installation) -> list[dict[str, Any]]:
    """In the middle of traffic, each process of the installation; what callers were promised meanwhile."""
    shops = [Traffic(installation) for _ in range(2)]
    for shop in shops:
        shop.start()
    try:
        for name in ("web", "sender", "worker", "sandbox"):
            victim = installation.processes()[name]
            time.sleep(0.5)
            victim.kill()
            until(lambda name=name, victim=victim: installation.processes().get(name, victim) != victim)
        sold = sum(len(shop.promised) for shop in shops)
        until(lambda: sum(len(shop.promised) for shop in shops) > sold + 4, RECOVERY)
    finally:
        for shop in shops:
            shop.end()
    return [one for shop in shops for one in shop.promised]


def test_each_process_may_be_killed_in_the_middle_of_traffic(install: Install) -> None:
    installation = install().start()

    promised = kill_everything_once(installation)

    compare_the_books(installation, promised)


@pytest.fixture
def server() -> Iterator[Server]:
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server is installed that this account may run")
    one = Server(found)
    try:
        yield one.make()
    finally:
        one.end()


class TestTheDatabaseServer:  # a class is given to a worker of its own: this one takes more than a minute
    @pytest.mark.postgres
    def test_the_database_server_may_be_killed_in_the_middle_of_traffic(
        self, install: Install, server: Server
    ) -> None:
        installation = install(DATABASE_URL=server.url).start()
        shops = [Traffic(installation) for _ in range(2)]
        for shop in shops:
            shop.start()
        try:
            for _ in range(2):
                sold = sum(len(shop.promised) for shop in shops)
                until(lambda sold=sold: sum(len(shop.promised) for shop in shops) > sold + 4, RECOVERY)
                server.kill()
                time.sleep(1)
                server.start()
            sold = sum(len(shop.promised) for shop in shops)
            until(lambda: sum(len(shop.promised) for shop in shops) > sold + 4, RECOVERY)
        finally:
            for shop in shops:
                shop.end()

        compare_the_books(installation, [one for shop in shops for one in shop.promised])
