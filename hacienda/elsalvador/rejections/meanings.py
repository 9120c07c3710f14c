"""What each of Hacienda's codes means to a merchant, and what to do about it: data only, English to be translated.

Sources: technical manual 1.0 section 4 for the codes, real answers for the wordings of 096 and for what causes what.
Of 029 to 034 and 112 to 116 only the existence is known.
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
    """`by_place`: what was refused is a value, so that whoever made it can mend it: see `remedies`."""

    cause: str
    remedy: str
    who: Mender = Mender.MERCHANT
    same_document: bool = True
    by_place: bool = False


_OPERATOR: Final = Mender.OPERATOR
_AUTHORITY: Final = Mender.AUTHORITY

REPORT: Final = _(
    "There is nothing to correct in your request. Tell SmartBill's support the document's id; once it is mended, "
    "send it again as it is."
)
# Where there is another version to send: see `earlier`.
OTHER_VERSION: Final = Meaning(
    _("Hacienda does not take this version of the type from the company, or not any more."),
    _("Choose version %(version)s of this type under Hacienda, versions of documents; then send it again."),
)
LATER: Final = _("Nothing is wrong with the document. Wait some minutes and send it again as it is.")
CREDENTIALS: Final = _(
    "A manager enters the right password under Hacienda in the dashboard; then send the document again as it is."
)

ISSUER: Final = _(
    "This is one of your company's own data, which are not part of a request. Ask SmartBill's support to bring "
    "them in line with your registration at Hacienda; then send the document again as it is."
)

# A manager can change these: see `accounts.contacts`.
CONTACT: Final = _(
    "A manager corrects it under Hacienda, company data, in the dashboard; then send the document again as it is."
)
SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("emisor.telefono", "emisor.correo", "emisor.nombrecomercial"), CONTACT)
)

UNKNOWN: Final = Meaning(
    _("Hacienda refused the document with a code of which no meaning has been published."),
    _(
        "Read Hacienda's own words and correct the field that they name. If they name none, ask SmartBill's support "
        "before sending it again."
    ),
)

BY_CODE: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "003": Meaning(
            _(
                "Hacienda does not recognise the value of this field: it is not in its catalogue or does not agree "
                "with its registry."
            ),
            _(
                "Check the field against the catalogue or the customer's registration card, correct it and send "
                "again."
            ),
            by_place=True,
        ),
        "004": Meaning(
            _("Hacienda already has a document with this generation code or number."),
            _("Send it again: SmartBill gives it a new generation code and a new number."),
            same_document=False,
        ),
        "005": Meaning(
            _("Hacienda demands a value in this field and found none."),
            _("Fill the field in and send again."),
            by_place=True,
        ),
        "006": Meaning(
            _("The value is not written in the form that Hacienda demands."),
            _(
                "Write the field as the reference of its type says, for example a NIT with all its digits; send "
                "again."
            ),
            by_place=True,
        ),
        "007": Meaning(
            _("Hacienda does not allow this value in this type of document."),
            _("Choose a value that this type allows and send again."),
            by_place=True,
        ),
        "008": Meaning(
            _("The number or document belongs to another taxpayer."),
            _("Check whose number it is, give the right one and send again."),
            by_place=True,
        ),
        "009": Meaning(
            _("Hacienda has no taxpayer with this NIT."),
            _("Ask the customer for the registration card, correct the NIT and send again."),
            by_place=True,
        ),
        "010": Meaning(
            _("This taxpayer's registration is not active at Hacienda."),
            _(
                "Check the NIT with the customer. If it is right, only the customer can settle it with Hacienda; "
                "until then an invoice to a final consumer can be issued as a new document."
            ),
            by_place=True,
        ),
        "011": Meaning(
            _("This taxpayer is not registered for the value added tax."),
            _(
                "Check the NIT and the NRC with the customer. A customer without an NRC gets an invoice, which is"
                " a new document, and not a tax credit invoice."
            ),
            by_place=True,
        ),
        "012": Meaning(
            _("The document was issued in contingency, and Hacienda has no contingency event that lists it."),
            REPORT,
            _OPERATOR,
        ),
        "013": Meaning(
            _("The document was issued outside the period that its contingency event reported."),
            _("Check the time of issue: it must lie between the beginning and the end of the outage. Send again."),
        ),
        "014": Meaning(
            _("Hacienda does not have the document or record that is referred to, or not yet."),
            _(
                "Check the code, the type and the date of the document referred to. If it is one of yours, wait "
                "until Hacienda has accepted it; then send again."
            ),
        ),
        "015": Meaning(
            _("The document that is referred to was invalidated."),
            _("Refer to the document that took its place, if there is one, and send again."),
        ),
        "016": Meaning(
            _("The amount is greater than what is left of the document that it adjusts."),
            _("Lower the quantities or prices to what has not been adjusted before, and send again."),
        ),
        "017": Meaning(
            _("Hacienda does not take this date or time."),
            _("Correct the date (without one it is dated anew when you correct it) and send again."),
        ),
        "018": Meaning(
            _("The date lies outside the term that the law gives for this."),
            _(
                "If the date is a mistake, correct it and send again. If it is right, the term has passed and only "
                "Hacienda can allow an exception."
            ),
        ),
        "019": Meaning(_("The lines are not numbered one after the other."), REPORT, _OPERATOR),
        "020": Meaning(_("Hacienda computes another amount here."), REPORT, _OPERATOR),
        "021": Meaning(_("Hacienda could not check this field at that moment."), LATER, _AUTHORITY),
        "022": Meaning(_("Hacienda's service that checks signatures was not available."), LATER, _AUTHORITY),
        "023": Meaning(
            _("Data are missing that Hacienda needs in order to check the document."),
            _("Fill in what belongs to the field that Hacienda names and send again."),
            by_place=True,
        ),
        "024": Meaning(
            _("The field does not apply to this operation."),
            _("Take the value out of the field, or change what makes it superfluous, and send again."),
            by_place=True,
        ),
        "025": Meaning(
            _("The same value is given more than once."),
            _("Leave each value only once and send again."),
            by_place=True,
        ),
        "026": Meaning(
            _("Values differ that must be the same, as the types of all documents referred to."),
            _("Make them the same, or divide them among several documents, and send again."),
            by_place=True,
        ),
        "027": Meaning(
            _("The value does not agree with the document or event that Hacienda has."),
            _("Copy the value from the original document and send again."),
            by_place=True,
        ),
        "028": Meaning(
            _("Another document refers to this one."),
            _("See to the other document first, for example by invalidating it; then send again."),
        ),
        "094": Meaning(_("Hacienda found the request itself incomplete, before the document."), REPORT, _OPERATOR),
        "095": Meaning(
            _("Hacienda has not authorised the company to issue this type of document, or to charge this tax in it."),
            _(
                "Ask Hacienda for the authorisation in its accreditation portal; then send the document again as "
                "it is."
            ),
            _AUTHORITY,
        ),
        "096": Meaning(
            _("The document does not have the form that Hacienda's schema demands."),
            _("Correct the fields that are listed and send again."),
            by_place=True,
        ),
        "097": Meaning(_("Hacienda received no data to check."), REPORT, _OPERATOR),
        "098": Meaning(_("Hacienda could not read the data as JSON."), REPORT, _OPERATOR),
        "099": Meaning(_("Something failed at Hacienda for which it has no code."), LATER, _AUTHORITY),
        "100": Meaning(_("Hacienda does not know the user that SmartBill signs in with."), CREDENTIALS),
        "101": Meaning(
            _("Hacienda reports a fault of the company's account."),
            _("Ask Hacienda's support about the API user of your company; then send the document again as it is."),
            _AUTHORITY,
        ),
        "102": Meaning(_("Hacienda could not identify the user that SmartBill signs in with."), CREDENTIALS),
        "103": Meaning(
            _("The API password has expired."),
            _(
                "Choose a new API password at Hacienda's portal and enter it under Hacienda in the dashboard; then "
                "send the document again as it is."
            ),
        ),
        "104": Meaning(_("Hacienda could not change the API password."), CREDENTIALS),
        "105": Meaning(_("The new API password and its repetition are not the same."), CREDENTIALS),
        "106": Meaning(_("Hacienda refused the user or the API password."), CREDENTIALS),
        "107": Meaning(_("Hacienda did not accept the token of the login."), LATER, _OPERATOR),
        "108": Meaning(_("Hacienda received no token of a login."), REPORT, _OPERATOR),
        "109": Meaning(_("Hacienda could not make a token for the login."), LATER, _AUTHORITY),
        "110": Meaning(_("Hacienda found an error in the type that was asked for."), REPORT, _OPERATOR),
        "111": Meaning(_("Hacienda found an error in a parameter of the request."), REPORT, _OPERATOR),
        "802": Meaning(
            _("The signature was not made with the certificate that Hacienda has for the company."),
            _(
                "A manager uploads the company's present certificate under Hacienda in the dashboard; then send the "
                "document again as it is."
            ),
        ),
    }
    | dict.fromkeys((*(f"{number:03}" for number in range(29, 35)), *map(str, range(112, 117))), UNKNOWN)
)

# Of a code in one place: the longest beginning of the place's name that is listed counts.
BY_PLACE: Final[Mapping[tuple[str, str], Meaning]] = MappingProxyType(
    {
        ("004", "identificacion.codigogeneracion"): Meaning(
            _("Hacienda already has a document with this generation code."),
            _("Send it again: SmartBill gives it a new generation code and a new number."),
            same_document=False,
        ),
        ("004", "identificacion.numerocontrol"): Meaning(
            _(
                "Hacienda already has another document with this number, as happens when another system numbers for "
                "the company too."
            ),
            _(
                "Send it again: SmartBill gives it the next number. If that is taken as well, ask SmartBill's "
                "support to move the series forward."
            ),
            same_document=False,
        ),
        ("009", "emisor"): Meaning(_("Hacienda has no taxpayer with the company's NIT."), ISSUER, _OPERATOR),
        ("010", "emisor"): Meaning(
            _("The company's own registration is not active at Hacienda."),
            _("Settle the registration with Hacienda; then send the document again as it is."),
            _AUTHORITY,
        ),
        ("011", "emisor"): Meaning(
            _("The company itself is not registered for the value added tax."),
            _("Settle the registration with Hacienda; then send the document again as it is."),
            _AUTHORITY,
        ),
        ("096", "identificacion.version"): Meaning(
            _("Hacienda does not take this version of the type from the company, or not any more."),
            REPORT,
            _OPERATOR,
        ),
        # 100 is a code of the login, and stands with an amount in an answer of 2025.
        ("100", "resumen"): Meaning(_("Hacienda computes another amount here."), REPORT, _OPERATOR),
        ("100", "cuerpodocumento"): Meaning(_("Hacienda computes another amount here."), REPORT, _OPERATOR),
    }
)

_MEND: Final = _("Correct the fields that are listed and send again.")

# Wordings of an observation of 096, spaces and capitals evened out.
BY_WORDING: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "no cumple el formato requerido": Meaning(
            _("A field is not written in the form that Hacienda's schema demands."), _MEND, by_place=True
        ),
        "no cumple el mínimo exclusivo": Meaning(
            _("A number must be greater than the least that Hacienda's schema names, as a rule zero."),
            _MEND,
            by_place=True,
        ),
        "no cumple el valor mínimo requerido": Meaning(
            _("A number is below the least that Hacienda's schema allows."), _MEND, by_place=True
        ),
        "no cumple el mínimo requerido de cantidad de ítems": Meaning(
            _("A list has fewer entries than Hacienda's schema demands."),
            _("Add what is missing to the lists that are named and send again."),
            by_place=True,
        ),
        "contiene un valor inválido": Meaning(
            _("A field is empty, missing, or holds a value that Hacienda's schema does not allow."),
            _MEND,
            by_place=True,
        ),
    }
)
WEAKEST: Final = "contiene un valor inválido"  # said of everything that is wrong, beside what is wrong with it
