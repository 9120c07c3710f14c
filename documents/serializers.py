"""The shape of request bodies: names, types and sizes. What Hacienda's rules say is judged in `hacienda`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from documents.fields import Amount, Body, Choice, Text, WholeNumber, YesNo, optional, several, text
from documents.line_bodies import MOST_ITEMS, ItemBody
from documents.models import Invalidation, Status
from documents.schema_owners import types
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
    tax_id = text(20, help_text="With or without dashes")
    id_type = text(2, help_text="Catalogue `id_types`; derived from the number where its form tells")
    registration = text(10, help_text="NRC")
    activity = text(
        150,
        help_text="El Salvador: code of CAT-019; Costa Rica: of the customer, such as `4711.0`, who wants to deduct",
    )
    trade_name = text(150)
    address = optional(
        AddressBody,
        help_text="El Salvador: department, municipality, district; Costa Rica: province, canton, district",
    )
    phone = text(30)
    email = optional(serializers.EmailField, max_length=100, help_text="The link is sent there")
    country = text(4)
    person = optional(Choice, choices=["natural", "company"])
    domiciled = optional(YesNo)
    goods_title = text(2)
    establishment_kind = text(2)


class PaymentMethodBody(Body):
    code = text(2, help_text="Catalogue `payment_methods`; Costa Rica: 01 cash, 02 card, 04 transfer, 06 SINPE Móvil")
    amount = optional(Amount, places=5, help_text="One of several can be left out: it is what the others leave")
    reference = text(50, help_text="El Salvador: of the payment; Costa Rica: which means it is, with code 99")
    term = text(2)
    period = optional(Amount, places=0, positive=True)


class PaymentBody(Body):
    condition = optional(Choice, choices=[condition.value for condition in Condition])
    methods = several(PaymentMethodBody, 100)
    code = text(2, help_text="Condition of sale, catalogue `sale_conditions`; decides over `condition`")
    days = optional(WholeNumber, min_value=1, max_value=99999, help_text="Of a sale on credit (conditions 02, 10)")
    description = text(100, help_text="Which condition it is, with code 99")


class RelatedBody(Body):
    id = text(40, help_text="Of a document of yours; then nothing more is needed")
    type = text(30, help_text="Name or code of its type; Costa Rica: or a code of `reference_document_types`")
    generation_code = text(50, help_text="Costa Rica: its clave")
    number = text(50, help_text="Of one on paper")
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
    reference_code = text(
        2, help_text="Why, catalogue `reference_codes`: 01 voids, 02 corrects the amount, 06 goods came back"
    )
    reference_description = text(100, help_text="Which reason it is, with code 99")
    reason = text(180, help_text="The reason in words; the code's name where nothing is said")

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
    reason = WholeNumber(
        min_value=1,
        max_value=99,
        help_text="El Salvador: CAT-005. Costa Rica: 2 a receipt on paper (name it in `related`), 3 no internet",
    )
    note = text(500)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            "from": serializers.DateTimeField(),
            "to": serializers.DateTimeField(),
        }


class OtherChargeBody(Body):
    """A charge beside the lines; `amount`, or `percentage` of what they come to without tax."""

    type = Text(max_length=2, help_text="Catalogue `other_charges`: 06 is the service of restaurants")
    description = Text(max_length=160)
    amount = optional(Amount, places=5)
    percentage = optional(Amount, places=5, help_text="Of what the lines come to without tax")
    type_description = text(100, help_text="Which charge it is, with type 99")
    third_party = optional(ChargedForBody, help_text="For whom it is collected, with type 04")


class DraftBody(Body):
    """What a document can be made from: every field of every type; the law refuses what a type does not take."""

    type = Text(max_length=30, help_text=types())
    items: Any = optional(serializers.ListSerializer, child=ItemBody(), allow_empty=False, max_length=MOST_ITEMS)
    customer = optional(CustomerBody, help_text="The other side; of a Costa Rican `purchase_invoice` the seller")
    payment = optional(PaymentBody)
    prices_include_tax = optional(
        YesNo, help_text="Whether the prices given include VAT. El Salvador: true of an `invoice`; Costa Rica: false"
    )
    taxes_shown = optional(YesNo)
    global_discount = optional(GlobalDiscountBody)
    vat_withheld = optional(YesNo)
    vat_perceived = optional(YesNo)
    credit_balance = optional(Amount, places=2)
    related = several(RelatedBody, MOST_RELATED, help_text="Documents that this one refers to")
    associated_documents = several(AssociatedDocumentBody, 20)
    third_party_sale = optional(ThirdPartyBody)
    third_party_purchase = optional(ThirdPartyPurchaseBody)
    export = optional(ExportBody)
    income_tax_withheld = optional(YesNo)
    period = optional(PeriodBody)
    liquidation = optional(LiquidationBody)
    extension = optional(ExtensionBody)
    merged_company = text(20)
    contingency = optional(OwnOutageBody, help_text="Of what was issued while your own system or internet was down")
    activity = text(10, help_text="Which of the company's activities the document is of")
    currency = text(3, help_text="ISO 4217; CRC where nothing is said")
    exchange_rate = optional(Amount, places=5, positive=True, help_text="Colones for one unit of `currency`")
    other_charges = several(
        OtherChargeBody,
        15,
        help_text="Beside the lines and outside the tax base: service, stamps, what a third party collects",
    )
    establishment = text(4, help_text="El Salvador: `M001`; Costa Rica: `001`")
    point_of_sale = text(8, help_text="El Salvador: `P001`; Costa Rica: `00001`")
    issued_at = optional(serializers.DateTimeField, help_text="Now where nothing is said")
    external_id = text(100, help_text="Your own reference, unique in company and environment")
    expected_total = optional(
        Amount,
        places=5,
        help_text="A check, never an override. El Salvador: a cent apart is let pass; Costa Rica: compared in cents",
    )
    electronic_payment_number = text(100)
    notes = text(3000, multiline=True)
    appendix = several(AppendixEntryBody, 10)


class PersonBody(Body):
    name = Text(max_length=100)
    id_type = Text(max_length=2)
    id_number = Text(max_length=20)


class InvalidateBody(Body):
    """Costa Rica: issues a credit note of all that is left; people are not told there."""

    kind = Choice(choices=Invalidation.Kind.values)
    reason = text(200, help_text="Costa Rica: printed on the note")
    replacement = text(40, help_text="Id of the document that takes its place")
    requested_by = optional(PersonBody, help_text="El Salvador: defaults to the company's settings")
    responsible = optional(PersonBody, help_text="El Salvador: defaults to the company's settings")


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
