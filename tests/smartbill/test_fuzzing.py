"""Whatever is sent to the API, its answer is one that the reference describes, and never a fault of ours.

`FUZZ_EXAMPLES` sets how many requests each operation gets of each kind; the same ones each time.
"""

from __future__ import annotations

import base64
import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS as KNOWN_CHECKS
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode

from smartbill.wsgi import application
from tests.actors import Caller, Sandbox

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def test_every_operation_answers_as_the_reference_says(manager: Caller, sandbox: Sandbox) -> None:
    """Bodies, queries and headers that fit the description, and ones that do not."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema", application)
    pair = base64.b64encode(f"{manager.key.public_key}:{manager.private_key}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Accept-Language": "en"}
    load_all_checks()
    checks = [KNOWN_CHECKS.get_one(name) for name in CHECKS]
    found: list[str] = []
    answered: set[int] = set()
    operations = [one.ok() for one in schema.get_all_operations()]
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def one_kind(case: Any) -> None:
                response = case.call(headers=headers)
                answered.add(response.status_code)
                case.validate_response(response, checks=checks)

            try:
                one_kind()
            except BaseException as error:
                found.append(f"{operation.label} {mode.value}: {error} {getattr(error, 'exceptions', '')}"[:2500])
    assert len(operations) > 12
    assert {200, 422} <= answered
    assert found == []
