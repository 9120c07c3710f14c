"""Documents of the forms before Normativa 2.0: those of today, written in the older way."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.sandbox import other_documents as today
from tests.sandbox.merchant import Merchant

VERSIONS = {"01": 1, "03": 3, "04": 3, "05": 3, "06": 3, "07": 1, "08": 1, "09": 1, "11": 1, "14": 1, "15": 1}
PARTIES = {"14": {"receptor": "sujetoExcluido"}, "15": {"emisor": "donatario", "receptor": "donante"}}
RENAMED = {
    "07": {
        "cuerpoDocumento": {"tipoGeneracion": "tipoDoc", "numeroDocumento": "numDocumento"},
        "resumen": {"totalIvaRetenido": "totalIVAretenido", "totalLetras": "totalIVAretenidoLetras"},
        "emisor": {"codEstable": "codigo", "codPuntoVenta": "puntoVenta"},
    },
    "08": {
        "cuerpoDocumento": {"fechaEmision": "fechaGeneracion", "observaciones": "obsItem"},
        "resumen": {"exportacion": "totalExportacion"},
    },
    "09": {"emisor": {"codEstable": "codigo", "codPuntoVenta": "puntoVentaContri"}},
    "11": {
        "identificacion": {"motivoContin": "motivoContigencia"},
        "resumen": {"descuGravada": "descuento"},
    },
    "15": {"cuerpoDocumento": {"tipoDepreciacion": "depreciacion"}},
}
GONE: dict[str, dict[str, tuple[str, ...]]] = {
    "05": {"cuerpoDocumento": ("noGravado", "ivaPerci", "totalIva", "ivaRete")},
    "07": {"resumen": ("totalIva",)},
    "11": {
        "emisor": ("tipoRegimen",),
        "cuerpoDocumento": ("tipoItem", "numeroDocumento", "codTributo"),
        "resumen": ("tributos", "totalNoOnerosas", "saldoFavor"),
    },
}
GONE["06"] = GONE["05"]
DELIVERY = dict.fromkeys(("nombEntrega", "docuEntrega", "nombRecibe", "docuRecibe", "observaciones"))


def _rewritten(kind: str, section: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_rewritten(kind, section, one) for one in value]
    if not isinstance(value, dict):
        return value
    names, gone = RENAMED.get(kind, {}).get(section, {}), GONE.get(kind, {}).get(section, ())
    return {names.get(name, name): one for name, one in value.items() if name not in gone}


def aged(document: dict[str, Any]) -> dict[str, Any]:
    """The same sale, purchase or settlement in the form of before."""
    kind = document["identificacion"]["tipoDte"]
    made = {name: _rewritten(kind, name, value) for name, value in deepcopy(document).items()}
    made["identificacion"]["version"] = VERSIONS[kind]
    made["identificacion"].pop("fusion", None)
    made["emisor"]["tipoEstablecimiento"] = "02"
    codes = {"07": ("codigoMH", "puntoVentaMH"), "09": ("codigoMH", "puntoVentaMH"), "05": (), "06": ()}
    made["emisor"] |= dict.fromkeys(codes.get(kind, ("codEstableMH", "codPuntoVentaMH")))
    if kind not in ("09", "11", "14", "15"):
        made["extension"] = dict(DELIVERY)
    if kind in ("01", "03"):
        made["extension"] |= {"placaVehiculo": None}
    _aged_summary(kind, made.get("resumen", {}))
    _aged_parties(kind, made)
    return {PARTIES.get(kind, {}).get(name, name): value for name, value in made.items()}


def _aged_summary(kind: str, summary: dict[str, Any]) -> None:
    if kind not in ("11", "14"):
        summary.pop("observaciones", None)
    if kind in ("01", "03"):
        summary["ivaRete1"] = summary.pop("ivaRete")
        summary["reteRenta"] = 0
    if kind == "03":
        summary["ivaPerci1"] = summary.pop("ivaPerci")
    if kind == "14":
        summary["ivaRete1"] = 0
    if kind in ("05", "06"):
        for name in ("totalIva", "totalNoGravado", "totalPagar", "codigoRetencionMH"):
            del summary[name]
        summary |= {"ivaPerci1": summary.pop("ivaPerci"), "ivaRete1": summary.pop("ivaRete"), "reteRenta": 0}
        summary |= {"descuNoSuj": 0, "descuExenta": 0, "descuGravada": 0, "subTotal": summary["subTotalVentas"]}


def _aged_parties(kind: str, made: dict[str, Any]) -> None:
    receiver = made["receptor"]
    for party in (made["emisor"], receiver or {}):
        if party.get("direccion"):
            del party["direccion"]["distrito"]
    if made.get("ventaTercero"):
        del made["ventaTercero"]["codDomiciliado"]
    if kind in ("05", "06", "08"):
        del receiver["tipoDocumento"]
        receiver.pop("codDomiciliado", None)
        receiver["nit"] = receiver.pop("numDocumento")
    elif kind in ("01", "04", "11") and receiver and receiver["tipoDocumento"] == "13":
        receiver["numDocumento"] = f"{receiver['numDocumento'][:8]}-{receiver['numDocumento'][8:]}"
    if kind == "07":
        made["cuerpoDocumento"] = [line | {"descripcion": "Retención"} for line in made["cuerpoDocumento"]]
    if kind == "08":
        made["cuerpoDocumento"] = [line | {"obsItem": "Ninguna"} for line in made["cuerpoDocumento"]]
    if kind == "09":
        receiver |= {"codigoMH": None, "puntoVentaMH": None}
        made["cuerpoDocumento"]["porcentComision"] = "3 %"
    if kind == "11":
        del made["documentoRelacionado"], made["compraTercero"]
        receiver["codPais"] = "9320"
        made["emisor"]["regimen"] = "EX-1.1000.000"
    if kind == "14":
        del made["emisor"]["tipoEstablecimiento"]
    if kind == "15":
        receiver["codPais"] = "9300"


def invoice(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    return aged(merchant.invoice(**changes))


def tax_credit(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    return aged(merchant.tax_credit(**changes))


def delivery_note(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    return aged(today.delivery_note(merchant, **changes))


def note(merchant: Merchant, kind: str, *sales: dict[str, Any], price: float = 10) -> dict[str, Any]:
    return aged(today.note(merchant, kind, *sales, price=price))


def withholding(merchant: Merchant, *referred: dict[str, Any], base: float = 100) -> dict[str, Any]:
    return aged(today.withholding(merchant, *referred, base=base))


def settlement(merchant: Merchant, *rows: tuple[dict[str, Any], float]) -> dict[str, Any]:
    return aged(today.settlement(merchant, *rows))


def card_settlement(merchant: Merchant) -> dict[str, Any]:
    return aged(today.card_settlement(merchant))


def export_invoice(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    return aged(today.export_invoice(merchant, **changes))


def purchase(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    return aged(today.purchase(merchant, **changes))


def donation(merchant: Merchant, **changes: Any) -> dict[str, Any]:
    return aged(today.donation(merchant, **changes))


def invalidation(merchant: Merchant, document: dict[str, Any], stamp: str, **changes: Any) -> dict[str, Any]:
    """An invalidation event (v2) of an accepted document, for rescission."""
    event = merchant.invalidation(document, stamp)
    identification, about = event["identificacion"], event["documento"]
    del identification["fusion"]
    identification |= {
        "version": 2,
        "fecAnula": identification.pop("fecEmi"),
        "horAnula": identification.pop("horEmi"),
    }
    event["emisor"] |= {"tipoEstablecimiento": "02", "nomEstablecimiento": None}
    receiver = document.get("receptor") or document.get("sujetoExcluido") or document.get("donante") or {}
    number = receiver.get("nit") or receiver.get("numDocumento")
    about["tipoDocumento"] = "36" if "nit" in receiver else receiver.get("tipoDocumento")
    about |= {"numDocumento": number, "nombre": receiver.get("nombre"), "montoIva": None, "correo": "a@example.com"}
    return event | changes


def every_one(merchant: Merchant) -> dict[str, dict[str, Any]]:
    """One good document of each type; a note refers to a tax credit that is not sent."""
    sale = tax_credit(merchant)
    return {
        "01": invoice(merchant),
        "03": sale,
        "04": delivery_note(merchant),
        "05": note(merchant, "05", sale),
        "06": note(merchant, "06", sale),
        "07": withholding(merchant),
        "08": settlement(merchant),
        "09": card_settlement(merchant),
        "11": export_invoice(merchant),
        "14": purchase(merchant),
        "15": donation(merchant),
    }
