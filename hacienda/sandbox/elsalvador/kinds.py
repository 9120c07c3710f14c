"""What tells one type of document from another, as data: one row a type and version."""

from __future__ import annotations

from dataclasses import dataclass

from .forms import DOCUMENT_FORMS
from .schema import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The rules of one type in one version (DOCUMENTS.md 3 to 6).

    price_has_iva: line prices include IVA (so that it is no line tax). receiver_is_taxpayer: the receiver is
    given by NIT and NRC, not by an optional identity document. related: types it may refer to.
    payments_required: a null `pagos` is refused. line_fault: the code a wrong line total gets.
    """

    code: str
    version: int
    price_has_iva: bool
    receiver_is_taxpayer: bool
    related: frozenset[str]
    payments_required: bool
    line_fault: str

    @property
    def form(self) -> Record:
        """The form of the type's JSON."""
        return DOCUMENT_FORMS[self.code, self.version]


KINDS: dict[tuple[str, int], Kind] = {
    (kind.code, kind.version): kind
    for kind in (
        Kind(
            code="01",
            version=2,
            price_has_iva=True,
            receiver_is_taxpayer=False,
            related=frozenset({"04", "08", "09"}),
            payments_required=False,
            line_fault="003",
        ),
        Kind(
            code="03",
            version=4,
            price_has_iva=False,
            receiver_is_taxpayer=True,
            related=frozenset({"04", "08", "09"}),
            # A project reports that Hacienda refuses the null its schema allows (DOCUMENTS.md 3.7).
            payments_required=True,
            line_fault="020",
        ),
    )
}

# What may be issued in contingency (PROTOCOL.md section 7); 18 is the return event.
IN_CONTINGENCY = frozenset({"01", "03", "04", "05", "06", "07", "11", "14", "18"})
# Invalidation (PROTOCOL.md section 6), for every type there is.
THREE_MONTHS = frozenset({"01", "11", "14"})
NEVER_REPLACED = frozenset({"05", "08", "17", "18"})
ADJUSTED_BY = {
    "03": frozenset({"05", "06"}),
    "07": frozenset({"05", "06"}),
    "01": frozenset({"18"}),
    "11": frozenset({"18"}),
    "14": frozenset({"18"}),
}
