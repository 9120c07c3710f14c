"""A list, a document sent and a public page, at a thousand documents and at very many, by turns in one run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import databases
from benchmarks.latency import BODY
from benchmarks.load import Target, by_turns
from tests.end_to_end.installation import PROJECT, Installation

FEW = 1000
QUESTIONS = {
    "list": "",
    "list_of_a_month": "from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z",
    "list_of_a_status_and_type": "status=accepted&type=03",
    "search": "q=nu%C3%B1ez",
    "search_for_nothing": "q=nobody+has+this+name",
}
# A key of the largest company, and a document of it.
SCRIPT = """
import json, django
django.setup()
from django.utils import timezone
from accounts import services
from documents.models import Document
from documents.seeding.companies import PREFIX
document = Document.objects.filter(merchant__tax_id=PREFIX + "0001", state="accepted").latest("pk")
made = services.create_api_key(
    merchant=document.merchant, environment="sandbox", role="manager", name="bench", now=timezone.now()
)
print(json.dumps({"pair": [made.key.public_key, made.private_key], "token": document.token}))
"""


def measure(*, folder: Path, seconds: float, documents: int, kinds: Sequence[str]) -> dict[str, Any]:
    result = {}
    for kind in kinds:
        with databases.new(kind, 2) as (few, many):
            addresses = {"few": few, "many": many}
            result[kind] = compared(folder / f"size-{kind}", addresses, seconds=seconds, documents=documents)
    return result


def compared(folder: Path, addresses: Mapping[str, str], *, seconds: float, documents: int) -> dict[str, Any]:
    """The same questions to both stacks, by turns."""
    stacks = {"few": FEW, "many": max(documents, FEW)}
    folder.mkdir()
    running: dict[str, Installation] = {}
    try:
        for name, count in stacks.items():
            # Without sender and worker: what waits among them is not to be sent while we measure.
            address = {"DATABASE_URL": addresses[name]} if addresses[name] else {}
            running[name] = Installation(
                folder / name,
                command=(sys.executable, "manage.py", "run", "web", "sandbox"),
                RATE_LIMIT_PER_MINUTE="0",
                **address,
            ).start()
            ran(running[name], "manage.py", "seed", "--documents", str(count), "--merchants", "3")
        targets = {name: wanted(stack) for name, stack in running.items()}
        result: dict[str, Any] = {"few": FEW, "many": stacks["many"]}
        for theme in targets["few"]:
            figures = by_turns(
                {name: mine[theme] for name, mine in targets.items()},
                callers=1,
                seconds=max(seconds / len(targets["few"]), 0.3),
            )
            ratio = figures["many"]["median_ms"] / figures["few"]["median_ms"]
            result[theme] = {**figures, "median_ratio": round(ratio, 2)}
        return result
    finally:
        for stack in running.values():
            stack.stop()


def wanted(stack: Installation) -> dict[str, Target]:
    given = json.loads(ran(stack, "-c", SCRIPT))
    pair, base = tuple(given["pair"]), stack.demo["base_url"]
    return {
        **{name: Target(f"{base}/api/v1/documents?{query}", pair=pair) for name, query in QUESTIONS.items()},
        "send": Target(f"{base}/api/v1/documents", "POST", json.dumps(BODY).encode(), pair, expected=201),
        "public_page": Target(f"{base}/d/{given['token']}"),
    }


def ran(stack: Installation, *command: str) -> str:
    """What a command of this installation printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT,
        env={**stack.environment, "DJANGO_SETTINGS_MODULE": "smartbill.settings", "LOG_LEVEL": "ERROR"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
