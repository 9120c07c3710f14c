"""A rejected document's body as a form: an input for each value of it, and for what Hacienda found missing.

What is not shown stays as it was sent. Nothing is judged here: the body that results is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.forms import ServedForm
from accounts.pages import sentence
from documents import field_names
from documents.correction_lines import Lines
from documents.field_names import Steps
from documents.fields import Amount, Body, Choice, Text, WholeNumber, YesNo
from documents.line_bodies import Unit
from documents.serializers import DraftBody
from hacienda.registry import authority
from hacienda.values import Fault

MOST_INPUTS: Final = 700  # at first
MOST_WITH_NEW: Final = 950  # Django takes a thousand in one request
LONG_TEXT: Final = 200

# What the document's number or its place in the caller's books holds.
FIXED: Final = frozenset({"type", "establishment", "point_of_sale", "external_id"})
# Offered even where the body has none of them, after what is most often missing of a customer.
_PLACES: Final[tuple[Steps, ...]] = tuple(
    ("customer", "address", name) for name in ("department", "municipality", "district", "line")
)
OFFERED: Final = frozenset({"items"})  # whose lines have them all, given or not


@dataclass(frozen=True, slots=True)
class Input:
    """A field of the form, and what Hacienda said of it."""

    bound: BoundField
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs under a heading. `line` points to the line that they are of, empty for none or one that has to stay;
    `list_name` is that of the list which this is the last line of."""

    title: str
    inputs: tuple[Input, ...]
    line: str = ""
    list_name: str = ""


def _customer(country: str) -> tuple[Steps, ...]:
    """What is offered of a customer, given or not."""
    names = authority(country).rules.vocabulary.often_missing["customer"]
    return (*(("customer", name) for name in names), *_PLACES)


def _of_line(country: str) -> Mapping[str, tuple[str, ...]]:
    """What is offered of a line of each list; a new one has what the other lines have as well."""
    related = ("type", "generation_code", "issued_at")
    return {"items": authority(country).rules.vocabulary.often_missing["items"], "related": related}


class CorrectionForm(ServedForm):
    """`sent` is the body as it was sent, `errors` are those of the rejection: pointer and message each.

    `data` is what was typed; what it does not name stays as it was sent. `focus` is where to go on.
    """

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        country: str,
        body: Mapping[str, Any],
        errors: Iterable[Mapping[str, str]] = (),
        lines: Lines | None = None,
        focus: Steps = (),
    ) -> None:
        super().__init__(data, auto_id="field%s")
        self.country = country
        self.lines = lines or Lines.sent(body)
        self.body = body = self.lines.body(body)
        self._complaints: dict[str, list[str]] = {}
        self._paths: dict[str, Steps] = {}
        self._kinds: dict[str, Any] = {}
        told = [(field_names.steps_of(error["pointer"]), error["message"]) for error in self.lines.moved(errors)]
        wanted = [steps for steps, _message in told]
        before = None if data is None else _shown_before(data)
        for steps, kind in _offered(country, body, wanted, self.lines, before):
            name = field_names.pointer_of(steps)
            self._paths[name], self._kinds[name] = steps, kind
            self.fields[name] = _field(country, steps, kind, _at(body, steps))
        if data is not None:
            self.data = {name: data.get(name, field.initial) for name, field in self.fields.items()}
        if focus:
            self._go_to(focus)
        for steps, message in told:
            near = self._nearest(steps)
            if near is not None:
                self._complaints.setdefault(near, []).append(message)

    @property
    def is_partial(self) -> bool:
        """Whether some lines are not shown because there are too many."""
        items = self.body.get("items")
        shown = {steps[1] for steps in self._paths.values() if steps[0] == "items"}
        return isinstance(items, list) and len(shown) < len(items)

    def groups(self) -> list[Group]:
        """The inputs under their headings, in the order of the body, the customer first."""
        found: dict[str, list[Input]] = {}
        lines: dict[str, Steps] = {}
        for name, steps in self._paths.items():
            one = Input(self[name], tuple(self._complaints.get(name, ())))
            title = field_names.group(steps, self.country)
            found.setdefault(title, []).append(one)
            if steps[0] in self.lines.rows:
                lines[title] = steps[:2]
        last = {steps[0]: title for title, steps in lines.items()}
        return [
            Group(
                title,
                tuple(inputs),
                line=field_names.pointer_of(steps) if steps and self.lines.can_lose(str(steps[0])) else "",
                list_name=str(steps[0]) if steps and last[steps[0]] == title else "",
            )
            for title, inputs in found.items()
            for steps in [lines.get(title, ())]
        ]

    def shows(self, line: Steps) -> bool:
        """Whether any input is of that line."""
        return any(steps[: len(line)] == line for steps in self._paths.values())

    def _go_to(self, line: Steps) -> None:
        name = self._nearest(line)
        if name is not None:
            self.fields[name].widget.attrs["autofocus"] = True

    def corrected(self) -> dict[str, Any]:
        """The whole body with the edits; what was not touched keeps its JSON type."""
        body: dict[str, Any] = deepcopy(dict(self.body))
        for name, steps in self._paths.items():
            given = str(self.cleaned_data[name] or "").replace("\r\n", "\n")
            if given != _shown(_at(self.body, steps)):
                _set(body, steps, _value(given, self._kinds[name], _at(self.body, steps)))
        return body

    def take(self, faults: Iterable[Fault]) -> None:
        """Show each fault beside the input that its path leads to, or the first one within; else above the form."""
        for fault in faults:
            name = self._nearest(fault.path)
            message = sentence(fault.message, fault.params)
            if name is None and fault.path:
                message = f"{field_names.described(fault.pointer, self.country)}: {message}"
            self.add_error(name, message)

    def _nearest(self, steps: Steps) -> str | None:
        if not steps:
            return None
        return next((name for name, path in self._paths.items() if path[: len(steps)] == steps), None)


