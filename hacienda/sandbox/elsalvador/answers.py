"""The bodies Hacienda answers with, its codes and its texts (PROTOCOL.md 3.1 to 3.4, protocol-samples)."""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Recorded texts: 002, 004, 005, 009, 014, 019, 020, 027, 094, 096, 802. The others are worded here after the
# official meaning of the code.
TEXTS = {
    "003": "VALOR NO VALIDO",
    "004": "YA EXISTE UN REGISTRO CON ESE VALOR",
    "005": "DEBE PROPORCIONAR UN VALOR",
    "006": "FORMATO NO VALIDO",
    "007": "VALOR NO PERMITIDO",
    "008": "NO PERTENECE AL CONTRIBUYENTE",
    "009": "NIT CONTRIBUYENTE NO EXISTE",
    "012": "NO EXISTE EVENTO DE CONTINGENCIA",
    "013": "FUERA DEL PERIODO REPORTADO EN EVENTO DE CONTINGENCIA",
    "014": "NO EXISTE UN REGISTRO CON ESTE DATO",
    "015": "DTE SE ENCUENTRA INVALIDADO",
    "016": "MONTO ES MAYOR AL DEL DOCUMENTO RELACIONADO",
    "017": "FECHA NO ES CORRECTA",
    "018": "FECHA FUERA DEL PLAZO PERMITIDO",
    "019": "ERROR EN CORRELATIVO",
    "020": "CALCULO INCORRECTO",
    "023": "FALTAN DATOS PARA VALIDAR",
    "024": "VALOR EN CAMPO NO APLICA",
    "025": "VALORES REPETIDOS",
    "026": "NO SE PERMITEN VALORES DIFERENTES",
    "027": "DATO NO COINCIDE CON DTE",
    "028": "DTE SE ENCUENTRA RELACIONADO A OTRO DTE",
    "095": "CONTRIBUYENTE NO AUTORIZADO",
}
SCHEMA_TEXT = "DOCUMENTO NO CUMPLE ESQUEMA JSON"
NOT_JSON_TEXT = "DATOS NO CUMPLEN ESTANDAR JSON"
PARAMETERS_TEXT = "PARAMETROS NO SON VALIDOS"
PARAMETERS_MISSING = "Faltan datos en peticion para procesar informacion"
SIGNATURE_TEXT = "No valido"
VERSION_FAULT = "Campo #/identificacion/version contiene un valor inválido"
UNPROCESSED = "099"
UNPROCESSED_TEXT = "ERROR NO CATALOGADO"
RECEIVED_TEXT = "RECIBIDO"
# What a document of a batch is told instead.
BATCH_DOCUMENT_TEXT = "RECIBIDO Y PROCESADO"
BATCH_TEXT = "LOTE RECIBIDO"
EVENT_RECEIVED_TEXT = "Documento recibido"
EVENT_REFUSED_TEXT = "Validaciones no superadas"
INVALIDATED_TEXT = "Invalidación Recibida y Procesada"
PAYMENTS_DIFFER = "resumen.pagos.montoPago Forma de pago difiere del Total a Pagar."
# clasificaMsg by the section that the field belongs to (PROTOCOL.md 3.2).
SECTIONS = {
    "identificacion": "11",
    "emisor": "12",
    "receptor": "13",
    "sujetoExcluido": "13",
    "donatario": "12",
    "donante": "13",
    "documentoRelacionado": "14",
    "otrosDocumentos": "99",
    "ventaTercero": "21",
    "cuerpoDocumento": "15",
    "Cuerpodocumento": "16",  # As recorded with 019 and 020.
    "resumen": "16",
    "extension": "17",
    "apendice": "18",
}
ANY_SECTION = "99"
MESSAGE_VERSION = 2
STAMP_ALPHABET = string.digits + string.ascii_uppercase


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a document or event is refused: Hacienda's code and the field, or a text of its own.

    `about` is the code of the listed document that is at fault, in an event that lists many.
    """

    code: str
    field: str
    text: str | None = None
    about: str | None = None

    def description(self) -> str:
        """Return the descripcionMsg."""
        return self.text or f"[{self.field}] {TEXTS[self.code]}"

    def observation(self) -> str:
        """Return it as an observation of a contingency event, whose answer has no codigoMsg of its own."""
        return observation(self.code, self.description() + (f": {self.about}" if self.about else ""))

    def classification(self) -> str:
        """Return the clasificaMsg of the section the field belongs to."""
        return SECTIONS.get(self.field.partition(".")[0], ANY_SECTION)


@dataclass(frozen=True, slots=True)
class Echo:
    """What every answer repeats: environment, code of the document, and when it was processed."""

    ambiente: str
    code: str | None
    at: datetime


def moment(at: datetime) -> str:
    """Return a time as Hacienda prints it, dd/MM/yyyy HH:mm:ss."""
    return at.strftime("%d/%m/%Y %H:%M:%S")


def new_stamp(at: datetime) -> str:
    """Return a fresh seal: the year, a UUID v4 in hexadecimal capitals, four more characters."""
    tail = "".join(secrets.choice(STAMP_ALPHABET) for _ in range(4))
    return f"{at.year}{uuid.uuid4().hex.upper()}{tail}"


def observation(code: str, text: str) -> str:
    """Return an observation that carries its code."""
    return f"[{code}] {text}"


def accepted(echo: Echo, stamp: str, warnings: Sequence[str] = (), *, text: str = RECEIVED_TEXT) -> dict[str, Any]:
    """Return the answer to an accepted document; with warnings it is an acceptance all the same (002)."""
    return {
        "version": MESSAGE_VERSION,
        "ambiente": echo.ambiente,
        "versionApp": 2,
        "estado": "PROCESADO",
        "codigoGeneracion": echo.code,
        "selloRecibido": stamp,
        "fhProcesamiento": moment(echo.at),
        "clasificaMsg": "10",
        "codigoMsg": "002" if warnings else "001",
        "descripcionMsg": "RECIBIDO CON OBSERVACIONES" if warnings else text,
        "observaciones": list(warnings),
    }


def rejected(
    echo: Echo, code: str, description: str, classification: str | None, observations: Sequence[str] | None
) -> dict[str, Any]:
    """Return the answer to a refused document."""
    return {
        "version": MESSAGE_VERSION,
        "ambiente": echo.ambiente,
        "versionApp": 2,
        "estado": "RECHAZADO",
        "codigoGeneracion": echo.code,
        "selloRecibido": None,
        "fhProcesamiento": moment(echo.at),
        "clasificaMsg": classification,
        "codigoMsg": code,
        "descripcionMsg": description,
        "observaciones": None if observations is None else list(observations),
    }


def refused(echo: Echo, refusal: Refusal) -> dict[str, Any]:
    """Return the answer to a document with a data fault: one a try, without observations."""
    # The recorded 004 carry an empty list, every other recorded data fault a null.
    observations: list[str] | None = [] if refusal.code == "004" else None
    return rejected(echo, refusal.code, refusal.description(), refusal.classification(), observations)


def schema_refused(echo: Echo, faults: Sequence[str]) -> dict[str, Any]:
    """Return the answer to a document that does not fit its form."""
    return rejected(echo, "096", SCHEMA_TEXT, "98", faults)


def signature_refused(echo: Echo) -> dict[str, Any]:
    """Return the answer to a signature that does not verify with the emitter's key."""
    return rejected(echo, "802", SIGNATURE_TEXT, "20", [])


