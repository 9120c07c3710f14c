"""Who calls the API, and what a role allows. Nothing here writes down an address of the network."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.counting import until_next_window
from accounts.keys import verify
from accounts.models import ApiKey, Merchant, Role
from accounts.throttling import is_guessing
from accounts.usage import last_use

if TYPE_CHECKING:  # rest_framework.views itself loads this module, by the settings
    from rest_framework.views import APIView

CHALLENGE = 'Basic realm="SmartBill"'
LONGEST_HEADER = 512  # a pair needs about 160 characters


class Unauthorized(AuthenticationFailed):
    """401: one answer, whatever was wrong with the pair."""

    default_detail = _("Send your public key as the user and your private key as the password (HTTP Basic).")
    default_code = "unauthorized"


class RoleNotAllowed(PermissionDenied):
    """403: the pair is right, its role is not."""

    default_detail = _("The role of this API key does not allow it.")
    default_code = "role_not_allowed"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts for, where REST framework expects a user: an API key, not a person."""

    key: ApiKey

    is_authenticated = True
    is_anonymous = False
    is_active = True

    @property
    def pk(self) -> int:
        return self.key.pk

    @property
    def merchant(self) -> Merchant:
        return self.key.merchant

    @property
    def role(self) -> Role:
        return Role(self.key.role)

    def __str__(self) -> str:
        return self.key.public_key


class KeyAuthentication(BaseAuthentication):
    """HTTP Basic with both halves of a key pair; `request.auth` becomes the ApiKey, its merchant loaded."""

    def authenticate(self, request: Request) -> tuple[Principal, ApiKey] | None:
        """None without a header (`HasKey` refuses that where a key is needed); raises `Unauthorized`, or `Throttled`
        where an address has shown too many wrong pairs."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        key = verify(*pair(header))
        if key is None:
            if is_guessing(client_address(request._request)):
                raise Throttled(wait=until_next_window())
            raise Unauthorized
        last_use.note(key, timezone.now())
        return Principal(key), key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


@sensitive_variables()
def pair(header: str) -> tuple[str, str]:
    """The two halves in an Authorization header; two empty texts, which fit no key, for anything else."""
    scheme, _space, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic" or len(header) > LONGEST_HEADER:
        return "", ""
    try:
        text = base64.b64decode(encoded.strip().encode("ascii"), validate=True).decode("utf-8")
    except (UnicodeError, binascii.Error):
        return "", ""
    public, _colon, private = text.partition(":")
    return public, private


def key_of(request: Request) -> ApiKey:
    """The key that a request showed; raises `Unauthorized` where it showed none."""
    if not isinstance(request.auth, ApiKey):
        raise Unauthorized
    return request.auth


class HasKey(BasePermission):
    """A key, whatever its role."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        key_of(request)
        return True


@cache
def requires(*roles: Role) -> type[HasKey]:
    """The permission of views that only keys of these roles may call: roles are judged only here."""

    class RequiresRole(HasKey):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if key_of(request).role not in roles:
                raise RoleNotAllowed
            return True

    return RequiresRole


class KeyScheme(OpenApiAuthenticationExtension):
    """How the reference describes the keys."""

    target_class = KeyAuthentication
    name = "keys"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = _("HTTP Basic: the public key is the user, the private key the password.")
        return {"type": "http", "scheme": "basic", "description": str(description)}
