"""What a newcomer does with a fresh copy: `make run`, one document, its public link, Ctrl-C; and once more.

`python -m tests.end_to_end.fresh_clone FOLDER`, for the checks of `.ci/run`; the exit code is 0 if all went well.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import requests

from tests.end_to_end.installation import Installation, left_alive

INSTALLING = 300  # seconds


def try_out(folder: Path) -> float:
    """Seconds until everything answered."""
    begun = time.monotonic()
    clone = Installation(folder / "data", command=("/usr/bin/env", "make", "run"), folder=folder, DATA_DIR="data")
    try:
        clone.start(INSTALLING)
        took = time.monotonic() - begun
        assert clone.demo["first_document"]["status"] == "accepted", "the first document was not accepted"
        document = clone.send()
        assert document["status"] == "accepted", document
        assert clone.http.get(document["url"], timeout=10).ok
        assert clone.http.get(document["pdf_url"], timeout=10).content.startswith(b"%PDF")
        family = clone.family()
        clone.stop(signal.SIGINT)
        alive = left_alive(family)
        assert not alive, f"left behind: {alive}"
    except (AssertionError, requests.RequestException):
        sys.stdout.write(clone.output[-5000:] + "\n")
        raise
    finally:
        clone.kill()
    return took


if __name__ == "__main__":
    for occasion in ("a fresh clone", "started again"):
        sys.stdout.write(f"{occasion}: up after {try_out(Path(sys.argv[1])):.1f} s\n")
        sys.stdout.flush()
