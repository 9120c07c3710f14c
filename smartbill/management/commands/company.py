"""`manage.py company FILE`: opens a company and lets a person in who sees to the rest on the dashboard.

How an installation gets its first one; everybody else of the company is added by that person or by another file.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts import services
from accounts.models import Merchant, Role, User
from accounts.validation import Checklist, longest_in
from hacienda import drafts, values
from hacienda.values import Fault, Invalid
from smartbill.parsing import loads

TEXTS = frozenset(
    {
        "country",
        "name",
        "trade_name",
        "tax_id",
        "registration",
        "activity",
        "phone",
        "email",
        "establishment_code",
        "point_of_sale_code",
    }
)
ADDRESS = frozenset({"department", "municipality", "district", "line"})
RESPONSIBLE = frozenset({"name", "id_type", "id_number"})
PERSON = frozenset({"email", "name"})
PARTS = {"address": ADDRESS, "responsible": RESPONSIBLE, "person": PERSON}


class Command(BaseCommand):
    help = "Opens a company from a JSON file, with a manager who may sign in; docs/operations.md shows the file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the company's data; - for standard input")

    @sensitive_variables("password")
    def handle(self, *_args: Any, **options: Any) -> None:
        body = read(options["file"])
        try:
            merchant, user, password = opened(body)
        except Invalid as error:
            raise CommandError("\n".join(f"{one.pointer or '/'}: {one.text}" for one in error.faults)) from error
        self.stdout.write(f"{merchant.name} is there, and {user.email} is its manager.")
        if password is None:
            self.stdout.write("They sign in with the password that they have.")
        else:
            self.stdout.write(f"Their password, told this once: {password}")
        self.stdout.write(
            f"Next, at {settings.PUBLIC_URL}{reverse('login')}: the certificate and the login of Hacienda, "
            "then a key pair for the program that sends documents."
        )


def read(name: str) -> Any:
    """What the file tells; raises `CommandError` where that is no JSON."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return loads(text)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # neither text nor JSON, or no end of it
        raise CommandError(f"{name} is no JSON: {error}") from error


@sensitive_variables("password")
def opened(body: Any) -> tuple[Merchant, User, str | None]:
    """The company, its manager, and the manager's password if this person is new. Raises `Invalid`."""
    check = Checklist()
    texts = _texts(check, (), body, TEXTS, PARTS)
    parts = {name: _texts(check, (name,), _member(body, name), known) for name, known in PARTS.items()}
    email = check.email(("person", "email"), parts["person"]["email"], longest=longest_in(User, "email"))
    name = check.text(("person", "name"), parts["person"]["name"], longest=longest_in(User, "name"), required=False)
    given = {column: text for column, text in texts.items() if text}
    with transaction.atomic():
        merchant = _made(check, given, parts)
        user = services.add_member(merchant=merchant, email=email, password=None, role=Role.MANAGER, name=name)
        if not user.is_active:
            raise Invalid((Fault(("person", "email"), "inactive", "This person has been deactivated."),))
        password = None
        if not user.has_usable_password():
            password = secrets.token_urlsafe(15)
            services.set_password(user=user, password=password)
    return merchant, user, password


def _made(check: Checklist, given: Mapping[str, str], parts: Mapping[str, dict[str, str]]) -> Merchant:
    """The merchant; or every fault of the file at once."""
    columns: dict[str, Any] = {
        **dict.fromkeys(("name", "tax_id", "registration", "activity", "phone", "email"), ""),
        **given,
        "address": drafts.Address(**parts["address"]),
    }
    if any(parts["responsible"].values()):
        columns["responsible"] = values.Person(**parts["responsible"])
    try:
        with transaction.atomic():
            merchant = services.create_merchant(**columns, now=timezone.now())
            check.finish()
    except Invalid as error:
        raise Invalid(tuple({one.pointer: one for one in (*error.faults, *check.faults)}.values())) from None
    return merchant


def _member(body: Any, name: str) -> Any:
    return body.get(name, {}) if isinstance(body, dict) else {}


def _texts(
    check: Checklist, path: values.Path, given: Any, known: Iterable[str], parts: Iterable[str] = ()
) -> dict[str, str]:
    """The texts that an object has under the names that are known, empty where it has none."""
    found = dict.fromkeys(known, "")
    if not isinstance(given, dict):
        check.add(path, "not_an_object", "Expected an object.")
        return found
    for name, value in given.items():
        if name in parts:
            continue
        if name not in found:
            check.add((*path, name), "unknown_member", "This is not known here.")
        elif not isinstance(value, str):
            check.add((*path, name), "not_a_text", "Expected a text.")
        else:
            found[name] = value
    return found
