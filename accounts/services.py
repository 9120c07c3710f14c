"""What can be done with merchants, people, keys and credentials: verbs that return what they made.

All of them raise `hacienda.values.Invalid` with every fault at once; paths name the argument.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from accounts import keys, selectors, trade, vault
from accounts.contacts import SHORTEST_PHONE
from accounts.models import (
    ApiKey,
    Credential,
    Environment,
    Establishment,
    Membership,
    Merchant,
    PointOfSale,
    Role,
    User,
)
from accounts.validation import Checklist, longest_in
from hacienda import drafts, values
from hacienda.catalogs import LONGEST_PLACE
from hacienda.registry import authority, countries
from hacienda.sandbox.registration import register_emitter
from hacienda.values import Fault, Invalid

PLACES = ("department", "municipality", "district")
LONGEST_PASSWORD = 200
# Of a resolution that allows donations: what authorities print of it.
LONGEST_RESOLUTION, LONGEST_DESCRIPTION = 100, 300

TAKEN = gettext_noop("A merchant with this tax number is registered already.")
NOT_OF_MERCHANT = gettext_noop("This merchant has no such establishment.")
NOT_OF_ESTABLISHMENT = gettext_noop("This establishment has no such point of sale.")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `private_key` exists here and never again: only its hash is kept."""

    key: ApiKey
    private_key: str = field(repr=False)


# --- Merchants and people -----------------------------------------------------------------------------------
def create_merchant(
    *,
    name: str,
    tax_id: str,
    registration: str,
    activity: str,
    phone: str,
    email: str,
    address: drafts.Address,
    trade_name: str = "",
    responsible: values.Person | None = None,
    establishment_code: str = "M001",
    point_of_sale_code: str = "P001",
    country: str = "SV",
    now: datetime,
) -> Merchant:
    """A merchant with its first establishment and point of sale, which is where it issues by default."""
    check = Checklist()
    merchant = Merchant(
        country=check.choice(("country",), country, countries()),
        tax_id=check.digits(("tax_id",), tax_id, longest=longest_in(Merchant, "tax_id")),
        registration=check.digits(("registration",), registration, longest=longest_in(Merchant, "registration")),
        name=check.text(("name",), name, longest=longest_in(Merchant, "name")),
        trade_name=check.text(
            ("trade_name",), trade_name, longest=longest_in(Merchant, "trade_name"), required=False
        ),
        activity=check.text(("activity",), activity, longest=longest_in(Merchant, "activity")),
        phone=check.text(("phone",), phone, shortest=SHORTEST_PHONE, longest=longest_in(Merchant, "phone")),
        email=check.email(("email",), email, longest=longest_in(Merchant, "email")),
        created_at=now,
        **_responsible(check, responsible),
    )
    establishment = Establishment(
        merchant=merchant,
        code=check.column(("establishment_code",), establishment_code, Establishment._meta.get_field("code")),
        **_address(check, country, address),
    )
    till = PointOfSale(
        establishment=establishment,
        code=check.column(("point_of_sale_code",), point_of_sale_code, PointOfSale._meta.get_field("code")),
    )
    check.finish()
    try:
        with transaction.atomic():
            for row in (merchant, establishment, till):
                row.save(force_insert=True)
    except IntegrityError:
        raise Invalid((Fault(("tax_id",), "taken", TAKEN),)) from None
    return merchant


@sensitive_variables("password")
def add_member(*, merchant: Merchant, email: str, password: str | None, role: str, name: str = "") -> User:
    """Let a person work for a merchant as `role`; somebody who is a member already gets that role.

    A person whom SmartBill knows keeps name and password: no merchant may set those of another's people.
    Without a password a new person cannot sign in until one is set.
    """
    check = Checklist()
    address = check.email(("email",), email, longest=longest_in(User, "email"))
    title = check.text(("name",), name, longest=longest_in(User, "name"), required=False)
    check.choice(("role",), role, Role.values)
    known = User.objects.filter(email=address).first()
    if known is None and password is not None:
        _judge_password(check, password, User(email=address, name=title))
    check.finish()
    with transaction.atomic():
        user = known or User.objects.create_user(address, password, name=title)
        Membership.objects.update_or_create(user=user, merchant=merchant, defaults={"role": role})
    return user


