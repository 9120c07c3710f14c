"""The services for events: invalidation of one document, report of a contingency (PROTOCOL.md 3.6 and 3.7)."""

from __future__ import annotations

from typing import Any

from hacienda.sandbox.clock import Clock
from hacienda.sandbox.settings import Settings
from hacienda.sandbox.store import Event, Store
from hacienda.sandbox.wire import dump_json

from . import answers
from .answers import Echo, Refusal
from .arrivals import Arrival, inside
from .contingency import event_faults, outage_of
from .contingency_forms import CONTINGENCY_FORMS
from .earlier_forms import EARLIER_INVALIDATION_FORMS
from .earlier_reading import INVALIDATION as EARLIER_INVALIDATION
from .envelope import ENVIRONMENTS, UNAUTHORIZED, Reply, complete, echo_of, mismatch, owner_of, signer_of
from .forms import INVALIDATION_FORMS
from .generations import CONTINGENCY, INVALIDATION, may_send
from .invalidation import invalidation_fault
from .schema import schema_faults
from .signature import verifies


class Events:
    """The services for events. Every method is safe to call from any thread."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    # Invalidation

    def invalidate(self, arrival: Arrival) -> Reply:
        """Return the acceptance of an invalidation event, with the event's own seal, or its rejection."""
        owner, at = owner_of(arrival), self._clock.now()
        if owner is None:
            return UNAUTHORIZED
        if not complete(arrival):
            return Reply(400, answers.as_event(answers.parameters_refused(echo_of(arrival, at))))
        echo = echo_of(arrival, at, inside(arrival.payload, "identificacion", "codigoGeneracion"))
        rejection = self._invalidation_rejection(arrival, owner, echo)
        if rejection is not None:
            return Reply(400, answers.as_event(rejection))
        document = arrival.payload["documento"]["codigoGeneracion"]
        with self._store.writing():
            refusal = self._invalidation_refusal(arrival, owner, echo)
            if refusal is not None:
                return Reply(400, answers.as_event(answers.refused(echo, refusal)))
            answer = answers.as_event(answers.accepted(echo, answers.new_stamp(at)))
            event = _event(arrival, echo, answer)
            self._store.invalidate(echo.ambiente, document, at.isoformat(), event)
        return Reply(200, answer)

    def _invalidation_rejection(self, arrival: Arrival, owner: str, echo: Echo) -> dict[str, Any] | None:
        """Return the rejection of what is not signed, not JSON, not its envelope's, or not of its form."""
        fields, payload = arrival.fields or {}, arrival.payload
        if not verifies(arrival.jws, self._store.public_key(signer_of(payload, owner), fields["ambiente"])):
            return answers.signature_refused(echo)
        if not isinstance(payload, dict):
            return answers.rejected(echo, "098", answers.NOT_JSON_TEXT, "99", [])
        contradiction = mismatch(payload, {name: fields[name] for name in ("ambiente", "version")})
        if contradiction is not None:
            return answers.refused(echo, contradiction)
        form = INVALIDATION_FORMS.get(fields["version"])
        if not self._may_send(INVALIDATION, fields["version"], owner, echo.ambiente):
            form = None
        faults = [answers.VERSION_FAULT] if form is None else schema_faults(form, payload)
        return answers.schema_refused(echo, faults) if faults else None

    def _invalidation_refusal(self, arrival: Arrival, owner: str, echo: Echo) -> Refusal | None:
        event = arrival.payload
        code = event["identificacion"]["codigoGeneracion"]
        if self._store.event_known(echo.ambiente, code) or self._store.document(echo.ambiente, code):
            return Refusal("004", "identificacion.codigoGeneracion")
        if event["emisor"]["nit"] != owner:
            return Refusal("008", "emisor.nit")
        if event["identificacion"]["version"] not in EARLIER_INVALIDATION_FORMS:
            return invalidation_fault(event, self._store, at=echo.at)
        refusal = invalidation_fault(EARLIER_INVALIDATION.read(event), self._store, at=echo.at)
        return None if refusal is None else EARLIER_INVALIDATION.own(refusal)

    def _may_send(self, event: str, version: int, nit: str, ambiente: str) -> bool:
        return may_send(nit, ambiente, event, version, store=self._store, settings=self._settings)

    # Contingency

    def report(self, arrival: Arrival) -> Reply:
        """Return the acceptance of a contingency event, with its seal, or all that is wrong with it."""
        owner, at = owner_of(arrival), self._clock.now()
        if owner is None:
            return UNAUTHORIZED
        observations = self._report_observations(arrival, owner)
        if observations:
            return self.refuse_report(observations)
        payload, fields = arrival.payload, arrival.fields or {}
        identification = payload["identificacion"]
        echo = Echo(identification["ambiente"], identification["codigoGeneracion"], at)
        with self._store.writing():
            refusals = event_faults(payload, self._store, said=fields["nit"], owner=owner, at=at)
            if refusals:
                return self.refuse_report([one.observation() for one in refusals])
            stamp = answers.new_stamp(at)
            # A query answers in reception's shape, whatever it finds.
            event = _event(arrival, echo, answers.accepted(echo, stamp))
            listed = {one["codigoGeneracion"]: one["tipoDoc"] for one in payload["detalleDTE"]}
            self._store.report_outage(event, outage_of(payload, at), listed)
        return Reply(200, answers.outage_received(at, stamp))

    def refuse_report(self, observations: list[str]) -> Reply:
        """Return the rejection of a contingency event, in its own shape, with the status that was set."""
        return Reply(self._settings.event_refusal, answers.outage_refused(self._clock.now(), observations))

    def _report_observations(self, arrival: Arrival, owner: str) -> list[str]:
        """Return what is wrong with an event before its data are looked at."""
        if not complete(arrival):
            return [answers.observation("094", f"{answers.PARAMETERS_TEXT}: {answers.PARAMETERS_MISSING}")]
        payload = arrival.payload
        said = inside(payload, "identificacion", "ambiente")
        # The envelope names no environment; the event's own does not count where it is none.
        ambiente = said if said in ENVIRONMENTS else ENVIRONMENTS[0]
        if not verifies(arrival.jws, self._store.public_key(signer_of(payload, owner), ambiente)):
            return [answers.observation("802", answers.SIGNATURE_TEXT)]
        if not isinstance(payload, dict):
            return [answers.observation("098", answers.NOT_JSON_TEXT)]
        version = inside(payload, "identificacion", "version")
        form = CONTINGENCY_FORMS.get(version) if type(version) is int else None
        if form is None or not self._may_send(CONTINGENCY, version, owner, ambiente):
            return [answers.VERSION_FAULT]
        return schema_faults(form, payload)


def _event(arrival: Arrival, echo: Echo, answer: dict[str, Any]) -> Event:
    """Return an event that is accepted with this answer."""
    return Event(
        ambiente=echo.ambiente,
        code=arrival.payload["identificacion"]["codigoGeneracion"],
        service=arrival.service,
        nit=arrival.payload["emisor"]["nit"],
        stamp=answer["selloRecibido"],
        payload=arrival.jws.payload.decode("utf-8") if arrival.jws else "",
        answer=dump_json(answer),
    )
