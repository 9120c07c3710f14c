"""A made-up merchant for the sandbox's tests: its key, its documents, its calls. Shares no code with the client."""

from __future__ import annotations

import base64
import json
import uuid
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hacienda.sandbox.server import Sandbox

HEADER = b'{"alg":"RS512"}'
NIT = "06140101010019"
UNKNOWN_CODE = "5E1F0A7B-3C2D-4B6A-9E8F-0A1B2C3D4E5F"  # of no document; fixed: all workers collect the same tests
OTHER_NIT = "06142222220011"
CUSTOMER_NIT = "06149999999999"
PASSWORD = "Clave.De-Prueba-1"
ADDRESS = {"departamento": "06", "municipio": "23", "distrito": "14", "complemento": "Calle de prueba 1"}
PERSON = {"name": "PERSONA DE PRUEBA", "kind": "13", "number": "000000000"}


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_code() -> str:
    return str(uuid.uuid4()).upper()


def spki(key: rsa.RSAPrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def sign(key: rsa.RSAPrivateKey, payload: Any, *, header: bytes = HEADER) -> str:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    signed = f"{base64url(header)}.{base64url(raw)}"
    return f"{signed}.{base64url(key.sign(signed.encode(), PKCS1v15(), SHA512()))}"


def line(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A line of a consumer invoice: one article of 11.30, IVA included."""
    return {
        "numItem": number,
        "tipoItem": 1,
        "numeroDocumento": None,
        "cantidad": 1,
        "codigo": None,
        "codTributo": None,
        "uniMedida": 59,
        "descripcion": "Café de prueba",
        "precioUni": 11.3,
        "montoDescu": 0,
        "ventaNoSuj": 0,
        "ventaExenta": 0,
        "ventaGravada": 11.3,
        "tributos": None,
        "psv": 0,
        "noGravado": 0,
        "ivaItem": 1.3,
    } | changes


def kind_of(document: dict[str, Any]) -> str:
    """What a document, or an event that is sent like one, says that it is."""
    identification = document["identificacion"]
    return str(identification.get("tipoDte") or identification["tipoEvento"])


class Merchant:
    """An emitter registered in a sandbox, with what its tests need."""

    def __init__(self, sandbox: Sandbox, key: rsa.RSAPrivateKey, nit: str = NIT) -> None:
        self.sandbox = sandbox
        self.key = key
        self.nit = nit
        self.http = requests.Session()
        self.http.trust_env = False
        self._numbers = 0
        self._token = ""

    def register(self, **changes: Any) -> requests.Response:
        body = {"nit": self.nit, "password": PASSWORD, "public_key": spki(self.key), "name": "PRUEBA"}
        return self.http.post(f"{self.sandbox.url}/_sandbox/emitters", json=body | changes)

    def log_in(self, **changes: Any) -> requests.Response:
        form = {"user": self.nit, "pwd": PASSWORD} | changes
        return self.http.post(f"{self.sandbox.url}/seguridad/auth", data=form, timeout=5)

    @property
    def token(self) -> str:
        """The Authorization header's value."""
        if not self._token:
            self._token = self.log_in().json()["body"]["token"]
        return self._token

    def forget_token(self) -> None:
        """Log in again for the next call."""
        self._token = ""

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def invoice(self, **changes: Any) -> dict[str, Any]:
        """A consumer invoice (01 v2) of 11.30 without a receiver, dated now."""
        self._numbers += 1
        document = {
            "identificacion": {
                "version": 2,
                "ambiente": "00",
                "tipoDte": "01",
                "numeroControl": f"DTE-01-M001P001-{self._numbers:015d}",
                "codigoGeneracion": new_code(),
                "tipoModelo": 1,
                "tipoOperacion": 1,
                "tipoContingencia": None,
                "motivoContin": None,
                "fecEmi": self.now().date().isoformat(),
                "horEmi": self.now().strftime("%H:%M:%S"),
                "tipoMoneda": "USD",
            },
            "documentoRelacionado": None,
            "emisor": {
                "nit": self.nit,
                "nrc": "1234567",
                "nombre": "EMPRESA DE PRUEBA, S.A. DE C.V.",
                "codActividad": "47111",
                "descActividad": "Venta al por menor",
                "nombreComercial": None,
                "direccion": dict(ADDRESS),
                "telefono": "22220000",
                "correo": "dte@example.com",
                "codEstable": None,
                "codPuntoVenta": None,
            },
            "receptor": None,
            "otrosDocumentos": None,
            "ventaTercero": None,
            "cuerpoDocumento": [line()],
            "resumen": {
                "totalNoSuj": 0,
                "totalExenta": 0,
                "totalGravada": 11.3,
                "subTotalVentas": 11.3,
                "descuNoSuj": 0,
                "descuExenta": 0,
                "descuGravada": 0,
                "porcentajeDescuento": 0,
                "totalDescu": 0,
                "tributos": None,
                "subTotal": 11.3,
                "ivaRete": 0,
                "montoTotalOperacion": 11.3,
                "totalNoGravado": 0,
                "totalPagar": 11.3,
                "totalLetras": "ONCE 30/100 USD",
                "totalIva": 1.3,
                "saldoFavor": 0,
                "condicionOperacion": 1,
                "pagos": [{"codigo": "01", "montoPago": 11.3, "referencia": None, "plazo": None, "periodo": None}],
                "numPagoElectronico": None,
                "observaciones": None,
            },
            "apendice": None,
        }
        return document | changes

    def tax_credit(self, **changes: Any) -> dict[str, Any]:
        """A comprobante de crédito fiscal (03 v4) of 100.00 plus IVA."""
        document = self.invoice()
        document["identificacion"] |= {
            "version": 4,
            "tipoDte": "03",
            "numeroControl": f"DTE-03-M001P001-{self._numbers:015d}",
        }
        document["receptor"] = {
            "nit": CUSTOMER_NIT,
            "nrc": "765432",
            "nombre": "CLIENTE DE PRUEBA, S.A. DE C.V.",
            "codActividad": "46900",
            "descActividad": "Venta al por mayor",
            "nombreComercial": None,
            "direccion": dict(ADDRESS),
            "telefono": "22220001",
            "correo": "cliente@example.com",
        }
        sold = line(cantidad=4, precioUni=25, ventaGravada=100, tributos=["20"])
        del sold["ivaItem"]
        document["cuerpoDocumento"] = [sold]
        summary = document["resumen"]
        del summary["totalIva"]
        summary |= {
            "totalGravada": 100,
            "subTotalVentas": 100,
            "tributos": [{"codigo": "20", "descripcion": "Impuesto al Valor Agregado 13%", "valor": 13}],
            "subTotal": 100,
            "ivaPerci": 0,
            "montoTotalOperacion": 113,
            "totalPagar": 113,
            "totalLetras": "CIENTO TRECE 00/100 USD",
        }
        summary["pagos"][0]["montoPago"] = 113
        return document | changes

    def invalidation(self, document: dict[str, Any], stamp: str, **changes: Any) -> dict[str, Any]:
        """An invalidation event (v3) of an accepted document, for rescission."""
        identification = document["identificacion"]
        receiver = document.get("receptor", document.get("documento")) or {}
        about = {
            "tipoDte": kind_of(document),
            "codigoGeneracion": identification["codigoGeneracion"],
            "selloRecibido": stamp,
            "numeroControl": identification.get("numeroControl"),
            "fecEmi": identification["fecEmi"],
            "codigoGeneracionR": None,
            "tipoDocumento": "36" if "nit" in receiver else receiver.get("tipoDocumento"),
            "numDocumento": receiver.get("nit") or receiver.get("numDocumento"),
            "nombre": receiver.get("nombre"),
            "telefono": None,
            "correo": None,
        }
        motive = {
            "tipoAnulacion": 2,
            "motivoAnulacion": None,
            "nombreResponsable": PERSON["name"],
            "tipDocResponsable": PERSON["kind"],
            "numDocResponsable": PERSON["number"],
            "nombreSolicita": PERSON["name"],
            "tipDocSolicita": PERSON["kind"],
            "numDocSolicita": PERSON["number"],
        }
        return {
            "identificacion": {
                "version": 3,
                "ambiente": "00",
                "codigoGeneracion": new_code(),
                "fecEmi": identification["fecEmi"],
                "horEmi": self.now().strftime("%H:%M:%S"),
                "fusion": None,
            },
            "emisor": {
                "nit": self.nit,
                "nombre": "EMPRESA DE PRUEBA, S.A. DE C.V.",
                "codEstableMH": "M001",
                "codEstable": None,
                "codPuntoVentaMH": "P001",
                "codPuntoVenta": None,
                "telefono": "22220000",
                "correo": "dte@example.com",
            },
            "documento": about | changes.pop("documento", {}),
            "motivo": motive | changes.pop("motivo", {}),
        } | changes

    def contingency(self, document: dict[str, Any], reason: int = 1, note: str | None = None) -> dict[str, Any]:
        """The document as issued in contingency, for the reason, now."""
        manner = {"tipoModelo": 2, "tipoOperacion": 2, "tipoContingencia": reason, "motivoContin": note}
        return document | {"identificacion": document["identificacion"] | manner}

    def outage(self, *documents: dict[str, Any], **motive: Any) -> dict[str, Any]:
        """A contingency event (v4) that lists the documents, of an outage of the last two hours until now."""
        now, began = self.now(), self.now() - timedelta(hours=2)
        about = {
            "fInicio": began.date().isoformat(),
            "fFin": now.date().isoformat(),
            "hInicio": began.strftime("%H:%M:%S"),
            "hFin": now.strftime("%H:%M:%S"),
            "tipoContingencia": 1,
            "motivoContingencia": None,
        }
        return {
            "identificacion": {
                "version": 4,
                "ambiente": "00",
                "codigoGeneracion": new_code(),
                "fTransmision": now.date().isoformat(),
                "hTransmision": now.strftime("%H:%M:%S"),
            },
            "emisor": {
                "nit": self.nit,
                "nombre": "EMPRESA DE PRUEBA, S.A. DE C.V.",
                "nombreResponsable": PERSON["name"],
                "tipoDocResponsable": PERSON["kind"],
                "numeroDocResponsable": PERSON["number"],
                "tipoEstablecimiento": "02",
                "codEstableMH": "M001",
                "codPuntoVentaMH": "P001",
                "telefono": "22220000",
                "correo": "dte@example.com",
            },
            "detalleDTE": [
                {
                    "noItem": position,
                    "tipoDoc": kind_of(one),
                    "codigoGeneracion": one["identificacion"]["codigoGeneracion"],
                }
                for position, one in enumerate(documents, start=1)
            ],
            "motivo": about | motive,
        }

    def envelope(self, document: dict[str, Any], **changes: Any) -> dict[str, Any]:
        identification = document["identificacion"]
        return {
            "ambiente": identification["ambiente"],
            "idEnvio": 1,
            "version": identification["version"],
            "tipoDte": kind_of(document),
            "documento": sign(self.key, document),
            "codigoGeneracion": identification["codigoGeneracion"],
        } | changes

    def post(self, path: str, body: Any, *, token: str | None = None, timeout: float = 5) -> requests.Response:
        headers = {"Authorization": self.token if token is None else token}
        return self.http.post(f"{self.sandbox.url}{path}", json=body, headers=headers, timeout=timeout)

    def send(self, document: dict[str, Any], *, timeout: float = 5, **envelope: Any) -> requests.Response:
        """Send a document to reception; `envelope` changes fields of its envelope."""
        body = self.envelope(document, **envelope)
        return self.post("/fesv/recepciondte", body, timeout=timeout)

    def ask(self, document: dict[str, Any]) -> requests.Response:
        identification = document["identificacion"]
        body = {
            "nitEmisor": self.nit,
            "tdte": kind_of(document),
            "codigoGeneracion": identification["codigoGeneracion"],
        }
        return self.post("/fesv/recepcion/consultadte", body)

    def annul(self, event: dict[str, Any], **envelope: Any) -> requests.Response:
        body = {"ambiente": "00", "idEnvio": 1, "version": 3, "documento": sign(self.key, event)} | envelope
        return self.post("/fesv/anulardte", body)

    def report(self, event: dict[str, Any], **envelope: Any) -> requests.Response:
        """Send a contingency event."""
        return self.post("/fesv/contingencia", {"nit": self.nit, "documento": sign(self.key, event)} | envelope)

    def batch(self, *documents: dict[str, Any], **envelope: Any) -> requests.Response:
        """Send documents as one batch."""
        body = {
            "ambiente": "00",
            "idEnvio": new_code(),
            "version": 1,
            "nitEmisor": self.nit,
            "documentos": [sign(self.key, one) for one in documents],
        }
        return self.post("/fesv/recepcionlote", body | envelope)

    def results(self, code: str) -> requests.Response:
        """Ask for a batch's results."""
        url = f"{self.sandbox.url}/fesv/recepcion/consultadtelote/{code}"
        return self.http.get(url, headers={"Authorization": self.token}, timeout=5)

    def accepted(self, document: dict[str, Any]) -> str:
        """Send a document that must be accepted, and return its seal."""
        answer = self.send(document)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["selloRecibido"])

    def fault(self, fault: str, service: str = "*", **more: Any) -> requests.Response:
        body = {"fault": fault, "service": service} | more
        return self.http.post(f"{self.sandbox.url}/_sandbox/faults", json=body)

    def received(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self.sandbox.url}/_sandbox/received", params=query)
        results: list[dict[str, Any]] = answer.json()["results"]
        return results


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the document with the value at a dotted path replaced; numbers are positions."""
    copy = deepcopy(document)
    target: Any = copy
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        target = target[part]
    target[last] = value
    return copy
