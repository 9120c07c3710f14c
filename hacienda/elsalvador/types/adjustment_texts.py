"""What can be wrong with a document that adjusts or gives back another one: every code with its message."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Which document
        "related_not_stamped": gettext_noop("Hacienda has not stamped this document."),
        "related_invalidated": gettext_noop("This document is invalidated."),
        "related_out_of_term": gettext_noop(
            "A document can be adjusted for %(months)s months from its date; that was until %(until)s."
        ),
        "related_not_electronic": gettext_noop("Only an electronic document can be given back by an event."),
        "related_unused": gettext_noop("No line adjusts this document."),
        "related_customer_differs": gettext_noop("All the documents that are adjusted must be of one customer."),
        "related_third_party_differs": gettext_noop(
            "All the documents that are adjusted must be on behalf of the same third party, or of none."
        ),
        "related_export_differs": gettext_noop(
            "All the exports that are given back must be of one customs post and one regime."
        ),
        "customer_differs": gettext_noop("The customer is that of the document that is adjusted: %(expected)s."),
        "follows_from_original": gettext_noop(
            "This follows from the document that is adjusted and is not given by hand."
        ),
        # How much of it
        "nothing_left": gettext_noop("Nothing is left of this document: all of it was credited before."),
        "amount_exceeds_left": gettext_noop(
            "%(credit)s are credited, but only %(left)s are left of this document's %(tax)s amount."
        ),
        "line_unknown": gettext_noop("The document has no line %(line)s."),
        "line_needs_original": gettext_noop(
            "A line can be taken only from a document that was issued here; give description and price instead."
        ),
        "line_or_price_required": gettext_noop(
            "Name a line of the document that is adjusted, or give description and price."
        ),
        "line_used_up": gettext_noop("Nothing is left of line %(line)s."),
        "quantity_exceeds_left": gettext_noop("%(quantity)s are credited, but only %(left)s are left of this line."),
        "line_amount_exceeds_left": gettext_noop(
            "%(credit)s are credited, but %(left)s are left of this line, with that sign."
        ),
        "carriage_exceeds_left": gettext_noop("%(credit)s are given back, but only %(left)s are left of it."),
        "quantity_must_be_one": gettext_noop("The quantity of such a line is always 1."),
        "withholding_codes_differ": gettext_noop(
            "All lines must adjust withholdings of one code; here they are %(codes)s."
        ),
    }
)
