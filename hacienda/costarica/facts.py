"""Facts that hold for every document of Costa Rica: time, precision, limits (annex v4.4; schemas of April 2026)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("America/Costa_Rica")  # no daylight saving: always -06:00
CURRENCY: Final = "CRC"
COUNTRY_CODE: Final = "506"  # of the clave and of telephones

PLACES: Final = 5  # decimals of every amount, rounded half up line by line
QUANTITY_PLACES: Final = 3
RATE_PLACES: Final = 2
AMOUNT_LIMIT: Final = Decimal(10) ** 13  # 18 digits, 5 of them decimals
QUANTITY_LIMIT: Final = Decimal(10) ** 13  # 16 digits, 3 of them decimals

MAX_LINES: Final = 1000
MAX_DISCOUNTS: Final = 5
MAX_CHARGES: Final = 15
MAX_REFERENCES: Final = 10
MAX_METHODS: Final = 4

REFERENCE_AGE: Final = timedelta(days=3653)  # a document referred to is at most ten years old
