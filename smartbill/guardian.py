"""Outlives the supervisor by a moment: kills the process groups that a killed supervisor left behind.

Started by `smartbill.supervisor` as a file, so that it is ready in milliseconds and needs nothing
installed. It reads `+GROUP` and `-GROUP` lines from standard input. The end of the input means that the
supervisor is gone, however it went; whatever group is still on the list then is killed. That is safe:
everything fiscal is a row.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable


def watch(lines: Iterable[str]) -> set[int]:
    """The process groups that are still on the list when `lines` end."""
    groups: set[int] = set()
    for line in lines:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    return groups


def kill_group(group: int) -> None:
    """End every process of `group` at once; an empty group is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for group in watch(sys.stdin):
        kill_group(group)
