"""The audit log: every deed of accounts in its own transaction, no secret, and nothing that can be changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client, RequestFactory

from accounts import audit, services
from accounts.append_only import Unchangeable
from accounts.audit import SMARTBILL, Action, Actor
from accounts.models import AuditEntry, Environment, Merchant, Role, User
from accounts.services import NewKey
from accounts.workplace import find
from hacienda.values import ExportDefaults, Invalid, Person, Resolution
from tests.accounts.conftest import FILE_PASSWORD, NOW, File
from tests.people import PASSWORD, Visitor, person, text, visitor

SECRET = "Secreto.De-Prueba-2026"  # a made-up password
ADDRESS = "203.0.113.7"


@pytest.fixture
def by(shop: Merchant) -> Actor:
    return Actor(user=person(shop), address=ADDRESS)


def last(merchant: Merchant) -> AuditEntry:
    entry = audit.entries(merchant).first()
    assert entry is not None
    return entry


class TestDeeds:
    def test_a_key_made_and_revoked(self, shop: Merchant, by: Actor) -> None:
        made = services.create_api_key(
            merchant=shop, environment="live", role=Role.MANAGER, name="caja", by=by, now=NOW
        )
        entry = last(shop)
        assert (entry.action, entry.subject, entry.environment) == ("key.created", made.key.public_key, "live")
        assert (entry.user, entry.actor, entry.address) == (by.user, "ana@example.com", ADDRESS)
        assert entry.details == {"name": "caja", "role": "manager", "place": ""}

        services.revoke_api_key(key=made.key, by=by, now=NOW)
        assert last(shop).action == "key.revoked"
        services.revoke_api_key(key=made.key, by=by, now=NOW)
        assert audit.entries(shop, action="key.revoked").count() == 1

    def test_a_credential_stored_and_a_hold_released(self, shop: Merchant, shop_file: File, by: Actor) -> None:
        stored = services.save_credential(
            merchant=shop,
            environment=Environment.TEST,
            certificate=shop_file.content,
            certificate_password=FILE_PASSWORD,
            password=SECRET,
            by=by,
            now=NOW,
        )
        assert (last(shop).action, last(shop).subject) == ("credential.stored", stored.fingerprint)

        services.release_hold(merchant=shop, environment=Environment.TEST, by=by)
        assert last(shop).action == "credential.stored"  # nothing was held
        stored.refused_at = NOW
        stored.save()
        services.release_hold(merchant=shop, environment=Environment.TEST, by=by)
        assert (last(shop).action, last(shop).environment) == ("credential.hold_released", "test")

    def test_people(self, shop: Merchant, by: Actor) -> None:
        assert (last(shop).action, last(shop).details) == ("member.added", {"role": "manager"})
        bea = services.add_member(merchant=shop, email="bea@example.com", password=None, role="manager", by=by)
        services.add_member(merchant=shop, email="bea@example.com", password=None, role="manager", by=by)
        assert audit.entries(shop, action="member.role_changed").count() == 0
        services.add_member(merchant=shop, email="bea@example.com", password=None, role="transmitter", by=by)
        assert last(shop).action == "member.role_changed"
        assert last(shop).details == {"role": "transmitter", "before": "manager"}
        services.set_password(user=bea, password=SECRET, by=by)
        assert (last(shop).action, last(shop).subject) == ("member.password_changed", "bea@example.com")

    def test_a_password_is_the_matter_of_everybody_whom_the_person_works_for(
        self, shop: Merchant, neighbour: Merchant, by: Actor
    ) -> None:
        assert by.user is not None
        services.add_member(merchant=neighbour, email=by.user.email, password=None, role="manager")
        services.set_password(user=by.user, password=SECRET, by=by)
        assert last(shop).action == last(neighbour).action == "member.password_changed"

    @pytest.mark.parametrize(
        ("change", "changed"),
        [
            (
                lambda shop, by: services.set_contingency_sending(merchant=shop, sending="on_recovery", by=by),
                {"contingency_sending": {"from": "by_deadline", "to": "on_recovery"}},
            ),
            (
                lambda shop, by: services.set_responsible(merchant=shop, person=Person("EVA", "13", "1"), by=by),
                {
                    "responsible_name": {"from": "", "to": "EVA"},
                    "responsible_id_type": {"from": "", "to": "13"},
                    "responsible_id_number": {"from": "", "to": "1"},
                },
            ),
            (
                lambda shop, by: services.set_export_defaults(
                    merchant=shop, defaults=ExportDefaults(incoterm="01"), by=by
                ),
                {"export_defaults": {"from": {}, "to": {"incoterm": "01"}}},
            ),
            (
                lambda shop, by: services.set_donation_resolution(
                    merchant=shop, resolution=Resolution("1234", "Exenta"), by=by
                ),
                {"donation_resolution": {"from": {}, "to": {"number": "1234", "description": "Exenta"}}},
            ),
        ],
    )
    def test_settings(self, shop: Merchant, by: Actor, change: Callable[..., Any], changed: dict[str, Any]) -> None:
        change(shop, by)
        assert (last(shop).action, last(shop).details) == ("merchant.settings_changed", {"changed": changed})
        count = audit.entries(shop).count()
        change(shop, by)
        assert audit.entries(shop).count() == count, "nothing has changed, so there is nothing to tell"

    def test_versions(self, shop: Merchant, by: Actor) -> None:
        services.set_schema_versions(merchant=shop, environment="test", versions={"01": 1}, by=by)
        assert (last(shop).action, last(shop).environment) == ("merchant.versions_chosen", "test")
        assert last(shop).details == {"changed": {"01": {"from": None, "to": 1}}}

    def test_what_nobody_did_was_done_by_smartbill(self, shop: Merchant) -> None:
        entry = last(shop)
        assert (entry.action, entry.subject) == ("merchant.created", shop.name)
        assert audit.kind_of_actor(entry) == "smartbill"

    def test_a_deed_that_fails_is_not_in_it(self, shop: Merchant, by: Actor) -> None:
        count = audit.entries(shop).count()
        with pytest.raises(Invalid):
            services.set_contingency_sending(merchant=shop, sending="never", by=by)
        with transaction.atomic():
            services.set_contingency_sending(merchant=shop, sending="on_recovery", by=by)
            transaction.set_rollback(True)
        assert audit.entries(shop).count() == count


class TestSigningIn:
    def post(self, name: str, password: str, **more: Any) -> Any:
        return Client().post("/login", {"username": name, "password": password}, REMOTE_ADDR=ADDRESS, **more)

    def test_it_is_told_with_the_address_and_the_request(self, shop: Merchant) -> None:
        person(shop)
        answer = self.post("ana@example.com", PASSWORD)
        entry = last(shop)
        assert (entry.action, entry.actor, entry.address) == ("member.signed_in", "ana@example.com", ADDRESS)
        assert entry.request_id == answer["Request-Id"]

    def test_a_failure_is_told_without_saying_who_it_was(self, shop: Merchant) -> None:
        person(shop)
        assert self.post("Ana@Example.com", "wrong").status_code == 200
        entry = last(shop)
        assert (entry.action, entry.subject, entry.address) == ("member.sign_in_failed", "ana@example.com", ADDRESS)
        assert (entry.user, audit.kind_of_actor(entry)) == (None, "unknown")

    def test_a_name_that_nobody_has_is_not_kept(self, shop: Merchant) -> None:
        self.post("MyPassword.123", "wrong")
        entry = AuditEntry.objects.latest("pk")
        assert (entry.action, entry.merchant, entry.subject) == ("member.sign_in_failed", None, "")
        assert "MyPassword" not in json.dumps(entry.details)


class TestOnlyAdded:
    def test_the_model_refuses(self, shop: Merchant) -> None:
        entry = last(shop)
        entry.subject = "another"
        with pytest.raises(Unchangeable):
            entry.save()
        with pytest.raises(Unchangeable):
            entry.delete()

    @pytest.mark.parametrize("deed", ["update", "delete"])
    def test_the_database_refuses(self, shop: Merchant, deed: str) -> None:
        rows = AuditEntry.objects.filter(merchant=shop)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(subject="another") if deed == "update" else rows._raw_delete(rows.db)
        assert last(shop).subject == shop.name

    def test_postgresql_refuses_to_empty_it(self, shop: Merchant) -> None:
        if connection.vendor != "postgresql":
            return  # SQLite knows no other way than DELETE
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute("TRUNCATE accounts_auditentry CASCADE")

    def test_who_stands_in_it_cannot_be_deleted(self, shop: Merchant, by: Actor) -> None:
        services.set_contingency_sending(merchant=shop, sending="on_recovery", by=by)
        assert by.user is not None
        with pytest.raises(ProtectedError):
            by.user.delete()
        with pytest.raises(ProtectedError):
            shop.delete()


class TestWriting:
    def test_it_is_part_of_the_deeds_transaction(self) -> None:
        with pytest.raises(RuntimeError):
            audit.record(Action.SIGNED_IN, by=SMARTBILL, merchant=None)

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "details",
        [{"password": "x"}, {"private_key": "x"}, {"changed": {"api_token": {"from": "", "to": "x"}}}],
    )
    def test_a_detail_that_is_named_like_a_secret_is_refused(self, details: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="may not be called"), transaction.atomic():
            audit.record(Action.SIGNED_IN, by=SMARTBILL, merchant=None, **details)

    def test_no_secret_is_in_it(self, shop: Merchant, shop_file: File, shop_key: NewKey, by: Actor) -> None:
        services.save_credential(
            merchant=shop,
            environment="test",
            certificate=shop_file.content,
            certificate_password=FILE_PASSWORD,
            password=SECRET,
            by=by,
            now=NOW,
        )
        services.open_sandbox(merchant=shop, by=by, now=NOW)
        assert by.user is not None
        services.set_password(user=by.user, password=SECRET, by=by)
        everything = json.dumps(list(AuditEntry.objects.values()), default=str)
        for secret in (SECRET, PASSWORD, FILE_PASSWORD, shop_key.private_key, by.user.password):
            assert secret not in everything


class TestThePage:
    @pytest.fixture
    def ana(self, shop: Merchant) -> Visitor:
        return visitor(shop)

    def test_it_shows_the_newest_first_and_goes_on_by_key(self, ana: Visitor, shop: Merchant) -> None:
        for number in range(60):
            services.create_api_key(
                merchant=shop, environment="sandbox", role="manager", name=f"caja {number}", now=NOW
            )
        first = ana.get("/audit")
        assert text(first).index("caja 59") < text(first).index("caja 10")
        assert "caja 9 " not in text(first)
        older = ana.get(f"/audit?before={audit.public_id(audit.entries(shop)[49])}")
        assert "caja 9 " in text(older)
        assert "Newest" in text(older)

    def test_it_is_of_one_company(self, ana: Visitor, shop: Merchant, neighbour: Merchant) -> None:
        services.create_api_key(merchant=neighbour, environment="sandbox", role="manager", name="vecina", now=NOW)
        assert "vecina" not in ana.get("/audit").content.decode()

    def test_what_is_shown_can_be_chosen(self, ana: Visitor, shop: Merchant, shop_key: NewKey) -> None:
        page = text(ana.get("/audit?action=key.created"))
        assert shop_key.key.public_key in page
        assert "Company registered" not in page.partition("Show")[2]

    @pytest.mark.parametrize("query", ["action=nonsense", "before=1", "before=aud_x"])
    def test_nonsense_is_not_there(self, ana: Visitor, query: str) -> None:
        assert ana.get(f"/audit?{query}").status_code == 404

    def test_it_is_for_managers(self, shop: Merchant) -> None:
        assert visitor(shop, Role.TRANSMITTER).get("/audit").status_code == 403

    def test_it_speaks_spanish(self, ana: Visitor) -> None:
        page = ana.get("/audit", headers={"Accept-Language": "es"})
        assert "Bitácora" in text(page)


def test_a_workplace_knows_who_acts_and_from_where(shop: Merchant) -> None:
    user: User = person(shop)
    request = RequestFactory().get("/", REMOTE_ADDR=ADDRESS)
    request.user, request.session = user, {}
    place = find(request)
    assert place is not None
    assert place.actor == Actor(user=user, address=ADDRESS)
