"""What is installed is what is pinned, and the audit of `.ci/run` cannot fail in silence."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import PROJECT


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = spec_from_file_location("audit_of_dependencies", PROJECT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_what_is_installed_is_what_is_pinned(audit: Any) -> None:
    assert len(list(audit.lines())) > 30
    assert audit.faults() == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("django>=5", "not pinned exactly"),
        ("django==1.0", "is pinned"),
        ("no-such-package-here==1.0", "is not installed"),
        ("git+https://example.com/x", "not pinned exactly"),
    ],
)
def test_a_pin_that_does_not_hold_is_told(audit: Any, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"# direct\n{line}\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (fault,) = audit.faults(tmp_path)
    assert said in fault


DJANGO = {"name": "django", "version": "5.2.19", "vulns": []}
HOLE = {"id": "X-1", "fix_versions": ["5.2.20"]}
SKIPPED = {"name": "lxml", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("report", "code", "said"),
    [
        ({"dependencies": [DJANGO]}, 0, "1 packages were looked up"),
        ({"dependencies": [DJANGO | {"vulns": [HOLE]}]}, 1, "django 5.2.19: X-1, mended in 5.2.20"),
        ({"dependencies": [DJANGO, SKIPPED]}, 1, "lxml could not be looked up"),
        ({"dependencies": [SKIPPED]}, 0, "NOT AUDITED"),
        (None, 0, "NOT AUDITED"),
    ],
)
def test_the_audit_says_what_it_knows(
    audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], report: Any, code: int, said: str
) -> None:
    monkeypatch.setattr(audit, "ask", lambda: report)
    monkeypatch.setattr(audit, "agree", lambda: True)
    assert audit.main() == code
    assert said in capsys.readouterr().out


def test_packages_that_do_not_agree_are_a_failure(audit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ask", lambda: None)
    monkeypatch.setattr(audit, "agree", lambda: False)
    assert audit.main() == 1
