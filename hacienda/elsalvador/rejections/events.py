"""What Hacienda's codes mean where an event was refused, and what to do about it: data only, to be translated.

Causes are those of documents (`meanings`) wherever they hold of both. What to do never is: an invalidation is asked
for anew, and nobody wrote a contingency event, which the board sends again. Sources: as in `meanings`, functional
manual 2.0 pages 11 to 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador.rejections import meanings
from hacienda.elsalvador.rejections.meanings import Meaning
from hacienda.messages import gettext_noop as _
from hacienda.verdicts import Mender

_OPERATOR: Final = Mender.OPERATOR
_AUTHORITY: Final = Mender.AUTHORITY

_EXISTS: Final = _("Hacienda already has an event with this generation code.")
_FORM: Final = _("The event does not have the form that Hacienda's schema demands.")
_NOT_AUTHORISED: Final = _("Hacienda has not authorised the company to send this event.")
_VERSION: Final = _("Hacienda does not take this version of the event from the company, or not any more.")
UNKNOWN: Final = Meaning(
    _("Hacienda refused the event with a code of which no meaning has been published."), meanings.UNKNOWN.remedy
)

# --- Invalidations ------------------------------------------------------------------------------------------------
INVALIDATION_MEND: Final = _("Correct the fields that are listed and ask for the invalidation again.")
INVALIDATION_REPORT: Final = _(
    "There is nothing to correct in what you asked for. Tell SmartBill's support the document's id; once it is "
    "mended, ask for the invalidation again. Until then the document is valid."
)
INVALIDATION_OTHER_VERSION: Final = Meaning(
    _VERSION,
    _(
        "Choose version %(version)s of the invalidation event under Hacienda, versions of documents; then ask for "
        "the invalidation again."
    ),
)
_INVALIDATION_REMEDIES: Final[Mapping[str, str]] = {
    meanings.REPORT: INVALIDATION_REPORT,
    meanings.LATER: _(
        "Nothing is wrong with the invalidation. Wait some minutes and ask for it again with the same data."
    ),
    meanings.CREDENTIALS: _(
        "A manager enters the right password under Hacienda in the dashboard; then ask for the invalidation again."
    ),
}
_REPLACEMENT: Final = "documento.codigogeneracionr"

INVALIDATION_BY_PLACE: Final[Mapping[tuple[str, str], Meaning]] = MappingProxyType(
    {
        ("014", _REPLACEMENT): Meaning(
            _("Hacienda does not have the document that replaces this one, or not yet."),
            _("Name a replacement that Hacienda has stamped and ask for the invalidation again."),
        ),
        ("015", _REPLACEMENT): Meaning(
            _("The document that replaces this one was itself invalidated."),
            _("Name a replacement that is in force and ask for the invalidation again."),
        ),
        ("096", "identificacion.version"): Meaning(_VERSION, INVALIDATION_REPORT, _OPERATOR),
    }
)
_INVALIDATION: Final[Mapping[str, Meaning]] = {
    "004": Meaning(_EXISTS, _("Ask for the invalidation again: its event gets a code of its own.")),
    "014": Meaning(
        _("Hacienda does not find the document that is to be invalidated."), INVALIDATION_REPORT, _OPERATOR
    ),
    "015": Meaning(
        _("Hacienda has this document as invalidated already, by an event that SmartBill does not know."),
        _("Nothing more is to be done at Hacienda. Ask SmartBill's support to enter the invalidation here as well."),
        _OPERATOR,
    ),
    "017": Meaning(meanings.BY_CODE["017"].cause, INVALIDATION_REPORT, _OPERATOR),
    "018": Meaning(
        _("The term in which this document can be invalidated has passed."),
        _(
            "The document stays valid. A tax credit invoice or a withholding receipt can still be adjusted by a "
            "credit or debit note; for anything else only Hacienda can allow an exception."
        ),
        _AUTHORITY,
    ),
    "028": Meaning(
        meanings.BY_CODE["028"].cause,
        _(
            "First invalidate the document that refers to this one, as a credit or debit note or a return; then ask "
            "for this invalidation again."
        ),
    ),
    "095": Meaning(
        _NOT_AUTHORISED,
        _("Ask Hacienda for the authorisation in its accreditation portal; then ask for the invalidation again."),
        _AUTHORITY,
    ),
    "096": Meaning(_FORM, INVALIDATION_MEND, by_place=True),
    "101": Meaning(
        meanings.BY_CODE["101"].cause,
        _("Ask Hacienda's support about the API user of your company; then ask for the invalidation again."),
        _AUTHORITY,
    ),
    "103": Meaning(
        meanings.BY_CODE["103"].cause,
        _(
            "Choose a new API password at Hacienda's portal and enter it under Hacienda in the dashboard; then ask "
            "for the invalidation again."
        ),
    ),
    "802": Meaning(
        meanings.BY_CODE["802"].cause,
        _(
            "A manager uploads the company's present certificate under Hacienda in the dashboard; then ask for the "
            "invalidation again."
        ),
    ),
}

# --- Contingency events -------------------------------------------------------------------------------------------
CONTINGENCY_REPORT: Final = _(
    "There is nothing that you could correct. Tell SmartBill's support the event's code; once it is mended, try "
    "again. Its documents wait for it."
)
CONTINGENCY_OTHER_VERSION: Final = Meaning(
    _VERSION,
    _("Choose version %(version)s of the contingency event under Hacienda, versions of documents; then try again."),
)
_RESPONSIBLE: Final = _("A manager corrects the responsible person here on the board; then try again.")
_CONTACT: Final = _(
    "A manager corrects the telephone or the e-mail under Hacienda, company data, in the dashboard; then try again."
)
# Whoever can change what stands there: all else of an event is ours.
CONTINGENCY_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "emisor.nombreresponsable": _RESPONSIBLE,
        "emisor.tipodocresponsable": _RESPONSIBLE,
        "emisor.numerodocresponsable": _RESPONSIBLE,
        "emisor.telefono": _CONTACT,
        "emisor.correo": _CONTACT,
    }
)
_CONTINGENCY_REMEDIES: Final[Mapping[str, str]] = {
    meanings.REPORT: CONTINGENCY_REPORT,
    meanings.LATER: _("Nothing is wrong with the event. Wait some minutes and try again."),
    meanings.CREDENTIALS: _("A manager enters the right password under Hacienda in the dashboard; then try again."),
}
_LISTED: Final = "detalledte"
_SETTLED: Final = _(
    "SmartBill asks Hacienda about that document. Wait some minutes and try again: what is settled is left out of "
    "the event."
)

CONTINGENCY_BY_PLACE: Final[Mapping[tuple[str, str], Meaning]] = MappingProxyType(
    {
        ("004", _LISTED): Meaning(_("Hacienda has stamped a document of this event already."), _SETTLED),
        ("008", _LISTED): Meaning(
            _("For Hacienda a document of this event belongs to another taxpayer."), CONTINGENCY_REPORT, _OPERATOR
        ),
        ("015", _LISTED): Meaning(_("A document of this event was invalidated at Hacienda."), _SETTLED),
        ("096", "identificacion.version"): Meaning(_VERSION, CONTINGENCY_REPORT, _OPERATOR),
    }
)
_LATE: Final = _("Write to the DGII, explain why the event is late and ask for an extension; then try again.")
_CONTINGENCY: Final[Mapping[str, Meaning]] = {
    "004": Meaning(_EXISTS, CONTINGENCY_REPORT, _OPERATOR),
    "014": Meaning(_("Hacienda does not have what the event refers to."), CONTINGENCY_REPORT, _OPERATOR),
    "015": Meaning(_("A document of this event was invalidated at Hacienda."), _SETTLED),
    "017": Meaning(
        meanings.BY_CODE["017"].cause,
        _(
            "Try again: the event then tells a new time of sending. If Hacienda refuses it once more, tell "
            "SmartBill's support the event's code."
        ),
    ),
    "018": Meaning(_("The term for reporting this outage has passed."), _LATE, _AUTHORITY),
    "013": Meaning(
        _("A document was issued outside the period that the event tells."), CONTINGENCY_REPORT, _OPERATOR
    ),
    "028": Meaning(meanings.BY_CODE["028"].cause, CONTINGENCY_REPORT, _OPERATOR),
    "095": Meaning(
        _NOT_AUTHORISED,
        _("Ask Hacienda for the authorisation in its accreditation portal; then try again."),
        _AUTHORITY,
    ),
    "096": Meaning(_FORM, CONTINGENCY_REPORT, by_place=True),
    "101": Meaning(
        meanings.BY_CODE["101"].cause,
        _("Ask Hacienda's support about the API user of your company; then try again."),
        _AUTHORITY,
    ),
    "103": Meaning(
        meanings.BY_CODE["103"].cause,
        _(
            "Choose a new API password at Hacienda's portal and enter it under Hacienda in the dashboard; then try "
            "again."
        ),
    ),
    "802": Meaning(
        meanings.BY_CODE["802"].cause,
        _("A manager uploads the company's present certificate under Hacienda in the dashboard; then try again."),
    ),
}


# --- Both ---------------------------------------------------------------------------------------------------------
def _of_event(
    own: Mapping[str, Meaning], remedies: Mapping[str, str], *, mend: str, report: str
) -> Mapping[str, Meaning]:
    """Every code: as `own` has it, else the cause of documents with what is to be done about an event.

    `remedies` goes by those of documents. A value is mended (`mend`); what only a document has is not the reader's.
    """
    found = dict.fromkeys((code for code, known in meanings.BY_CODE.items() if known is meanings.UNKNOWN), UNKNOWN)
    for code, known in meanings.BY_CODE.items():
        if code in own:
            found[code] = own[code]
        elif known.by_place:
            found[code] = replace(known, remedy=mend)
        elif code not in found:
            who = known.who if known.remedy in remedies else _OPERATOR
            found[code] = Meaning(known.cause, remedies.get(known.remedy, report), who)
    return MappingProxyType(found)


def _of_wordings(mend: str) -> Mapping[str, Meaning]:
    return MappingProxyType({words: replace(one, remedy=mend) for words, one in meanings.BY_WORDING.items()})


INVALIDATION_BY_CODE: Final = _of_event(
    _INVALIDATION, _INVALIDATION_REMEDIES, mend=INVALIDATION_MEND, report=INVALIDATION_REPORT
)
INVALIDATION_BY_WORDING: Final = _of_wordings(INVALIDATION_MEND)
CONTINGENCY_BY_CODE: Final = _of_event(
    _CONTINGENCY, _CONTINGENCY_REMEDIES, mend=CONTINGENCY_REPORT, report=CONTINGENCY_REPORT
)
CONTINGENCY_BY_WORDING: Final = _of_wordings(CONTINGENCY_REPORT)
