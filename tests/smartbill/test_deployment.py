"""A production configuration is clean, and one that is not is told before the first request."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

PROJECT = Path(__file__).resolve().parents[2]
NOT_OURS = {
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "DATA_DIR",
    "PUBLIC_URL",
    "DEBUG",
    "DJANGO_ALLOW_ASYNC_UNSAFE",  # of the browser tests, where they came first
}


def check(folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    surroundings |= {
        "DATA_DIR": str(folder),
        "PRODUCTION": "true",
        "PUBLIC_URL": "https://smartbill.example",
        "DATABASE_URL": "postgres://smartbill@127.0.0.1:5432/smartbill",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "API_KEY_PEPPER": secrets.token_urlsafe(64),
        "VAULT_KEYS": Fernet.generate_key().decode(),
        **changed,
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_production_is_clean(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


def test_the_proxy_of_the_documentation_has_our_limits() -> None:
    proxy = (PROJECT / "docs" / "proxy.md").read_text()
    assert f"client_max_body_size {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2}m;" in proxy
    wait = re.search(r"proxy_read_timeout (\d+)s", proxy)
    assert wait is not None
    assert int(wait[1]) > settings.LONGEST_WAIT.total_seconds()


def test_a_weak_configuration_is_told(tmp_path: Path) -> None:
    done = check(tmp_path, SECRET_KEY="", PUBLIC_URL="http://smartbill.example")
    assert done.returncode != 0
    assert "smartbill.E001" in done.stderr
    assert "smartbill.E004" in done.stderr
