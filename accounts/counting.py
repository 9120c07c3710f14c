"""Counters of one minute that all processes of a machine share, without a server or a database for them.

A small file that every process maps into its memory: 16 bytes for each name (its hash, the minute, the number), found
by the hash. A lock of the file keeps two processes from counting at once; the system takes it from one that dies. A
full table forgets what was counted least: then a request passes that might not have, which is the right way to fail.
Several machines count for themselves.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

WINDOW: Final = 60  # seconds
_SLOT: Final = struct.Struct("<QII")  # hash of the name, number of the window, count
_SLOTS: Final = 1 << 16
_NEIGHBOURS: Final = 8  # slots that one name may stand in
_MOST: Final = 2**32 - 1


class Counters:
    """Counts names within the present window."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, _SLOTS * _SLOT.size)
        self._table = mmap.mmap(self._file, _SLOTS * _SLOT.size)
        # Locks of a file are a process's, not a thread's.
        self._lock = threading.Lock()

    def add(self, name: str) -> int:
        """Count one more; the number in this window."""
        digest, window = _digest(name), _window()
        with self._held():
            offset, number = self._find(digest, window)
            number = min(number + 1, _MOST)
            _SLOT.pack_into(self._table, offset, digest, window, number)
        return number

    def read(self, name: str) -> int:
        """The number in this window, without counting."""
        digest, window = _digest(name), _window()
        with self._held():
            return self._find(digest, window)[1]

    def clear(self) -> None:
        with self._held():
            self._table[:] = bytes(len(self._table))

    def _find(self, digest: int, window: int) -> tuple[int, int]:
        """Where the name stands and its number; else where it may stand, and 0."""
        best, least = 0, _MOST + 1
        for step in range(_NEIGHBOURS):
            offset = (digest + step) % _SLOTS * _SLOT.size
            owner, at, number = _SLOT.unpack_from(self._table, offset)
            if at == window and owner == digest:
                return offset, number
            weight = number if at == window else 0
            if weight < least:
                best, least = offset, weight
        return best, 0

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


@cache
def counters() -> Counters:
    """Those of this installation."""
    return Counters(Path(settings.DATA_DIR) / "counters")


def until_next_window() -> float:
    """Seconds until everything is counted from nothing again; what Retry-After says."""
    return WINDOW - time.time() % WINDOW


def _window() -> int:
    return int(time.time()) // WINDOW


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
