"""What can be set on the sandbox: by keyword, by environment or on the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from .batch_book import LONGEST_WAIT_SECONDS

CREDENTIALS_ERRORS = ("official", "101")
UNKNOWN_DOCUMENTS = ("404", "014", "null")
EVENT_REFUSALS = (400, 200)
CALLBACK_SPELLINGS = ("api", "annex")


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices the reference leaves open (PROTOCOL.md section 13).

    token_seconds: life of a token. credentials_error: the body of a wrong login. unknown_document: what a
    query for an unknown code answers. clock_offset: seconds added to the sandbox's clock.
    refused_versions: schema versions this installation takes from nobody, as "type:version" ("contingencia:version"
    and "invalidacion:version" for those events). receiver_threshold: US dollars from which a consumer invoice must
    name its receiver. batch_seconds: time until a batch is judged, its first half in half of it. event_refusal: HTTP
    status with which a contingency event is refused.

    Of Costa Rica: judgement_seconds: time until a document is judged. unknown_seconds: time for which a document
    that was taken is not known yet. callback_spelling: the names in a callback, a query's or the annex's.
    """

    token_seconds: int = 86_400
    credentials_error: str = "official"
    unknown_document: str = "404"
    clock_offset: int = 0
    refused_versions: frozenset[str] = frozenset()
    receiver_threshold: Decimal = Decimal("25000")
    batch_seconds: float = 1.0
    event_refusal: int = 400
    judgement_seconds: float = 0.5
    unknown_seconds: float = 0.0
    callback_spelling: str = "api"

    def __post_init__(self) -> None:
        if self.credentials_error not in CREDENTIALS_ERRORS:
            raise ValueError(f"credentials_error must be one of {CREDENTIALS_ERRORS}")
        if self.unknown_document not in UNKNOWN_DOCUMENTS:
            raise ValueError(f"unknown_document must be one of {UNKNOWN_DOCUMENTS}")
        if self.token_seconds <= 0:
            raise ValueError("token_seconds must be positive")
        if not 0 <= self.batch_seconds <= LONGEST_WAIT_SECONDS:
            raise ValueError(f"batch_seconds must be from 0 to {LONGEST_WAIT_SECONDS}")
        if self.event_refusal not in EVENT_REFUSALS:
            raise ValueError(f"event_refusal must be one of {EVENT_REFUSALS}")
        if self.judgement_seconds < 0 or self.unknown_seconds < 0:
            raise ValueError("judgement_seconds and unknown_seconds must not be negative")
        if self.callback_spelling not in CALLBACK_SPELLINGS:
            raise ValueError(f"callback_spelling must be one of {CALLBACK_SPELLINGS}")


@dataclass(frozen=True, slots=True)
class Options:
    """Where the sandbox listens and keeps its state, and its settings."""

    host: str
    port: int
    data_dir: Path
    settings: Settings


def read_options(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """Return the options of a command line; what it leaves out comes from the environment."""

    def default(name: str, otherwise: str) -> str:
        return environment.get(name) or otherwise

    parser = argparse.ArgumentParser(prog="hacienda.sandbox.server", description="Hacienda's sandbox.")
    parser.add_argument("--host", default=default("SANDBOX_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(default("SANDBOX_PORT", "9100")))
    parser.add_argument("--data-dir", type=Path, default=Path(default("DATA_DIR", "var")))
    parser.add_argument("--token-hours", type=int, default=int(default("SANDBOX_TOKEN_HOURS", "24")))
    parser.add_argument(
        "--credentials-error",
        choices=CREDENTIALS_ERRORS,
        default=default("SANDBOX_CREDENTIALS_ERROR", "official"),
    )
    parser.add_argument(
        "--unknown-document", choices=UNKNOWN_DOCUMENTS, default=default("SANDBOX_UNKNOWN_DOCUMENT", "404")
    )
    parser.add_argument("--clock-offset", type=int, default=int(default("SANDBOX_CLOCK_OFFSET", "0")), help="seconds")
    parser.add_argument(
        "--refused-versions",
        default=default("SANDBOX_REFUSED_VERSIONS", ""),
        help='schema versions not taken, as "01:2,03:4"',
    )
    parser.add_argument(
        "--receiver-threshold",
        type=Decimal,
        default=Decimal(default("SANDBOX_RECEIVER_THRESHOLD", "25000")),
        help="US dollars",
    )
    parser.add_argument("--batch-seconds", type=float, default=float(default("SANDBOX_BATCH_SECONDS", "1")))
    parser.add_argument(
        "--event-refusal",
        type=int,
        choices=EVENT_REFUSALS,
        default=int(default("SANDBOX_EVENT_REFUSAL", "400")),
        help="HTTP status of a refused contingency event",
    )
    _add_costarican(parser, default)
    chosen = parser.parse_args(arguments)
    versions = (part.strip() for part in chosen.refused_versions.split(","))
    settings = Settings(
        token_seconds=chosen.token_hours * 3600,
        credentials_error=chosen.credentials_error,
        unknown_document=chosen.unknown_document,
        clock_offset=chosen.clock_offset,
        refused_versions=frozenset(part for part in versions if part),
        receiver_threshold=chosen.receiver_threshold,
        batch_seconds=chosen.batch_seconds,
        event_refusal=chosen.event_refusal,
        judgement_seconds=chosen.judgement_seconds,
        unknown_seconds=chosen.unknown_seconds,
        callback_spelling=chosen.callback_spelling,
    )
    return Options(chosen.host, chosen.port, chosen.data_dir, settings)


def _add_costarican(parser: argparse.ArgumentParser, default: Callable[[str, str], str]) -> None:
    """Add the options of Costa Rica's counter."""
    for name, otherwise in (("judgement", "0.5"), ("unknown", "0")):
        value = float(default(f"SANDBOX_{name.upper()}_SECONDS", otherwise))
        parser.add_argument(f"--{name}-seconds", type=float, default=value)
    parser.add_argument(
        "--callback-spelling", choices=CALLBACK_SPELLINGS, default=default("SANDBOX_CALLBACK_SPELLING", "api")
    )
