"""Are the packages that we install known to have holes? Asked of an advisory service through pip-audit.

    python .ci/audit.py

Where no service answers (a closed machine) that is said in as many words, and what can be told without one is checked
in its place: that every direct dependency is pinned exactly, that what is installed is what is pinned, and that the
installed packages agree with each other. The exit code is 1 for a hole, for a package that was left out while others
were audited, and for anything that the checks in its place find.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==([A-Za-z0-9.+!]+)$")


def lines(project: Path = PROJECT) -> Iterator[tuple[str, str]]:
    """File and text of each line that names a package."""
    for name in FILES:
        for text in (project / name).read_text().splitlines():
            line = text.partition("#")[0].strip()
            if line and not line.startswith("-"):
                yield name, line


def faults(project: Path = PROJECT) -> list[str]:
    """What is wrong with the pins, and with what is installed."""
    found = []
    for name, line in lines(project):
        match = PIN.match(line)
        if match is None:
            found.append(f"{name}: {line} is not pinned exactly")
            continue
        try:
            installed = metadata.version(match[1])
        except metadata.PackageNotFoundError:
            found.append(f"{name}: {match[1]} is not installed")
            continue
        if installed != match[2]:
            found.append(f"{name}: {match[1]} {installed} is installed, {match[2]} is pinned")
    return found


def verdict(report: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """Holes, what could not be looked up, and how many packages were looked up."""
    holes, skipped, audited = [], [], 0
    for one in report["dependencies"]:
        if "skip_reason" in one:
            skipped.append(one["name"])
            continue
        audited += 1
        for hole in one["vulns"]:
            fixed = ", ".join(hole.get("fix_versions", [])) or "no version yet"
            holes.append(f"{one['name']} {one['version']}: {hole['id']}, mended in {fixed}")
    return holes, skipped, audited


def ask() -> dict[str, Any] | None:
    """pip-audit's report on everything that is installed here; None where no service could be asked."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        print(done.stderr.strip().rpartition("\n")[2][:300] or "pip-audit gave no report")
        return None
    return report


def agree() -> bool:
    """Whether every installed package has what it needs, by pip's own judgement."""
    return subprocess.run([sys.executable, "-m", "pip", "check"], check=False).returncode == 0


def main() -> int:
    report = ask()
    holes, skipped, audited = verdict(report) if report else ([], [], 0)
    wrong = [*holes, *faults()]
    if audited:
        wrong += [f"{name} could not be looked up" for name in skipped]
        print(f"{audited} packages were looked up, {len(holes)} holes are known")
    else:
        print("!" * 100)
        print("NOT AUDITED: no advisory service can be reached from here, so nothing is known about holes.")
        print("Only this was checked: exact pins, installed versions, agreement of the installed packages.")
        print("!" * 100)
    for one in wrong:
        print(one)
    return 0 if agree() and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
