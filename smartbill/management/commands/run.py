"""`manage.py run`: everything that an installation needs, under one supervisor, until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from smartbill.supervisor import Command as Process
from smartbill.supervisor import Patience, ProcfileError, Supervisor, read_procfile

# A run that was killed lets go of its ports a moment later than a person can type the next one.
PORT_PATIENCE = timedelta(seconds=3)
AFTER_GRACE = timedelta(seconds=3)  # from the end of a process' grace until it is killed


class Command(BaseCommand):
    help = "Starts the processes of the Procfile; outside production also the sandbox and the demo."
    requires_system_checks = ()  # run by handle, once the last run's card is gone

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", help="only these processes of the Procfile")
        parser.add_argument("--no-demo", action="store_true", help="no demo merchants, no first document")
        parser.add_argument(
            "--with-parent", action="store_true", help="stop when the process that started this one ends"
        )

    def handle(self, *_args: object, names: list[str], no_demo: bool, with_parent: bool, **_options: object) -> None:
        parent = os.getppid() if with_parent else None
        processes = self._processes(names)
        chosen = {process.name for process in processes}
        demo = not no_demo and {"web", "sandbox"} <= chosen
        with only_one_at_a_time(settings.DATA_DIR / "run.lock"):
            # Whoever waits for this file must not find the last run's.
            (settings.DATA_DIR / "demo.json").unlink(missing_ok=True)
            self.check()
            for name, port in (("web", settings.PORT), ("sandbox", settings.SANDBOX_PORT)):
                if name in chosen:
                    wait_for_port(name, port)
            call_command("prepare", verbosity=0, stdout=self.stdout)
            connections.close_all()
            if demo:
                processes.append(Process("demo", (sys.executable, "manage.py", "demo"), lasting=False))
            forget_figures()
            supervisor = Supervisor(
                processes,
                environment=environment(),
                folder=settings.BASE_DIR,
                parent=parent,
                patience=Patience(stopping=settings.GRACE + AFTER_GRACE),
                labelled=settings.LOG_FORMAT != "json",
            )
            code = supervisor.run()
        sys.exit(code)

    def _processes(self, names: list[str]) -> list[Process]:
        try:
            text = (settings.BASE_DIR / "Procfile").read_text()
            processes = read_procfile(text, environment())
        except (OSError, ProcfileError) as error:
            raise CommandError(f"Procfile: {error}") from error
        unknown = set(names) - {process.name for process in processes}
        if unknown:
            raise CommandError(f"not in the Procfile: {', '.join(sorted(unknown))}")
        # In production nothing of the sandbox exists.
        chosen = names or [each.name for each in processes if each.name != "sandbox" or not settings.PRODUCTION]
        return [process for process in processes if process.name in chosen]


def environment() -> dict[str, str]:
    """What every process gets: this one's own, and in plain words what not only Django's settings read."""
    return {
        **os.environ,
        # `python` and `gunicorn` in the Procfile are those that run this command.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PORT": str(settings.PORT),
        "SANDBOX_PORT": str(settings.SANDBOX_PORT),
        "DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def forget_figures() -> None:
    """Counting begins anew with everything else; files of processes that are gone would only grow in number."""
    for path in settings.METRICS_DIR.glob("*.db"):
        path.unlink(missing_ok=True)


@contextmanager
def only_one_at_a_time(path: Path) -> Iterator[None]:
    """Hold `path` locked; two runs on the same data would both believe that the demo is theirs."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"SmartBill runs already with the data in {path.parent}") from None
        yield


def wait_for_port(name: str, port: int) -> None:
    """Return once nobody listens at `port`; raises `CommandError` when somebody keeps it."""
    give_up_at = time.monotonic() + PORT_PATIENCE.total_seconds()
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((os.environ.get("HOST", "127.0.0.1"), port))
            except OSError as error:
                if time.monotonic() > give_up_at:
                    variable = "PORT" if name == "web" else "SANDBOX_PORT"
                    raise CommandError(
                        f"port {port} for {name} is taken ({error.strerror}): stop what uses it, "
                        f"or choose another with {variable}={port + 1}"
                    ) from error
            else:
                return
        time.sleep(0.2)
