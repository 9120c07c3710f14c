"""What is counted about an authority: how it answers, and how fast. Kept by each process, gathered at `/metrics`.

Several processes write into one folder, each into files of its own, named after machine and process: containers that
share the folder often have the same process numbers.
"""

from __future__ import annotations

import os
import re
import socket
from typing import Final
from urllib.parse import urlsplit

from prometheus_client import Histogram, values

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"  # the library's own variable; without it everything stays in memory
SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15)


HOST: Final = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())


def process() -> str:
    """The name of this process among those of all machines, as it stands in the names of its files."""
    return f"{HOST}-{os.getpid()}"


if FOLDER in os.environ:
    values.ValueClass = values.MultiProcessValue(process)

requests = Histogram(
    "smartbill_hacienda_http_seconds",
    "Requests to the authority by its service; the result is the HTTP status, or how far the request got.",
    ("service", "result"),
    buckets=SECONDS,
)
answers = Histogram(
    "smartbill_hacienda_answer_seconds",
    "What was said to the authority and what came of it, by subject and action.",
    ("subject", "action", "outcome"),
    buckets=SECONDS,
)


def service(url: str) -> str:
    """The service that a URL names: its last part that is a word and no code."""
    try:
        parts = urlsplit(url).path.split("/")
    except ValueError:
        return "-"
    return next((part for part in reversed(parts) if re.fullmatch(r"[a-z]+", part)), "-")
