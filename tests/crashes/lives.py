"""Processes that live and die beside the test: forked from it, since they are loaded already."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from documents.services import dispatch, queue
from hacienda import http, registry
from hacienda.costarica.authority import CostaRica
from hacienda.elsalvador.authority import ElSalvador
from tests.crashes.boundaries import Boundaries, Death, let_go_of_the_database
from tests.pace import LONGEST

Tell = Callable[[str], None]


@dataclass(slots=True)
class Story:
    """What a process told until its end. `died` is where, `failure` an error of the scenario itself.

    `places` are where it could have died; told only by one that did not.
    """

    promises: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    died: str | None = None
    failure: str = ""


def live(scenario: Callable[[Tell, Boundaries], None], death: Death = Death.PROCESS, fatal: int = 0) -> Story:
    """Let a process of its own live through the scenario, until the `fatal` boundary (none: to the end)."""
    let_go_of_the_database()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_born(scenario, death, fatal, writing)
    os.close(writing)
    try:
        told = _listen(reading)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return _story(told)


def _be_born(scenario: Callable[[Tell, Boundaries], None], death: Death, fatal: int, writing: int) -> NoReturn:
    """A process like one that was just started: nothing in memory but the code."""

    def tell(line: str) -> None:
        os.write(writing, line.replace("\n", "\r").encode() + b"\n")

    faulthandler.dump_traceback_later(LONGEST - 10)  # where it hangs, if it does
    try:
        http._lines.by_origin.clear()
        queue._keeper, dispatch._pool = queue._Keeper(), dispatch._Pool()
        registry._AUTHORITIES = {"SV": ElSalvador(), "CR": CostaRica()}
        boundaries = Boundaries(death, fatal, lambda where: tell(f"died {where}"))
        boundaries.watch()
        scenario(lambda line: tell(f"promise {line}"), boundaries)
        for place in boundaries.places:
            tell(f"place {place}")
    except BaseException:
        tell(f"failure {traceback.format_exc()}")
    finally:
        os._exit(0)


def _listen(reading: int) -> str:
    ends = time.monotonic() + LONGEST
    told = b""
    while (left := ends - time.monotonic()) > 0:
        ready, _, _ = select.select([reading], [], [], left)
        if not ready:
            break
        chunk = os.read(reading, 65_536)
        if not chunk:
            return told.decode()
        told += chunk
    return told.decode() + f"failure it was not over after {LONGEST:.0f} s\n"


def _story(told: str) -> Story:
    story = Story()
    for line in told.splitlines():
        kind, _, text = line.partition(" ")
        match kind:
            case "promise":
                story.promises.append(text)
            case "died":
                story.died = text
            case "place":
                story.places.append(text)
            case "failure":
                story.failure = text.replace("\r", "\n")
    return story
