"""A made-up taxpayer of Costa Rica for the sandbox's tests: documents and calls. Shares no code with the client."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import requests
from lxml import etree

from hacienda.sandbox.server import Sandbox
from tests.hacienda.sandbox.costarica.signing import SigningKey, sign, signing_key

TAX_ID, BUYER, STRANGER = "3101999901", "3102999902", "3102999903"
PASSWORD = "Clave%De&Prueba=1"
SUFFIX = {
    "01": "FacturaElectronica",
    "02": "NotaDebitoElectronica",
    "03": "NotaCreditoElectronica",
    "04": "TiqueteElectronico",
    "05": "MensajeReceptor",
    "08": "FacturaElectronicaCompra",
    "09": "FacturaElectronicaExportacion",
    "10": "ReciboElectronicoPago",
}
SPACES = "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/"
PLACE = {"Provincia": "1", "Canton": "01", "Distrito": "01", "OtrasSenas": "Calle de prueba"}
Document = dict[str, Any]


def namespace(root: str) -> str:
    return f"{SPACES}{root[0].lower()}{root[1:]}"


def xml(root: str, content: Document) -> bytes:
    """The unsigned document; a value may be a text, a mapping, or a list of either."""
    space = namespace(root)
    element = etree.Element(f"{{{space}}}{root}", nsmap={None: space})
    _fill(element, space, content)
    return etree.tostring(element, xml_declaration=True, encoding="UTF-8")


def _fill(parent: Any, space: str, content: Document) -> None:
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, f"{{{space}}}{name}")
            if isinstance(one, dict):
                _fill(child, space, one)
            else:
                child.text = str(one)


def money(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.00001"), rounding=ROUND_HALF_UP)


def changed(document: Document, path: str, value: Any) -> Document:
    """A copy in which what a dotted path leads to is another value, or, with None, is not there."""
    made = deepcopy(document)
    *way, last = path.split(".")
    inner: Any = made
    for step in way:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    if value is None:
        del inner[last]
    else:
        inner[int(last) if isinstance(inner, list) else last] = value
    return made


def identity(tax_id: str) -> Document:
    return {"Tipo": "01" if len(tax_id) == 9 else "02", "Numero": tax_id}


def line(number: int = 1, quantity: str = "2", price: str = "500.5", cabys: str = "8314300000000") -> Document:
    """A line of a service at thirteen percent."""
    total = money(Decimal(quantity) * Decimal(price))
    tax = money(total * Decimal("0.13"))
    return {
        "NumeroLinea": str(number),
        "CodigoCABYS": cabys,
        "Cantidad": quantity,
        "UnidadMedida": "Sp",
        "Detalle": "Servicio de prueba",
        "PrecioUnitario": price,
        "MontoTotal": total,
        "SubTotal": total,
        "BaseImponible": total,
        "Impuesto": [{"Codigo": "01", "CodigoTarifaIVA": "08", "Tarifa": "13", "Monto": tax}],
        "ImpuestoAsumidoEmisorFabrica": "0",
        "ImpuestoNeto": tax,
        "MontoTotalLinea": total + tax,
    }


def summary(lines: Iterable[Document]) -> Document:
    listed = list(lines)
    sale = sum((one["MontoTotal"] for one in listed), Decimal(0))
    tax = sum((one["Impuesto"][0]["Monto"] for one in listed), Decimal(0))
    return {
        "CodigoTipoMoneda": {"CodigoMoneda": "CRC", "TipoCambio": "1"},
        "TotalServGravados": sale,
        "TotalMercanciasGravadas": "0",
        "TotalGravado": sale,
        "TotalVenta": sale,
        "TotalDescuentos": "0",
        "TotalVentaNeta": sale,
        "TotalDesgloseImpuesto": [{"Codigo": "01", "CodigoTarifaIVA": "08", "TotalMontoImpuesto": tax}],
        "TotalImpuesto": tax,
        "TotalIVADevuelto": "0",
        "TotalOtrosCargos": "0",
        "MedioPago": [{"TipoMedioPago": "01", "TotalMedioPago": sale + tax}],
        "TotalComprobante": sale + tax,
    }


@cache
def session() -> requests.Session:
    """One for all: its connections stay open from test to test."""
    made = requests.Session()
    made.trust_env = False
    return made


class Taxpayer:
    """A taxpayer registered in a sandbox, with what its tests need."""

    def __init__(self, sandbox: Sandbox, tax_id: str = TAX_ID, key: SigningKey | None = None) -> None:
        self.sandbox = sandbox
        self.tax_id = tax_id
        self.key = key or signing_key(tax_id)
        self.user = f"cpj-{tax_id}@stag.comprobanteselectronicos.go.cr"
        self.http = session()
        self._token = ""
        self._numbers = 0

    # Control

    def register(self, **changes: Any) -> requests.Response:
        body = {"country": "CR", "nit": self.tax_id, "user": self.user, "password": PASSWORD, "name": "PRUEBA"}
        body |= {"certificate": self.key.der} | changes
        return self.control("POST", "emitters", body)

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body, timeout=5)

    def fault(self, fault: str, service: str = "*", **more: Any) -> None:
        body = {"fault": fault, "service": service} | more
        assert self.control("POST", "faults", body).status_code == 201

    def received(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "received").json()["results"])

    # Login

    def idp(self, ending: str = "token", realm: str = "rut-stag", **form: Any) -> requests.Response:
        url = f"{self.sandbox.url}/auth/realms/{realm}/protocol/openid-connect/{ending}"
        return self.http.post(url, data=form, timeout=5)

    def log_in(self, realm: str = "rut-stag", client: str = "api-stag", **changes: Any) -> requests.Response:
        form = {"grant_type": "password", "client_id": client, "username": self.user, "password": PASSWORD}
        return self.idp(realm=realm, **(form | {"client_secret": "", "scope": ""} | changes))

    @property
    def token(self) -> str:
        if not self._token:
            self._token = self.log_in().json()["access_token"]
        return self._token

    def forget_token(self) -> None:
        self._token = ""

    # Documents

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def number(self, code: str) -> str:
        self._numbers += 1
        return f"00100001{code}{self._numbers:010d}"

    def clave(self, number: str, *, situation: str = "1", on: datetime | None = None) -> str:
        day = (on or self.now()).strftime("%d%m%y")
        return f"506{day}{self.tax_id.zfill(12)}{number}{situation}12345678"

    def document(self, code: str = "01", *, situation: str = "1", at: datetime | None = None) -> Document:
        """A document of one line of a service, of 1131.13, dated now."""
        number = self.number(code)
        lines = [line()]
        made: Document = {
            "Clave": self.clave(number, situation=situation, on=at),
            "ProveedorSistemas": "3101999909",
            "CodigoActividadEmisor": "6201.0",
            "NumeroConsecutivo": number,
            "FechaEmision": (at or self.now()).isoformat(timespec="seconds"),
            "Emisor": {
                "Nombre": "EMPRESA DE PRUEBA",
                "Identificacion": identity(self.tax_id),
                "Ubicacion": dict(PLACE),
                "CorreoElectronico": ["pruebas@example.com"],
            },
            "Receptor": {"Nombre": "CLIENTE DE PRUEBA", "Identificacion": identity(BUYER)},
            "CondicionVenta": "01",
            "DetalleServicio": {"LineaDetalle": lines},
            "ResumenFactura": summary(lines),
        }
        if code == "04":
            del made["Receptor"]
        return made

    def with_lines(self, document: Document, lines: list[Document]) -> Document:
        return document | {"DetalleServicio": {"LineaDetalle": lines}, "ResumenFactura": summary(lines)}

    def note(self, about: Document, code: str = "03", why: str = "01", *, of: str = "01") -> Document:
        """A note over all of a document."""
        made = self.document(code)
        reference = {
            "TipoDocIR": of,
            "Numero": about["Clave"],
            "FechaEmisionIR": about["FechaEmision"],
            "Codigo": why,
            "Razon": "Motivo de prueba",
        }
        made = {**made, "DetalleServicio": about["DetalleServicio"], "ResumenFactura": about["ResumenFactura"]}
        if "Receptor" in about:
            made["Receptor"] = about["Receptor"]
        else:
            del made["Receptor"]
        return {**made, "InformacionReferencia": [reference]}

    def message(self, about: Document, says: str = "1", **changes: Any) -> Document:
        """A receptor's message; this taxpayer is the receptor."""
        return {
            "Clave": about["Clave"],
            "NumeroCedulaEmisor": about["Emisor"]["Identificacion"]["Numero"],
            "FechaEmisionDoc": self.now().isoformat(timespec="seconds"),
            "Mensaje": says,
            **({} if says == "1" else {"DetalleMensaje": "No es lo que se pidió"}),
            "MontoTotalImpuesto": about["ResumenFactura"]["TotalImpuesto"],
            "TotalFactura": about["ResumenFactura"]["TotalComprobante"],
            "NumeroCedulaReceptor": self.tax_id,
            "NumeroConsecutivoReceptor": self.number(f"0{int(says) + 4}"),
            **changes,
        }

    def signed(self, document: Document, code: str | None = None, **how: Any) -> bytes:
        kind = code or document["Clave"][29:31]
        return sign(xml(SUFFIX[kind], document), how.pop("key", self.key), **how)

    # Calls

    def envelope(self, document: Document, raw: bytes, **changes: Any) -> dict[str, Any]:
        body = {
            "clave": document["Clave"],
            "fecha": self.now().isoformat(timespec="seconds"),
            "emisor": {"tipoIdentificacion": "02", "numeroIdentificacion": self.tax_id},
            "comprobanteXml": base64.b64encode(raw).decode(),
        }
        if "Receptor" in document and document["Clave"][29:31] != "08":
            identity = document["Receptor"]["Identificacion"]
            body["receptor"] = {"tipoIdentificacion": identity["Tipo"], "numeroIdentificacion": identity["Numero"]}
        return body | changes

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"bearer {self.token}"}

    def post(self, body: Any, **more: Any) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.headers() | {"Content-Type": "application/json"}
        return self.http.post(
            f"{self.sandbox.url}/recepcion/v1/recepcion", data=data, headers=headers, **({"timeout": 5} | more)
        )

    def send(self, document: Document, **how: Any) -> requests.Response:
        return self.post(self.envelope(document, self.signed(document, **how)))

    def send_message(self, message: Document, **how: Any) -> requests.Response:
        """Send a receptor's message about a document."""
        raw = self.signed(message, "05", **how)
        body = {
            "clave": message["Clave"],
            "fecha": message["FechaEmisionDoc"],
            "emisor": {"tipoIdentificacion": "02", "numeroIdentificacion": message["NumeroCedulaEmisor"]},
            "receptor": {"tipoIdentificacion": "02", "numeroIdentificacion": message["NumeroCedulaReceptor"]},
            "consecutivoReceptor": message["NumeroConsecutivoReceptor"],
            "comprobanteXml": base64.b64encode(raw).decode(),
        }
        return self.post(body)

    def get(self, path: str, **more: Any) -> requests.Response:
        url = f"{self.sandbox.url}/recepcion/v1/{path}"
        return self.http.get(url, headers=self.headers(), **({"timeout": 5} | more))

    def ask(self, document: Document | str) -> requests.Response:
        return self.get(f"recepcion/{document if isinstance(document, str) else document['Clave']}")

    def final(self, code: Document | str) -> dict[str, Any]:
        """What is answered when a document is judged."""
        for _ in range(200):
            body = self.ask(code).json()
            if body["ind-estado"] not in ("recibido", "procesando"):
                return dict(body)
            time.sleep(0.005)
        raise AssertionError("it is never judged")

    def judged(self, document: Document, **how: Any) -> Any:
        """Send a document and return Hacienda's message about it, parsed."""
        answer = self.send(document, **how)
        assert answer.status_code == 202, answer.headers
        return message_of(self.final(document))

    def accepted(self, document: Document, **how: Any) -> Document:
        """Send a document that must be accepted."""
        said = self.judged(document, **how)
        assert said.findtext("{*}Mensaje") == "1", said.findtext("{*}DetalleMensaje")
        return document

    def refused(self, document: Document, **how: Any) -> str:
        """Send a document that must be rejected, and return why."""
        said = self.judged(document, **how)
        assert said.findtext("{*}Mensaje") == "3"
        return str(said.findtext("{*}DetalleMensaje"))


def message_of(body: dict[str, Any]) -> Any:
    """Hacienda's message in an answer, parsed."""
    return etree.fromstring(base64.b64decode(body["respuesta-xml"]))


def codes(text: str) -> list[str]:
    """The codes of the rows of a message's text."""
    _, _, block = text.partition("codigo, mensaje, fila, columna\r\n")
    return [row.partition(",")[0] for row in block.split("\r\n") if row.startswith("-") or row[:1].isdigit()]
