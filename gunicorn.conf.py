"""The web process: few processes, many threads, because a request mostly waits for Hacienda."""

import gc
import math
import os
from importlib import import_module

from django.urls import get_resolver

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "smartbill.worker.PatientWorker"  # gthread that slow clients cannot stop
worker_connections = 800  # of each worker; below the usual 1,024 open files
sendfile = False  # Python waits for ever in it for a client that does not read
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "24"))
preload_app = True  # a worker that died is replaced by a fork, in milliseconds

timeout = 60  # of a worker that hangs as a whole; a request has its own, shorter limits
# What is on its way longer than the grace was given back by then, and goes on from its row.
graceful_timeout = math.ceil(float(os.environ.get("GRACE_SECONDS", "5"))) + 1
keepalive = 20

control_socket_disable = True  # the supervisor signals everything; one socket less to guard
loglevel = "warning"


def when_ready(_server: object) -> None:
    """Before the first worker: load what Django leaves to the first request, which would wait a second for it."""
    import_module("smartbill.logs").adopt("gunicorn.error", "gunicorn.access")
    _ = get_resolver().url_patterns
    # What is loaded now stays for good: the collector need not look at it in the middle of a request.
    gc.collect()
    gc.freeze()


def post_worker_init(worker: object) -> None:
    """In each worker, once it serves: somebody sees to it that what is under way at its end goes on elsewhere."""
    import_module("smartbill.closing").watch(worker)
