"""Start, stop, crash and start again: nothing is left behind and nothing is lost."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.end_to_end.installation import Installation, left_alive, until

Install = Callable[..., Installation]


def test_a_crash_loses_nothing_and_another_start_goes_on_until_ctrl_c(install: Install) -> None:
    first = install().start()
    assert set(first.processes()) == {"web", "sender", "worker", "sandbox"}
    first.sandbox("POST", "faults", fault="slow", service="recepciondte", delay_ms=5000)
    document = first.send(wait=0)
    assert document["status"] == "transmitting"
    family = first.family()
    assert len(family) > 8  # web and worker have children of their own

    first.kill()
    assert left_alive(family) == []

    second = install().start()
    until(lambda: second.document(document["id"])["status"] == "accepted", 60)
    numbers = [one["control_number"] for one in second.api("GET", "documents").json()["results"]]
    assert sorted(number[-2:] for number in numbers) == ["01", "02", "03"]
    assert second.demo["merchant"] == first.demo["merchant"]
    assert second.demo["supplier_merchant"] == first.demo["supplier_merchant"]
    assert second.document(first.demo["first_document"]["id"])["status"] == "accepted"
    # Keys and password are new at each start; the earlier ones stopped.
    assert second.demo["login"]["email"] == first.demo["login"]["email"]
    assert second.demo["login"]["password"] != first.demo["login"]["password"]
    fresh, second.demo["manager"] = second.demo["manager"], first.demo["manager"]
    assert second.api("GET", "me").status_code == 401
    second.demo["manager"] = fresh
    assert second.api("GET", "me").status_code == 200

    family = second.family()
    assert second.stop(signal.SIGINT) == 0
    assert left_alive(family) == []


@pytest.mark.parametrize("name", ["web", "sender", "worker", "sandbox"])
def test_a_process_that_was_killed_is_replaced(installation: Installation, name: str) -> None:
    victim = installation.processes()[name]
    its_children = victim.children(recursive=True)

    victim.kill()

    assert left_alive([victim, *its_children]) == []
    replacement = until(lambda: installation.processes().get(name))
    assert replacement.pid != victim.pid
    until(lambda: is_answering(installation))
    until(lambda: installation.send()["status"] == "accepted")


def is_answering(installation: Installation) -> bool:
    try:
        installation.http.get(f"{installation.demo['base_url']}/health", timeout=2)
        installation.http.get(f"{installation.demo['sandbox_url']}/_sandbox/health", timeout=2)
    except OSError:  # of which all errors of requests are
        return False
    return True


def test_a_frozen_worker_is_noticed_and_started_again(installation: Installation) -> None:
    """A process killed while it reads the queue takes its lock along: nothing dies, and nobody reads any more."""
    main = installation.processes()["worker"]
    (sentinel,) = until(main.children)
    until(lambda: len(sentinel.children()) == 4)  # two workers, then the monitor and the pusher
    workers = sentinel.children()[:2]

    for worker in workers:
        worker.kill()
    installation.send(customer={"name": "Ana Ejemplo", "email": "ana@example.com"})  # a mail to be sent

    assert left_alive([main, sentinel], 40) == []
    assert "the worker is frozen" in installation.output
    assert until(lambda: installation.processes().get("worker")).pid != main.pid


def test_ready_tells_of_every_part(installation: Installation) -> None:
    def ready() -> Any:
        answer = installation.http.get(f"{installation.demo['base_url']}/ready", timeout=5)
        return answer.json() if answer.status_code == 200 else None

    assert until(ready, 30) == {
        "status": "ready",
        "parts": dict.fromkeys(("database", "migrations", "sender", "worker", "schedules"), "ok"),
        "credentials": {"expired": 0, "refused": 0},
    }


def test_a_web_process_that_ends_finishes_what_is_under_way_and_gives_the_rest_back(
    installation: Installation,
) -> None:
    web = installation.processes()["web"]
    its_pids = {str(process.pid) for process in web.children()}
    installation.sandbox("POST", "faults", fault="slow", service="recepciondte", delay_ms=3000)
    with ThreadPoolExecutor(1) as caller:
        waits = caller.submit(installation.send, wait=10)
        (waiting,) = until(lambda: leases(installation))
        leaves = installation.send(wait=0)
        installation.sandbox("POST", "faults", fault="hang", service="recepciondte")
        hangs = installation.send(wait=0)
        assert leases(installation).keys() == {waiting, leaves["id"], hangs["id"]}

        web.terminate()

        assert waits.result(10)["status"] == "accepted"
    installation.sandbox("DELETE", "faults")
    web.wait(15)
    owners = leases(installation)
    assert leaves["id"] not in owners  # settled, though nobody waited for it
    assert owners.get(hangs["id"], "").split("-")[0] not in its_pids
    until(lambda: is_answering(installation))
    until(lambda: installation.document(leaves["id"])["status"] == "accepted")
    until(lambda: installation.document(hangs["id"])["status"] in ("accepted", "contingency"), 60)


def leases(installation: Installation) -> dict[str, str]:
    """Who holds which documents, as it is stored now."""
    with closing(sqlite3.connect(installation.data_dir / "smartbill.sqlite3", timeout=20)) as database:
        rows = database.execute("SELECT public_id, lease_owner FROM documents_document WHERE lease_owner <> ''")
        return dict(rows.fetchall())


@pytest.mark.parametrize(("variable", "name"), [("PORT", "web"), ("SANDBOX_PORT", "sandbox")])
def test_a_port_that_is_taken_is_named(install: Install, variable: str, name: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        installation = install(**{variable: str(port)})

        assert installation.begin().wait(30) == 1

    assert f"port {port} for {name} is taken" in installation.output
    assert f"{variable}={port + 1}" in installation.output
    assert "Traceback" not in installation.output
    assert not (installation.data_dir / "demo.json").exists()


def test_two_runs_on_the_same_data_are_refused(installation: Installation) -> None:
    second = Installation(installation.data_dir)
    second.log = second.log.with_suffix(".second")

    assert second.begin().wait(30) == 1

    assert "runs already" in second.output
    assert (installation.data_dir / "demo.json").exists()


def test_production_has_no_sandbox_no_demo_and_no_generated_secrets(install: Install) -> None:
    installation = install(PRODUCTION="true", PUBLIC_URL="https://facturas.example")
    (installation.data_dir / "smartbill.sqlite3").unlink()

    assert installation.begin().wait(30) == 1

    assert "smartbill.E001" in installation.output
    assert not (installation.data_dir / "smartbill.sqlite3").exists()


def test_a_request_to_end_ends_every_process(installation: Installation) -> None:
    """The last of this module: the installation is gone after it."""
    family = installation.family()
    assert installation.stop(signal.SIGTERM) == 0
    assert left_alive(family) == []
