"""Runs the processes of a Procfile as one: starts them, shows their lines, restarts what died, ends them.

Code of our own because of two needs that the usual managers do not meet. The queue's cluster must be
signalled at its main process alone: a SIGTERM to its whole group leaves tasks locked. And nothing may be
left behind, not after Ctrl-C and not after a SIGKILL of this process, which is what `smartbill.guardian` is
for.
"""

from __future__ import annotations

import json
import os
import re
import select
import selectors
import shlex
import signal
import string
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from smartbill.guardian import kill_group

TICK = 0.1  # seconds between two looks at the children
LINE = 3000  # bytes; a longer line is shown in pieces: only a short write to a pipe cannot block half-way
COLOURS = (36, 33, 35, 32, 34, 31)


class ProcfileError(ValueError):
    """A line that is no `name: command`, or a variable that is not set; the text names it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One process to run. It is started without a shell, so that its pid is the process itself."""

    name: str
    argv: tuple[str, ...]
    lasting: bool = True  # restarted when it ends; otherwise it is run once and must succeed


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits for what."""

    stopping: timedelta = timedelta(seconds=8)  # from SIGTERM to SIGKILL
    restarting: timedelta = timedelta(seconds=1)
    deaths: int = 5  # this many deaths of one process ...
    within: timedelta = timedelta(seconds=30)  # ... in this time stop everything


@dataclass(slots=True)
class Child:
    command: Command
    label: str
    process: subprocess.Popen[bytes] | None = None
    partial: bytes = b""
    start_at: float = 0.0
    deaths: deque[float] = field(default_factory=deque)
    finished: bool = False


def read_procfile(text: str, variables: Mapping[str, str]) -> list[Command]:
    """The commands of a Procfile in order, with every `${NAME}` replaced; raises `ProcfileError`."""
    commands = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9_-]+):\s*(.+)", line.strip())
        if match is None:
            raise ProcfileError(f"line {number} is no 'name: command': {line}")
        try:
            argv = tuple(string.Template(word).substitute(variables) for word in shlex.split(match[2]))
        except (KeyError, ValueError) as error:
            raise ProcfileError(f"line {number}: {error} is not set or not well formed") from error
        commands.append(Command(match[1], argv))
    return commands


class Guard:
    """The supervisor's line to the guardian: which process groups must not outlive it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-S", str(Path(__file__).with_name("guardian.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def add(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Let the guardian go; it ends what is still on its list."""
        self.process.communicate()

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()


