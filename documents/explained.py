"""An explanation of a document's figures as the API shows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from documents.mapping import plain
from hacienda.explanation import Explanation
from hacienda.faults import pointer
from hacienda.money import quantise

EXACT_PLACES = 12  # of what is shown before rounding


def shown(explanation: Explanation) -> dict[str, Any]:
    """`steps` in the order in which they are computed, each with its place in the body and in the document."""
    return {
        "steps": [
            {
                "pointer": pointer(step.path),
                "field": pointer(step.place),
                "formula": step.formula,
                "numbers": step.numbers,
                "exact": plain(quantise(step.exact, EXACT_PLACES)),
                "value": plain(step.value, min(step.places, 2)),
                "places": step.places,
            }
            for step in explanation.steps
        ],
        "rules": [
            {
                "code": rule.code,
                "applies": rule.applies,
                "text": gettext(rule.text)
                % {name: gettext(one) if isinstance(one, str) else one for name, one in rule.params.items()},
            }
            for rule in explanation.rules
        ],
    }