def _offered(
    country: str, body: Mapping[str, Any], wanted: list[Steps], arranged: Lines, before: frozenset[Steps] | None
) -> Iterator[tuple[Steps, Any]]:
    """Where inputs stand and what kind of field each is: the customer's, those of the body, those of the errors.

    `before` are the lines that the page showed already, None at first: then there is room for others too.
    """
    new = arranged.new()
    customer, of_line = _customer(country), _of_line(country)
    usual = {name: _usual(body, name, of_line[name]) for name in {str(line[0]) for line in new}}
    lines = {line: {(*line, *steps): None for steps in usual[str(line[0])]} for line in new}
    rest: list[Steps] = []
    for steps in (*_scalars(body), *wanted):
        match steps:
            case (str() as name, int(index), *_more) if name in arranged.rows:
                offered = [(name, index, one) for one in of_line[name]] if name in OFFERED else []
                lines.setdefault((name, index), dict.fromkeys(offered))[steps] = None
            case (name, *_more) if name not in FIXED:
                rest.append(steps)
    most = MOST_INPUTS if before is None else MOST_WITH_NEW
    named = {steps[:2] for steps in wanted} | new | (before or frozenset())
    if before is not None:
        lines = {line: fields for line, fields in lines.items() if line in named}
    chosen = _of_lines(lines, named, most - len(rest) - len(customer))
    items, related = ([steps for steps in chosen if steps[0] == name] for name in of_line)
    places = dict.fromkeys([*customer, *items, *related, *rest])
    kinds = ((steps, _kind(steps)) for steps in places if _has_room(body, steps))
    return islice(((steps, kind) for steps, kind in kinds if kind is not None), most)


def _of_lines(lines: Mapping[Steps, Iterable[Steps]], named: Set[Steps], room: int) -> list[Steps]:
    """The fields of as many lines as there is room for, in their order; those that are named are among them."""
    chosen = []
    for line in sorted(lines, key=lambda line: (line not in named, line)):
        fields = list(lines[line])
        room -= len(fields)
        if room < 0:
            break
        chosen.append((line, fields))
    return [steps for _line, fields in sorted(chosen) for steps in fields]


