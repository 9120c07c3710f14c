"""The shape of a line in a request body: names, types and sizes. See `documents.serializers`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from documents.fields import Amount, Body, Choice, Text, WholeNumber, YesNo, optional, several, text
from hacienda.drafts import ItemKind, Taxation

MOST_ITEMS = 2000
MOST_SERIALS = 1000


_UNIT = {"oneOf": [{"type": "integer", "minimum": 1, "maximum": 99}, {"type": "string", "maxLength": 20}]}


@extend_schema_field(_UNIT)
class Unit(serializers.Field[Any, Any, Any, Any]):
    """A unit of measure as its authority writes it: a number, or letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._number, self._text = WholeNumber(min_value=1, max_value=99), Text(max_length=20)

    def to_internal_value(self, data: Any) -> Any:
        return (self._text if isinstance(data, str) else self._number).run_validation(data)

    def to_representation(self, value: Any) -> Any:
        return value


class ExtraTaxBody(Body):
    code = Text(max_length=2)
    amount = optional(Amount, places=8, help_text="Where no rate is laid down")
    rate = optional(Amount, places=2, help_text="Percent, of taxes 02 and 12")
    quantity = optional(Amount, places=2, help_text="Units of measure that one piece holds")
    percentage = optional(Amount, places=2, help_text="Of alcohol")
    volume = optional(Amount, places=2, help_text="Of one portion")
    unit_amount = optional(Amount, places=5, help_text="Tax of one unit of measure")
    description = text(100, help_text="Which tax it is, with code 99")

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value({"code": data} if isinstance(data, str) else data)


class PaperRangeBody(Body):
    """Paper documents that one line reports."""

    type = Text(max_length=2)
    first = text(36)
    last = text(36)
    number = text(36)
    issued_on = optional(serializers.DateField)
    corrects = text(36)


class DiscountBody(Body):
    amount = Amount(places=5)
    code = text(2, help_text="Catalogue `discounts`; 07 (commercial) where nothing is said")
    description = text(100, help_text="Its nature; required with code 99")


class CommercialCodeBody(Body):
    type = Text(max_length=2)
    code = Text(max_length=20)


class MedicineBody(Body):
    registration = text(100)
    form = text(3)


class ExemptionBody(Body):
    """What frees the buyer of value added tax; `rate` in percentage points, the whole rate for none."""

    type = Text(max_length=2)
    number = Text(max_length=40)
    institution = Text(max_length=2, help_text="Catalogue `exemption_institutions`")
    issued_at = serializers.DateTimeField()
    rate = optional(Amount, places=2, help_text="Points that are not paid, such as 11 of 13")
    article = optional(WholeNumber, min_value=1, max_value=999999)
    clause = optional(WholeNumber, min_value=1, max_value=999999)
    description = text(100)
    institution_name = text(160)


class ItemBody(Body):
    description = text(1500, help_text="What is sold; Costa Rica 3 to 200 characters")
    quantity = optional(
        Amount, places=8, positive=True, help_text="1 where nothing is said; Costa Rica up to 3 decimals"
    )
    price = optional(
        Amount,
        places=8,
        negative=True,
        help_text="Of one unit; whether VAT is in it see `prices_include_tax`. Costa Rica: up to 5 decimals",
    )
    code = text(25, help_text="Your own code of the article")
    unit = optional(
        Unit,
        help_text="Catalogue `units`. El Salvador: a number (59, services 99); Costa Rica: letters (`Unid`, `Os`)",
    )
    kind = optional(
        Choice, choices=[kind.value for kind in ItemKind], help_text="Costa Rica: follows from the CABYS code"
    )
    discount = optional(
        Amount,
        places=8,
        help_text="Amount taken off the whole line; Costa Rica: a commercial discount, see `discounts` for others",
    )
    tax = optional(
        Choice,
        choices=[tax.value for tax in Taxation],
        help_text="How the sale is treated; `not_taxed` is El Salvador's",
    )
    extra_taxes = several(ExtraTaxBody, 20, help_text="Taxes beside VAT: catalogue `taxes`")
    suggested_price = optional(Amount, places=8)
    related = text(36)
    line = optional(
        WholeNumber, min_value=1, max_value=MOST_ITEMS, help_text="Of the document that a note adjusts, from 1"
    )
    donation = optional(Choice, choices=["cash", "goods", "service"])
    depreciation = optional(Amount, places=8)
    paper = optional(PaperRangeBody)
    free_of_charge = optional(YesNo)
    cabys = text(
        13, help_text="Code of 13 digits, required on every line but those of financial notes: catalogue `cabys?q=`"
    )
    tax_rate = text(
        2,
        help_text="Catalogue `vat_rates`, instead of `tax`: 08 is 13 %, 04 4 %, 03 2 %, 02 1 %, 10 exempt",
    )
    vat_code = text(2, help_text="07 special base, 08 used goods; 01 where nothing is said")
    vat_factor = optional(Amount, places=4, help_text="Of tax 08")
    taxable_base = optional(Amount, places=5, help_text="Of tax 07, and where the tax was charged at the factory")
    factory_vat = text(2, help_text="Catalogue `factory_vat`")
    exemption = optional(ExemptionBody)
    discounts = several(DiscountBody, 5, help_text="Instead of `discount`: each with its kind")
    commercial_unit = text(20, help_text="The unit in your own words")
    commercial_codes = several(CommercialCodeBody, 5, help_text="Codes by which others know the article")
    tariff_heading = text(12, help_text="Of exported goods, 12 digits")
    transaction = text(2, help_text="Catalogue `transaction_types`; 01 where nothing is said")
    serials = optional(
        serializers.ListField,
        child=Text(max_length=17),
        max_length=MOST_SERIALS,
        help_text="Of vehicles and the like",
    )
    medicine = optional(MedicineBody)
