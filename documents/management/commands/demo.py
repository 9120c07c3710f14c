"""`manage.py demo`: two made-up companies, fresh keys for them, and a first document through the whole path.

Run by `manage.py run` once web and sandbox are up. What it made up is in DATA_DIR/demo.json, written last.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, Environment, Merchant, Role, User
from accounts.services import NewKey
from documents.demo_companies import COSTA_RICA, DEMO, FIRST_BODY, FIRST_TICKET, SUPPLIER, Company
from hacienda.errors import NoAnswer

START_PATIENCE = timedelta(seconds=60)
EMAIL = "demo@smartbill.example"
KEY_NAMES = {"manager": "demo: manager", "transmitter": "demo: transmitter"}


class Command(BaseCommand):
    help = "Makes the demo merchants once, fresh keys for them, and a first document."

    def handle(self, *_args: object, **_options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError("there is no demo in production")
        card = settings.DATA_DIR / "demo.json"
        card.unlink(missing_ok=True)
        web = f"http://127.0.0.1:{settings.PORT}"
        http = requests.Session()
        http.trust_env = False  # a proxy for the internet has no business between processes of one machine
        wait_for(http, f"{web}/health")
        wait_for(http, f"{settings.SANDBOX_URL}/_sandbox/health")

        now = timezone.now()
        merchant, supplier, tico = (open_company(company, now) for company in (DEMO, SUPPLIER, COSTA_RICA))
        password = secrets.token_urlsafe(15)
        for one in (merchant, tico):
            user = services.add_member(merchant=one, email=EMAIL, password=None, role=Role.MANAGER, name="Demo")
        services.set_password(user=user, password=password)
        pairs = {
            "manager": fresh_key(merchant, Role.MANAGER, user, now),
            "transmitter": fresh_key(merchant, Role.TRANSMITTER, user, now),
            "supplier": fresh_key(supplier, Role.MANAGER, None, now),
        }
        costarica = {role.value: fresh_key(tico, role, user, now) for role in (Role.MANAGER, Role.TRANSMITTER)}
        document = send_first_document(http, web, pairs["manager"], FIRST_BODY)
        ticket = send_first_document(http, web, costarica["manager"], FIRST_TICKET)
        content = {
            "base_url": web,
            "sandbox_url": settings.SANDBOX_URL,
            "login": {"email": EMAIL, "password": password},
            **shown(pairs),
            "merchant": {"tax_id": merchant.tax_id, "registration": merchant.registration},
            "supplier_merchant": {"tax_id": supplier.tax_id, "registration": supplier.registration},
            "first_document": document,
            "costarica": {**shown(costarica), "merchant": {"tax_id": tico.tax_id}, "first_document": ticket},
        }
        self.stdout.write(summary(content))
        write_privately(card, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def shown(pairs: dict[str, NewKey]) -> dict[str, dict[str, str]]:
    """Key pairs as the card tells them."""
    return {
        name: {"public_key": pair.key.public_key, "private_key": pair.private_key} for name, pair in pairs.items()
    }


def wait_for(http: requests.Session, url: str) -> None:
    """Return once `url` answers 200; raises `CommandError` if it never does."""
    give_up_at = time.monotonic() + START_PATIENCE.total_seconds()
    while True:
        try:
            if http.get(url, timeout=2).status_code == requests.codes.ok:
                return
        except requests.RequestException:
            pass  # not listening yet
        if time.monotonic() > give_up_at:
            raise CommandError(f"{url} does not answer")
        time.sleep(0.1)


def open_company(company: Company, now: datetime) -> Merchant:
    """The merchant with its sandbox credentials, made if it is not there, and known to the sandbox."""
    known = Merchant.objects.filter(country=company.country, tax_id=company.tax_id).first()
    merchant = known or services.create_merchant(
        name=company.name,
        trade_name=company.trade_name,
        tax_id=company.tax_id,
        registration=company.registration,
        activity=company.activity,
        phone=company.phone,
        email=company.email,
        address=company.address,
        responsible=company.responsible,
        country=company.country,
        now=now,
    )
    # What somebody changed on the dashboard stays as it is.
    if company.export is not None and not merchant.export_defaults:
        services.set_export_defaults(merchant=merchant, defaults=company.export)
    if company.resolution is not None and not merchant.donation_resolution:
        services.set_donation_resolution(merchant=merchant, resolution=company.resolution)
    services.open_sandbox(merchant=merchant, now=now)
    try:
        services.register_in_sandbox(merchant=merchant)
    except NoAnswer as error:
        raise CommandError(f"the sandbox does not answer: {error}") from error
    return merchant


def fresh_key(merchant: Merchant, role: Role, user: User | None, now: datetime) -> NewKey:
    """A new pair for the demo; of the earlier ones only hashes are left, so they are of no more use."""
    name = KEY_NAMES[role.value]
    for key in ApiKey.objects.filter(merchant=merchant, name=name, revoked_at=None):
        services.revoke_api_key(key=key, now=now)
    return services.create_api_key(
        merchant=merchant, environment=Environment.SANDBOX, role=role, name=name, created_by=user, now=now
    )


def send_first_document(http: requests.Session, web: str, pair: NewKey, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of the API to a caller like any other; raises `CommandError` if it is no document."""
    try:
        response = http.post(
            f"{web}/api/v1/documents",
            json=body,
            auth=(pair.key.public_key, pair.private_key),
            headers={"Prefer": "wait=10"},
            timeout=40,
        )
    except requests.RequestException as error:
        raise CommandError(f"the first document could not be sent: {type(error).__name__}") from error
    if not response.ok:
        raise CommandError(f"the first document was refused ({response.status_code}): {response.text}")
    return cast("dict[str, Any]", response.json())


def curl(pair: dict[str, str], body: dict[str, Any], web: str) -> str:
    """A line that sends a document."""
    text = json.dumps(body, ensure_ascii=False)
    return (
        f"curl -u {pair['public_key']}:{pair['private_key']} "
        f"-H 'Content-Type: application/json' -d '{text}' {web}/api/v1/documents"
    )


def summary(content: dict[str, Any]) -> str:
    """What a person needs to go on, as lines."""
    document, login, ticket = content["first_document"], content["login"], content["costarica"]["first_document"]
    pairs = {name: content[name] for name in ("manager", "transmitter", "supplier")}
    pairs |= {f"CR {name}": content["costarica"][name] for name in ("manager", "transmitter")}
    return "\n".join(
        [
            "",
            f"First document  {document['url']}  ({document['control_number']}, {document['status']})",
            f"In Costa Rica   {ticket['url']}  ({ticket['control_number']}, {ticket['status']})",
            f"Dashboard       {settings.PUBLIC_URL}{reverse('dashboard:documents')}",
            f"  sign in as    {login['email']}  {login['password']}",
            f"API reference   {settings.PUBLIC_URL}{reverse('api-docs')}",
            *(f"{name:<15} {pair['public_key']}  {pair['private_key']}" for name, pair in pairs.items()),
            "Send another one:",
            curl(pairs["manager"], FIRST_BODY, content["base_url"]),
            "and in Costa Rica:",
            curl(pairs["CR manager"], FIRST_TICKET, content["base_url"]),
            "Everything here is made up, runs on this machine only and has no validity. Ctrl-C ends it.",
            "",
        ]
    )


def write_privately(path: Path, text: str) -> None:
    """Write `text` so that nobody sees half of it, and only the owner sees it at all."""
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
