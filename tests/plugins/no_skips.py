"""`-p tests.plugins.no_skips`: with FAIL_ON_SKIP=1 a skipped test fails the run, for nothing may be left out unseen.

RESULT_FILE names a file for the counts as JSON, so that several runs can be added up.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

skipped: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped[report.nodeid] = getattr(report, "wasxfail", reason)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped[report.nodeid] = reason


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return  # the controller of pytest-xdist sees every report
    if skipped and os.environ.get("FAIL_ON_SKIP") == "1" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    strict = os.environ.get("FAIL_ON_SKIP") == "1"
    if strict and skipped:
        terminalreporter.section("skipped, and therefore failed")
        for nodeid, reason in sorted(skipped.items()):
            terminalreporter.line(f"{nodeid}: {reason}")
    result_file = os.environ.get("RESULT_FILE")
    if result_file:
        counts = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error")}
        failed = counts["failed"] + counts["error"] + (len(skipped) if strict else 0)
        result = {"passed": counts["passed"], "failed": failed, "skipped": len(skipped)}
        Path(result_file).write_text(json.dumps(result))
