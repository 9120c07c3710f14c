"""Every type and version that the sandbox knows, and which of them an account may send.

Hacienda moves accounts from one generation of forms to the next, type by type (PROTOCOL.md section 12).
"""

from __future__ import annotations

from hacienda.sandbox.settings import Settings
from hacienda.sandbox.store import Store

from .contingency_forms import CONTINGENCY_FORMS
from .earlier_kinds import EARLIER_KINDS
from .forms import INVALIDATION_FORMS
from .kinds import KINDS, Kind

ALL_KINDS: dict[tuple[str, int], Kind] = KINDS | EARLIER_KINDS
INVALIDATION, CONTINGENCY = "invalidacion", "contingencia"
# By type, or name of an event that has none.
VERSIONS: dict[str, frozenset[int]] = {
    code: frozenset(version for known, version in ALL_KINDS if known == code) for code, _ in ALL_KINDS
} | {INVALIDATION: frozenset(INVALIDATION_FORMS), CONTINGENCY: frozenset(CONTINGENCY_FORMS)}


def may_send(nit: str, ambiente: str, code: str, version: int, *, store: Store, settings: Settings) -> bool:
    """Tell whether a version of a type or event is taken here, and from this account."""
    if f"{code}:{version}" in settings.refused_versions:
        return False
    allowed = store.versions(nit, ambiente).get(code)
    return allowed is None or version in allowed
