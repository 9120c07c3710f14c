"""An outage of several merchants with everything going wrong; ten thousand documents of twenty: `make bench`."""

from __future__ import annotations

import pytest

from tests.actors import Sandbox, SigningFile
from tests.contingency import at_size
from tests.contingency.at_size import Load, Story

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_document_of_an_outage_is_accepted_once_whatever_happens(
    sandbox: Sandbox, signing_file: SigningFile, transactional_db: None
) -> None:
    load = Load(documents=100, merchants=5, per_batch=5, per_event=30, longest=120)
    story = Story(load, sandbox, signing_file.opened)

    story.tell()

    found = at_size.check(load, sandbox)
    assert load.took["events"] < at_size.EVENTS_WITHIN
    assert found["events"] >= 7  # two of the half, one of each other merchant, one of the second outage
