"""What can be wrong with delivery notes, exports and special operations: every code with its message."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Any type
        "class_not_allowed": gettext_noop("A document of type %(type)s has no lines that are %(value)s."),
        "related_not_stamped": gettext_noop("Hacienda has not stamped this document."),
        "related_invalidated": gettext_noop("This document is invalidated."),
        "related_receiver_differs": gettext_noop("This document was issued to another customer."),
        # Delivery notes
        "taxes_not_shown": gettext_noop("The note shows no taxes: leave them out or set taxes_shown."),
        # Exports
        "export_kinds_differ": gettext_noop(
            "An export is either of goods or of services, not of both; the lines before this one are %(value)s."
        ),
        "export_kind_not_allowed": gettext_noop("A line of an export is either goods or a service."),
        "foreign_address": gettext_noop("An address abroad is one line, without places of El Salvador."),
        "goods_only": gettext_noop("An export of services does not take this."),
        "free_of_charge_in_lines": gettext_noop("The lines say what is free of charge; leave this out."),
        "regime_of_other_type": gettext_noop("Regime %(regime)s belongs to type %(type)s."),
        "third_parties_exclude_each_other": gettext_noop(
            "A document is on behalf of one who sells or of one who buys, not of both."
        ),
        "purchase_for_issuer": gettext_noop("The purchase cannot be on behalf of the issuer itself."),
        # Special operations
        "paper_after_event": gettext_noop("The paper documents are later than this event."),
        "range_reversed": gettext_noop("The last number comes before the first."),
        "quantity_exceeds_range": gettext_noop("Only %(count)s documents lie in the range."),
        "not_whole": gettext_noop("This must be a whole number."),
    }
)
