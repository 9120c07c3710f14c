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
    amount = optional(Amount, places=8)
    rate = optional(Amount, places=2)
    quantity = optional(Amount, places=2)
    percentage = optional(Amount, places=2)
    volume = optional(Amount, places=2)
    unit_amount = optional(Amount, places=5)
    description = text(100)

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
    code = text(2)
    description = text(100)


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
    institution = Text(max_length=2)
    issued_at = serializers.DateTimeField()
    rate = optional(Amount, places=2)
    article = optional(WholeNumber, min_value=1, max_value=999999)
    clause = optional(WholeNumber, min_value=1, max_value=999999)
    description = text(100)
    institution_name = text(160)


class ItemBody(Body):
    description = text(1500)
    quantity = optional(Amount, places=8, positive=True)
    price = optional(Amount, places=8, negative=True)
    code = text(25)
    unit = optional(Unit)
    kind = optional(Choice, choices=[kind.value for kind in ItemKind])
    discount = optional(Amount, places=8)
    tax = optional(Choice, choices=[tax.value for tax in Taxation])
    extra_taxes = several(ExtraTaxBody, 20)
    suggested_price = optional(Amount, places=8)
    related = text(36)
    line = optional(WholeNumber, min_value=1, max_value=MOST_ITEMS)
    donation = optional(Choice, choices=["cash", "goods", "service"])
    depreciation = optional(Amount, places=8)
    paper = optional(PaperRangeBody)
    free_of_charge = optional(YesNo)
    cabys = text(13)
    tax_rate = text(2)
    vat_code = text(2)
    vat_factor = optional(Amount, places=4)
    taxable_base = optional(Amount, places=5)
    factory_vat = text(2)
    exemption = optional(ExemptionBody)
    discounts = several(DiscountBody, 5)
    commercial_unit = text(20)
    commercial_codes = several(CommercialCodeBody, 5)
    tariff_heading = text(12)
    transaction = text(2)
    serials = optional(serializers.ListField, child=Text(max_length=17), max_length=MOST_SERIALS)
    medicine = optional(MedicineBody)
