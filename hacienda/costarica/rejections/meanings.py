"""What each of Hacienda's codes means to a merchant, and what to do about it: data only, English to be translated.

Hacienda publishes no list. These are codes that were met in answers, most of them by one program only, with the
meaning of the words beside them; of -125, -300, -312, -459, -471, -473, -478, -488, -508 and -509 only the existence
is known. A rejected document has no effect and is never sent again: a new one takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop as _
from hacienda.verdicts import Mender


@dataclass(frozen=True, slots=True)
class Meaning:
    cause: str
    remedy: str
    who: Mender = Mender.MERCHANT


_OPERATOR: Final = Mender.OPERATOR

REPORT: Final = _(
    "There is nothing to correct in your request. Tell SmartBill's support the document's id; once it is mended, "
    "issue a new document in place of this one."
)
_COMPUTED: Final = _(
    "SmartBill computes this. Tell its support the document's id; once it is mended, issue a new document in place "
    "of this one."
)

UNKNOWN: Final = Meaning(
    _("Hacienda refused the document with a code of which no meaning has been published."),
    _(
        "Read Hacienda's own words and correct what they name in a new document in place of this one. If they name "
        "nothing, ask SmartBill's support first."
    ),
)
NOT_TAKEN: Final = Meaning(
    _("Hacienda did not take the request itself; the document was not judged."), REPORT, _OPERATOR
)
SIGNATURE: Final = Meaning(
    _("Hacienda does not accept the document's signature."),
    _(
        "A manager makes sure that the company's present cryptographic key is uploaded under Hacienda in the "
        "dashboard: making a new one revokes the old. Then issue a new document in place of this one."
    ),
)

BY_CODE: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "-1": Meaning(_("The document does not have the form that Hacienda's schema demands."), REPORT, _OPERATOR),
        "-16": Meaning(
            _("The document reached Hacienda too late for its date."),
            _("Issue a new document of today in place of this one."),
        ),
        "-37": Meaning(
            _("Province, canton or district differ from what Hacienda has registered."),
            _(
                "Correct the place of the company or the customer, as Hacienda's words say, in a new document in "
                "place of this one."
            ),
        ),
        "-38": Meaning(
            _("Hacienda does not know the DIMEX or NITE that identifies somebody in the document."),
            _("Check the customer's kind of identification and its number; then issue a new document with them."),
        ),
        "-41": Meaning(
            _("A discount does not say what kind of discount it is."),
            _("Give the kind of each discount in a new document in place of this one."),
        ),
        "-45": Meaning(_("Hacienda computes another amount of tax."), _COMPUTED, _OPERATOR),
        "-58": Meaning(
            _("A sale on credit does not say in how many days it is to be paid, or one in cash does."),
            _("Give the days of credit that go with the condition of the sale in a new document."),
        ),
        "-99": Meaning(
            _(
                "Hacienda already has a document with this number, as happens when another system numbers for the "
                "company too."
            ),
            _(
                "Issue the document anew: SmartBill gives it the next number. If that is taken as well, move the "
                "series forward in the settings of its numbers."
            ),
        ),
        "-110": Meaning(_("Hacienda computes other totals of goods and services."), _COMPUTED, _OPERATOR),
        "-111": Meaning(_("Hacienda computes other totals of goods and services."), _COMPUTED, _OPERATOR),
        "-131": Meaning(
            _("The payment receipt does not refer to a document that such a receipt can pay."),
            _("Refer to an accepted document on credit of that kind in a new receipt."),
        ),
        "-190": Meaning(
            _("Hacienda has no exoneration with these data, or it does not cover this."),
            _("Copy number, date and percentage from the customer's authorisation into a new document."),
        ),
        "-400": Meaning(
            _("A CABYS code does not exist, is no longer in force, or does not go with its tax."),
            _("Choose a code of the present CABYS catalogue for each item in a new document."),
        ),
        "-405": Meaning(_("The date of the document differs from the one in its key."), REPORT, _OPERATOR),
        "-451": Meaning(_("Hacienda computes another taxable base."), _COMPUTED, _OPERATOR),
        "-454": Meaning(_("Hacienda computes another taxable base."), _COMPUTED, _OPERATOR),
        "-505": Meaning(
            _("The rate of tax is a transitory one that does not apply here any more."),
            _("Choose a rate that is in force in a new document in place of this one."),
        ),
        "-513": Meaning(
            _("An item has no value added tax; one that is exempt must say so."),
            _("Give each item its tax, or that it is exempt, in a new document in place of this one."),
        ),
    }
    | dict.fromkeys(("-125", "-300", "-312", "-459", "-471", "-473", "-478", "-488", "-508", "-509"), UNKNOWN)
)

# What is said without a code, spaces and capitals evened out.
BY_WORDING: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "no tiene el policy id": Meaning(
            _("The document's signature does not name the policy that it follows."), REPORT, _OPERATOR
        ),
        "la firma": SIGNATURE,
    }
)