def parameters_refused(echo: Echo) -> dict[str, Any]:
    """Return the answer to an envelope with fields missing or of the wrong type."""
    return rejected(echo, "094", PARAMETERS_TEXT, None, [PARAMETERS_MISSING])


def as_event(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the same answer in the shape of anulardte: version 1 of the application, no clasificaMsg."""
    shaped = {name: value for name, value in answer.items() if name != "clasificaMsg"} | {"versionApp": 1}
    if shaped["estado"] == "PROCESADO":
        return shaped | {"descripcionMsg": INVALIDATED_TEXT, "observaciones": None}
    # The recorded rejection of an event has neither a time nor a null list.
    return shaped | {"fhProcesamiento": None, "observaciones": shaped["observaciones"] or []}


def batch_received(echo: Echo, batch: str, sending: str) -> dict[str, Any]:
    """Return the answer to a batch that was taken; its documents are judged later."""
    return {
        "versionApp": 1,
        "estado": "RECIBIDO",
        "fhProcesamiento": moment(echo.at),
        "descripcionMsg": BATCH_TEXT,
        "ambiente": echo.ambiente,
        "clasificaMsg": "10",
        "codigoLote": batch,
        "idEnvio": sending,
        "codigoMsg": "001",
        "version": 1,
    }


def outage_received(at: datetime, stamp: str) -> dict[str, Any]:
    """Return the answer to a contingency event that was taken."""
    return {
        "estado": "RECIBIDO",
        "fechaHora": moment(at),
        "mensaje": EVENT_RECEIVED_TEXT,
        "selloRecibido": stamp,
        "observaciones": [],
    }


def outage_refused(at: datetime, observations: Sequence[str]) -> dict[str, Any]:
    """Return the answer to a contingency event that was refused."""
    return {
        "estado": "RECHAZADO",
        "fechaHora": moment(at),
        "mensaje": EVENT_REFUSED_TEXT,
        "selloRecibido": None,
        "observaciones": list(observations),
    }


def without_seal(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer without what proves it: the seal, a batch's code, the seals of a batch's documents."""
    harmed = {name: value for name, value in answer.items() if name != "codigoLote"}
    if "selloRecibido" in harmed:
        harmed["selloRecibido"] = None
    if "procesados" in harmed:
        harmed["procesados"] = [one | {"selloRecibido": None} for one in harmed["procesados"]]
    return harmed
