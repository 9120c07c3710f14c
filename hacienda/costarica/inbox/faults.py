"""What can be wrong with a document received or with what is decided about it: every code with its message.

The codes are part of the public contract. What is wrong with a signature is told in the words of
`hacienda.costarica.signature.forms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.costarica.faults import plain
from hacienda.faults import Fault, Path
from hacienda.messages import gettext_noop

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # The document
        "not_a_document": gettext_noop("This is no electronic document of version 4.4."),
        "not_confirmable": gettext_noop("Documents of type %(type)s are not accepted or rejected."),
        "part_unreadable": gettext_noop("The document's %(part)s is missing or cannot be read."),
        "key_differs": gettext_noop("The document's key does not fit the document: %(part)s differs."),
        "other_receiver": gettext_noop("The document was issued to %(found)s, not to this merchant."),
        "no_receiver": gettext_noop("The document names nobody to whom it was issued."),
        "made_for_tests": gettext_noop("The document was signed with a key for tests; it has no fiscal validity."),
        # The decision
        "reason_required": gettext_noop("Say why, in %(minimum)s to %(maximum)s characters."),
        "reason_too_long": gettext_noop("At most %(maximum)s characters fit."),
        "not_with_rejection": gettext_noop("A rejection takes no credit, expense or activity; leave it out."),
        "unknown_condition": gettext_noop("%(value)s is not a condition of the tax: give one from 01 to 05."),
        "condition_required": gettext_noop(
            "A credit, expense or activity needs the condition of the tax (01 to 05)."
        ),
        "credit_required": gettext_noop("With condition 02 say which part of the tax is credited."),
        "no_credit": gettext_noop("With condition 04 no tax is credited."),
        "credit_too_high": gettext_noop("The document's tax is %(tax)s: no more can be credited."),
        "expense_too_high": gettext_noop("The document comes to %(total)s: the expense cannot be higher."),
        "activity_not_taken": gettext_noop("With condition 05 no activity is given; leave it out."),
        "activity_invalid": gettext_noop("An activity has 6 characters, such as 6201.0."),
        "too_many_decimals": gettext_noop("At most %(places)s decimals are allowed."),
        "must_not_be_negative": gettext_noop("This must not be negative."),
        "receiver_not_digits": gettext_noop(
            "Hacienda's form of the message has no room for an identification with letters yet."
        ),
    }
)


def fault(path: Path, code: str, **params: object) -> Fault:
    """A fault by its code; amounts among `params` are shown in plain digits."""
    shown = {name: plain(value) if isinstance(value, Decimal) else value for name, value in params.items()}
    return Fault(path, code, MESSAGES[code], shown)
