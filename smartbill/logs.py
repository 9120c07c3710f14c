"""How log lines look: for people (`line`) or one JSON object each (`json`), with what is known of their origin.

structlog renders them, for two reasons: its context variables are bound where an errand is taken, floors below this
one, and reach every line of every library in that thread; and its formatter serves the standard loggers, so that
nobody has to log in another way. What was bound stands beside the message, never in it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

# What a line may carry besides the message and what was bound; whole requests and other objects never.
FIELDS: Final = ("method", "route", "status", "ms", "key", "merchant")
# Whoever logs it, and in whatever text: these never leave the process.
SECRETS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(/d/)[\w-]{16,}", r"\1[removed]"),  # a public link's token
        (r"\b(sk_(?:sandbox|test|live)_)[\w-]+", r"\1[removed]"),
        (r"(?i)\b(bearer|basic)\s+[\w+/=.-]{8,}", r"\1 [removed]"),
        (r"\beyJ[\w-]{8,}(?:\.[\w-]*)*", "[removed]"),  # signatures and tokens of the authority
        (r"(\w://[^:/@\s]+:)[^@\s]+@", r"\1[removed]@"),
    )
)


def configuration(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "smartbill.logs.RequestIdFilter"}},
        "formatters": {
            "line": {
                "()": "smartbill.logs.LineFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
            },
            "json": {"()": "smartbill.logs.json_formatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request_id"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "axes": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody could fill the log with tracebacks
        },
    }


def redacted(text: str) -> str:
    """`text` without what must not be read in a log."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each record, for lines that are read by people."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = structlog.contextvars.get_contextvars().get("request_id", "-")
        return True


class LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def json_formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # the traceback as text: values of variables would be secrets
            _with_process,
            _redacted,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def role() -> str:
    """What this process is: web, sender, worker, or the command that runs."""
    program, *words = [Path(word).name for word in sys.argv[:2]]
    return "web" if program == "gunicorn" else words[0] if words else program


def adopt(*names: str) -> None:
    """Let loggers that came with handlers of their own speak as all the others do."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _with_process(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event["process"] = f"{role()}:{os.getpid()}"
    return event


def _redacted(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {name: redacted(value) if isinstance(value, str) else value for name, value in event.items()}
