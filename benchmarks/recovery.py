"""Ten thousand documents of twenty merchants in one outage, with everything that can go wrong in it.

The story and what must hold at its end are those of `tests/contingency/at_size.py`, which the suite tells with a few
documents. Only when it is named: it takes some minutes. BENCH_DATABASE_URL names an empty PostgreSQL database to be
measured in place of SQLite.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.made_up import emitter
from tests.end_to_end.installation import PROJECT, free_port

DOCUMENTS_A_SECOND = 500  # of the length of the other loads: 10,000 for the usual 20 seconds
MERCHANTS = 20
LONGEST = 1800.0


def measure(*, folder: Path, seconds: float) -> dict[str, Any]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # Before Django reads its settings, in this process and in the senders that it starts.
    os.environ["SANDBOX_URL"] = url
    if os.environ.get("BENCH_DATABASE_URL"):
        os.environ["DATABASE_URL"] = os.environ["BENCH_DATABASE_URL"]
    command = [sys.executable, "-m", "hacienda.sandbox.server", "--port", str(port), "--data-dir", str(folder)]
    sandbox = subprocess.Popen(command, cwd=PROJECT)
    try:
        return told(url, folder, int(seconds * DOCUMENTS_A_SECOND))
    finally:
        sandbox.terminate()
        sandbox.wait(10)


def told(url: str, folder: Path, documents: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.actors import Sandbox
    from tests.contingency import at_size

    call_command("migrate", verbosity=0)
    figures = folder / "statements.json"
    load = at_size.Load(
        documents=documents,
        merchants=MERCHANTS,
        per_batch=100,
        per_event=1000,
        longest=LONGEST,
        patient=True,
        rejections=50,
        figures=figures,
    )
    story = at_size.Story(load, Sandbox(url), emitter().certificate)
    story.tell()
    begun = time.monotonic()
    found = at_size.check(load, Sandbox(url))
    return {
        **found,
        "seconds": load.took,
        "checked_in_seconds": round(time.monotonic() - begun, 2),
        "sender_most_memory_mb": story.sender.most_memory // 2**20,
        "issuer_memory_mb": psutil.Process().memory_info().rss // 2**20,
        "slowest_statements": json.loads(figures.read_text()),
    }
