"""Fixtures for every room: the sandbox over real HTTP, a merchant that can issue, keys and a caller."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import override_settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from accounts import authentication, usage, vault
from accounts import services as accounts
from accounts.append_only import AppendOnly, guards, lifted
from accounts.counting import counters
from accounts.models import ApiKey, Environment, Merchant, Role
from documents.services import dispatch
from documents.services.sharing import Shares
from hacienda import values
from hacienda.registry import authority
from hacienda.sandbox.server import make_server
from tests.actors import (
    ADDRESS,
    HACIENDA_PASSWORD,
    OTHER_TAX_ID,
    TAX_ID,
    Caller,
    Sandbox,
    SigningFile,
    caller,
)
from tests.effort import THOROUGH
from tests.migrated import Template
from tests.ticos import TICO_ADDRESS, TICO_NAME, TICO_TAX_ID, TICO_USER


def _signing_file(tax_id: str, name: str, country: str = "SV") -> SigningFile:
    password = "Llave.De-Prueba-2026"
    law = authority(country)
    now = datetime.now(UTC)
    content = law.make_certificate(
        tax_id=tax_id,
        name=name,
        registration="1234567",
        email="pruebas@example.com",
        password=password,
        now=now,
    )
    opened = law.read_certificate(content, password, tax_id=tax_id, now=now)
    return SigningFile(content, password, opened)


# How long one example takes says how busy the machine is. Few examples are the same ones each time.
hypothesis.settings.register_profile("any machine", deadline=None, derandomize=not THOROUGH)
hypothesis.settings.load_profile("any machine")


class _AtOnce:
    """Notes the use of a key before the answer, not after: a test's database is gone by then."""

    def note(self, key: ApiKey, now: datetime) -> None:
        usage.write({key.pk: now})


JUDGEMENT = 0.04  # seconds that Costa Rica's Hacienda takes
# What mostly waits comes first, so that nobody is left alone with it at the end.
LONG = ("end_to_end", "lost_answers", "crashes", "browser", "contingency")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=place)


@pytest.fixture(scope="session")
def template(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template | None]:
    """None where one process tries everything: it has nobody to share with."""
    if worker_id == "master":
        yield None
    else:
        with closing(Template(tmp_path_factory.getbasetemp().parent)) as template:
            yield template


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, template: Template | None
) -> None:
    if template is not None:
        template.begin_with_it()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, template: Template | None) -> Iterator[None]:
    if template is None:
        yield
        return
    with django_db_blocker.unblock():
        template.leave_it()
    yield
    with django_db_blocker.unblock():
        template.remove_it()


@pytest.fixture(scope="session", autouse=True)
def no_permissions_after_each_test() -> None:
    """Emptying the tables would make the rows of Django's permissions anew each time; nothing here uses them."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@pytest.fixture(scope="session", autouse=True)
def emptying_between_tests() -> None:
    """Emptying the tables is the one thing that the guards of an append-only table must let pass here.

    PostgreSQL takes half a second to truncate them all, and a millisecond to delete the few rows that there are.
    """
    operations = type(connection.ops)
    flush, vendor = operations.sql_flush, connection.vendor

    def without_guards(self: Any, style: Any, tables: list[str], **more: Any) -> list[str]:
        if vendor == "postgresql":
            emptied = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
            return ["SET session_replication_role = replica", *emptied, "SET session_replication_role = DEFAULT"]
        guarded = [one._meta.db_table for one in AppendOnly.__subclasses__() if one._meta.db_table in tables]
        return [
            *(statement for table in guarded for statement in lifted(vendor, table)),
            *flush(self, style, tables, **more),
            *(statement for table in guarded for statement in guards(vendor, table)),
        ]

    operations.sql_flush = without_guards


@pytest.fixture(scope="session", autouse=True)
def counters_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each worker counts requests for itself: they share neither keys nor addresses."""
    with override_settings(DATA_DIR=tmp_path_factory.mktemp("counters")):
        counters()


@pytest.fixture(autouse=True)
def nothing_is_counted_yet() -> None:
    counters().clear()


@pytest.fixture(autouse=True)
def key_use_is_noted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "last_use", _AtOnce())


@pytest.fixture(scope="session")
def signing_file() -> SigningFile:
    """A self-made signing file of the first merchant; making one takes long, so it is made once."""
    return _signing_file(TAX_ID, "COMERCIAL DE PRUEBA, S.A. DE C.V.")


@pytest.fixture(scope="session")
def other_signing_file() -> SigningFile:
    return _signing_file(OTHER_TAX_ID, "OTRA DE PRUEBA, S.A. DE C.V.")


