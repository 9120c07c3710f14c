"""What Costa Rica's signature of a text costs in the processor, and checking it again."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime
from typing import Any

from benchmarks.figures import repeat, summary
from hacienda.certificates import SigningKey
from hacienda.costarica.signature.signing import sign
from hacienda.costarica.signature.verifying import verify


def of_payload(payload: str, key: SigningKey, unit: float, seconds: float) -> dict[str, Any]:
    """Each step alone; `unit` is what a bare signature costs, in seconds, and `seconds` the time for each step."""
    at = datetime.now(UTC)
    signed = sign(payload, key.private_key, key.certificate, at).encode()
    steps = {
        "sign": repeat(lambda: sign(payload, key.private_key, key.certificate, at), seconds=seconds),
        "verify": repeat(lambda: verify(signed), seconds=seconds),
    }
    return {
        "payload_bytes": len(payload.encode()),
        "signed_bytes": len(signed),
        **{
            name: {**summary(samples), "of_a_bare_signature": round(statistics.median(samples) / unit, 2)}
            for name, samples in steps.items()
        },
    }
