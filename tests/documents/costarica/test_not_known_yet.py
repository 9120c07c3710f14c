"""A Hacienda that has taken a document and does not know it yet where questions are answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from documents.models import Attempt, Document
from hacienda.sandbox.server import make_server
from tests import books
from tests.actors import Caller, Sandbox
from tests.documents.costarica.conftest import Work
from tests.ticos import ticket

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 0.12  # two questions fall into it


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server(
        "127.0.0.1", 0, tmp_path_factory.mktemp("slow"), judgement_seconds=2 * SECONDS, unknown_seconds=SECONDS
    )
    server.start()
    yield server.url
    server.stop()


def said() -> list[tuple[str, str]]:
    return list(Attempt.objects.order_by("pk").values_list("action", "outcome"))


def test_what_was_taken_a_moment_ago_and_is_not_known_is_not_sent_again(
    tico_manager: Caller, sandbox: Sandbox, work: Work
) -> None:
    answer = tico_manager.send(ticket())
    if answer.status_code == 202:
        work(books.at_rest)

    assert ("ask", "absent") in said()
    assert Document.objects.get().state == "accepted"
    assert len(sandbox.received("recepcion")) == 1


def test_what_is_sent_again_too_soon_after_a_lost_answer_is_known_already_and_no_rejection(
    tico_manager: Caller, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("drop_answer", "recepcion", count=1)
    answer = tico_manager.send(ticket())
    if answer.status_code == 202:
        work(books.at_rest)

    assert said()[:3] == [("submit", "closed"), ("ask", "absent"), ("submit", "received")]
    assert Document.objects.get().state == "accepted"
    codes = {one["generation_code"] for one in sandbox.received("recepcion")}
    assert len(codes) == 1
    assert books.wrong(sandbox.received()) == []
