"""`python -m benchmarks [THEME ...]`: measures on a stack of its own and writes DATA_DIR/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "themes", nargs="*", help="sealing, costarica, latency, outage, throughput, size (these by default), recovery"
    )
    parser.add_argument("--seconds", type=float, default=20, help="how long each load lasts (default 20)")
    parser.add_argument(
        "--documents", type=int, help="of the large database of `size`; default: a thousand for each of the seconds"
    )
    parser.add_argument(
        "--database",
        help="of `throughput` and `size`: sqlite or postgresql alone; default: all that are there",
    )
    parser.add_argument(
        "--waiting",
        type=int,
        help="documents that wait for the drain of `outage`; default: 500 for each of the seconds",
    )
    arguments = parser.parse_args()
    documents = arguments.documents or int(arguments.seconds * 1000)
    waiting = arguments.waiting or int(arguments.seconds * 500)
    result_file = (PROJECT / os.environ.get("DATA_DIR", "var")).resolve() / "bench.json"

    with tempfile.TemporaryDirectory(prefix="smartbill-bench-") as folder:
        # Before Django is loaded: nothing measured here may touch the installation's own data.
        os.environ["DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartbill.settings")
        os.environ.pop("DATABASE_URL", None)
        from benchmarks import costarica, databases, latency, machine, outage, recovery, sealing, size, throughput

        kinds = (arguments.database,) if arguments.database else databases.there()
        if not set(kinds) <= set(databases.there()):
            parser.error(f"no such database, or TEST_POSTGRES_URL names no server: {arguments.database}")

        themes: dict[str, Callable[..., dict[str, Any]]] = {
            "sealing": sealing.measure,
            "costarica": costarica.measure,
            "latency": latency.measure,
            "outage": partial(outage.measure, waiting=waiting),
            "throughput": partial(throughput.measure, kinds=kinds),
            "size": partial(size.measure, documents=documents, kinds=kinds),
        }
        by_name_only: dict[str, Callable[..., dict[str, Any]]] = {"recovery": recovery.measure}
        unknown = set(arguments.themes) - set(themes) - set(by_name_only)
        if unknown:
            parser.error(f"no such theme: {', '.join(sorted(unknown))}")
        result = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine.facts(PROJECT)}
        chosen = arguments.themes or list(themes)
        for name, measure in (themes | by_name_only).items():
            if name not in chosen:
                continue
            print(f"{name} ...", flush=True)
            begun = time.monotonic()
            result[name] = measure(folder=Path(folder), seconds=arguments.seconds)
            print(json.dumps(result[name], indent=2))
            print(f"({time.monotonic() - begun:.0f} s)\n", flush=True)

    result_file.parent.mkdir(parents=True, exist_ok=True)
    result_file.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {result_file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
