"""A PostgreSQL server of a test's own, which it may kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil

from tests.end_to_end.installation import free_port

ACCOUNT = "postgres"  # the server refuses to run as root


def programs() -> Path | None:
    """Where the newest server's programs are; None where there is none, or nobody who may run it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name))
    return found[-1] if found and os.geteuid() == 0 and shutil.which("runuser") else None


class Server:
    """In a folder of its own, on a free port of this machine. Nothing of it is left after `end`."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not below the folders of pytest: they are closed to all accounts but one, again with every run.
        self._folder = Path(tempfile.mkdtemp(prefix="smartbill-postgres-"))
        self._data = self._folder / "data"
        self.port = free_port()
        self.url = f"postgres://smartbill@127.0.0.1:{self.port}/smartbill"

    def make(self) -> Server:
        shutil.chown(self._folder, ACCOUNT)
        self._run("initdb", "-D", self._data, "-U", "smartbill", "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "smartbill", "smartbill")
        return self

    def start(self) -> None:
        """What was committed is there again, whatever became of the server before."""
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self._folder}"
        self._run("pg_ctl", "-w", "-D", self._data, "-l", self._folder / "log", "-o", options, "start")

    def kill(self) -> None:
        """`kill -9`, of the server and of all that it runs; harmless where it does not."""
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        try:
            server = psutil.Process(int(pid_file.read_text().split()[0]))
            family = [server, *server.children(recursive=True)]
        except (psutil.NoSuchProcess, ValueError):
            return
        for one in family:
            try:
                one.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=10)

    def end(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        command = ["runuser", "-u", ACCOUNT, "--", str(self._programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, timeout=120)
