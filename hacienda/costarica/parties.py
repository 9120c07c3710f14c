"""Who issues and who receives (annex v4.4). A purchase invoice turns the two round: the supplier stands as issuer.

Of a party only that is printed for which its type has room; what a type leaves out of a known customer is no fault.
"""

from __future__ import annotations

from hacienda.costarica import catalogs, clave, codes, fields, places
from hacienda.costarica.case import Block, Case
from hacienda.drafts import Address, Party
from hacienda.values import Issuer, Path

ISSUER: Path = ("issuer",)
CUSTOMER: Path = ("customer",)
_ACTIVITY_LENGTH = 6
_SOMEWHERE = ("1", "01", "01")  # in place of what means no place: it is never printed, and hides no other fault


def head(case: Case) -> Block:
    """The members before the condition of sale, without what identifies the document."""
    issuer, customer = issuer_block(case), customer_block(case)
    own = _activity(case, case.draft.activity or case.issuer.activity, _own_activity_path(case))
    theirs = _activity(case, case.draft.customer.activity if case.draft.customer else None, (*CUSTOMER, "activity"))
    is_bought = case.type_code == codes.PURCHASE_INVOICE
    block: Block = {
        "ProveedorSistemas": _provider(case),
        "CodigoActividadEmisor": theirs if is_bought else own,
        "CodigoActividadReceptor": own if is_bought else theirs,
        "Emisor": customer if is_bought else issuer,
        "Receptor": issuer if is_bought else customer,
    }
    return {name: value for name, value in block.items() if case.has(name)}


def issuer_block(case: Case) -> Block:
    """The merchant; faults stand under `issuer`."""
    issuer, faults = case.issuer, case.faults
    if not clave.ESTABLISHMENT.fullmatch(issuer.establishment):
        faults.add((*ISSUER, "establishment"), "establishment_invalid")
    if not clave.POINT_OF_SALE.fullmatch(issuer.point_of_sale):
        faults.add((*ISSUER, "point_of_sale"), "terminal_invalid")
    identification = fields.identification(issuer.tax_id, issuer.id_type, ISSUER, faults)
    if identification is not None and identification["Tipo"] in (codes.FOREIGNER, codes.NO_TAXPAYER):
        faults.add((*ISSUER, "id_type"), "identification_type_not_allowed", value=identification["Tipo"])
    role = "Receptor" if case.type_code == codes.PURCHASE_INVOICE else "Emisor"
    emails = fields.emails(issuer.email, (*ISSUER, "email"), faults)
    return _fitting(
        case,
        role,
        {
            "Nombre": fields.text(issuer.name),
            "Identificacion": identification,
            "NombreComercial": fields.text(issuer.trade_name),
            "Ubicacion": _location(case, issuer.address, (*ISSUER, "address")),
            "Telefono": fields.phone(issuer.phone, (*ISSUER, "phone"), faults),
            "CorreoElectronico": emails[0] if emails and role == "Receptor" else emails,
        },
    )


def issuer_identification(issuer: Issuer) -> tuple[str, str]:
    """Type and number of the issuer's identification, as documents and the authority's door name them.

    Raises `ValueError` where the number tells no type and none is given.
    """
    number = fields.without_dashes(issuer.tax_id)
    kind = issuer.id_type or fields.identification_type(number)
    if kind is None:
        raise ValueError(f"the type of identification {number} is not known")
    return kind, number


