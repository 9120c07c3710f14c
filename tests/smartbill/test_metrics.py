"""Figures for Prometheus: counted by every process, told by the database, and for nobody from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from documents.models import Document, Heartbeat
from hacienda import measures
from hacienda.models import Outage
from smartbill import metrics
from smartbill.models import RaisedAlarm
from tests.actors import Caller, Sandbox, eventually
from tests.smartbill.at_work import set_up_installation


def scraped() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and labels."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float:
    return scraped().get((f"smartbill_{name}", tuple(sorted(labels.items()))), 0.0)


class TestWhoMayRead:
    def test_the_machine_itself_outside_production(self, client: Client, db: None) -> None:
        assert client.get("/metrics").status_code == 200

    @pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", ""])
    def test_nobody_from_outside(self, client: Client, db: None, address: str) -> None:
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip"])
    def test_nobody_past_a_proxy_on_the_same_machine(self, client: Client, db: None, header: str) -> None:
        assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 404

    def test_nobody_in_production_without_a_token(self, client: Client, db: None, settings: Any) -> None:
        settings.PRODUCTION = True
        assert client.get("/metrics").status_code == 404

    def test_whoever_has_the_token_from_anywhere_and_nobody_else(
        self, client: Client, db: None, settings: Any
    ) -> None:
        settings.PRODUCTION, settings.METRICS_TOKEN = True, "a-token-of-this-test"

        def status(authorization: str) -> int:
            headers = {"Authorization": authorization} if authorization else {}
            return client.get("/metrics", headers=headers, REMOTE_ADDR="192.0.2.7").status_code

        assert status("Bearer a-token-of-this-test") == 200
        for wrong in ("", "Bearer ", "Bearer a-token-of-this-tes", "Basic a-token-of-this-test", "Bearer ñ"):
            assert status(wrong) == 404


class TestCounting:
    def test_requests_by_route_and_status(self, manager: Caller, sandbox: Sandbox) -> None:
        labels = {"route": "api:documents", "method": "POST", "status": "201"}
        before = value("request_seconds_count", **labels)
        document = manager.send().json()
        assert value("request_seconds_count", **labels) == before + 1
        text = metrics.exposition().decode()
        assert document["id"] not in text
        assert document["url"].rsplit("/", 1)[1] not in text

    def test_haciendas_answers_by_kind_and_latency(self, manager: Caller, sandbox: Sandbox) -> None:
        told = {"subject": "document", "action": "submit", "outcome": "accepted"}
        asked = {"service": "recepciondte", "result": "200"}
        answers, requests = (
            value("hacienda_answer_seconds_count", **told),
            value("hacienda_http_seconds_count", **asked),
        )
        manager.send()
        assert value("hacienda_answer_seconds_count", **told) == answers + 1
        assert value("hacienda_http_seconds_count", **asked) == requests + 1
        assert value("hacienda_http_seconds_bucket", le="+Inf", **asked) == requests + 1

    def test_an_authority_that_does_not_answer(self, manager: Caller, sandbox: Sandbox) -> None:
        labels = {"service": "recepciondte", "result": "closed"}
        before = value("hacienda_http_seconds_count", **labels)
        sandbox.fault("down", "recepciondte")
        manager.send()
        assert value("hacienda_http_seconds_count", **labels) > before

    def test_threads_that_are_full(self, manager: Caller, sandbox: Sandbox, no_free_thread: None) -> None:
        before = value("send_overflow_total", pool="web")
        manager.send()
        assert value("send_overflow_total", pool="web") == before + 1

    def test_what_another_process_has_counted_is_gathered(self, db: None) -> None:
        code = "from hacienda import measures; measures.requests.labels('otherprocess', '200').observe(0.3)"
        environment = {**os.environ, measures.FOLDER: str(django_settings.METRICS_DIR)}
        subprocess.run([sys.executable, "-c", code], env=environment, cwd=django_settings.BASE_DIR, check=True)
        assert value("hacienda_http_seconds_count", service="otherprocess", result="200") == 1

    @pytest.mark.parametrize(
        ("url", "service"),
        [
            ("https://api.example/fesv/recepciondte", "recepciondte"),
            ("https://api.example/fesv/recepcion/consultadte/", "consultadte"),
            ("https://api.example/fesv/recepcion/consultadtelote/2F1C-0B", "consultadtelote"),
            ("https://api.example/", "-"),
            ("http://[::1", "-"),
        ],
    )
    def test_a_service_is_a_word_of_the_address(self, url: str, service: str) -> None:
        assert measures.service(url) == service


class TestFacts:
    def test_an_idle_installation(self, db: None) -> None:
        set_up_installation()
        Heartbeat.objects.filter(kind="sender").update(threads=8, busy=3)

        told = scraped()

        assert value("processes", kind="sender") == 1
        assert [value("threads", kind="sender", state=state) for state in ("busy", "all")] == [3, 8]
        assert value("threads", kind="web", state="all") == 0
        kinds = {dict(labels)["kind"] for name, labels in told if name == "smartbill_queue"}
        assert kinds == {"document", "invalidation", "decision", "event", "run", "batch", "task"}
        (build,) = [dict(labels) for name, labels in told if name == "smartbill_build"]
        assert build["version"] == "0.1.0"

    def test_documents_that_wait(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("throttled", "recepciondte")
        manager.send(Prefer="wait=1")
        assert eventually(lambda: not Document.objects.get().lease_owner)
        now = timezone.now()
        Document.objects.update(created_at=now - timedelta(minutes=5), next_attempt_at=now)

        assert value("queue", kind="document") == value("queue_due", kind="document") == 1
        assert 300 <= value("oldest_transmitting_seconds") < 360

    def test_contingency_outages_deadlines_and_alarms(self, manager: Caller, sandbox: Sandbox) -> None:
        sandbox.fault("down")
        manager.send()
        now = timezone.now()
        Document.objects.update(event_due=now + timedelta(hours=11))
        RaisedAlarm.objects.create(code="sender_silent", text="x", raised_at=now)
        RaisedAlarm.objects.create(code="worker_silent", text="x", raised_at=now, ended_at=now)

        assert Outage.objects.count() == 1
        assert value("outages_open", country="SV", environment="sandbox") == 1
        assert value("contingency_documents", environment="sandbox") == 1
        assert value("deadlines_near", term="event") == 1
        assert value("deadlines_near", term="documents") == 0
        assert (value("alarms", code="sender_silent"), value("alarms", code="worker_silent")) == (1, 0)


def test_the_version_is_that_of_the_project() -> None:
    text = (Path(django_settings.BASE_DIR) / "pyproject.toml").read_text()
    assert f'version = "{metrics.VERSION}"' in text
