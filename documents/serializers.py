"""The shape of request bodies: names, types and sizes. What Hacienda's rules say is judged in `hacienda`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from documents.fields import Amount, Body, Choice, Text, WholeNumber, YesNo, optional, several, text
from documents.line_bodies import MOST_ITEMS, ItemBody
from documents.models import Invalidation, Status
from hacienda.catalogs import LONGEST_PLACE
from hacienda.drafts import Condition

MOST_RELATED = 500


class AddressBody(Body):
    """Places by code or name; the district is enough where a single one is meant. Abroad there is only the line."""

    department = text(LONGEST_PLACE)
    municipality = text(LONGEST_PLACE)
    district = text(LONGEST_PLACE)
    line = Text(max_length=200)


class CustomerBody(Body):
    name = text(250)
    tax_id = text(20)
    id_type = text(2)
    registration = text(10)
    activity = text(150)
    trade_name = text(150)
    address = optional(AddressBody)
    phone = text(30)
    email = optional(serializers.EmailField, max_length=100)
    country = text(4)
    person = optional(Choice, choices=["natural", "company"])
    domiciled = optional(YesNo)
    goods_title = text(2)
    establishment_kind = text(2)


class PaymentMethodBody(Body):
    code = text(2)
    amount = optional(Amount, places=5)
    reference = text(50)
    term = text(2)
    period = optional(Amount, places=0, positive=True)


class PaymentBody(Body):
    condition = optional(Choice, choices=[condition.value for condition in Condition])
    methods = several(PaymentMethodBody, 100)
    code = text(2)
    days = optional(WholeNumber, min_value=1, max_value=99999)
    description = text(100)


class RelatedBody(Body):
    id = text(40)
    type = text(30)
    generation_code = text(50)
    number = text(50)
    issued_at = optional(serializers.DateField)
    description = text(1500)
    taxable = optional(Amount, places=8)
    exempt = optional(Amount, places=8)
    not_subject = optional(Amount, places=8)
    exported = optional(Amount, places=8)
    perceived = optional(Amount, places=2)
    withholding = text(2)
    withheld = optional(Amount, places=2)
    invalidated = optional(YesNo)
    reference_code = text(2)
    reference_description = text(100)
    reason = text(180)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("id"):
            return attrs
        missing = [name for name in ("type", "issued_at") if not attrs.get(name)]
        if not attrs.get("generation_code") and not attrs.get("number"):
            missing.append("generation_code")
        if missing:
            raise serializers.ValidationError({name: [_required()] for name in missing})
        return attrs


def _required() -> serializers.ErrorDetail:
    return serializers.ErrorDetail(gettext("This field is required."), code="required")


class DoctorBody(Body):
    name = text(100)
    tax_id = text(20)
    id_number = text(25)
    service = optional(WholeNumber, min_value=1, max_value=6)


class TransportBody(Body):
    mode = optional(WholeNumber, min_value=1, max_value=7)
    plates = text(70)
    driver = text(200)
    driver_id = text(100)


class AssociatedDocumentBody(Body):
    code = WholeNumber(min_value=1, max_value=4)
    description = text(100)
    detail = text(300)
    doctor = optional(DoctorBody)
    transport = optional(TransportBody)


class ThirdPartyBody(Body):
    name = Text(max_length=250)
    tax_id = text(20)
    domiciled = optional(YesNo)


class ChargedForBody(Body):
    """For whom a charge is collected."""

    name = text(100)
    tax_id = text(20)
    id_type = text(2)


class ThirdPartyPurchaseBody(Body):
    name = Text(max_length=250)
    id_number = Text(max_length=20)


class ExportBody(Body):
    customs_post = text(2)
    regime_type = text(4)
    regime = text(13)
    incoterm = text(2)
    freight = optional(Amount, places=2)
    insurance = optional(Amount, places=2)
    free_of_charge = optional(Amount, places=2)


class PeriodBody(Body):
    """Days, both included."""

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateField(), "to": serializers.DateField()}


class LiquidationBody(PeriodBody):
    gross = Amount(places=2, positive=True)
    not_perceived = optional(Amount, places=2)
    not_perceived_description = text(100)
    fee = optional(Amount, places=2)
    fee_percentage = optional(Amount, places=2)
    code = text(30)
    count = optional(WholeNumber, min_value=1)


class ExtensionBody(Body):
    name = text(100)
    id_number = text(25)
    employee_code = text(15)


class GlobalDiscountBody(Body):
    taxed = optional(Amount, places=2)
    exempt = optional(Amount, places=2)
    not_subject = optional(Amount, places=2)
    percentage = optional(Amount, places=2)


class AppendixEntryBody(Body):
    def get_fields(self) -> dict[str, Any]:
        # Not as attributes: `label` is one that every field has already.
        return {"field": Text(max_length=25), "label": Text(max_length=50), "value": Text(max_length=150)}


class OwnOutageBody(Body):
    reason = WholeNumber(min_value=1, max_value=99)
    note = text(500)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            "from": serializers.DateTimeField(),
            "to": serializers.DateTimeField(),
        }


class OtherChargeBody(Body):
    """A charge beside the lines; `amount`, or `percentage` of what they come to without tax."""

    type = Text(max_length=2)
    description = Text(max_length=160)
    amount = optional(Amount, places=5)
    percentage = optional(Amount, places=5)
    type_description = text(100)
    third_party = optional(ChargedForBody)


class DraftBody(Body):
    """What a document can be made from: every field of every type; the law refuses what a type does not take."""

    type = Text(max_length=30)
    items: Any = optional(serializers.ListSerializer, child=ItemBody(), allow_empty=False, max_length=MOST_ITEMS)
    customer = optional(CustomerBody)
    payment = optional(PaymentBody)
    prices_include_tax = optional(YesNo)
    taxes_shown = optional(YesNo)
    global_discount = optional(GlobalDiscountBody)
    vat_withheld = optional(YesNo)
    vat_perceived = optional(YesNo)
    credit_balance = optional(Amount, places=2)
    related = several(RelatedBody, MOST_RELATED)
    associated_documents = several(AssociatedDocumentBody, 20)
    third_party_sale = optional(ThirdPartyBody)
    third_party_purchase = optional(ThirdPartyPurchaseBody)
    export = optional(ExportBody)
    income_tax_withheld = optional(YesNo)
    period = optional(PeriodBody)
    liquidation = optional(LiquidationBody)
    extension = optional(ExtensionBody)
    merged_company = text(20)
    contingency = optional(OwnOutageBody)
    activity = text(10)
    currency = text(3)
    exchange_rate = optional(Amount, places=5, positive=True)
    other_charges = several(OtherChargeBody, 15)
    establishment = text(4)
    point_of_sale = text(8)
    issued_at = optional(serializers.DateTimeField)
    external_id = text(100)
    expected_total = optional(Amount, places=5)
    electronic_payment_number = text(100)
    notes = text(3000, multiline=True)
    appendix = several(AppendixEntryBody, 10)


class PersonBody(Body):
    name = Text(max_length=100)
    id_type = Text(max_length=2)
    id_number = Text(max_length=20)


class InvalidateBody(Body):
    kind = Choice(choices=Invalidation.Kind.values)
    reason = text(200)
    replacement = text(40)
    requested_by = optional(PersonBody)
    responsible = optional(PersonBody)


class PreviewQuery(serializers.Serializer[Any]):
    explain = serializers.BooleanField(default=False, help_text="Add where each figure comes from")


class ListQuery(serializers.Serializer[Any]):
    """The query of a list; times are compared with the time of issue, `to` excluded."""

    status = serializers.ChoiceField(choices=Status.values, required=False)
    type = serializers.CharField(max_length=30, required=False)
    q = serializers.CharField(max_length=100, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=100, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=25)
    cursor = serializers.CharField(max_length=60, required=False)

    def get_fields(self) -> dict[str, Any]:
        moments = {
            "from": serializers.DateTimeField(required=False),
            "to": serializers.DateTimeField(required=False),
        }
        return super().get_fields() | moments
