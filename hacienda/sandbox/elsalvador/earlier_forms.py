"""The forms before Normativa 2.0, which Hacienda takes until 30 November 2026: one entry a type and version."""

from __future__ import annotations

from .earlier_forms_events import INVALIDATION_V2
from .earlier_forms_notes import CREDIT_NOTE_V3, DEBIT_NOTE_V3
from .earlier_forms_purchases import DONATION_V1, EXCLUDED_SUBJECT_V1
from .earlier_forms_sales import CONSUMER_INVOICE_V1, DELIVERY_NOTE_V3, EXPORT_INVOICE_V1, TAX_CREDIT_V3
from .earlier_forms_settlements import CARD_SETTLEMENT_V1, COMMISSION_SETTLEMENT_V1, WITHHOLDING_V1
from .schema import Record

EARLIER_FORMS: dict[tuple[str, int], Record] = {
    ("01", 1): CONSUMER_INVOICE_V1,
    ("03", 3): TAX_CREDIT_V3,
    ("04", 3): DELIVERY_NOTE_V3,
    ("05", 3): CREDIT_NOTE_V3,
    ("06", 3): DEBIT_NOTE_V3,
    ("07", 1): WITHHOLDING_V1,
    ("08", 1): COMMISSION_SETTLEMENT_V1,
    ("09", 1): CARD_SETTLEMENT_V1,
    ("11", 1): EXPORT_INVOICE_V1,
    ("14", 1): EXCLUDED_SUBJECT_V1,
    ("15", 1): DONATION_V1,
}
EARLIER_INVALIDATION_FORMS: dict[int, Record] = {2: INVALIDATION_V2}
