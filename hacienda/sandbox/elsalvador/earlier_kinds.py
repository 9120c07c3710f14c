"""What tells one type of document of before Normativa 2.0 from another: one row a type and version."""

from __future__ import annotations

from dataclasses import replace

from . import earlier_reading as reading
from .catalogues import EXPORT_IVA
from .earlier_catalogues import COUNTRIES_BEFORE
from .kinds import KINDS, Kind, Receiver

EARLIER_KINDS: dict[tuple[str, int], Kind] = {
    (kind.code, kind.version): kind
    for kind in (
        replace(KINDS["01", 2], version=1, reading=reading.CONSUMER_INVOICE, related=frozenset({"04", "09"})),
        # Whether a null `pagos` was ever refused is not known of it, and documents that have one were sealed.
        replace(KINDS["03", 4], version=3, reading=reading.TAX_CREDIT, payments_required=False),
        replace(KINDS["04", 4], version=3, reading=reading.DELIVERY_NOTE, related=frozenset({"01", "03"})),
        replace(KINDS["05", 4], version=3, reading=reading.NOTE),
        replace(KINDS["06", 4], version=3, reading=reading.NOTE),
        replace(KINDS["07", 2], version=1, reading=reading.WITHHOLDING),
        replace(
            KINDS["08", 2],
            version=1,
            reading=reading.COMMISSION_SETTLEMENT,
            related=frozenset({"01", "03", "05", "06", "11"}),
        ),
        replace(KINDS["09", 2], version=1, reading=reading.CARD_SETTLEMENT),
        replace(
            KINDS["11", 3],
            version=1,
            reading=reading.EXPORT_INVOICE,
            related=frozenset(),
            # Its form lets an export leave out who receives it, and the tax of its lines.
            receiver=Receiver.CONSUMER,
            taxes_left_out=True,
            countries=COUNTRIES_BEFORE,
            taxes=frozenset({EXPORT_IVA}),
            item_kinds=frozenset({1, 2}),
            taxes_by_permit=frozenset(),
        ),
        replace(KINDS["14", 2], version=1, reading=reading.EXCLUDED_SUBJECT),
        replace(KINDS["15", 2], version=1, reading=reading.DONATION, countries=COUNTRIES_BEFORE),
    )
}
