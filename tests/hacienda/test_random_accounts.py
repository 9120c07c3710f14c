"""Random documents that account for others against the sandbox's rules, which were written a second time."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import HealthCheck, given, settings

from hacienda.drafts import Draft
from hacienda.elsalvador.build import finish, prepare
from hacienda.elsalvador.rules import ZONE
from hacienda.sandbox.elsalvador.kinds import KINDS
from hacienda.sandbox.elsalvador.rules import document_fault
from hacienda.sandbox.elsalvador.schema import schema_faults
from hacienda.values import Environment, Identity
from tests.effort import examples
from tests.hacienda.account_strategies import ACQUIRER, drafts
from tests.hacienda.drafts import AT, VERSIONS


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(drafts())
def test_the_sandbox_objects_to_nothing(draft: Draft) -> None:
    version = VERSIONS[draft.type_code]
    prepared = prepare(draft, ACQUIRER, version=version, at=AT, now=AT)
    number = f"DTE-{draft.type_code}-M001P001-000000000000001"
    code = "79C4121F-C608-47DF-BEFC-74B999CC85F1"
    text = finish(prepared, Identity(Environment.TEST, code, number, AT))
    document = json.loads(text, parse_float=Decimal)
    kind = KINDS[draft.type_code, version]
    assert list(schema_faults(kind.form, document)) == []
    assert document_fault(document, kind, at=AT.astimezone(ZONE), threshold=Decimal(25000)) is None
