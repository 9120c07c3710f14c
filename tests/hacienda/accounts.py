"""Made-up documents that account for others (07, 08, 09), and the signed ones that they account for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hacienda.drafts import Draft, Liquidation, Original, Party, Period, Related, ThirdParty
from hacienda.elsalvador.build import finish, prepare
from hacienda.values import Environment, Identity
from tests.hacienda.drafts import AT, INVOICE, ISSUER, SANTA_TECLA, TAX_CREDIT, TAXPAYER, VERSIONS, item

PRINCIPAL = Party(
    name="MANDANTE DE EJEMPLO, S.A. DE C.V.",
    tax_id="06143006991013",
    registration="998877",
    activity="46900",
    address=SANTA_TECLA,
    email="mandante@example.com",
)
THIRD_PARTY = ThirdParty(PRINCIPAL.name or "", PRINCIPAL.tax_id)
CREDIT_CODE = "79CF13C4-470E-4D98-9A1A-D4301E669703"
OTHER_CODE = "A58BF1F7-6B02-43E9-B302-ECC5C61DBCEB"
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))


def supplied(taxable: str | None = "1000.00", **more: Any) -> Related:
    """A supplier's crédito fiscal."""
    base = None if taxable is None else Decimal(taxable)
    return replace(Related("03", CREDIT_CODE, True, date(2026, 11, 20), taxable=base), **more)


def withholding(*documents: Related, **more: Any) -> Draft:
    return replace(Draft("07", customer=TAXPAYER, related=documents or (supplied(),)), **more)


def settlement(*documents: Related, **more: Any) -> Draft:
    return replace(Draft("08", customer=PRINCIPAL, related=documents), **more)


def liquidation(gross: str = "1130.00", **more: Any) -> Draft:
    """What an acquirer settles for the first half of November, without a fee."""
    outer = {name: more.pop(name) for name in ("customer", "extension", "notes", "appendix") if name in more}
    outer |= {name: more.pop(name) for name in ("expected_total", "issuer", "unread", "items") if name in more}
    figures = {"period": Period(date(2026, 11, 1), date(2026, 11, 15)), "gross": Decimal(gross), "fee": Decimal(0)}
    return replace(Draft("09", customer=TAXPAYER, liquidation=Liquidation(**{**figures, **more})), **outer)


def signed(draft: Draft) -> tuple[str, str]:
    """Code and signed text of a document of the issuer's own."""
    code = str(uuid4()).upper()
    prepared = prepare(draft, ISSUER, version=VERSIONS[draft.type_code], at=AT, now=AT)
    number = f"DTE-{draft.type_code}-M001P001-000000000000001"
    return code, finish(prepared, Identity(Environment.TEST, code, number, AT))


def listed(code: str, text: str, *, selected: bool = False, **standing: Any) -> Related:
    """One of the issuer's own documents as a draft refers to it; stamped and in force unless said otherwise."""
    head = json.loads(text)["identificacion"]
    return Related(
        head.get("tipoDte") or head["tipoEvento"],
        code,
        True,
        date.fromisoformat(head["fecEmi"]),
        original=Original(text, **{"is_stamped": True, "is_invalidated": False, **standing}),
        selected=selected,
    )


def sold(price: str = "113.00", *, base: Draft = INVOICE, selected: bool = False, **more: Any) -> Related:
    """A sale on behalf of the principal."""
    standing = {name: more.pop(name) for name in ("is_stamped", "is_invalidated", "settlements") if name in more}
    draft = replace(base, items=(item(price),), third_party_sale=THIRD_PARTY)
    return listed(*signed(replace(draft, **more)), selected=selected, **standing)


def sold_on_credit(price: str = "100.00", **more: Any) -> Related:
    return sold(price, base=TAX_CREDIT, **more)


def as_signed(type_code: str, summary: Mapping[str, object], **more: Any) -> tuple[str, str]:
    """A signed text of another type, with no more of it than a settlement reads."""
    code = str(uuid4()).upper()
    name = "tipoEvento" if type_code == "18" else "tipoDte"
    day = (AT - timedelta(hours=6)).date().isoformat()
    document: dict[str, object] = {
        "identificacion": {name: type_code, "codigoGeneracion": code, "fecEmi": day},
        "documentoRelacionado": [{"tipoDocumento": more.get("of", "03")}],
        "ventaTercero": {"nit": PRINCIPAL.tax_id, "nombre": PRINCIPAL.name, "codDomiciliado": 1},
        "resumen": {"tributos": None, **summary},
    }
    return code, json.dumps(document)
