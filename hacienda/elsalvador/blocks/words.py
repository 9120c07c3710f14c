"""Amounts in Spanish words, as `totalLetras` carries them (DTE v2.0, resumen, at most 200 characters)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hacienda.money import quantise

LIMIT: Final = Decimal(100_000_000_000)  # schemas v2.0: amounts stay below it

# "Uno" is shortened before a noun, and here a noun always follows: thousand, million or dollars.
_SMALL: Final = (
    *("CERO", "UN", "DOS", "TRES", "CUATRO", "CINCO", "SEIS", "SIETE", "OCHO", "NUEVE"),
    *("DIEZ", "ONCE", "DOCE", "TRECE", "CATORCE", "QUINCE"),
    *("DIECISÉIS", "DIECISIETE", "DIECIOCHO", "DIECINUEVE"),
    *("VEINTE", "VEINTIÚN", "VEINTIDÓS", "VEINTITRÉS", "VEINTICUATRO"),
    *("VEINTICINCO", "VEINTISÉIS", "VEINTISIETE", "VEINTIOCHO", "VEINTINUEVE"),
)
_TENS: Final = (  # from 30 on; the places below are never read
    *("", "", ""),
    *("TREINTA", "CUARENTA", "CINCUENTA", "SESENTA", "SETENTA", "OCHENTA", "NOVENTA"),
)
_HUNDREDS: Final = (
    *("", "CIENTO", "DOSCIENTOS", "TRESCIENTOS", "CUATROCIENTOS"),
    *("QUINIENTOS", "SEISCIENTOS", "SETECIENTOS", "OCHOCIENTOS", "NOVECIENTOS"),
)


def in_words(amount: Decimal) -> str:
    """`amount` (dollars, rounded to cents) in capitals: "SIETE DÓLARES CON 00/100".

    Raises `ValueError` below zero and from 100,000,000,000 on.
    """
    if not 0 <= amount < LIMIT:
        raise ValueError(f"no words for {amount}")
    dollars, cents = divmod(int(quantise(amount, 2).scaleb(2)), 100)
    noun = "DÓLAR" if dollars == 1 else "DÓLARES"
    # Spanish counts a round number of millions as a noun: "un millón de dólares".
    link = "DE " if dollars and dollars % 1_000_000 == 0 else ""
    return f"{_whole(dollars)} {link}{noun} CON {cents:02d}/100"


def _whole(number: int) -> str:
    millions, rest = divmod(number, 1_000_000)
    parts = []
    if millions:
        parts.append("UN MILLÓN" if millions == 1 else f"{_thousands(millions)} MILLONES")
    if rest or not millions:
        parts.append(_thousands(rest))
    return " ".join(parts)


def _thousands(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    parts = []
    if thousands:
        parts.append("MIL" if thousands == 1 else f"{_hundreds(thousands)} MIL")
    if rest or not thousands:
        parts.append(_hundreds(rest))
    return " ".join(parts)


def _hundreds(number: int) -> str:
    if number == 100:
        return "CIEN"
    hundreds, rest = divmod(number, 100)
    parts = [_HUNDREDS[hundreds]] if hundreds else []
    if rest >= 30:
        tens, ones = divmod(rest, 10)
        parts.append(f"{_TENS[tens]} Y {_SMALL[ones]}" if ones else _TENS[tens])
    elif rest or not hundreds:
        parts.append(_SMALL[rest])
    return " ".join(parts)
