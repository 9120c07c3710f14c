"""What can be wrong with documents that account for others: withholding 07, settlement 08, accounting settlement 09.

Part of `faults.MESSAGES`; English templates like those.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop

SETTLING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer_is_issuer": gettext_noop("The other party of this document cannot be the issuer itself."),
        "period_reversed": gettext_noop("The period must not end before it begins."),
        # Documents referred to
        "related_not_stamped": gettext_noop("Hacienda has not stamped this document."),
        "related_invalidated": gettext_noop("This document is invalidated."),
        "related_not_as_issued": gettext_noop("This document is yours, and says %(value)s here."),
        "related_amount_from_document": gettext_noop(
            "This document is yours: its amounts are taken from it, leave this out."
        ),
        # Withholding
        "related_is_own": gettext_noop(
            "This document is your own; VAT is withheld on documents that the supplier issued to you."
        ),
        "related_of_other_party": gettext_noop("This document was issued to somebody else than the customer here."),
        "withheld_computed": gettext_noop("With code %(withholding)s the amount withheld is computed; leave it out."),
        "withheld_exceeds_base": gettext_noop("The amount withheld exceeds its base of %(base)s."),
        "withheld_too_small": gettext_noop("What is withheld on %(base)s comes to less than a cent."),
        # Settlement
        "period_or_related_required": gettext_noop(
            "Name the period to settle, or the documents to settle one by one (related)."
        ),
        "nothing_to_settle": gettext_noop(
            "No document of this period was issued on behalf of this customer and is still to be settled."
        ),
        "period_not_stamped": gettext_noop(
            "Hacienda has not stamped %(number)s of this period yet: wait for it, or name the documents to settle."
        ),
        "period_document_not_settled": gettext_noop(
            "Document %(number)s of this period does not name this customer as the one it was sold for."
        ),
        "related_without_third_party": gettext_noop("This document was not issued on behalf of a third party."),
        "related_of_other_third_party": gettext_noop("This document was issued on behalf of somebody else."),
        "related_settled": gettext_noop("This document is settled already, by %(settlement)s."),
        "settled_amount_required": gettext_noop(
            "A document issued elsewhere needs its amounts: taxable, exempt, not_subject or exported."
        ),
        "settled_amount_not_of_type": gettext_noop("A document of type %(type)s has no such amount."),
        "domicile_differs": gettext_noop(
            "The documents settled do not all agree on whether this customer is domiciled."
        ),
        # Accounting settlement
        "not_perceived_too_large": gettext_noop("This part must be less than the gross amount of %(gross)s."),
        "not_perceived_unexplained": gettext_noop("Say what the part not subject to perception is."),
        "fee_required": gettext_noop("Give the fee (0 for none) or its percentage."),
        "liquidation_too_small": gettext_noop("So small an amount leaves nothing to perceive."),
        "nothing_left_to_pay": gettext_noop("What is kept comes to %(kept)s, so nothing is left of %(gross)s."),
        "responsible_required": gettext_noop(
            "Name who issues the document, or set a responsible person in the merchant's settings."
        ),
    }
)
