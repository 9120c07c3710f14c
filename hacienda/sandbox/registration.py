"""Making an issuer known to a running sandbox, over its control plane."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import urlsplit

from hacienda import http
from hacienda.errors import Refused

EMITTERS = "/_sandbox/emitters"


def register_emitter(
    base_url: str,
    *,
    tax_id: str,
    password: str,
    public_key_spki: bytes,
    name: str,
    country: str = "SV",
    user: str = "",
) -> None:
    """Register, or register anew, an issuer with the password it logs in with and the public key it signs under.

    `country` is whose Hacienda it is registered with; `user` is who logs in for it, where that is not its tax id.
    `base_url` is that of any of the sandbox's services. Raises `Unreachable` where none answers there, and `Refused`
    where it does not take the issuer.
    """
    where = urlsplit(base_url)
    body = {
        "nit": tax_id,
        "password": password,
        "public_key": b64encode(public_key_spki).decode("ascii"),
        "name": name,
    }
    if country != "SV":
        body["country"] = country
    if user:
        body["user"] = user
    reply = http.post(
        f"{where.scheme}://{where.netloc}{EMITTERS}",
        json.dumps(body, ensure_ascii=False).encode(),
        content_type="application/json",
    )
    if not 200 <= reply.status < 300:
        # The sandbox names the field that it does not take, never what was in it.
        raise Refused(
            f"the sandbox refused the issuer: HTTP {reply.status} {http.redacted(reply.text)[:200]}", lasting=True
        )
