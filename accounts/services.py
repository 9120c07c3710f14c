"""What can be done with merchants, people, keys and credentials: verbs that return what they made.

All of them raise `hacienda.values.Invalid` with every fault at once; paths name the argument. `by` is who does it:
each writes down what it did in the audit log, in its own transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from accounts import keys, particulars, selectors, trade, vault
from accounts.audit import SMARTBILL, Action, Actor, record, record_change, record_of_key, record_of_person
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
from hacienda.registry import authority, countries
from hacienda.sandbox.registration import register_emitter
from hacienda.values import Fault, Invalid

LONGEST_PASSWORD = 200
# Of a resolution that allows donations: what authorities print of it.
LONGEST_RESOLUTION, LONGEST_DESCRIPTION = 100, 300

TAKEN = gettext_noop("A merchant with this tax number is registered already.")
OTHER_ENVIRONMENT = gettext_noop("This is the user of Hacienda's other environment.")
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
    establishment_code: str | None = None,
    point_of_sale_code: str | None = None,
    country: str = "SV",
    by: Actor = SMARTBILL,
    now: datetime,
) -> Merchant:
    """A merchant with its first establishment and point of sale, which is where it issues by default.

    Without codes those of a taxpayer that has one of each.
    """
    check = Checklist()
    check.choice(("country",), country, countries())
    rules = authority(country if country in countries() else countries()[0]).rules
    codes = particulars.place_codes(check, rules.places, establishment_code, point_of_sale_code)
    merchant = Merchant(
        country=country,
        **particulars.taxpayer_columns(check, rules.taxpayers, tax_id, registration),
        name=check.text(("name",), name, longest=longest_in(Merchant, "name")),
        trade_name=check.text(
            ("trade_name",), trade_name, longest=longest_in(Merchant, "trade_name"), required=False
        ),
        activity=check.text(("activity",), activity, longest=longest_in(Merchant, "activity")),
        phone=check.text(("phone",), phone, shortest=SHORTEST_PHONE, longest=longest_in(Merchant, "phone")),
        email=check.email(("email",), email, longest=longest_in(Merchant, "email")),
        created_at=now,
        **particulars.responsible_columns(check, responsible),
    )
    establishment = Establishment(
        merchant=merchant,
        code=codes[0],
        **particulars.address_columns(check, country, address),
    )
    till = PointOfSale(establishment=establishment, code=codes[1])
    check.finish()
    try:
        with transaction.atomic():
            for row in (merchant, establishment, till):
                row.save(force_insert=True)
            record(Action.MERCHANT_CREATED, by=by, merchant=merchant, subject=merchant.name)
    except IntegrityError:
        raise Invalid((Fault(("tax_id",), "taken", TAKEN),)) from None
    return merchant


@sensitive_variables("password")
def add_member(
    *,
    merchant: Merchant,
    email: str,
    password: str | None,
    role: str,
    name: str = "",
    by: Actor = SMARTBILL,
) -> User:
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
        particulars.judge_password(check, password, User(email=address, name=title))
    check.finish()
    with transaction.atomic():
        user = known or User.objects.create_user(address, password, name=title)
        before = Membership.objects.filter(user=user, merchant=merchant).first()
        Membership.objects.update_or_create(user=user, merchant=merchant, defaults={"role": role})
        if before is None:
            record(Action.MEMBER_ADDED, by=by, merchant=merchant, subject=user.email, role=role)
        elif before.role != role:
            record(Action.ROLE_CHANGED, by=by, merchant=merchant, subject=user.email, role=role, before=before.role)
    return user


@sensitive_variables("password")
def set_password(*, user: User, password: str, by: Actor = SMARTBILL) -> User:
    """Give a person a new password, which ends every login made with the old one."""
    check = Checklist()
    particulars.judge_password(check, password, user)
    check.finish()
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record_of_person(Action.PASSWORD_CHANGED, user, by=by)
    return user


# --- Settings -----------------------------------------------------------------------------------------------
def set_contingency_sending(*, merchant: Merchant, sending: str, by: Actor = SMARTBILL) -> Merchant:
    """Choose what sends the documents that wait in contingency when nobody presses the button."""
    check = Checklist()
    check.choice(("sending",), sending, Merchant.ContingencySending.values)
    check.finish()
    return particulars.keep_changed(merchant, by, contingency_sending=sending)


def set_schema_versions(
    *, merchant: Merchant, environment: str, versions: Mapping[str, int | None], by: Actor = SMARTBILL
) -> Merchant:
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
        before = row.schema_versions.get(environment, {})
        after = {code: one for code, one in (before | versions).items() if one is not None}
        row.schema_versions[environment] = after
        row.save(update_fields=["schema_versions"])
        record_change(
            Action.VERSIONS_CHOSEN, by=by, merchant=row, environment=environment, before=before, after=after
        )
    merchant.schema_versions = row.schema_versions
    return merchant


def set_responsible(*, merchant: Merchant, person: values.Person, by: Actor = SMARTBILL) -> Merchant:
    """Name the person who answers for the merchant's events. Paths begin with `responsible`."""
    check = Checklist()
    known = particulars.responsible_columns(check, person)
    check.finish()
    return particulars.keep_changed(merchant, by, **known)


