"""El Salvador's dated facts: rates, thresholds, limits and terms.

Sources: DTE schemas v2.0 (fe-f-v2, fe-ccf-v4), Normativa de Cumplimiento v2.0 Annex IV, Código Tributario.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from hacienda import authority
from hacienda.authority import INVALIDATION, ContingencyRules, Numbering, NumberScope, Places, Rules
from hacienda.elsalvador.earlier import versions
from hacienda.elsalvador.kinds import KINDS, SETTLEMENT
from hacienda.elsalvador.vocabulary import VOCABULARY
from hacienda.messages import gettext_noop
from hacienda.values import Environment

ZONE: Final = ZoneInfo("America/El_Salvador")
CURRENCY: Final = "USD"

TOTAL_PLACES: Final = 2  # resumen: multipleOf 0.01
ITEM_PLACES: Final = 8  # cuerpoDocumento: multipleOf 1e-08
AMOUNT_LIMIT: Final = Decimal(100_000_000_000)  # every amount: exclusiveMaximum
MAX_LINES: Final = 2000
MAX_RELATED: Final = 50
MAX_ASSOCIATED: Final = 10
MAX_ASSOCIATED_TO_EXPORT: Final = 20
MAX_APPENDIX: Final = 10

VAT_PERCENT: Final = 13  # IVA law art. 54
VAT_RATE: Final = Decimal("0.13")
VAT_FACTOR: Final = Decimal("1.13")

ADVANCE_RATE: Final = Decimal("0.01")  # withholding and perception, CT 162 and 163
ADVANCE_FROM: Final = Decimal(100)  # net amount from which the two apply
INCOME_TAX_RATE: Final = Decimal("0.10")  # withheld from services of natural persons, CT 156; from any amount on

# What a withholding (07) takes of its base, by code of CAT-006; of the special cases (C9) the law lays down no rate.
WITHHOLDING_RATES: Final = MappingProxyType({"22": ADVANCE_RATE, "C4": VAT_RATE})
USUAL_WITHHOLDING: Final = "22"

CARD_RATE: Final = Decimal("0.02")  # perceived by acquirers on what was paid by card, CT 162-A

# How far ahead of the clock a document may be dated, always inside the month (Annex IV).
DAYS_AHEAD: Final = 5
DAYS_BACK: Final = timedelta(days=366)  # ours: no rule is known
LAST_DAY_GRACE: Final = timedelta(minutes=30)

# Goods for which a return is taken for two years (7.3 of the manual): medicines, by the issuer's activity (CAT-019).
# The manual and the Normativa 2.0 list different codes; what either names is let through, Hacienda decides.
MEDICINE_ACTIVITIES: Final = frozenset({"01282", "21001", "21008", "46482", "46484", "46491", "47721"})
MEDICINE_MONTHS: Final = 24

PAYMENT_TOLERANCE: Final = Decimal("0.01")  # Hacienda's own, per recomputed field


@dataclass(frozen=True, slots=True)
class Since:
    """An amount and the day it came into force."""

    day: date
    amount: Decimal


# Código Tributario art. 114 b) as amended by decree 960 (Official Gazette of 29 February 2024) and decree 94
# (2024): from this total on, inclusive, the consumer is identified.
IDENTIFICATION: Final = (Since(date(2024, 2, 29), Decimal("25000.00")),)


def identification_threshold(on: date) -> Decimal:
    """The total in dollars from which an invoice of that day must name its customer.

    A day before the first known row takes that row: documents v2.0 exist only since 2026.
    """
    in_force = [row for row in IDENTIFICATION if row.day <= on]
    return (in_force or IDENTIFICATION)[-1].amount


OTHER_REASON: Final = 5  # CAT-005, the only one explained in words

# Functional manual 2.0 pages 18 to 20; the probes: Normativa 1.1, 13.1.2; batches: technical manual 1.0, 3.2.
EVENT_TERM: Final = timedelta(hours=24)
CONTINGENCY: Final = ContingencyRules(
    types=frozenset({"01", "03", "04", "05", "06", "07", "11", "14", "18"}),
    except_versions=versions.WITHOUT_CONTINGENCY,
    reasons={"authority_down": 1, "own_system": 2, "internet": 3, "power": 4, "other": OTHER_REASON},
    event_term=EVENT_TERM,
    documents_term=timedelta(hours=72),
    documents_per_event=1000,
    documents_per_batch=100,
    # 2 to 4 minutes (technical manual 2.0); the sandbox takes five seconds at most.
    judged_within={
        Environment.SANDBOX: timedelta(seconds=6),
        Environment.TEST: timedelta(minutes=5),
        Environment.LIVE: timedelta(minutes=5),
    },
    longest_probe_pause=timedelta(minutes=15),
    when_late=gettext_noop(
        "What to do: write to the DGII, explain why it is late and ask for an extension. Send what waits all the "
        "same; late is better than never."
    ),
    # Normativa 1.1, 13.4. The Normativa 2.0 is quoted with three days, by one reader only.
    long_outage=timedelta(days=4),
    report_term=timedelta(hours=48),
)

EVENTS: Final = {INVALIDATION: 3, authority.CONTINGENCY: 4}

OWN_FIELDS: Final = frozenset(
    {
        "associated_documents",
        "credit_balance",
        "electronic_payment_number",
        "extension",
        "export",
        "global_discount",
        "income_tax_withheld",
        "liquidation",
        "merged_company",
        "period",
        "taxes_shown",
        "third_party_purchase",
        "third_party_sale",
        "vat_perceived",
        "vat_withheld",
        "customer.domiciled",
        "customer.establishment_kind",
        "customer.goods_title",
        "customer.person",
        "customer.registration",
        "items.depreciation",
        "items.donation",
        "items.free_of_charge",
        "items.paper",
        "items.suggested_price",
        "payment.methods.period",
        "payment.methods.term",
        "related.exempt",
        "related.exported",
        "related.invalidated",
        "related.not_subject",
        "related.perceived",
        "related.taxable",
        "related.withheld",
        "related.withholding",
    }
)

RULES: Final = Rules(
    own_fields=OWN_FIELDS,
    zone=ZONE,
    currency=CURRENCY,
    names={
        "invoice": "01",
        "tax_credit": "03",
        "delivery_note": "04",
        "credit_note": "05",
        "debit_note": "06",
        "withholding": "07",
        "settlement": "08",
        "accounting_settlement": "09",
        "export_invoice": "11",
        "excluded_subject": "14",
        "donation": "15",
        "special_operations": "17",
        "return": "18",
    },
    # What can be issued; the other types can only be referred to.
    versions={code: versions.known(code, kind.version) for code, kind in KINDS.items()},
    event_versions={code: versions.known(code, newest) for code, newest in EVENTS.items()},
    unnumbered=frozenset(code for code, kind in KINDS.items() if kind.is_event),
    id_types={"13": "dui", "36": "nit", "03": "passport", "02": "residence_card", "37": "other"},  # CAT-022
    correction_term=timedelta(hours=24),
    total_places=TOTAL_PLACES,
    item_places=ITEM_PLACES,
    identification_threshold=IDENTIFICATION[-1].amount,
    contingency=CONTINGENCY,
    most_settled=KINDS[SETTLEMENT].most_lines,
    settles={SETTLEMENT: KINDS[SETTLEMENT].related_types},
    places=Places(establishment=r"[MSBP]\d{3}", point_of_sale=r"P\d{3}", first=("M001", "P001")),
    # One series for all types; the narrower ones need the authority's leave (DOCUMENTS 2.4: Normativa 2.0).
    vocabulary=VOCABULARY,
    numbering=Numbering(scopes=tuple(NumberScope), is_yearly=True, highest=10**14 - 1),
    test_access=timedelta(days=59),  # two months (manual of accreditation, 2022); the shortest two there are
)
