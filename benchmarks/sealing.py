"""What one document costs in the processor: built, signed, drawn; beside one bare RSA-2048 signature.

All in this process, one after another; the ratio to the bare signature compares machines.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import django
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from benchmarks.figures import milliseconds, repeat, summary
from benchmarks.made_up import Emitter, emitter
from hacienda.values import Environment

LINES = (1, 2000)
SHARE = 6  # of the time that a theme may take, for each of its measurements


def measure(*, folder: Path, seconds: float) -> dict[str, Any]:
    django.setup()
    someone = emitter()
    message = b"x" * 4700  # about a document of one line
    key = someone.key.private_key
    bare = repeat(lambda: key.sign(message, padding.PKCS1v15(), hashes.SHA512()), seconds=seconds / SHARE)
    unit = statistics.median(bare)
    return {
        "bare_rsa_2048_signature": summary(bare),
        **{f"lines_{lines}": of_size(someone, lines, unit, seconds / SHARE) for lines in LINES},
    }


def of_size(someone: Emitter, lines: int, unit: float, seconds: float) -> dict[str, Any]:
    """Each step alone. Signing includes writing the text that is signed."""
    prepared = someone.prepare(lines)
    identity, sealed = someone.seal(prepared)
    steps = {
        "build": repeat(lambda: someone.prepare(lines), seconds=seconds),
        "sign": repeat(lambda: someone.seal(prepared), seconds=seconds),
        "pdf": repeat(lambda: draw(someone, sealed.payload, identity.generation_code), seconds=seconds),
    }
    return {
        "payload_bytes": len(sealed.payload.encode()),
        **{
            name: {**summary(samples), "of_a_bare_signature": round(statistics.median(samples) / unit, 2)}
            for name, samples in steps.items()
        },
        "build_and_sign_ms": milliseconds(statistics.median(steps["build"]) + statistics.median(steps["sign"])),
    }


def draw(someone: Emitter, payload: str, generation_code: str) -> bytes:
    from documents import pdf, presentation
    from documents.states import State

    readable = someone.law.read(payload, Environment.SANDBOX)
    zone = someone.law.rules.zone
    query_url = someone.law.public_query_url(
        Environment.SANDBOX, generation_code, readable.issued_at.astimezone(zone).date()
    )
    return pdf.render(
        presentation.present(
            readable,
            state=State.ACCEPTED,
            zone=zone,
            query_url=query_url,
            page_url="http://127.0.0.1/d/measured",
            stamp="2026" + "A" * 36,
            stamped_at=readable.issued_at,
        )
    )