def _usual(body: Mapping[str, Any], name: str, offered: Iterable[str]) -> list[Steps]:
    """The fields of a new line in that list: the usual ones, and every single one that another line has."""
    found: dict[Steps, None] = dict.fromkeys((one,) for one in offered)
    found |= {steps[1:]: None for steps in _scalars(body[name]) if all(isinstance(step, str) for step in steps[1:])}
    return list(found)


def _shown_before(data: Mapping[str, str]) -> frozenset[Steps]:
    """The lines of which a page sent inputs."""
    paths = (field_names.steps_of(name) for name in data if name.startswith("/"))
    return frozenset(steps[:2] for steps in paths if len(steps) > 2)


def _scalars(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _scalars(below, (*steps, name))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _scalars(below, (*steps, index))
    elif steps:
        yield steps


def _kind(steps: Steps) -> Any:
    """The serializer's field at a place; None where there is none, or no single value."""
    field: Any = _BODY
    for step in steps:
        if isinstance(step, int):
            field = field.child if isinstance(field, serializers.ListSerializer) else None
        else:
            field = field.fields.get(step) if isinstance(field, Body) else None
        if field is None:
            return None
    # A tax may be given by its code alone, in place of an object.
    if isinstance(field, Body):
        return _CODE if isinstance(steps[-1], int) else None
    return None if isinstance(field, serializers.ListSerializer) else field


_BODY: Final = DraftBody()
_CODE: Final = Text()


def _has_room(body: Any, steps: Steps) -> bool:
    """Whether a value can stand there: elements of lists must exist, objects can be made."""
    for step in steps:
        if isinstance(step, int):
            if not isinstance(body, list) or step >= len(body):
                return False
            body = body[step]
        elif body is None or isinstance(body, Mapping):
            body = (body or {}).get(step)
        else:
            return False
    return not isinstance(body, Mapping | list)


def _at(body: Any, steps: Steps) -> Any:
    for step in steps:
        body = body[step] if isinstance(step, int) else (body or {}).get(step)
    return body


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip().replace("\r\n", "\n")


def _field(country: str, steps: Steps, kind: Any, value: Any) -> forms.Field:
    label = field_names.label_of(steps, country)
    more: dict[str, Any] = {"label": label, "required": False, "initial": _shown(value)}
    match kind:
        case YesNo():
            answers = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
            return forms.CharField(widget=forms.Select(choices=answers), **more)
        case Choice():
            words = [("", "—"), *((word, field_names.choice(word)) for word in kind.choices)]
            return forms.CharField(widget=forms.Select(choices=words), **more)
        case Amount() | WholeNumber():
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more)
        case serializers.DateField():
            return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **more)
        case Text(max_length=longest) if (longest or 0) > LONG_TEXT and steps[-1] != "name":
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), **more)
    return forms.CharField(**more)


def _value(given: str, kind: Any, sent: Any) -> Any:
    """As JSON has it; what does not fit stays a text, and is refused with its pointer when the body is read.

    A unit is a number where units are: `sent` tells.
    """
    if not given:
        return None
    if isinstance(kind, YesNo):
        return {"true": True, "false": False}.get(given, given)
    is_number = isinstance(kind, WholeNumber) or (isinstance(kind, Unit) and not isinstance(sent, str))
    if is_number and given.isascii() and given.isdigit() and len(given) < 10:
        return int(given)
    return given


def _set(body: Any, steps: Steps, value: Any) -> None:
    """Write the value, making the objects around it; an emptied one is taken out, and so is an object left empty."""
    *way, last = steps
    holders: list[tuple[Any, Any]] = []
    for step in way:
        if not isinstance(step, int) and body.get(step) is None:
            if value is None:
                return
            body[step] = {}
        holders.append((body, step))
        body = body[step]
    if value is not None or isinstance(last, int):
        body[last] = value
        return
    body.pop(last, None)
    for holder, step in reversed(holders):
        if holder[step] or isinstance(step, int):
            return
        del holder[step]
