"""The closed lists of codes of version 4.4, as of the revision in force since November 2026."""

from __future__ import annotations


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


IDENTIFICATIONS = _codes("01 02 03 04 05 06")
CONDITIONS = _codes("01 02 03 04 05 06 07 08 10 13 14 15 99")
INVOICE_CONDITIONS = CONDITIONS | {"12"}
NOTE_CONDITIONS = INVOICE_CONDITIONS | {"09", "11"}
RECEIPT_CONDITIONS = _codes("09 11")
PAYMENTS = _codes("01 02 03 04 05 06 07 99")
COMMERCIAL_CODES = _codes("01 02 03 04 99")
TRANSACTIONS = _codes("01 02 03 04 05 06 07 08 09 10 11 12 13")
DISCOUNTS = _codes("01 02 03 04 05 06 07 08 09 99")
FACTORY = _codes("01 02")
TAXES = _codes("01 02 03 04 05 06 07 08 12 99")
# Rate codes of the value added tax, with the percentage that goes with each.
RATES = {
    "01": "0",
    "02": "1",
    "03": "2",
    "04": "4",
    "05": "0",
    "06": "4",
    "07": "8",
    "08": "13",
    "09": "0.5",
    "10": "0",
    "11": "0",
}
EXONERATIONS = _codes("01 02 03 04 05 06 07 08 09 10 11 99")
INSTITUTIONS = _codes("01 02 03 04 05 06 07 08 09 10 11 12 99")
CHARGES = _codes("01 02 03 04 05 06 07 08 09 10 99")
REFERENCED = _codes("01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 99")
REFERENCE_CODES = _codes("01 02 04 05 06 07 08 09 10 11 12 13 14 15 16 99")
RECEIPT_REFERENCE_CODES = REFERENCE_CODES | {"17"}
TAX_CONDITIONS = _codes("01 02 03 04 05")
UNITS = _codes(
    """
    1 ´ ´´ °C 1/m A A/m A/m² Acv Al Alc B Bq C C/kg C/m² C/m³ Cc Cd cd/m² Cm cm Cu D eV F F/m Fa G Gal Gy Gy/s h H
    H/m Hz I J J/(kg·K) J/(mol·K) J/K J/kg J/m³ J/mol K Kat kat/m³ Kg kg/m³ Km Kw kWh L Lm Ln Lx M m/s m/s² m² m³
    Min mL Mm Mol mol/m³ N N/m N·m Np º Os Otros Oz Pa Pa·s Qq Rad rad/s rad/s² S s Sp Spe Sr St Sv t T U Ua Unid V
    V/m W W/(m·K) W/(m²·sr) W/m² W/sr Wb Ω
    """
)
CURRENCIES = _codes(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYR BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP
    LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRO MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
    PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SRD SSP STD SVC SYP SZL THB TJS TMT
    TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UZS VEF VND VUV WST XAF XCD XDR XOF XPF XSU XUA YER ZAR ZMW ZWL
    """
)
