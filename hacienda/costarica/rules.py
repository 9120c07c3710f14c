"""What the other floors need to know of Costa Rica (RES is MH-DGT-RES-0027-2024, R the decree 44739-H)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from hacienda.authority import ContingencyRules, Numbering, NumberScope, Places, Rules, Taxpayers, XmlFiles
from hacienda.clocks import CLOCKS
from hacienda.costarica import clave, codes, outages
from hacienda.costarica.build import VERSION
from hacienda.costarica.facts import CURRENCY, PLACES, ZONE
from hacienda.costarica.vocabulary import VOCABULARY
from hacienda.messages import gettext_noop
from hacienda.values import Environment

NAMES: Final = {
    "invoice": codes.INVOICE,
    "debit_note": codes.DEBIT_NOTE,
    "credit_note": codes.CREDIT_NOTE,
    "ticket": codes.TICKET,
    "purchase_invoice": codes.PURCHASE_INVOICE,
    "export_invoice": codes.EXPORT_INVOICE,
    "payment_receipt": codes.PAYMENT_RECEIPT,
}

# The first question 5 to 10 seconds after the sending, at last every five minutes: Hacienda may take three hours (RES
# art. 11). The sandbox takes half a second.
_POLLING: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60, 300))
_SANDBOX_POLLING: Final = tuple(timedelta(milliseconds=wait) for wait in (350, 300, 500, 600, 1000, 2000, 5000))

BUSINESS_DAYS: Final = 2  # until what was issued in an outage of the issuer's own is sent (secondary source)
_SATURDAY: Final = 5
# Código de Trabajo art. 148: the fixed holidays, and Thursday and Friday of the Holy Week.
_FIXED: Final = ((1, 1), (4, 11), (5, 1), (7, 25), (8, 2), (8, 15), (8, 31), (9, 15), (12, 1), (12, 25))
HOLIDAYS: Final = frozenset(
    {date(year, month, day) for year in (2026, 2027) for month, day in _FIXED}
    | {date(2026, 4, 2), date(2026, 4, 3), date(2027, 3, 25), date(2027, 3, 26)}
)

CONTINGENCY: Final = ContingencyRules(
    types=frozenset(NAMES.values()),
    except_versions=frozenset(),
    reasons=outages.REASONS,
    event_term=None,
    documents_term=timedelta(days=BUSINESS_DAYS),
    documents_per_event=1,
    documents_per_batch=1,  # there are no batches: each is sent and judged by itself
    judged_within={
        Environment.SANDBOX: timedelta(seconds=3),
        Environment.TEST: timedelta(minutes=5),
        Environment.LIVE: timedelta(minutes=5),
    },
    longest_probe_pause=timedelta(minutes=15),
    when_late=gettext_noop(
        "What to do: send what waits at once. It is still taken; keep on record what held it up, if Hacienda asks."
    ),
    sends_on_recovery=True,
    seals_anew=False,
    long_outage=timedelta(days=36500),  # no report is known
)

# What a body can say here and not in every country.
OWN_FIELDS: Final = frozenset(
    {
        "activity",
        "currency",
        "exchange_rate",
        "other_charges",
        "items.cabys",
        "items.commercial_codes",
        "items.commercial_unit",
        "items.discounts",
        "items.exemption",
        "items.factory_vat",
        "items.medicine",
        "items.serials",
        "items.tariff_heading",
        "items.tax_rate",
        "items.taxable_base",
        "items.transaction",
        "items.vat_code",
        "items.vat_factor",
        "items.extra_taxes.description",
        "items.extra_taxes.percentage",
        "items.extra_taxes.quantity",
        "items.extra_taxes.rate",
        "items.extra_taxes.unit_amount",
        "items.extra_taxes.volume",
        "payment.code",
        "payment.days",
        "payment.description",
        "related.reason",
        "related.reference_code",
        "related.reference_description",
    }
)

_CLOCKS: Final = (
    replace(
        CLOCKS["contingency_document"],
        begins=gettext_noop("the sale; two business days"),
        demand=gettext_noop("Send it at once: it is still taken."),
    ),
    replace(
        CLOCKS["invalidation"],
        begins=gettext_noop("the time of issue; a note refers to a document of at most ten years"),
        demand=gettext_noop("No note can refer to it any more; it stays valid."),
    ),
)

RULES: Final = Rules(
    zone=ZONE,
    currency=CURRENCY,
    names=NAMES,
    versions=dict.fromkeys(NAMES.values(), (VERSION,)),
    event_versions={},
    unnumbered=frozenset(),
    id_types={"01": "physical", "02": "legal", "03": "dimex", "04": "nite", "05": "foreigner", "06": "not_taxpayer"},
    correction_term=timedelta(0),  # a rejected document has consumed its number: another one replaces it
    total_places=PLACES,
    item_places=PLACES,
    identification_threshold=Decimal("Infinity"),  # a ticket names nobody, however much it comes to
    contingency=CONTINGENCY,
    most_settled=0,
    # A receipt counts what earlier ones have paid of the same document.
    settles={codes.PAYMENT_RECEIPT: codes.PAID_DOCUMENTS},
    places=Places(
        establishment=clave.ESTABLISHMENT.pattern,
        point_of_sale=clave.POINT_OF_SALE.pattern,
        first=("001", "00001"),
        levels=("provinces", "cantons", "districts"),
    ),
    numbering=Numbering(scopes=(NumberScope.POINT_OF_SALE,), is_yearly=False, highest=clave.LAST_SEQUENCE),
    xml_files=XmlFiles(document="{code}.xml", receipt="{code}_respuesta.xml"),  # annex v4.4, names of files
    taxpayers=Taxpayers(
        tax_id=r"[0-9A-Z]{9,12}",
        has_registration=False,
        has_user=True,
        other_users={Environment.TEST: r"@comprobanteselectronicos\.go\.cr$", Environment.LIVE: r"@stag\."},
    ),
    own_fields=OWN_FIELDS,
    polling={
        Environment.SANDBOX: _SANDBOX_POLLING,
        Environment.TEST: _POLLING,
        Environment.LIVE: _POLLING,
    },
    voided_by=codes.CREDIT_NOTE,
    vocabulary=VOCABULARY,
    clocks={clock.name: clock for clock in _CLOCKS},
)


def sending_due(issued_at: datetime) -> datetime:
    """The end of the second business day after a sale; beyond the years whose holidays are known, without them."""
    day = issued_at.astimezone(ZONE).date()
    left = BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY and day not in HOLIDAYS
    return datetime.combine(day, time(23, 59, 59), ZONE)