@sensitive_variables("password")
def set_password(*, user: User, password: str) -> User:
    """Give a person a new password, which ends every login made with the old one."""
    check = Checklist()
    _judge_password(check, password, user)
    check.finish()
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


# --- Settings -----------------------------------------------------------------------------------------------
def set_contingency_sending(*, merchant: Merchant, sending: str) -> Merchant:
    """Choose what sends the documents that wait in contingency when nobody presses the button."""
    check = Checklist()
    check.choice(("sending",), sending, Merchant.ContingencySending.values)
    check.finish()
    merchant.contingency_sending = sending
    merchant.save(update_fields=["contingency_sending"])
    return merchant


def set_schema_versions(*, merchant: Merchant, environment: str, versions: Mapping[str, int | None]) -> Merchant:
    """Choose which version of each type's schema is sent in an environment; None sends the newest.

    `versions` goes by type code, or by the name of an event; what it does not name keeps its choice. Paths begin with
    `versions`.
    """
    check = Checklist()
    check.choice(("environment",), environment, Environment.values)
    known = selectors.versions(merchant.country)
    for code, version in versions.items():
        check.choice(("versions", code), code, known)
        if code in known and version is not None:
            check.choice(("versions", code), str(version), [str(one) for one in known[code]])
    check.finish()
    with transaction.atomic():
        row = Merchant.objects.select_for_update().get(pk=merchant.pk)
        chosen = row.schema_versions.get(environment, {}) | versions
        row.schema_versions[environment] = {code: one for code, one in chosen.items() if one is not None}
        row.save(update_fields=["schema_versions"])
    merchant.schema_versions = row.schema_versions
    return merchant


def set_responsible(*, merchant: Merchant, person: values.Person) -> Merchant:
    """Name the person who answers for the merchant's events. Paths begin with `responsible`."""
    check = Checklist()
    known = _responsible(check, person)
    check.finish()
    for name, value in known.items():
        setattr(merchant, name, value)
    merchant.save(update_fields=list(known))
    return merchant


def set_export_defaults(*, merchant: Merchant, defaults: values.ExportDefaults) -> Merchant:
    """Keep the codes that the merchant exports by as a rule; those that are None come with each document.

    Paths begin with `export`.
    """
    check = Checklist()
    given = {name: getattr(defaults, name) for name in trade.CATALOGS if getattr(defaults, name) is not None}
    for name, code in given.items():
        check.choice(("export", name), code, [entry.code for entry in trade.entries(merchant.country, name)])
    check.finish()
    merchant.export_defaults = given
    merchant.save(update_fields=["export_defaults"])
    return merchant


def set_donation_resolution(*, merchant: Merchant, resolution: values.Resolution | None) -> Merchant:
    """Keep what allows the merchant to take donations; None where nothing does. Paths begin with `donation`."""
    check = Checklist()
    known = {}
    if resolution is not None:
        number, description = resolution.number, resolution.description
        known = {
            "number": check.text(("donation", "number"), number, shortest=3, longest=LONGEST_RESOLUTION),
            "description": check.text(
                ("donation", "description"), description, shortest=3, longest=LONGEST_DESCRIPTION
            ),
        }
    check.finish()
    merchant.donation_resolution = known
    merchant.save(update_fields=["donation_resolution"])
    return merchant


