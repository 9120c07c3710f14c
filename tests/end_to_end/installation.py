"""A whole SmartBill in real processes: on ports and in a folder of its own, started and ended like anybody's."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import requests

PROJECT = Path(__file__).resolve().parents[2]
# Whatever the surroundings have set: this installation is on SQLite, in its own folder.
NOT_OURS = (
    "DATABASE_URL",
    "PUBLIC_URL",
    "SANDBOX_URL",
    "PRODUCTION",
    "EMAIL_URL",
    "DJANGO_SETTINGS_MODULE",
    "HOST",
    "METRICS_DIR",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true value of `condition`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"it did not happen within {seconds} s")
        time.sleep(0.05)


class Installation:
    """One `manage.py run` (or `command`); `demo` is what it wrote when everything answered."""

    def __init__(
        self,
        data_dir: Path,
        *,
        command: Sequence[str] = (sys.executable, "manage.py", "run"),
        folder: Path = PROJECT,
        **environment: str,
    ) -> None:
        self.data_dir = data_dir
        self.command = command
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        surroundings = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        self.environment = {
            **surroundings,
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "DATA_DIR": str(data_dir),
            **environment,
        }
        self.log = data_dir.with_name(data_dir.name + ".log")
        self.http = requests.Session()
        self.http.trust_env = False
        self.process: subprocess.Popen[bytes] | None = None
        self.demo: dict[str, Any] = {}

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it without waiting, in a group of its own as a terminal would."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.process

    def start(self, seconds: float = 90) -> Installation:
        """Start it and wait until it is ready."""
        card = self.data_dir / "demo.json"
        of_an_earlier_run = card.stat().st_mtime_ns if card.exists() else None
        process = self.begin()

        def is_ready() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"it ended with {process.returncode}:\n{self.output[-3000:]}")
            return card.exists() and card.stat().st_mtime_ns != of_an_earlier_run

        try:
            until(is_ready, seconds)
        except AssertionError:
            self.kill()
            raise
        self.demo = json.loads(card.read_text())
        return self

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """Every process that belongs to it now."""
        assert self.process is not None
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def processes(self) -> dict[str, psutil.Process]:
        """The main processes of the Procfile by what stands in their command line."""
        assert self.process is not None
        marks = {"web": "gunicorn", "sender": "sender", "worker": "worker", "sandbox": "hacienda.sandbox.server"}
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                words = child.cmdline()
            except psutil.NoSuchProcess:  # it has ended just now
                continue
            found |= {name: child for name, mark in marks.items() if any(mark in word for word in words)}
        return found

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ctrl-C, as the terminal sends it: to the whole foreground group. The exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, number)
        return self.process.wait(30)

    def kill(self) -> None:
        """End the main process without a word, and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def api(self, method: str, path: str, key: str = "manager", **options: Any) -> requests.Response:
        """A call of the API with one of the demo's key pairs."""
        pair = self.demo[key]
        return self.http.request(
            method,
            f"{self.demo['base_url']}/api/v1/{path}",
            auth=(pair["public_key"], pair["private_key"]),
            timeout=40,
            **options,
        )

    def manage(self, *command: str) -> str:
        """What a command of `manage.py` says; it must end well."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def send(self, *, wait: int = 10, **more: object) -> dict[str, Any]:
        """A small invoice through the API; the document as it was answered."""
        body = {"type": "invoice", "items": [{"description": "Café", "quantity": 2, "price": "3.50"}], **more}
        answer = self.api("POST", "documents", json=body, headers={"Prefer": f"wait={wait}"})
        assert answer.status_code in (201, 202), answer.text
        return dict(answer.json())

    def document(self, identifier: str) -> dict[str, Any]:
        return dict(self.api("GET", f"documents/{identifier}").json())

    def sandbox(self, method: str, path: str, **body: object) -> requests.Response:
        """A call of the sandbox's control plane."""
        return self.http.request(method, f"{self.demo['sandbox_url']}/_sandbox/{path}", json=body or None, timeout=10)


def left_alive(family: list[psutil.Process], seconds: float = 5) -> list[str]:
    """The command lines of those that are still there after `seconds`."""
    _gone, alive = psutil.wait_procs(family, timeout=seconds)
    return [" ".join(process.cmdline()) for process in alive if process.is_running()]
