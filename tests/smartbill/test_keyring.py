"""Secrets come from the environment, or are made once and kept for their owner alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smartbill.keyring import Keyring, adopt_files

PROJECT = Path(__file__).resolve().parents[2]


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_SECRET", " from outside ")
    keyring = Keyring(tmp_path / "secrets")

    assert keyring.get("SOME_SECRET") == "from outside"
    assert keyring.generated == []
    assert not (tmp_path / "secrets").exists()


def test_a_secret_is_made_once_and_remembered(tmp_path: Path) -> None:
    first = Keyring(tmp_path / "secrets")
    again = Keyring(tmp_path / "secrets")

    secret = first.get("SOME_SECRET")

    assert len(secret) >= 43
    assert again.get("SOME_SECRET") == secret
    assert first.generated == again.generated == ["SOME_SECRET"]


def test_nobody_else_can_read_what_was_made(tmp_path: Path) -> None:
    Keyring(tmp_path / "secrets").get("SOME_SECRET")

    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "some_secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["some_secret"]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from smartbill.keyring import Keyring; "
        "print(Keyring(Path(sys.argv[1])).get('SOME_SECRET'))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "secrets")], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    secrets = {process.communicate(timeout=20)[0] for process in processes}

    assert len(secrets) == 1
    assert secrets != {""}


class TestFiles:
    def test_a_secret_may_come_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("from the file\n")
        environment = {"SECRET_KEY_FILE": str(tmp_path / "secret"), "EMAIL_URL": "smtp://mail.example"}

        adopt_files(("SECRET_KEY", "EMAIL_URL", "VAULT_KEYS"), environment)

        assert environment["SECRET_KEY"] == "from the file"
        assert environment["EMAIL_URL"] == "smtp://mail.example"
        assert "VAULT_KEYS" not in environment
        adopt_files(("SECRET_KEY",), environment)  # in a process that this one starts
        assert environment["SECRET_KEY"] == "from the file"

    @pytest.mark.parametrize(
        ("more", "why"), [({"SECRET_KEY": "given"}, "both set"), ({}, "SECRET_KEY_FILE: .*cannot be read")]
    )
    def test_what_cannot_be_meant_is_refused(self, tmp_path: Path, more: dict[str, str], why: str) -> None:
        with pytest.raises(ValueError, match=why):
            adopt_files(("SECRET_KEY",), {"SECRET_KEY_FILE": str(tmp_path / "none"), **more})
