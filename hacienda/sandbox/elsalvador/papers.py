"""The rules about other associated documents: orders, doctors, transports, resolutions (DOCUMENTS.md 3.5, 6.11)."""

from __future__ import annotations

from collections.abc import Iterator

from .answers import Refusal
from .case import Case, Part
from .catalogues import ASSOCIATED, TRANSPORTS
from .parties import NIT

BY_EMITTER, DOCTOR, TRANSPORT = 1, 3, 4
CARRIAGE = ("placaTrans", "modoTransp", "numConductor", "nombreConductor")
FIELD = "otrosDocumentos"


def medical_paper_faults(case: Case) -> Iterator[Refusal]:
    """Check the papers of a sale: a doctor goes with code 3 alone."""
    for one in case.document[FIELD] or ():
        yield from _coded_faults(one, ASSOCIATED - {TRANSPORT}, special=DOCTOR)
        doctor = one["medico"]
        if (doctor is None) == (one["codDocAsociado"] == DOCTOR):
            yield Refusal("005" if doctor is None else "024", f"{FIELD}.medico")
        if doctor is not None:
            yield from _doctor_faults(doctor)


def transport_paper_faults(case: Case) -> Iterator[Refusal]:
    """Check the papers of an export: what carries it goes with code 4 alone."""
    for one in case.document[FIELD] or ():
        yield from _coded_faults(one, ASSOCIATED - {DOCTOR}, special=TRANSPORT)
        for name in CARRIAGE:
            if (one[name] is None) == (one["codDocAsociado"] == TRANSPORT):
                yield Refusal("005" if one[name] is None else "024", f"{FIELD}.{name}")
        if one["modoTransp"] is not None and one["modoTransp"] not in TRANSPORTS:
            yield Refusal("003", f"{FIELD}.modoTransp")


def resolution_faults(case: Case) -> Iterator[Refusal]:
    """Check the papers of a donation, one of which is the donee's exemption resolution."""
    for one in case.document[FIELD]:
        yield from _coded_faults(one, ASSOCIATED - {DOCTOR, TRANSPORT}, special=None)
    if all(one["codDocAsociado"] != BY_EMITTER for one in case.document[FIELD]):
        yield Refusal("005", FIELD)


def _coded_faults(one: Part, allowed: frozenset[int], *, special: int | None) -> Iterator[Refusal]:
    """Check the code and the two texts, which every code but the special one asks for."""
    code = one["codDocAsociado"]
    if code is None:
        yield Refusal("005", f"{FIELD}.codDocAsociado")
    if code not in allowed:
        yield Refusal("007", f"{FIELD}.codDocAsociado")
    for name in ("descDocumento", "detalleDocumento"):
        if (one[name] is None) != (code == special):
            yield Refusal("024" if code == special else "005", f"{FIELD}.{name}")


def _doctor_faults(doctor: Part) -> Iterator[Refusal]:
    nit, foreign = doctor["nit"], doctor["docIdentificacion"]
    if (nit is None) == (foreign is None):
        yield Refusal("005" if nit is None else "024", f"{FIELD}.medico.docIdentificacion")
    if nit is not None and not NIT.fullmatch(nit):
        yield Refusal("006", f"{FIELD}.medico.nit")