def customer_block(case: Case) -> Block | None:
    """The other side; None where there is none and the type needs none."""
    party, faults = case.draft.customer, case.faults
    is_bought = case.type_code == codes.PURCHASE_INVOICE
    role = "Emisor" if is_bought else "Receptor"
    if party is None:
        if case.type_code in (codes.INVOICE, codes.PURCHASE_INVOICE, codes.PAYMENT_RECEIPT):
            faults.add(CUSTOMER, "required")
        return None
    identification = fields.identification(party.tax_id, party.id_type, CUSTOMER, faults)
    if identification is not None:
        _check_type(case, str(identification["Tipo"]))
    elif not fields.text(party.tax_id) and case.type_code in (
        codes.INVOICE,
        codes.PURCHASE_INVOICE,
        codes.PAYMENT_RECEIPT,
    ):
        faults.add((*CUSTOMER, "tax_id"), "identification_required")
    is_abroad = identification is not None and identification["Tipo"] == codes.FOREIGNER
    address = party.address
    emails = fields.emails(party.email, (*CUSTOMER, "email"), faults)
    return _fitting(
        case,
        role,
        {
            "Nombre": fields.text(party.name),
            "Identificacion": identification,
            "NombreComercial": fields.text(party.trade_name),
            "Ubicacion": None if is_abroad else _location(case, address, (*CUSTOMER, "address")),
            "OtrasSenasExtranjero": fields.text(address.line) if is_abroad and address is not None else None,
            "Telefono": fields.phone(party.phone, (*CUSTOMER, "phone"), faults),
            "CorreoElectronico": emails if is_bought else _only(case, emails),
        },
    )


def third_party_block(case: Case, party: Party | None, path: Path) -> tuple[Block | None, str | None]:
    """Identification and name of whom a charge is collected for."""
    if party is None:
        return None, None
    return fields.identification(party.tax_id, party.id_type, path, case.faults), fields.text(party.name)


def _only(case: Case, emails: list[object] | None) -> object:
    if emails and len(emails) > 1:
        case.faults.add((*CUSTOMER, "email"), "too_many", maximum=1)
    return emails[0] if emails else None


def _check_type(case: Case, kind: str) -> None:
    """Foreigners and people outside the tax stand where the law has a place for them."""
    draft = case.draft
    if kind == codes.FOREIGNER:
        if case.type_code == codes.PURCHASE_INVOICE:
            allowed = any(one.type_code == codes.FOREIGN_DOCUMENT for one in draft.related) or not draft.related
        elif case.type_code == codes.INVOICE:
            allowed = draft.payment.code == codes.NOT_NATIONALISED
            if allowed and not draft.related:
                case.faults.add(("related",), "reference_required")
        else:
            allowed = case.type_code != codes.PAYMENT_RECEIPT
    elif kind == codes.NO_TAXPAYER:
        allowed = case.type_code == codes.PURCHASE_INVOICE and draft.payment.code == codes.USED_GOODS
    else:
        allowed = True
    if not allowed:
        case.faults.add((*CUSTOMER, "id_type"), "identification_type_not_allowed", value=kind)


def _location(case: Case, address: Address | None, path: Path) -> Block | None:
    if address is None or address == Address():
        return None
    province, canton, district = (
        (fields.text(part) or "") for part in (address.department, address.municipality, address.district)
    )
    if catalogs.district(province, canton, district) is None:
        if f"{province}{canton}{district}".isdigit() and province and canton and district:
            case.faults.add((*path, "district"), "place_unknown", province=province, canton=canton, district=district)
        else:
            case.faults.tell(path, places.faults_of(address))
            province, canton, district = _SOMEWHERE
    return {
        "Provincia": province or None,
        "Canton": canton or None,
        "Distrito": district or None,
        "OtrasSenas": fields.text(address.line),
    }


def _activity(case: Case, code: str | None, path: Path) -> str | None:
    given = fields.text(code)
    if given is not None and len(given) != _ACTIVITY_LENGTH:
        case.faults.add(path, "activity_invalid")
    return given


def _own_activity_path(case: Case) -> Path:
    return ("activity",) if case.draft.activity else (*ISSUER, "activity")


def _provider(case: Case) -> str | None:
    return fields.text(case.issuer.system_provider) or fields.without_dashes(case.issuer.tax_id) or None


def _fitting(case: Case, role: str, block: Block) -> Block:
    return {name: value for name, value in block.items() if value is not None and case.has(f"{role}/{name}")}
