"""People, merchants, their establishments, API keys and what they sign and log in with."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from hacienda import values


class Environment(models.TextChoices):
    SANDBOX = values.Environment.SANDBOX.value, _("Sandbox")
    TEST = values.Environment.TEST.value, _("Hacienda's test system")
    LIVE = values.Environment.LIVE.value, _("Production")


class Role(models.TextChoices):
    MANAGER = "manager", _("Manager")
    TRANSMITTER = "transmitter", _("Transmitter")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person; the e-mail address is the name."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_caseless"),)

    def __str__(self) -> str:
        return self.email


class Merchant(models.Model):
    """A taxpayer that issues documents, as registered with the authority of its country."""

    class NumberScope(models.TextChoices):
        ESTABLISHMENT = "establishment", _("One series per establishment")
        TYPE = "type", _("One series per establishment and document type")
        POINT_OF_SALE = "point_of_sale", _("One series per point of sale and document type")

    class ContingencySending(models.TextChoices):
        """What sends them when nobody presses the button. The event before them always goes at once."""

        BY_DEADLINE = "by_deadline", _("At the month's end, and before their term ends")
        ON_RECOVERY = "on_recovery", _("As soon as Hacienda is back")

    country = models.CharField(max_length=2, default="SV")
    tax_id = models.CharField(_("NIT"), max_length=20)
    registration = models.CharField(_("NRC"), max_length=20)
    name = models.CharField(_("registered name"), max_length=250)
    trade_name = models.CharField(_("trade name"), max_length=150, blank=True)
    activity = models.CharField(_("economic activity"), max_length=10, help_text=_("Code of Hacienda's catalogue"))
    phone = models.CharField(_("telephone"), max_length=30)
    email = models.EmailField(_("e-mail"), max_length=100)
    responsible_name = models.CharField(_("responsible person"), max_length=100, blank=True)
    responsible_id_type = models.CharField(_("document type"), max_length=4, blank=True)
    responsible_id_number = models.CharField(_("document number"), max_length=25, blank=True)
    number_scope = models.CharField(
        _("numbering"), max_length=20, choices=NumberScope, default=NumberScope.ESTABLISHMENT
    )
    contingency_sending = models.CharField(
        _("documents in contingency"),
        max_length=20,
        choices=ContingencySending,
        default=ContingencySending.BY_DEADLINE,
    )
    # Which version of a schema is sent, {environment: {type code or name of an event: version}}; without an entry,
    # the newest. The events are named in `hacienda.authority`.
    schema_versions = models.JSONField(default=dict, blank=True)
    # What an exporter uses as a rule: codes of customs_post, regime_type, regime and incoterm.
    export_defaults = models.JSONField(default=dict, blank=True)
    # What allows an entity to take donations: number and description of the authority's resolution.
    donation_resolution = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    users: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="merchants"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["country", "tax_id"], name="merchant_tax_id"),)

    def __str__(self) -> str:
        return self.trade_name or self.name


class Membership(models.Model):
    """Who may work for a merchant, and as what."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.MANAGER)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "merchant"], name="membership_once"),)


class Establishment(models.Model):
    """A registered place of business; `code` is the authority's (`Rules.places`)."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="establishments")
    code = models.CharField(max_length=4)
    name = models.CharField(_("name"), max_length=100, blank=True)
    department = models.CharField(max_length=2)
    municipality = models.CharField(max_length=2)
    district = models.CharField(max_length=2)
    address_line = models.CharField(_("address"), max_length=200)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), max_length=100, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["merchant", "code"], name="establishment_code"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class PointOfSale(models.Model):
    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="points_of_sale")
    code = models.CharField(max_length=8)
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["establishment", "code"], name="point_of_sale_code"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class ApiKey(models.Model):
    """A key pair of a merchant in one environment. Of the private half only a keyed hash is kept."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="api_keys")
    environment = models.CharField(max_length=10, choices=Environment)
    role = models.CharField(max_length=20, choices=Role)
    name = models.CharField(_("name"), max_length=100)
    public_key = models.CharField(max_length=80, unique=True)
    private_key_digest = models.BinaryField(max_length=32)
    private_key_ending = models.CharField(max_length=4)
    establishment = models.ForeignKey(Establishment, null=True, blank=True, on_delete=models.PROTECT)
    point_of_sale = models.ForeignKey(PointOfSale, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.public_key})"


class Credential(models.Model):
    """What a merchant signs and logs in with in one environment; read only through `accounts.vault`."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="credentials")
    environment = models.CharField(max_length=10, choices=Environment)
    password_encrypted = models.BinaryField()
    certificate_encrypted = models.BinaryField()
    fingerprint = models.CharField(max_length=64, help_text=_("SHA-256 of the public key"))
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    updated_at = models.DateTimeField(default=timezone.now)
    paused_until = models.DateTimeField(null=True, blank=True)  # the authority asked this issuer to wait
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["merchant", "environment"], name="credential_once"),)

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.environment}"


class AuditEntry(AppendOnly):
    """Who did what, on which thing, when and from where; written by `accounts.audit` alone. Never holds a secret."""

    class Action(models.TextChoices):
        MERCHANT_CREATED = "merchant.created", _("Company registered")
        SETTINGS_CHANGED = "merchant.settings_changed", _("Settings changed")
        VERSIONS_CHOSEN = "merchant.versions_chosen", _("Schema versions chosen")
        NUMBERING_CHANGED = "merchant.numbering_changed", _("Numbering changed")
        MEMBER_ADDED = "member.added", _("Member added")
        ROLE_CHANGED = "member.role_changed", _("Role changed")
        MEMBER_REMOVED = "member.removed", _("Member removed")
        PASSWORD_CHANGED = "member.password_changed", _("Password changed")
        SIGNED_IN = "member.signed_in", _("Signed in")
        SIGN_IN_FAILED = "member.sign_in_failed", _("Sign-in failed")
        KEY_CREATED = "key.created", _("API key created")
        KEY_REVOKED = "key.revoked", _("API key revoked")
        CREDENTIAL_STORED = "credential.stored", _("Certificate and password stored")
        HOLD_RELEASED = "credential.hold_released", _("Sending taken up again")
        INVALIDATION_ASKED = "document.invalidation_asked", _("Invalidation asked for")
        DOCUMENT_CORRECTED = "document.corrected", _("Document corrected")
        DOCUMENT_DECIDED = "received.decided", _("Received document accepted or rejected")
        EVENT_RETRIED = "contingency.event_retried", _("Event sent again")
        RUN_STARTED = "contingency.run_started", _("Sending started")
        EVIDENCE_EXPORTED = "evidence.exported", _("Evidence exported")

    # None for what belongs to no merchant: a sign-in that failed under a name that nobody has.
    merchant = models.ForeignKey(Merchant, null=True, on_delete=models.PROTECT, related_name="audit")
    environment = models.CharField(max_length=10, choices=Environment, blank=True)
    action = models.CharField(max_length=40, choices=Action)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=254, blank=True)  # e-mail or public key, as it was then; empty: SmartBill
    address = models.GenericIPAddressField(null=True)
    subject = models.CharField(max_length=254, blank=True)  # the name of the thing that it was done to
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["merchant", "-id"], name="audit_newest"),
            models.Index(fields=["merchant", "action", "-id"], name="audit_by_action"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()
