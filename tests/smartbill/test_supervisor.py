"""The supervisor with small real processes, run as a process itself so that it can be signalled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smartbill.guardian import watch
from smartbill.supervisor import Command, ProcfileError, read_procfile

PROJECT = Path(__file__).resolve().parents[2]

RUNNER = """
import os, sys
from datetime import timedelta
from pathlib import Path
from smartbill.supervisor import Command, Patience, Supervisor

commands = [Command(name.lstrip("!"), (sys.executable, "-S", "-c", code), lasting=not name.startswith("!"))
            for name, code in zip(sys.argv[1::2], sys.argv[2::2])]
patience = Patience(stopping=timedelta(seconds=1), restarting=timedelta(seconds=0.05), deaths=3)
parent = os.getppid() if "WITH_PARENT" in os.environ else None
supervisor = Supervisor(
    commands, environment=os.environ, folder=Path.cwd(), patience=patience, parent=parent,
    labelled="WITHOUT_LABELS" not in os.environ,
)
sys.exit(supervisor.run())
"""

# Writes its pid to a file called after its first argument, then waits.
NOTE = "import os, signal, sys, time; open('{name}', 'w').write(str(os.getpid())); "
WAIT = NOTE + "time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAIT
# Like the queue's cluster: the main process obeys, its child does not know how to.
FAMILY = (
    "import os, signal, time; child = os.fork()\n"
    "if not child: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "open('{name}' if child else '{name}-child', 'w').write(str(os.getpid())); time.sleep(60)"
)


class Run:
    """A supervisor in a process of its own; what it printed is in `lines`."""

    def __init__(self, folder: Path, *commands: tuple[str, str], **environment: str) -> None:
        self.folder = folder
        arguments = [part for name, code in commands for part in (name, code.format(name=name))]
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUNNER, *arguments],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def pid(self, name: str) -> int:
        path = self.folder / name
        until(lambda: path.exists() and path.read_text() != "")
        return int(path.read_text())

    @property
    def printed(self) -> str:
        return self.output.read_text()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    started: list[Run] = []

    def start(*commands: tuple[str, str], **environment: str) -> Run:
        started.append(Run(tmp_path, *commands, **environment))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def test_a_procfile_gives_commands_in_order_with_variables_filled_in() -> None:
    text = "# comment\n\nweb: gunicorn --bind 127.0.0.1:${PORT}\nsandbox: serve --data-dir '${DIR}'\n"

    assert read_procfile(text, {"PORT": "8000", "DIR": "/a folder"}) == [
        Command("web", ("gunicorn", "--bind", "127.0.0.1:8000")),
        Command("sandbox", ("serve", "--data-dir", "/a folder")),
    ]


@pytest.mark.parametrize("text", ["web gunicorn", "web:", "web: serve ${NOWHERE}", "web: serve 'open"])
def test_a_bad_procfile_is_refused_with_the_line(text: str) -> None:
    with pytest.raises(ProcfileError, match="line 1"):
        read_procfile(text, {})


def test_the_guardian_keeps_the_groups_that_were_not_taken_off_its_list() -> None:
    assert watch(["+10\n", "+11\n", "-10\n", "+12\n"]) == {11, 12}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_process_and_is_no_failure(run: Callable[..., Run], number: int) -> None:
    supervisor = run(("one", WAIT), ("two", WAIT))
    pids = [supervisor.pid("one"), supervisor.pid("two")]

    supervisor.process.send_signal(number)

    assert supervisor.process.wait(5) == 0
    assert not any(map(is_alive, pids))


def test_what_does_not_end_is_killed_with_its_whole_group(run: Callable[..., Run]) -> None:
    supervisor = run(("deaf", DEAF), ("family", FAMILY))
    pids = [supervisor.pid(name) for name in ("deaf", "family", "family-child")]

    supervisor.process.terminate()

    assert supervisor.process.wait(5) == 0
    assert "does not end: killed" in supervisor.printed
    assert not any(map(is_alive, pids))


def test_only_the_main_process_of_a_group_is_signalled(run: Callable[..., Run]) -> None:
    told = "signal.signal(signal.SIGTERM, lambda *_: (open('told-' + who, 'w').close(), os._exit(0)))\n"
    family = (
        "import os, signal, time; child = os.fork(); who = 'main' if child else 'child'\n"
        + told
        + "open('{name}' if child else '{name}-child', 'w').write(str(os.getpid())); time.sleep(60)"
    )
    supervisor = run(("family", family))
    pids = [supervisor.pid("family"), supervisor.pid("family-child")]

    supervisor.process.terminate()

    assert supervisor.process.wait(5) == 0
    assert (supervisor.folder / "told-main").exists()
    assert not (supervisor.folder / "told-child").exists()
    assert not any(map(is_alive, pids))


def test_a_kill_of_the_supervisor_leaves_nothing_behind(run: Callable[..., Run]) -> None:
    supervisor = run(("one", WAIT), ("deaf", DEAF), ("family", FAMILY))
    pids = [supervisor.pid(name) for name in ("one", "deaf", "family", "family-child")]

    supervisor.process.kill()

    until(lambda: not any(map(is_alive, pids)))


def test_what_died_is_started_again(run: Callable[..., Run]) -> None:
    supervisor = run(("one", WAIT), ("two", WAIT))
    first, other = supervisor.pid("one"), supervisor.pid("two")
    (supervisor.folder / "one").unlink()

    os.kill(first, signal.SIGKILL)

    assert supervisor.pid("one") != first
    assert is_alive(other)
    assert "one | ended with exit code -9; it is started again" in supervisor.printed


def test_the_children_of_what_died_do_not_go_on(run: Callable[..., Run]) -> None:
    supervisor = run(("family", FAMILY))
    main, child = supervisor.pid("family"), supervisor.pid("family-child")

    os.kill(main, signal.SIGKILL)

    until(lambda: not is_alive(child))


def test_what_keeps_dying_stops_everything_with_a_failure(run: Callable[..., Run]) -> None:
    supervisor = run(("bad", "import sys; print('no luck'); sys.exit(3)"), ("one", WAIT))

    assert supervisor.process.wait(10) == 1
    assert not is_alive(supervisor.pid("one"))
    assert "bad | no luck" in supervisor.printed
    assert "bad died 3 times" in supervisor.printed


def test_what_cannot_be_started_stops_everything_with_a_failure(tmp_path: Path) -> None:
    code = RUNNER.replace("(sys.executable, ", "('no-such-program', ")
    done = subprocess.run(
        [sys.executable, "-c", code, "one", "pass"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=10,
    )

    assert done.returncode == 1
    assert "one cannot be started" in done.stdout


def test_a_one_off_runs_once_and_its_failure_stops_everything(run: Callable[..., Run]) -> None:
    supervisor = run(
        ("!good", "print('done')"), ("one", WAIT), ("!bad", "import sys, time; time.sleep(.5); sys.exit(2)")
    )

    assert supervisor.process.wait(10) == 1
    assert not is_alive(supervisor.pid("one"))
    assert supervisor.printed.splitlines()[0] == "done"
    assert supervisor.printed.count("done") == 1
    assert "bad failed" in supervisor.printed


def test_it_stops_when_the_process_that_started_it_is_gone(run: Callable[..., Run], tmp_path: Path) -> None:
    launcher = (
        "import os, subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', os.environ['RUNNER'], 'inner', os.environ['WAIT']])\n"
        "import time; time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", launcher],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "RUNNER": RUNNER,
            "WAIT": WAIT.format(name="inner"),
            "WITH_PARENT": "1",
        },
        stdout=subprocess.DEVNULL,
    )
    inner = tmp_path / "inner"
    until(lambda: inner.exists() and inner.read_text() != "")

    process.kill()
    process.wait()

    until(lambda: not is_alive(int(inner.read_text())))


def test_a_reader_that_stands_still_holds_up_nobody(tmp_path: Path) -> None:
    talker = (
        "import time\nfor n in range(3000): print('x' * 200, flush=True)\nopen('said', 'w').close(); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNER, "talker", talker],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,  # never read
    )
    try:
        until((tmp_path / "said").exists)
    finally:
        process.terminate()
        assert process.wait(5) == 0
        assert process.stdout is not None
        process.stdout.close()


def test_every_line_is_shown_whole_with_the_name_of_its_process(run: Callable[..., Run]) -> None:
    code = (
        "import sys, time; sys.stdout.write('half'); sys.stdout.flush(); time.sleep(.3)\n"
        "print(' whole'); print('y' * 7000, flush=True)\n"
    )
    supervisor = run(("speaker", code + WAIT))
    supervisor.pid("speaker")
    until(lambda: supervisor.printed.count("y") >= 7000)

    lines = supervisor.printed.splitlines()
    assert lines[0] == "speaker | half whole"
    assert all(line.startswith("speaker | ") for line in lines)
    assert "".join(line.removeprefix("speaker | ") for line in lines[1:]) == "y" * 7000


def test_without_labels_lines_are_passed_on_as_they_are_and_its_own_are_json(tmp_path: Path) -> None:
    line = '{"event": "from below"}'
    code = "print('{line}'); raise SystemExit(3)".replace("{line}", line.replace("{", "{{").replace("}", "}}"))
    run = Run(tmp_path, ("first", code), WITHOUT_LABELS="1")

    assert run.process.wait(20) == 1

    lines = [json.loads(one) for one in run.printed.splitlines()]
    assert lines[0] == {"event": "from below"}
    assert lines[1]["event"] == "first: ended with exit code 3; it is started again"
    assert lines[-1]["event"].startswith("supervisor: first died 3 times in a row")
    assert {one["logger"] for one in lines if "logger" in one} == {"smartbill.supervisor"}
