"""How a merchant and its establishments are called and reached: what people may change of the data in documents.

All else of a merchant is as it is registered with the authority. Paths of `Invalid` name the argument.
"""

from __future__ import annotations

from django.db import transaction

from accounts.audit import SMARTBILL, Action, Actor, record_change
from accounts.models import Establishment, Merchant
from accounts.particulars import keep_changed
from accounts.validation import Checklist, longest_in
from hacienda.registry import authority
from hacienda.values import Invalid

SHORTEST_PHONE = 8


def set_contact(*, merchant: Merchant, trade_name: str, phone: str, email: str, by: Actor = SMARTBILL) -> Merchant:
    """Change the trade name (none if empty), telephone and e-mail that documents and events tell from now on.

    What was signed before keeps the old ones.
    """
    check = Checklist()
    name = check.text(("trade_name",), trade_name, longest=longest_in(Merchant, "trade_name"), required=False)
    number = check.text(("phone",), phone, shortest=SHORTEST_PHONE, longest=longest_in(Merchant, "phone"))
    address = check.email(("email",), email, longest=longest_in(Merchant, "email"))
    _as_the_authority_takes_it(check, merchant.country, phone=number, email=address)
    check.finish()
    return keep_changed(merchant, by, trade_name=name, phone=number, email=address)


def set_establishment_contact(
    *, establishment: Establishment, phone: str, email: str, by: Actor = SMARTBILL
) -> Establishment:
    """Change the telephone and e-mail of one place; the company's own stand in for what is empty."""
    check = Checklist()
    number = check.text(
        ("phone",), phone, shortest=SHORTEST_PHONE, longest=longest_in(Establishment, "phone"), required=False
    )
    address = check.email(("email",), email, longest=longest_in(Establishment, "email")) if email.strip() else ""
    _as_the_authority_takes_it(check, establishment.merchant.country, phone=number, email=address)
    check.finish()
    with transaction.atomic():
        row = Establishment.objects.select_for_update().get(pk=establishment.pk)
        record_change(
            Action.SETTINGS_CHANGED,
            by=by,
            merchant=establishment.merchant,
            subject=row.code,
            before={"phone": row.phone, "email": row.email},
            after={"phone": number, "email": address},
        )
        establishment.phone, establishment.email = number, address
        establishment.save(update_fields=["phone", "email"])
    return establishment


def _as_the_authority_takes_it(check: Checklist, country: str, *, phone: str, email: str) -> None:
    """Add what the authority would refuse in a document, of what is right in itself."""
    wrong = {fault.path for fault in check.faults}
    try:
        authority(country).check_contact(phone=phone, email=email)
    except Invalid as error:
        check.faults += [fault for fault in error.faults if fault.path not in wrong]
