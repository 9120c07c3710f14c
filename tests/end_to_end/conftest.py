"""One running installation for the tests of a module, and the means to make another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.installation import NOT_OURS, PROJECT, Installation

COLLECT = (
    "import django; django.setup(); from smartbill.static_files import collect_if_stale; collect_if_stale(print)"
)


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collected static files, made once: packing them is what takes longest at a first start."""
    folder = tmp_path_factory.mktemp("static-files")
    surroundings = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    subprocess.run(
        [sys.executable, "-c", COLLECT],
        cwd=PROJECT,
        env={**surroundings, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "smartbill.settings"},
        check=True,
        capture_output=True,
    )
    return folder / "static"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, static_files: Path) -> Iterator[Installation]:
    """Up and running; whatever a test does to its data, others may see."""
    data = tmp_path_factory.mktemp("installation") / "data"
    shutil.copytree(static_files, data / "static")
    one = Installation(data).start()
    yield one
    one.kill()


@pytest.fixture
def install(tmp_path: Path, static_files: Path) -> Iterator[Callable[..., Installation]]:
    """Makes installations that are gone after the test; all have the same data, like one that is started again."""
    shutil.copytree(static_files, tmp_path / "data" / "static")
    made: list[Installation] = []

    def make(**environment: str) -> Installation:
        made.append(Installation(tmp_path / "data", **environment))
        return made[-1]

    yield make
    for one in made:
        one.kill()
