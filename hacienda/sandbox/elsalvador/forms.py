"""The forms of the documents and events the sandbox takes: one entry a type and version."""

from __future__ import annotations

from .earlier_forms import EARLIER_FORMS, EARLIER_INVALIDATION_FORMS
from .forms_events import INVALIDATION_V3, RETURN_V1, SPECIAL_OPERATIONS_V1
from .forms_notes import CREDIT_NOTE_V4, DEBIT_NOTE_V4
from .forms_purchases import DONATION_V2, EXCLUDED_SUBJECT_V2
from .forms_sales import CONSUMER_INVOICE_V2, DELIVERY_NOTE_V4, EXPORT_INVOICE_V3, TAX_CREDIT_V4
from .forms_settlements import CARD_SETTLEMENT_V2, COMMISSION_SETTLEMENT_V2, WITHHOLDING_V2
from .schema import Record

DOCUMENT_FORMS: dict[tuple[str, int], Record] = {
    ("01", 2): CONSUMER_INVOICE_V2,
    ("03", 4): TAX_CREDIT_V4,
    ("04", 4): DELIVERY_NOTE_V4,
    ("05", 4): CREDIT_NOTE_V4,
    ("06", 4): DEBIT_NOTE_V4,
    ("07", 2): WITHHOLDING_V2,
    ("08", 2): COMMISSION_SETTLEMENT_V2,
    ("09", 2): CARD_SETTLEMENT_V2,
    ("11", 3): EXPORT_INVOICE_V3,
    ("14", 2): EXCLUDED_SUBJECT_V2,
    ("15", 2): DONATION_V2,
    ("17", 1): SPECIAL_OPERATIONS_V1,
    ("18", 1): RETURN_V1,
} | EARLIER_FORMS
INVALIDATION_FORMS: dict[int, Record] = {3: INVALIDATION_V3} | EARLIER_INVALIDATION_FORMS
