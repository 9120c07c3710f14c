"""What can be wrong with a draft: every code with its message, and the basket that collects them.

The codes are part of the public contract. Messages are English templates, translated at the doors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

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
        "code_not_allowed": gettext_noop("A document of type %(type)s does not take code %(value)s."),
        "too_many": gettext_noop("At most %(maximum)s are allowed."),
        "description_required": gettext_noop(
            "Code 99 needs words that say what it is: at least %(minimum)s characters."
        ),
        # Numbers
        "not_a_number": gettext_noop("This is not a finite number."),
        "too_large": gettext_noop("The amount must stay below %(limit)s."),
        "out_of_range": gettext_noop("This must be a whole number from %(minimum)s to %(maximum)s."),
        "digits_needed": gettext_noop("This needs exactly %(count)s digits, not all of them zero."),
        "must_be_positive": gettext_noop("This must be greater than zero."),
        "must_not_be_negative": gettext_noop("This must not be negative."),
        "too_many_decimals": gettext_noop("At most %(places)s decimals are allowed."),
        # The document
        "type_not_supported": gettext_noop("Documents of type %(type)s cannot be issued."),
        "version_not_supported": gettext_noop("Type %(type)s has no version %(version)s."),
        "time_zone_required": gettext_noop("The time of issue needs a time zone."),
        "issued_too_long_ago": gettext_noop("A document can be dated at most %(days)s days back."),
        "issued_ahead": gettext_noop("A document cannot be dated ahead of the present moment."),
        "activity_invalid": gettext_noop("An activity has 6 characters, such as 6201.0."),
        "exchange_rate_required": gettext_noop("An amount in %(currency)s needs its exchange rate into colones."),
        "exchange_rate_of_colones": gettext_noop("The exchange rate of colones is 1; leave it out."),
        "follows_from_original": gettext_noop("The document referred to says this already; leave it out."),
        # An outage of the issuer's own
        "contingency_reason_unknown": gettext_noop("%(reason)s is not a reason for contingency (2 or 3)."),
        "contingency_reason_not_own": gettext_noop(
            "Reason 1 is Hacienda's own outage, which SmartBill notices by itself; yours are 2 and 3."
        ),
        "outage_ends_before_it_begins": gettext_noop("The outage must end after it began."),
        "outage_not_over": gettext_noop("An outage can be told only once it is over."),
        "issued_outside_contingency": gettext_noop(
            "The time of issue must lie within the outage, from %(start)s to %(end)s."
        ),
        "paper_required": gettext_noop(
            "What was given out on paper while the system was down must be named: type 08 with reference code 05."
        ),
        # Parties
        "establishment_invalid": gettext_noop("An establishment's code is three digits, such as 001."),
        "terminal_invalid": gettext_noop("A point of sale's code is five digits, such as 00001."),
        "identification_invalid": gettext_noop("%(value)s is not an identification of type %(type)s."),
        "identification_type_unclear": gettext_noop(
            "The kind of identification cannot be told from the number: check it, or give id_type (01 to 06)."
        ),
        "identification_type_not_allowed": gettext_noop(
            "An identification of type %(value)s is not allowed here, or only under another condition of sale."
        ),
        "identification_required": gettext_noop("This document needs the customer's identification."),
        "email_invalid": gettext_noop("This is not an e-mail address."),
        "phone_invalid": gettext_noop(
            "A telephone has 8 to 20 digits; one of another country begins with + and its code."
        ),
        "place_unknown": gettext_noop(
            "There is no district %(district)s in canton %(canton)s of province %(province)s."
        ),
        # Lines
        "cabys_unknown": gettext_noop(
            "%(value)s is not a code of the CABYS catalogue: look it up with /api/v1/catalogs/cabys?q=..."
        ),
        "cabys_required": gettext_noop("Only a financial note can do without CABYS codes."),
        "unit_in_letters": gettext_noop("Units are letters here, such as Unid, Kg or Os: see the catalogue units."),
        "kind_against_cabys": gettext_noop("The CABYS code says that this is %(kind)s."),
        "tariff_heading_required": gettext_noop("Exported goods need their tariff heading of 12 digits."),
        "discount_exceeds_line": gettext_noop("The discount exceeds the line's %(gross)s."),
        "discount_given_twice": gettext_noop("Give either one discount or a list of discounts."),
        "class_not_allowed": gettext_noop("A document of type %(type)s has no lines that are %(value)s."),
        "taxable_base_required": gettext_noop("This tax needs its taxable base."),
        "taxable_base_computed": gettext_noop("The taxable base is computed; leave it out."),
        "vat_factor_required": gettext_noop("The tax on used goods needs its factor."),
        "vat_not_among_extra": gettext_noop("Value added tax is no extra tax; it follows from the line's rate."),
        "tax_amount_required": gettext_noop("Tax %(tax)s needs its amount, or what it is computed from."),
        "tax_amount_computed": gettext_noop("The amount of tax %(tax)s is computed; leave it out."),
        "price_with_extra_taxes": gettext_noop(
            "A price that includes tax cannot be taken apart where specific taxes are on it: give it without tax."
        ),
        "nothing_to_exempt": gettext_noop("Only a line with value added tax can be exempted of it."),
        "exemption_exceeds_rate": gettext_noop("The exempted points exceed the rate of %(rate)s."),
        "exemption_exceeds_tax": gettext_noop("Nothing of the tax of a gift can be exempted: the issuer bears it."),
        # Charges
        "charge_amount_required": gettext_noop("A charge needs an amount or a percentage."),
        "third_party_required": gettext_noop("A charge for a third party needs its name and identification."),
        "lines_required": gettext_noop(
            "A document needs lines, unless all its charges are of type 04, 08, 09 or 10."
        ),
        # Payment
        "days_required": gettext_noop("A sale on credit needs its days."),
        "days_not_allowed": gettext_noop("Only a sale on credit has days."),
        "amounts_required": gettext_noop(
            "Of several means of payment only one can do without its amount: it pays what the others leave."
        ),
        "payments_do_not_add_up": gettext_noop("The payments add up to %(paid)s, not to %(payable)s."),
        "expected_total_differs": gettext_noop(
            "The total expected is %(expected)s, the amount to pay comes to %(payable)s."
        ),
        # References
        "clave_invalid": gettext_noop("%(value)s is not a clave of 50 characters."),
        "reference_required": gettext_noop("This document must refer to another one."),
        "referenced_too_old": gettext_noop("A document referred to is at most 10 years old."),
        "referenced_in_future": gettext_noop("A document referred to cannot be younger than this one."),
        "related_not_stamped": gettext_noop("Hacienda has not stamped this document."),
        "related_invalidated": gettext_noop("This document is invalidated."),
        "related_unreadable": gettext_noop("The document referred to cannot be read."),
        "one_original": gettext_noop("A note adjusts one document of your own."),
        "customer_differs": gettext_noop("The customer must be that of the document referred to."),
        "currency_differs": gettext_noop("The currency must be %(currency)s, that of the document referred to."),
        "line_unknown": gettext_noop("The document referred to has no line %(line)s."),
        "line_without_original": gettext_noop("A line can be named only of a document of your own."),
        "line_exceeds_original": gettext_noop("Of line %(line)s only %(left)s is left."),
        "exceeds_original": gettext_noop("The note comes to %(total)s, but only %(left)s is left of the document."),
        "exceeds_unpaid": gettext_noop("The payment comes to %(total)s, but only %(left)s is unpaid."),
        "void_not_whole": gettext_noop("A note that voids takes all of the document: %(left)s, not %(total)s."),
        "nothing_left": gettext_noop("Nothing is left of the document referred to."),
        "cabys_not_in_original": gettext_noop(
            "The document referred to has no line of this CABYS code at this rate of tax."
        ),
        "receipt_not_taken_back": gettext_noop("SmartBill cannot take back a payment receipt yet."),
        "not_paid_by_receipt": gettext_noop("Only a document with condition 08 or 10 is paid by a receipt."),
    }
)

# The same faults at places where more can be said: code and last member of the path.
_AT: Final[Mapping[tuple[str, object], str]] = MappingProxyType(
    {
        ("required", "cabys"): gettext_noop(
            "Each line needs its CABYS code of 13 digits: look it up with /api/v1/catalogs/cabys?q=..."
        ),
        ("unknown_code", "tax_rate"): gettext_noop(
            "%(value)s is not a code of a rate: 08 is 13 %%, 04 4 %%, 03 2 %%, 02 1 %%, 10 exempt (catalogue "
            "vat_rates)."
        ),
        ("required", "customer"): gettext_noop(
            "This document names its customer; a sale to nobody in particular is a ticket."
        ),
        ("reference_required", "related"): gettext_noop(
            "This document must refer to another one: give its id, or type, number and issued_at."
        ),
    }
)

# Members of a line that are judged together: where one cannot be read, nothing certain is known of the others.
_JUDGED_TOGETHER: Final = frozenset({"line", "quantity", "price", "discount", "discounts", "tax", "tax_rate"})


def _casts_doubt(unread: Path, path: Path) -> bool:
    """Whether a fault at `path` may only be there because `unread` could not be read."""
    shorter = min(len(unread), len(path))
    if unread[:shorter] == path[:shorter]:
        return True
    holder = unread[:-1]
    if not holder or path[: len(holder)] != holder or unread[-1] == "*":
        return False
    return holder[0] != "items" or {unread[-1], path[len(holder)]} <= _JUDGED_TOGETHER


class Faults:
    """Collects faults in the order in which they are found, one of a kind for each place.

    `unread`: places of the caller's body that could not be read. What may follow from that alone is not told, and
    a draft with such a place is refused in any case.
    """

    def __init__(self, unread: tuple[Path, ...] = ()) -> None:
        self._found: dict[tuple[Path, str], Fault] = {}
        self._places: set[Path] = set()
        self._unread = unread
        self._doubtful = 0

    def add(self, path: Path, code: str, **params: object) -> None:
        """Keeps a fault; amounts among `params` are shown in plain digits."""
        if any(_casts_doubt(unread, path) for unread in self._unread):
            self._doubtful += 1
            return
        shown = {name: plain(value) if isinstance(value, Decimal) else value for name, value in params.items()}
        self._found.setdefault(
            (path, code), Fault(path, code, _AT.get((code, path[-1] if path else ""), MESSAGES[code]), shown)
        )
        self._places.add(path)

    def tell(self, path: Path, found: Iterable[Fault]) -> None:
        """Keeps faults that were found elsewhere, their places below `path`."""
        for one in found:
            where = (*path, *one.path)
            if any(_casts_doubt(unread, where) for unread in self._unread):
                self._doubtful += 1
                continue
            self._found.setdefault((where, one.code), replace(one, path=where))
            self._places.add(where)

    def has(self, path: Path) -> bool:
        """Whether anything is wrong at exactly that place."""
        return path in self._places

    def __len__(self) -> int:
        return len(self._found) + self._doubtful

    def refuse(self) -> None:
        """Raises `Invalid` with everything collected, if anything was or something could not be read."""
        if len(self) or self._unread:
            raise Invalid(tuple(self._found.values()))


def plain(amount: Decimal) -> str:
    """`amount` in digits: no exponent, no trailing zeros."""
    if not amount.is_finite():
        return str(amount)
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
