"""What a web process counts of the errands that it takes."""

from __future__ import annotations

from prometheus_client import Counter

overflow = Counter("smartbill_send_overflow", "Errands that found every thread busy and were left over.", ("pool",))
