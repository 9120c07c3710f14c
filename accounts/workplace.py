"""Where a signed-in person works: for which merchant, in which environment, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.audit import Actor
from accounts.models import Credential, Environment, Membership, Merchant, Role, User
from hacienda.registry import authority

MERCHANT = "merchant"
ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Workplace:
    """One person's present choice; everything the dashboard reads or writes is bounded by it."""

    user: User
    merchant: Merchant
    environment: Environment
    role: Role
    merchants: tuple[Merchant, ...]
    address: str = ""  # where on the network the person is

    @property
    def actor(self) -> Actor:
        """The person, for the audit log."""
        return Actor(user=self.user, address=self.address)

    @property
    def is_manager(self) -> bool:
        return self.role == Role.MANAGER

    @property
    def has_inbox(self) -> bool:
        """Whether the merchant's authority is told what becomes of documents that were received."""
        return authority(self.merchant.country).inbox is not None

    @property
    def is_live(self) -> bool:
        return self.environment == Environment.LIVE

    @property
    def environments(self) -> tuple[Environment, ...]:
        return tuple(Environment)


def find(request: HttpRequest) -> Workplace | None:
    """The workplace of the person who asks; None for somebody who belongs to no merchant.

    A remembered merchant that the person no longer belongs to is ignored: membership is asked for on every request.
    """
    user = request.user
    if not isinstance(user, User):
        return None
    memberships = list(Membership.objects.filter(user=user).select_related("merchant").order_by("id"))
    if not memberships:
        return None
    wanted = request.session.get(MERCHANT)
    chosen = next((one for one in memberships if one.merchant_id == wanted), memberships[0])
    remembered = request.session.get(ENVIRONMENT)
    environment = Environment(remembered) if remembered in Environment.values else _usual(chosen.merchant)
    return Workplace(
        user=user,
        merchant=chosen.merchant,
        environment=environment,
        role=Role(chosen.role),
        merchants=tuple(one.merchant for one in memberships),
        address=client_address(request),
    )


def _usual(merchant: Merchant) -> Environment:
    """The most serious environment that the merchant can send in."""
    ready = set(Credential.objects.filter(merchant=merchant).values_list("environment", flat=True))
    for environment in (Environment.LIVE, Environment.TEST):
        if environment in ready:
            return environment
    return Environment.SANDBOX


def remember(request: HttpRequest, place: Workplace, *, merchant: str, environment: str) -> None:
    """Keep another choice for this login. What the person may not have, or is not there, changes nothing.

    Another merchant begins in its own usual environment: nobody should land in production by way of a switch
    that was meant for somebody else's company.
    """
    allowed = {str(one.pk): one.pk for one in place.merchants}
    if merchant in allowed and allowed[merchant] != place.merchant.pk:
        request.session[MERCHANT] = allowed[merchant]
        request.session.pop(ENVIRONMENT, None)
    if environment in Environment.values:
        request.session[ENVIRONMENT] = environment
