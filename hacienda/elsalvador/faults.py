"""What can be wrong with a draft: every code with its message, and the basket that collects them.

The codes are part of the public contract. Messages are English templates, translated at the doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador.earlier.texts import MESSAGES as OF_EARLIER_VERSIONS
from hacienda.elsalvador.types import trade_texts
from hacienda.elsalvador.types.adjustment_texts import MESSAGES as ADJUSTMENTS
from hacienda.elsalvador.types.settling_texts import SETTLING
from hacienda.elsalvador.writer import plain
from hacienda.messages import gettext_noop
from hacienda.values import Fault, Invalid, Path

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Any field
        "required": gettext_noop("This is required."),
        "not_allowed": gettext_noop("This does not belong here."),
        "not_taken": gettext_noop("A document of type %(type)s does not take this."),
        "too_short": gettext_noop("At least %(minimum)s characters are needed."),
        "too_long": gettext_noop("At most %(maximum)s characters fit."),
        "control_characters": gettext_noop("The text contains control characters."),
        "unknown_code": gettext_noop("%(value)s is not a code of %(catalog)s."),
        "too_many": gettext_noop("At most %(maximum)s are allowed."),
        "duplicate": gettext_noop("%(value)s is given more than once."),
        # Numbers
        "not_a_number": gettext_noop("This is not a finite number."),
        "too_large": gettext_noop("The amount must stay below %(limit)s."),
        "must_be_positive": gettext_noop("This must be greater than zero."),
        "must_not_be_negative": gettext_noop("This must not be negative."),
        "too_many_decimals": gettext_noop("At most %(places)s decimals are allowed."),
        "percentage_too_large": gettext_noop("A percentage is at most 100."),
        # The document
        "type_not_supported": gettext_noop("Documents of type %(type)s cannot be issued."),
        "version_not_supported": gettext_noop("Type %(type)s has no version %(version)s."),
        "time_zone_required": gettext_noop("The time of issue needs a time zone."),
        "issued_too_long_ago": gettext_noop("A document can be dated at most %(days)s days back."),
        "issued_too_far_ahead": gettext_noop(
            "The time of issue may be at most %(days)s days ahead, inside the present month."
        ),
        "issued_after_month_end": gettext_noop(
            "On the last day of a month the time of issue may be at most %(minutes)s minutes ahead, inside the month."
        ),
        "contingency_reason_unknown": gettext_noop("%(reason)s is not a reason for contingency (1 to 5)."),
        "contingency_note_required": gettext_noop("Reason 5 needs a note that explains it."),
        "contingency_type_not_allowed": gettext_noop("A document of type %(type)s cannot be issued in contingency."),
        "contingency_reason_not_own": gettext_noop(
            "Reason 1 is Hacienda's own outage, which SmartBill notices by itself; yours are 2 to 5."
        ),
        "contingency_term_over": gettext_noop(
            "Documents of an outage are reported within %(hours)s hours of its end; that was until %(until)s."
        ),
        "issued_outside_contingency": gettext_noop(
            "The time of issue must lie within the outage, from %(start)s to %(end)s."
        ),
        # The contingency event
        "outage_ends_before_it_begins": gettext_noop("The outage must end after it began."),
        "outage_not_over": gettext_noop("An outage can be reported only once it is over."),
        # Parties
        "establishment_code_invalid": gettext_noop(
            "An establishment's code is M, S, B or P and three digits, such as M001."
        ),
        "point_of_sale_code_invalid": gettext_noop("A point of sale's code is P and three digits, such as P001."),
        "tax_id_invalid": gettext_noop("A NIT has 9 or 14 digits."),
        "dui_invalid": gettext_noop("A DUI has 9 digits."),
        "registration_invalid": gettext_noop("An NRC has 2 to 8 digits."),
        "registration_needs_nit": gettext_noop("An NRC goes only with a NIT (id_type 36)."),
        "id_type_required": gettext_noop(
            "The kind of document cannot be told from the number: give id_type (36, 13, 03, 02 or 37)."
        ),
        "id_type_must_be_nit": gettext_noop("This customer is identified by NIT (id_type 36)."),
        "email_invalid": gettext_noop("This is not an e-mail address."),
        "too_many_phones": gettext_noop("At most three telephone numbers fit, separated by commas."),
        "municipality_outside_department": gettext_noop(
            "Municipality %(municipality)s does not lie in department %(department)s."
        ),
        "district_outside_municipality": gettext_noop(
            "District %(district)s does not lie in municipality %(municipality)s of department %(department)s."
        ),
        "district_outside_department": gettext_noop(
            "District %(district)s does not lie in department %(department)s."
        ),
        "district_unknown": gettext_noop("%(value)s is neither the code nor the name of a district (CAT-008)."),
        "district_ambiguous": gettext_noop(
            "%(value)s may be any of these districts: %(candidates)s. Name the department or the municipality too."
        ),
        "customer_required_from": gettext_noop(
            "From a total of %(threshold)s the customer's name and identity document are required;"
            " the total is %(total)s."
        ),
        # Lines
        "line_without_amount": gettext_noop("The line comes to nothing; every line needs an amount."),
        "negative_price": gettext_noop("Only a line outside the tax base (not_taxed) may be negative."),
        "discount_exceeds_line": gettext_noop("The discount exceeds the line's %(gross)s."),
        "no_sale": gettext_noop("At least one line must be a sale; all are outside the tax base."),
        "tax_not_allowed": gettext_noop("Tax %(tax)s cannot be given here."),
        "tax_needs_taxed_line": gettext_noop("A specific tax needs a taxed line."),
        "tax_amount_required": gettext_noop("Tax %(tax)s needs its amount."),
        "tax_amount_computed": gettext_noop("The amount of tax %(tax)s is computed; leave it out."),
        "unit_must_be_gallon": gettext_noop("Tax %(tax)s is laid on gallons: the line's unit must be 22."),
        # Totals
        "discount_exceeds_sales": gettext_noop(
            "The discount of %(discount)s exceeds the sales of %(sales)s that it applies to."
        ),
        "vat_perceived_not_allowed": gettext_noop("Only a tax credit document (03) can perceive VAT."),
        "expected_total_differs": gettext_noop(
            "The total expected is %(expected)s, the amount to pay comes to %(payable)s."
        ),
        "expected_total_differs_by_line": gettext_noop(
            "The total expected is %(expected)s, the amount to pay comes to %(payable)s:"
            " line %(line)s, of %(amount)s, is the difference."
        ),
        "expected_total_rounds_lines": gettext_noop(
            "The total expected is %(expected)s, the amount to pay comes to %(payable)s:"
            " each line was rounded to cents; line %(line)s is %(amount)s."
        ),
        # Payment
        "payments_do_not_add_up": gettext_noop("The payments add up to %(paid)s, not to %(payable)s."),
        "term_required": gettext_noop("A sale on credit needs the term and the period of each payment."),
        "term_not_allowed": gettext_noop("A cash sale has no term or period."),
        "term_incomplete": gettext_noop("A term and its period go together."),
        "cash_has_no_reference": gettext_noop("Cash (01) takes no reference."),
        "reference_required": gettext_noop("Form of payment 99 needs a reference that names the means of payment."),
        "credit_balance_is_cash": gettext_noop(
            "With a credit balance in the customer's favour the condition is cash."
        ),
        # References
        "related_type_not_allowed": gettext_noop("A document of type %(value)s cannot be related here."),
        "related_types_differ": gettext_noop("All related documents must be of one type."),
        "generation_code_invalid": gettext_noop("A generation code is a UUID of 36 characters."),
        "related_after_document": gettext_noop("The related document is later than this one."),
        "related_too_old": gettext_noop(
            "A document of type %(type)s can be related in its own month and up to %(days)s days of the next."
        ),
        "related_in_other_month": gettext_noop("A document of type %(type)s can be related only in its own month."),
        "related_unknown": gettext_noop("%(value)s is not among the related documents."),
        "related_required": gettext_noop("With several related documents every line names its own."),
        "doctor_document_required": gettext_noop(
            "A doctor is identified by a NIT or, if foreign, by another document: one of the two."
        ),
        # Purchases from those who are not registered
        "seller_is_registered": gettext_noop(
            "Somebody with an NRC issues documents of their own; buy from them with their invoice."
        ),
        "income_tax_needs_service": gettext_noop(
            "Income tax is withheld from services; no line is one (kind service or both)."
        ),
        # Donations
        "donation_kind_differs": gettext_noop("The line is donated as %(donation)s; its kind says otherwise."),
        "donation_cash_alone": gettext_noop(
            "Cash is not donated together with goods or services; issue a receipt for each."
        ),
        "donation_cash_is_one": gettext_noop("A line of cash has quantity 1; its price is the amount."),
        "donation_has_no_unit": gettext_noop("Donated cash and services have no unit but 99; leave it out."),
        "donation_not_depreciated": gettext_noop("Only donated goods have a depreciation."),
        "depreciation_exceeds_line": gettext_noop("The depreciation exceeds the line's %(gross)s."),
        "payment_needs_cash": gettext_noop("Only donated cash is paid; goods and services have no payment."),
        "donor_is_abroad": gettext_noop(
            "A donor who is not domiciled in the country has none here; if they are, give domiciled true."
        ),
        "resolution_required": gettext_noop(
            "The resolution that allows donations to be deducted is missing: store it in the profile, or give it"
            " as an associated document with code 1."
        ),
        "third_party_is_issuer": gettext_noop("The sale cannot be on behalf of the issuer itself."),
        "third_party_with_related": gettext_noop(
            "A sale on behalf of a third party cannot relate a document of type %(type)s."
        ),
        **ADJUSTMENTS,
        **trade_texts.MESSAGES,
        **SETTLING,
        **OF_EARLIER_VERSIONS,
    }
)


# Members of one object that are judged together: where one cannot be read, nothing certain is known of the others.
# Of an object without an entry all members are.
_JUDGED_TOGETHER: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "items": frozenset({"line", "quantity", "price", "discount", "tax", "extra_taxes", "suggested_price"}),
        "customer": frozenset({"id_type", "tax_id", "registration"}),
    }
)


def _casts_doubt(unread: Path, path: Path) -> bool:
    """Whether a fault at `path` may only be there because `unread` could not be read."""
    shorter = min(len(unread), len(path))
    if unread[:shorter] == path[:shorter]:
        return True
    holder = unread[:-1]
    if not holder or path[: len(holder)] != holder:
        return False
    together = _JUDGED_TOGETHER.get(str(holder[0])) if len(holder) <= 2 else None
    return unread[-1] != "*" and (together is None or {unread[-1], path[len(holder)]} <= together)


class Faults:
    """Collects faults in the order in which they are found.

    `unread`: places of the caller's body that could not be read. What may follow from that alone is not told, and
    a draft with such a place is refused in any case.
    """

    def __init__(self, unread: tuple[Path, ...] = ()) -> None:
        self._found: list[Fault] = []
        self._unread = unread
        self._doubtful = 0

    def add(self, path: Path, code: str, **params: object) -> None:
        """Keeps a fault; amounts among `params` are shown in plain digits."""
        if any(_casts_doubt(unread, path) for unread in self._unread):
            self._doubtful += 1
            return
        shown = {
            name: plain(value) if isinstance(value, Decimal) and value.is_finite() else value
            for name, value in params.items()
        }
        self._found.append(Fault(path, code, MESSAGES[code], shown))

    def __len__(self) -> int:
        return len(self._found) + self._doubtful

    def refuse(self) -> None:
        """Raises `Invalid` with everything collected, if anything was or something could not be read."""
        if len(self) or self._unread:
            raise Invalid(tuple(self._found))
