"""The event of return (18): it gives back a factura, an export or a purchase (functional manual 2.0, schema v1).

Its amounts stand on the basis of what is given back: of a factura with VAT inside, of an export and of a purchase
from an excluded subject without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields as members
from dataclasses import replace
from typing import Final

from hacienda.drafts import Export, ItemKind, Party, Taxation, ThirdPartyPurchase
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields, lines, parties, references, taxes, totals
from hacienda.elsalvador.blocks.lines import Line
from hacienda.elsalvador.blocks.references import RelatedDocuments
from hacienda.elsalvador.blocks.totals import Summary
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import EXCLUDED_SUBJECT, EXPORT_INVOICE, INVOICE
from hacienda.elsalvador.rules import (
    AMOUNT_LIMIT,
    MEDICINE_ACTIVITIES,
    MEDICINE_MONTHS,
    TOTAL_PLACES,
)
from hacienda.elsalvador.types import adjusted, balances, portions
from hacienda.elsalvador.types.originals import Adjusted
from hacienda.elsalvador.types.portions import Documents, Portion
from hacienda.elsalvador.types.return_shares import CARRIAGE, Shares, shares_of
from hacienda.money import ZERO, quantise
from hacienda.values import Totals

_COUNTED: Final = frozenset(
    {"items", "related", "prices_include_tax", "vat_withheld", "income_tax_withheld", "export"}
)
_FLAGS: Final = ("vat_withheld", "income_tax_withheld")
_EXPORTER: Final = ("recintoFiscal", "tipoRegimen", "regimen", "tipoItemExpor")
_GOODS, _SERVICES = 1, 2  # tipoItemExpor
# What `documento` has a place for.
_REACHED_BY: Final = frozenset({"name", "tax_id", "id_type", "phone", "email", "country"})


def compose(case: Case) -> Composed | None:
    """The event without its identification; None where its amounts cannot be computed."""
    draft, faults = case.draft, case.faults
    if not draft.related:
        faults.add(("related",), "required")
    of_medicine = case.issuer.activity in MEDICINE_ACTIVITIES
    months = MEDICINE_MONTHS if of_medicine else None
    related = references.related_documents(draft.related, case.kind, case.day, faults, months=months)
    for index, one in enumerate(draft.related):
        if not one.electronic:
            faults.add(("related", index, "number"), "related_not_electronic")
    documents = adjusted.documents(draft.related)
    known = adjusted.known(documents)
    given_back = draft.related[0].type_code if draft.related else INVOICE
    _refuse_foreign(case, given_back, known)
    customer = adjusted.customer(draft.customer, known, faults)
    third_party = adjusted.third_party(case, known)
    body: Block = {
        "documentoRelacionado": [
            {
                "tipoDocumento": row["tipoDocumento"],
                "codigoGeneracion": row["numeroDocumento"],
                "fechaEmision": row["fechaEmision"],
            }
            for row in related.rows or ()
        ],
        "emisor": _issuer_block(case, given_back, known),
        "documento": None if adjusted.is_unread(case, customer) else _receiver(customer, given_back, faults),
        "ventaTercero": references.third_party_block(third_party, case.issuer.tax_id, draft.related, faults),
        "compraTercero": _purchase_block(case, known),
    }
    appendix = references.appendix_rows(draft.appendix, faults)
    picked = _picked(case, related, documents, given_back)
    if picked is None:
        return None
    shares = shares_of(case, picked, documents, given_back)
    made = tuple(one.line for one in picked)
    summary = totals.compute(made, draft, case.kind, faults)
    if summary is None:
        return None
    sums = _sums(summary, shares, faults)
    body["cuerpoDocumento"] = _rows(case, picked, shares, given_back)
    body["resumen"] = _summary_block(case, summary, shares, sums, given_back)
    body["apendice"] = appendix
    return Composed(
        body=body,
        totals=sums,
        items=tuple(line.item for line in made),
        customer=customer,
        references=references.referred(draft.related, adjusts=True),
        third_party=third_party,
    )


def _refuse_suggested_prices(case: Case, given_back: str) -> None:
    """Only what is sold to consumers has one."""
    for index, item in enumerate(case.draft.items):
        if item.suggested_price and given_back != INVOICE:
            case.faults.add(("items", index, "suggested_price"), "not_taken", type=case.kind.code)


def _refuse_foreign(case: Case, given_back: str, known: Sequence[Adjusted]) -> None:
    """What belongs to the return of another type, or has no place in an event at all."""
    draft, faults = case.draft, case.faults
    taken = {
        "prices_include_tax": given_back == INVOICE,
        "vat_withheld": given_back == INVOICE,
        "income_tax_withheld": given_back == EXCLUDED_SUBJECT,
        "export": given_back == EXPORT_INVOICE,
        "third_party_purchase": given_back == EXPORT_INVOICE,
        "notes": False,
    }
    for name, is_taken in taken.items():
        if not is_taken and getattr(draft, name):
            faults.add((name,), "not_taken", type=case.kind.code)
    _refuse_suggested_prices(case, given_back)
    if draft.prices_include_tax is False and given_back != INVOICE:
        faults.add(("prices_include_tax",), "not_taken", type=case.kind.code)
    adjusted.refuse_flags(case, known, _FLAGS)
    for member in members(Party):
        given = None if draft.customer is None else getattr(draft.customer, member.name)
        if given is not None and member.name not in _REACHED_BY:
            faults.add(("customer", member.name), "not_taken", type=case.kind.code)
    export = draft.export or Export()
    for member in members(Export):
        mine = member.name in CARRIAGE or (not known and member.name in ("customs_post", "regime_type", "regime"))
        if getattr(export, member.name) != member.default and not mine:
            code = "follows_from_original" if known else "not_taken"
            faults.add(("export", member.name), code, type=case.kind.code)
    if given_back in (EXCLUDED_SUBJECT, EXPORT_INVOICE):
        usual = {None, Taxation.TAXED, Taxation.NOT_TAXED} if given_back == EXPORT_INVOICE else {None}
        for index, item in enumerate(draft.items):
            if item.tax not in usual:
                faults.add(("items", index, "tax"), "not_taken", type=case.kind.code)
            if item.extra_taxes:
                faults.add(("items", index, "extra_taxes"), "not_taken", type=case.kind.code)


def _issuer_block(case: Case, given_back: str, known: Sequence[Adjusted]) -> Block:
    """`emisor`: who and where from; for an export, as in the export itself."""
    issuer, faults = case.issuer, case.faults
    parties.check_place(issuer, faults)
    block: Block = {
        "nit": fields.nit(issuer.tax_id, ("issuer", "tax_id"), faults),
        "nombre": fields.text(issuer.name, ("issuer", "name"), faults, longest=250),
        "codEstableMH": issuer.establishment,
        "codEstable": None,  # codes of the issuer's own, beside Hacienda's
        "codPuntoVentaMH": issuer.point_of_sale,
        "codPuntoVenta": None,
        **dict.fromkeys(_EXPORTER),
    }
    if given_back != EXPORT_INVOICE:
        return block
    if not known:
        return block | _exporter(case)
    exporters = [{name: document.issuer.get(name) for name in _EXPORTER} for document in known]
    if any(each != exporters[0] for each in exporters):
        faults.add(("related",), "related_export_differs")
    return block | exporters[0]


def _exporter(case: Case) -> Block:
    """Of an export that was issued elsewhere: as given, else as the issuer exports as a rule."""
    items = case.draft.items
    if items and all(item.kind is ItemKind.SERVICE for item in items):
        return {"tipoItemExpor": _SERVICES}
    given, usual, faults = case.draft.export or Export(), case.issuer.export, case.faults
    return {
        "recintoFiscal": fields.code(
            given.customs_post or usual.customs_post, catalogs.CUSTOMS_POSTS, ("export", "customs_post"), faults
        ),
        "tipoRegimen": fields.code(
            given.regime_type or usual.regime_type, catalogs.REGIME_TYPES, ("export", "regime_type"), faults
        ),
        "regimen": fields.code(given.regime or usual.regime, catalogs.REGIMES, ("export", "regime"), faults),
        "tipoItemExpor": _GOODS,
    }


def _receiver(party: Party | None, given_back: str, faults: Faults) -> Block | None:
    """`documento`: the receiver as in what is given back; None where it had none."""
    if party is None or party == Party():
        if given_back != INVOICE:
            faults.add(("customer",), "required")
        return None
    id_type, number = parties.identity(party, faults)
    must = given_back != INVOICE
    if must and fields.blank(party.tax_id):
        faults.add(("customer", "tax_id"), "required")
    country = None
    if given_back == EXPORT_INVOICE:
        country = fields.code(party.country, catalogs.COUNTRIES, ("customer", "country"), faults)
    return {
        "tipoDocumento": id_type,
        "numDocumento": number,
        "nombre": fields.text(party.name, ("customer", "name"), faults, longest=250, required=must),
        "codPais": country,
        "nombrePais": country and catalogs.name(catalogs.COUNTRIES, country),
        "telefono": fields.phone(party.phone, ("customer", "phone"), faults, required=False),
        "correo": fields.email(party.email, ("customer", "email"), faults, required=False),
    }


def _purchase_block(case: Case, known: Sequence[Adjusted]) -> Block | None:
    """`compraTercero`, of an export: as in the original, else as given."""
    given: ThirdPartyPurchase | None = case.draft.third_party_purchase
    if known:
        if given is not None:
            case.faults.add(("third_party_purchase",), "follows_from_original")
        given = known[0].third_party_purchase
        if any(document.third_party_purchase != given for document in known):
            case.faults.add(("related",), "related_third_party_differs")
    if given is None:
        return None
    here = "third_party_purchase"
    return {
        "numDocumento": fields.text(given.id_number, (here, "id_number"), case.faults, longest=20),
        "nombre": fields.text(given.name, (here, "name"), case.faults, longest=250),
    }


def _picked(
    case: Case, related: RelatedDocuments, documents: Documents, given_back: str
) -> tuple[Portion, ...] | None:
    """The lines of the event, within what is left of its originals."""
    items = case.draft.items
    if given_back == EXCLUDED_SUBJECT:
        # A purchase bears no tax of any class; among the classes of ours it is what is not subject.
        items = tuple(item if item.line else replace(item, tax=Taxation.NOT_SUBJECT) for item in items)
    case = replace(case, draft=replace(case.draft, items=items))
    picked = portions.Picking(case, related, documents, takes_away=True).portions()
    if not picked or any(place[0] in _COUNTED for place in case.draft.unread):
        return None
    picked = balances.within(picked, case.faults, everything=not items)
    if all(one.line.item.tax is Taxation.NOT_TAXED for one in picked):
        case.faults.add(("items",), "no_sale")
    picked = tuple(portions.finished(one, has_vat=given_back == INVOICE) for one in picked)
    if given_back != EXPORT_INVOICE:
        return picked
    return tuple(replace(one, line=_at_nothing(one.line)) for one in picked)


def _at_nothing(line: Line) -> Line:
    """A line of an export with its VAT of 0 %, which what sells nothing and a tax as a line do not list."""
    listed = dict(line.listed_taxes)
    if line.item.tax is not Taxation.TAXED or line.own_tax is not None or taxes.EXPORT_VAT in listed:
        return line
    return replace(line, listed_taxes=((taxes.EXPORT_VAT, ZERO), *line.listed_taxes))


def _sums(summary: Summary, shares: Shares, faults: Faults) -> Totals:
    """The sums with what the lines carry; `withheld` is VAT and income tax together."""
    carried = sum((*shares.insurance, *shares.freight), ZERO)
    withheld = sum((*shares.withheld, *shares.income_tax), ZERO)
    total = quantise(summary.total + carried, TOTAL_PLACES)
    payable = max(total - withheld + summary.not_taxed, quantise(ZERO, TOTAL_PLACES))
    if max(total, payable) >= AMOUNT_LIMIT:
        faults.add(("items",), "too_large", limit=AMOUNT_LIMIT)
        total, withheld, payable = ZERO, ZERO, max(quantise(ZERO, TOTAL_PLACES), summary.not_taxed)
    return replace(
        summary.totals(),
        withheld=quantise(withheld, TOTAL_PLACES),
        perceived=quantise(ZERO, TOTAL_PLACES),
        total=total,
        payable=payable,
        in_words=in_words(payable),
    )


def _rows(case: Case, picked: Sequence[Portion], shares: Shares, given_back: str) -> list[Block]:
    rows: list[Block] = []
    for place, one in enumerate(picked):
        row = lines.cells(one.line, place + 1, case.kind)
        bought = given_back == EXCLUDED_SUBJECT and one.line.item.tax is Taxation.NOT_SUBJECT
        row |= {
            "codigoGeneracion": one.number,
            "compra": one.amount if bought else ZERO,
            "ventaNoSuj": ZERO if bought else row["ventaNoSuj"],
            "seguro": shares.insurance[place],
            "flete": shares.freight[place],
            "ivaRete": shares.withheld[place],
            "reteRenta": shares.income_tax[place],
        }
        rows.append({key: row[key] for key in case.kind.line_keys})
    return rows


def _summary_block(case: Case, summary: Summary, shares: Shares, sums: Totals, given_back: str) -> Block:
    """`resumen`, in the key order of the schema."""
    bought = given_back == EXCLUDED_SUBJECT
    tax_rows = [{"codigo": row.code, "descripcion": row.name, "valor": row.amount} for row in summary.rows]
    values: Block = {
        "totalNoSuj": ZERO if bought else summary.not_subject,
        "totalExenta": summary.exempt,
        "totalGravada": summary.taxed,
        "totalCompraExcluidos": summary.not_subject if bought else ZERO,
        "subTotalVentas": summary.sales,
        "tributos": tax_rows or None,
        "totalSeguro": sum(shares.insurance, ZERO),
        "totalFlete": sum(shares.freight, ZERO),
        "montoTotalOperacion": sums.total,
        "ivaRete": sum(shares.withheld, ZERO),
        "reteRenta": sum(shares.income_tax, ZERO),
        "totalNoGravado": sums.not_taxed,
        "totalPagar": sums.payable,
        "totalLetras": sums.in_words,
        "totalNoOnerosas": ZERO,
        "totalIva": summary.vat,
        "saldoFavor": ZERO,
    }
    return {key: values[key] for key in case.kind.summary_keys}
