"""Samples in seconds become figures in milliseconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def percentile(samples: Sequence[float], part: float) -> float:
    """The sample that `part` of all do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def summary(samples: Sequence[float]) -> dict[str, float | int]:
    return {
        "median_ms": milliseconds(statistics.median(samples)),
        "p99_ms": milliseconds(percentile(samples, 0.99)),
        "samples": len(samples),
    }


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def repeat(action: Callable[[], object], *, seconds: float, at_most: int = 2000) -> list[float]:
    """How long `action` took, again and again for `seconds`, at least three times, after one time unmeasured."""
    action()
    samples: list[float] = []
    until = time.perf_counter() + seconds
    while len(samples) < 3 or (time.perf_counter() < until and len(samples) < at_most):
        begun = time.perf_counter()
        action()
        samples.append(time.perf_counter() - begun)
    return samples