def set_export_defaults(*, merchant: Merchant, defaults: values.ExportDefaults, by: Actor = SMARTBILL) -> Merchant:
    """Keep the codes that the merchant exports by as a rule; those that are None come with each document.

    Paths begin with `export`.
    """
    check = Checklist()
    given = {name: getattr(defaults, name) for name in trade.CATALOGS if getattr(defaults, name) is not None}
    for name, code in given.items():
        check.choice(("export", name), code, [entry.code for entry in trade.entries(merchant.country, name)])
    check.finish()
    return particulars.keep_changed(merchant, by, export_defaults=given)


def set_donation_resolution(
    *, merchant: Merchant, resolution: values.Resolution | None, by: Actor = SMARTBILL
) -> Merchant:
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
    return particulars.keep_changed(merchant, by, donation_resolution=known)


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
    by: Actor = SMARTBILL,
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
    with transaction.atomic():
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
        record_of_key(Action.KEY_CREATED, key, by=by)
    return NewKey(key, private)


def revoke_api_key(*, key: ApiKey, by: Actor = SMARTBILL, now: datetime) -> ApiKey:
    """The key stops at once, in every process, for good. A second revocation keeps the first one's moment."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now):
            record_of_key(Action.KEY_REVOKED, key, by=by)
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
    user: str = "",
    by: Actor = SMARTBILL,
    now: datetime,
) -> Credential:
    """Check a signing file in full and keep it with what the merchant logs in with; ends a hold.

    `user` is the name that it logs in by, where that is not its tax number.

    Raises `hacienda.certificates.CertificateError` for a file that cannot be used. Nothing is kept then.
    """
    check = Checklist()
    check.choice(("environment",), environment, Environment.values)
    check.text(("password",), password, longest=LONGEST_PASSWORD)  # judged, but kept as it was typed
    law = authority(merchant.country)
    name = check.text(("user",), user, longest=LONGEST_PASSWORD, required=law.rules.taxpayers.has_user)
    if environment in Environment.values and law.rules.taxpayers.is_of_another(values.Environment(environment), name):
        check.add(("user",), "user_of_another_environment", OTHER_ENVIRONMENT)
    check.finish()
    opened = law.read_certificate(certificate, certificate_password, tax_id=merchant.tax_id, now=now)
    with transaction.atomic():
        stored = vault.store(
            merchant=merchant,
            environment=environment,
            certificate=opened,
            content=certificate,
            password=password,
            user=name,
            now=now,
        )
        record(
            Action.CREDENTIAL_STORED,
            by=by,
            merchant=merchant,
            environment=environment,
            subject=stored.fingerprint,
            valid_until=stored.valid_until.isoformat(),
        )
    return stored


def release_hold(*, merchant: Merchant, environment: str, by: Actor = SMARTBILL) -> None:
    """Let the authority be asked again with the credentials that it refused; a person decided so."""
    with transaction.atomic():
        if vault.release(merchant, environment):
            record(Action.HOLD_RELEASED, by=by, merchant=merchant, environment=environment)


@sensitive_variables()
def open_sandbox(*, merchant: Merchant, by: Actor = SMARTBILL, now: datetime) -> Credential:
    """A self-made signing file and a random password for the sandbox; those there are already stay.

    The sandbox learns of them by `register_in_sandbox`.
    """
    there = Credential.objects.filter(merchant=merchant, environment=Environment.SANDBOX).first()
    if there is not None:
        return there
    certificate_password = secrets.token_urlsafe(18)
    law = authority(merchant.country)
    content = law.make_certificate(
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
        user=f"{merchant.tax_id}@sandbox" if law.rules.taxpayers.has_user else "",
        by=by,
        now=now,
    )


@sensitive_variables()
def register_in_sandbox(*, merchant: Merchant, by: Actor = SMARTBILL) -> None:
    """Tell the sandbox what the merchant signs and logs in with; may be repeated. Goes over the network.

    Raises `accounts.vault.NoCredential`, or `hacienda.errors.NoAnswer` when the sandbox does not answer.
    """
    login = vault.login(merchant, Environment.SANDBOX, even_on_hold=True)
    key = vault.signing_key(merchant.pk, Environment.SANDBOX)
    public_key = key.private_key.public_key()
    register_emitter(
        login.base_url,
        country=merchant.country,
        tax_id=login.tax_id,
        user=login.user,
        password=login.password,
        public_key_spki=public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        name=merchant.name,
    )
    # What the sandbox refused before, it knows from now on.
    release_hold(merchant=merchant, environment=Environment.SANDBOX, by=by)
