"""One running installation for the tests of a module, and the means to make another."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.installation import NOT_OURS, PROJECT, Installation

PREPARE = (
    "import django; django.setup(); from django.core.management import call_command; "
    "from smartbill.static_files import collect_if_stale; collect_if_stale(print); call_command('migrate')"
)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with static files and an empty database, made once: they are what takes longest at a first start.

    The first start of a fresh clone, where nothing is prepared, is tried by the checks of `.ci/run`.
    """
    mine = tmp_path_factory.getbasetemp()
    # The folder above a worker's own is the run's; whoever is first prepares, the others wait for it.
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    folder = shared / "prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _prepare(shared / "preparing")
            (shared / "preparing").rename(folder)
    return folder


def _prepare(folder: Path) -> None:
    folder.mkdir()
    surroundings = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    subprocess.run(
        [sys.executable, "-c", PREPARE],
        cwd=PROJECT,
        env={**surroundings, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "smartbill.settings"},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Installation]:
    """Up and running; whatever a test does to its data, others may see."""
    data = tmp_path_factory.mktemp("installation") / "data"
    shutil.copytree(prepared, data)
    one = Installation(data, WORKER_STUCK_SECONDS="2").start()
    yield one
    one.kill()


@pytest.fixture
def install(tmp_path: Path, prepared: Path) -> Iterator[Callable[..., Installation]]:
    """Makes installations that are gone after the test; all have the same data, like one that is started again."""
    shutil.copytree(prepared, tmp_path / "data")
    made: list[Installation] = []

    def make(**environment: str) -> Installation:
        made.append(Installation(tmp_path / "data", **environment))
        return made[-1]

    yield make
    for one in made:
        one.kill()
