"""How full the hands of a web process are, counted by the process itself."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

threads = Gauge(
    "smartbill_send_threads", "Threads that bring errands to the authority.", ("state",), multiprocess_mode="livesum"
)
overflow = Counter(
    "smartbill_send_overflow", "Errands that found every thread busy and were left to a sender.", ("pool",)
)
