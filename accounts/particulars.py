"""What people enter about a merchant and themselves, judged for the columns that it is kept in."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts.audit import Action, Actor, record_change
from accounts.models import Establishment, Merchant, User
from accounts.validation import Checklist, longest_in
from hacienda import drafts, values
from hacienda.authority import Places, Taxpayers
from hacienda.catalogs import LONGEST_PLACE
from hacienda.registry import authority, countries
from hacienda.values import Invalid

PLACES = ("department", "municipality", "district")


def responsible_columns(check: Checklist, person: values.Person | None) -> dict[str, str]:
    if person is None:
        return {}
    return {
        "responsible_" + part: check.text(
            ("responsible", part), getattr(person, part), longest=longest_in(Merchant, "responsible_" + part)
        )
        for part in ("name", "id_type", "id_number")
    }


def address_columns(check: Checklist, country: str, address: drafts.Address) -> dict[str, str]:
    """The columns of an address, its places in the codes of the country's authority."""
    before = len(check.faults)
    given = {
        part: check.text(
            ("address", part), getattr(address, part), longest=LONGEST_PLACE, required=part == "district"
        )
        for part in PLACES
    }
    line = check.text(("address", "line"), address.line, longest=longest_in(Establishment, "address_line"))
    found = drafts.Address(**given, line=line)
    if len(check.faults) == before and country in countries():
        try:
            found = authority(country).locate(found)
        except Invalid as error:
            check.faults += [replace(fault, path=("address", *fault.path)) for fault in error.faults]
    return {part: getattr(found, part) for part in PLACES} | {"address_line": line}


def taxpayer_columns(check: Checklist, known: Taxpayers, tax_id: str, registration: str) -> dict[str, str]:
    """What a taxpayer is known by to its authority."""
    return {
        "tax_id": check.number(
            ("tax_id",), tax_id.upper(), longest=longest_in(Merchant, "tax_id"), pattern=known.tax_id
        ),
        "registration": check.number(
            ("registration",),
            registration,
            longest=longest_in(Merchant, "registration"),
            required=known.has_registration,
        ),
    }


def place_codes(
    check: Checklist, places: Places, establishment: str | None, point_of_sale: str | None
) -> tuple[str, str]:
    """The codes of an establishment and its point of sale; of None the usual first ones."""
    first_shop, first_till = places.first
    return (
        check.code(
            ("establishment_code",), first_shop if establishment is None else establishment, places.establishment
        ),
        check.code(
            ("point_of_sale_code",), first_till if point_of_sale is None else point_of_sale, places.point_of_sale
        ),
    )


@sensitive_variables("password")
def judge_password(check: Checklist, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        check.refused(("password",), error)


def keep_changed(merchant: Merchant, by: Actor, **columns: object) -> Merchant:
    """Keep settings of the merchant, and write down which of them changed."""
    with transaction.atomic():
        row = Merchant.objects.select_for_update().get(pk=merchant.pk)
        before = {name: getattr(row, name) for name in columns}
        Merchant.objects.filter(pk=row.pk).update(**columns)
        record_change(Action.SETTINGS_CHANGED, by=by, merchant=row, before=before, after=columns)
    for name, value in columns.items():
        setattr(merchant, name, value)
    return merchant
