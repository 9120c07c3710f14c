"""What is said of a value for which the earlier version of a document has no place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hacienda.messages import gettext_noop

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, has no place for this."
        ),
        "value_not_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, does not take %(value)s here."
        ),
        "country_not_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, writes countries by older codes and has"
            " none for %(value)s. The newest version takes it."
        ),
        "required_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, needs this."
        ),
        "too_short_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, needs at least %(minimum)s characters."
        ),
        "too_long_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, takes at most %(maximum)s characters."
        ),
        "too_many_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, takes at most %(maximum)s."
        ),
        "too_small_in_version": gettext_noop(
            "Version %(version)s of this document, which this account sends, takes no amount below %(minimum)s here."
        ),
        "customer_required_in_version": gettext_noop(
            "From a total of %(threshold)s, version %(version)s of this document, which this account sends,"
            " names this; this one comes to %(total)s."
        ),
    }
)