# --- API keys -----------------------------------------------------------------------------------------------
def create_api_key(
    *,
    merchant: Merchant,
    environment: str,
    role: str,
    name: str,
    created_by: User | None = None,
    establishment: Establishment | None = None,
    point_of_sale: PointOfSale | None = None,
    now: datetime,
) -> NewKey:
    """A key pair of one merchant, environment and role, with the place where it issues by default."""
    check = Checklist()
    title = check.text(("name",), name, longest=longest_in(ApiKey, "name"))
    check.choice(("environment",), environment, Environment.values)
    check.choice(("role",), role, Role.values)
    place = establishment or (point_of_sale.establishment if point_of_sale else None)
    if place is not None and place.merchant_id != merchant.pk:
        check.add(("establishment",), "unknown_place", NOT_OF_MERCHANT)
    elif place is not None and point_of_sale is not None and point_of_sale.establishment_id != place.pk:
        check.add(("point_of_sale",), "unknown_place", NOT_OF_ESTABLISHMENT)
    check.finish()
    public, private = keys.new_pair(environment)
    key = ApiKey.objects.create(
        merchant=merchant,
        environment=environment,
        role=role,
        name=title,
        public_key=public,
        private_key_digest=keys.digest(private),
        private_key_ending=private[-4:],
        establishment=place,
        point_of_sale=point_of_sale,
        created_by=created_by,
        created_at=now,
    )
    return NewKey(key, private)


def revoke_api_key(*, key: ApiKey, now: datetime) -> ApiKey:
    """The key stops at once, in every process, for good. A second revocation keeps the first one's moment."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)
    key.refresh_from_db(fields=["revoked_at"])
    return key


# --- Credentials --------------------------------------------------------------------------------------------
@sensitive_variables()
def save_credential(
    *,
    merchant: Merchant,
    environment: str,
    certificate: bytes,
    certificate_password: str,
    password: str,
    now: datetime,
) -> Credential:
    """Check a signing file in full and keep it with the authority's password; ends a hold.

    Raises `hacienda.certificates.CertificateError` for a file that cannot be used. Nothing is kept then.
    """
    check = Checklist()
    check.choice(("environment",), environment, Environment.values)
    check.text(("password",), password, longest=LONGEST_PASSWORD)  # judged, but kept as it was typed
    check.finish()
    opened = authority(merchant.country).read_certificate(
        certificate, certificate_password, tax_id=merchant.tax_id, now=now
    )
    return vault.store(
        merchant=merchant,
        environment=environment,
        certificate=opened,
        content=certificate,
        password=password,
        now=now,
    )


@sensitive_variables()
def open_sandbox(*, merchant: Merchant, now: datetime) -> Credential:
    """A self-made signing file and a random password for the sandbox; those there are already stay.

    The sandbox learns of them by `register_in_sandbox`.
    """
    there = Credential.objects.filter(merchant=merchant, environment=Environment.SANDBOX).first()
    if there is not None:
        return there
    certificate_password = secrets.token_urlsafe(18)
    content = authority(merchant.country).make_certificate(
        tax_id=merchant.tax_id,
        name=merchant.name,
        registration=merchant.registration,
        email=merchant.email,
        password=certificate_password,
        now=now,
    )
    return save_credential(
        merchant=merchant,
        environment=Environment.SANDBOX,
        certificate=content,
        certificate_password=certificate_password,
        password=secrets.token_urlsafe(18),
        now=now,
    )


@sensitive_variables()
def register_in_sandbox(*, merchant: Merchant) -> None:
    """Tell the sandbox the merchant's public key and password; may be repeated. Goes over the network.

    Raises `accounts.vault.NoCredential`, or `hacienda.errors.NoAnswer` when the sandbox does not answer.
    """
    login = vault.login(merchant, Environment.SANDBOX, even_on_hold=True)
    key = vault.signing_key(merchant.pk, Environment.SANDBOX)
    register_emitter(
        login.base_url,
        tax_id=login.tax_id,
        password=login.password,
        public_key_spki=key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        name=merchant.name,
    )
    # What the sandbox refused before, it knows from now on.
    vault.release(merchant, Environment.SANDBOX)


# --- Checks -------------------------------------------------------------------------------------------------
def _responsible(check: Checklist, person: values.Person | None) -> dict[str, str]:
    if person is None:
        return {}
    return {
        "responsible_" + part: check.text(
            ("responsible", part), getattr(person, part), longest=longest_in(Merchant, "responsible_" + part)
        )
        for part in ("name", "id_type", "id_number")
    }


def _address(check: Checklist, country: str, address: drafts.Address) -> dict[str, str]:
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


@sensitive_variables("password")
def _judge_password(check: Checklist, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        check.refused(("password",), error)