class Supervisor:
    """Runs `commands` until a signal, a failed one-off or too many deaths; `run` gives the exit code.

    With `parent` it also stops when that process is no longer the parent: nobody is left to press Ctrl-C. Unless
    `labelled`, lines are passed on as they are, and its own are JSON as theirs.
    """

    def __init__(
        self,
        commands: Sequence[Command],
        *,
        environment: Mapping[str, str],
        folder: Path,
        patience: Patience | None = None,
        out: TextIO = sys.stdout,
        parent: int | None = None,
        labelled: bool = True,
    ) -> None:
        self.environment = dict(environment)
        self.folder = folder
        self.patience = patience or Patience()
        self.out = out
        self.parent = parent
        self.labelled = labelled
        self.selector = selectors.DefaultSelector()
        self.exit_code = 0
        self.stop_by: float | None = None  # set while stopping: when what still runs is killed
        self.signals: list[int] = []
        self.asked_at: float | None = None
        self.dropped = 0
        width = max(len(command.name) for command in commands)
        coloured = out.isatty() and "NO_COLOR" not in os.environ
        self.children = []
        for index, command in enumerate(commands):
            # A one-off speaks for itself.
            label = f"{command.name:<{width}} | " if command.lasting and labelled else ""
            if coloured and label:
                label = f"\033[{COLOURS[index % len(COLOURS)]}m{label}\033[0m"
            self.children.append(Child(command, label))

    def run(self) -> int:
        """Everything, from the first start to the last end. Takes over this process's signals."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Only noted: the handler may run in the middle of a write.
            signal.signal(number, lambda number, _frame: self.signals.append(number))
        guard = Guard()
        try:
            while self._turn(guard):
                for key, _events in self.selector.select(TICK):
                    self._read(key.data)
        finally:
            guard.close()
        return self.exit_code

    def _turn(self, guard: Guard) -> bool:
        """Look at every child once; False when there is nothing left to do."""
        now = time.monotonic()
        self._heed_signals(now)
        if self.parent is not None and os.getppid() != self.parent:
            self.parent = None
            self._stop("the process that started this one is gone")
        for child in self.children:
            if child.process is None:
                if self.stop_by is None and not child.finished and child.start_at <= now:
                    self._start(child, guard)
            elif child.process.poll() is not None:
                self._ended(child, child.process, now)
                guard.remove(child.process.pid)
                child.process = None
        if self.stop_by is not None and now >= self.stop_by:
            for child in self.children:
                if child.process is not None:
                    self._note(child.command.name, child.label, "does not end: killed")
                    kill_group(child.process.pid)
            self.stop_by = now + self.patience.stopping.total_seconds()
        return any(child.process is not None for child in self.children) or (
            self.stop_by is None and not all(child.finished for child in self.children)
        )

    def _start(self, child: Child, guard: Guard) -> None:
        try:
            process = subprocess.Popen(  # noqa: S603 - running what the Procfile says is its purpose
                child.command.argv,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own: the terminal's Ctrl-C reaches only us
            )
        except OSError as error:
            child.finished = True
            self._stop(f"{child.command.name} cannot be started: {error}", exit_code=1)
            return
        guard.add(process.pid)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self.selector.register(process.stdout, selectors.EVENT_READ, child)
        child.process = process

    def _ended(self, child: Child, process: subprocess.Popen[bytes], now: float) -> None:
        # The main process is gone; its own children must not go on without it, nor hold the pipe open.
        kill_group(process.pid)
        while self._read(child):
            pass
        self._close(child, process)
        name, code = child.command.name, process.returncode
        if not child.command.lasting:
            child.finished = True
            if code and self.stop_by is None:
                self._stop(f"{name} failed", exit_code=1)
            return
        if self.stop_by is not None:
            return
        child.deaths.append(now)
        while child.deaths[0] < now - self.patience.within.total_seconds():
            child.deaths.popleft()
        if len(child.deaths) >= self.patience.deaths:
            self._stop(f"{name} died {len(child.deaths)} times in a row (exit code {code})", exit_code=1)
            return
        self._note(name, child.label, f"ended with exit code {code}; it is started again")
        child.start_at = now + self.patience.restarting.total_seconds()

    def _heed_signals(self, now: float) -> None:
        """Stop; asked once more after a second, do not wait any longer."""
        while self.signals:
            number = self.signals.pop()
            if self.asked_at is None:
                self.asked_at = now
                self._stop("stopping" if number != signal.SIGHUP else "the terminal is gone, stopping")
            elif now - self.asked_at > 1:
                self.stop_by = now

    def _stop(self, why: str, *, exit_code: int = 0) -> None:
        self.exit_code = self.exit_code or exit_code
        if self.stop_by is not None:
            return
        self.stop_by = time.monotonic() + self.patience.stopping.total_seconds()
        self._note("supervisor", "supervisor: ", why)
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()

    def _read(self, child: Child) -> bool:
        """Show what `child` has written; False when there is nothing more to read for now."""
        assert child.process is not None
        assert child.process.stdout is not None
        if child.process.stdout.closed:
            return False
        try:
            chunk = os.read(child.process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return False
        *lines, child.partial = (child.partial + chunk).split(b"\n")
        if not chunk or len(child.partial) > LINE:
            lines += [child.partial] if child.partial else []
            child.partial = b""
        for line in lines:
            for start in range(0, len(line) or 1, LINE):
                self.say(child.label, line[start : start + LINE].decode(errors="replace"))
        if not chunk:
            self._close(child, child.process)
        return bool(chunk)

    def _close(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        child.partial = b""
        if process.stdout is not None and not process.stdout.closed:
            self.selector.unregister(process.stdout)
            process.stdout.close()

    def _note(self, about: str, label: str, text: str) -> None:
        """Say something of our own about a process."""
        if self.labelled:
            self.say(label, text)
            return
        said = {"timestamp": datetime.now(UTC).isoformat(), "level": "warning", "logger": __name__}
        self.say("", json.dumps({**said, "event": f"{about}: {text}", "process": f"supervisor:{os.getpid()}"}))

    def say(self, label: str, text: str) -> None:
        """Print one line, or drop it: a reader that stands still must not hold up what we supervise."""
        try:
            if not select.select([], [self.out], [], 0 if self.dropped else 0.5)[1]:
                self.dropped += 1
                return
            if self.dropped:
                self.out.write(f"({self.dropped} lines were not shown)\n")
                self.dropped = 0
            self.out.write(f"{label}{text}\n")
            self.out.flush()
        except (OSError, ValueError):
            self.dropped += 1