@pytest.fixture(scope="session")
def tico_signing_file() -> SigningFile:
    return _signing_file(TICO_TAX_ID, TICO_NAME, "CR")


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, tmp_path_factory.mktemp("hacienda"), judgement_seconds=JUDGEMENT)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def sandbox(
    sandbox_process: str, settings: Any, signing_file: SigningFile, other_signing_file: SigningFile
) -> Sandbox:
    """The sandbox, empty and without faults, known to SmartBill and knowing both merchants."""
    reception = f"{sandbox_process}/recepcion/v1"
    login = f"{sandbox_process}/auth/realms/rut-stag/protocol/openid-connect/token"
    settings.AUTHORITY_URLS = {
        "SV": dict.fromkeys(Environment.values, sandbox_process),
        "CR": dict.fromkeys(Environment.values, reception),
    }
    settings.IDP_URLS = {"CR": dict.fromkeys(Environment.values, login)}
    hacienda = Sandbox(sandbox_process)
    hacienda.heal()
    hacienda.control("DELETE", "state")
    hacienda.control("DELETE", "received")
    hacienda.register(TAX_ID, signing_file.public_key)
    hacienda.register(OTHER_TAX_ID, other_signing_file.public_key)
    return hacienda


def _merchant(tax_id: str, name: str, signing_file: SigningFile) -> Merchant:
    now = timezone.now()
    merchant = accounts.create_merchant(
        name=name,
        trade_name="Tienda de Prueba",
        tax_id=tax_id,
        registration="1234567",
        activity="46632",
        phone="22001100",
        email="facturas@example.com",
        address=ADDRESS,
        responsible=values.Person(name="PERSONA RESPONSABLE", id_type="13", id_number="000000000"),
        now=now,
    )
    for environment in (Environment.SANDBOX, Environment.TEST):
        # Straight into the vault: the file was checked in full when it was made.
        vault.store(
            merchant=merchant,
            environment=environment,
            certificate=signing_file.opened,
            content=signing_file.content,
            password=HACIENDA_PASSWORD,
            now=now,
        )
    return merchant


def _wait_for_threads() -> None:
    """What a test has left on its way must be over before the tables are emptied under it."""
    until = time.monotonic() + 15
    while dispatch._pool.busy and time.monotonic() < until:
        time.sleep(0.02)


@pytest.fixture
def no_free_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thread of this process that could send is busy."""
    monkeypatch.setattr(dispatch._pool, "_pid", os.getpid())
    monkeypatch.setattr(dispatch._pool, "_shares", Shares(0))


@pytest.fixture
def merchant(transactional_db: None, signing_file: SigningFile) -> Iterator[Merchant]:
    yield _merchant(TAX_ID, "COMERCIAL DE PRUEBA, S.A. DE C.V.", signing_file)
    _wait_for_threads()


@pytest.fixture
def other_merchant(transactional_db: None, other_signing_file: SigningFile) -> Iterator[Merchant]:
    yield _merchant(OTHER_TAX_ID, "OTRA DE PRUEBA, S.A. DE C.V.", other_signing_file)
    _wait_for_threads()


@pytest.fixture
def tico(
    transactional_db: None, sandbox: Sandbox, tico_signing_file: SigningFile, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Merchant]:
    """A merchant of Costa Rica, known to the sandbox, whose documents are asked about soon."""
    now = timezone.now()
    merchant = accounts.create_merchant(
        name=TICO_NAME,
        trade_name="Tienda de Prueba CR",
        tax_id=TICO_TAX_ID,
        registration="",
        activity="5610.0",
        phone="22001100",
        email="facturas.cr@example.com",
        address=TICO_ADDRESS,
        country="CR",
        now=now,
    )
    vault.store(
        merchant=merchant,
        environment=Environment.SANDBOX,
        certificate=tico_signing_file.opened,
        content=tico_signing_file.content,
        password=HACIENDA_PASSWORD,
        user=TICO_USER,
        now=now,
    )
    accounts.register_in_sandbox(merchant=merchant)
    soon = tuple(timedelta(seconds=seconds) for seconds in (JUDGEMENT + 0.01, 0.05, 0.05, 0.1, 0.2, 0.4))
    monkeypatch.setitem(authority("CR").rules.polling, values.Environment.SANDBOX, soon)
    yield merchant
    _wait_for_threads()


@pytest.fixture
def tico_manager(tico: Merchant) -> Caller:
    return caller(tico)


@pytest.fixture
def tico_transmitter(tico: Merchant) -> Caller:
    return caller(tico, Role.TRANSMITTER)


@pytest.fixture
def manager(merchant: Merchant) -> Caller:
    return caller(merchant)


@pytest.fixture
def transmitter(merchant: Merchant) -> Caller:
    return caller(merchant, Role.TRANSMITTER)


@pytest.fixture
def stranger(other_merchant: Merchant) -> Caller:
    return caller(other_merchant)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of official data beside the project; what compares with it says so where it is absent."""
    folder = Path(django_settings.BASE_DIR).parent / "shared"
    if not folder.is_dir():
        pytest.skip("the official reference data is not beside the project")
    return folder


@pytest.fixture
def run_tasks() -> Callable[[], int]:
    """Does the tasks that wait in the queue, as a worker would; returns how many there were."""

    def run() -> int:
        rows = list(OrmQ.objects.all())
        for row in rows:
            task = row.task
            import_string(task["func"])(*task["args"], **task["kwargs"])
            row.delete()
        return len(rows)

    return run
