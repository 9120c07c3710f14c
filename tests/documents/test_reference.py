"""The pages of the reference say what is true: every body in them is accepted, every name in them exists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from accounts import services as accounts
from accounts.models import Merchant
from documents.serializers import DraftBody
from hacienda.costarica.faults import MESSAGES as COSTA_RICAN
from hacienda.elsalvador.faults import MESSAGES as SALVADORAN
from hacienda.registry import authority, countries
from hacienda.values import ExportDefaults, Resolution
from tests.actors import Caller, Sandbox

GENERAL = "README"
SECTIONS = ["What it is for", "Minimum", "Extras", "How it is computed", "What is refused"]
PLACEHOLDER = re.compile(r"doc_([A-Z]+(?:_[A-Z]+)*)(?:_[0-9]+)?")


@dataclass(frozen=True)
class Shelf:
    """The pages of a country. `named` are examples that others refer to: a page, and what tells them apart on it."""

    country: str
    folder: Path
    messages: Mapping[str, str]
    named: Mapping[str, tuple[str, str]]
    # What must have been issued before any body of a type can be, beside the documents that it names.
    before: Mapping[str, str] = field(default_factory=dict)

    @property
    def types(self) -> Mapping[str, str]:
        return authority(self.country).rules.names

    @property
    def pages(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.md") if path.stem != GENERAL)

    def page(self, name: str) -> str:
        return (self.folder / f"{name}.md").read_text(encoding="utf-8")

    def bodies(self, name: str) -> list[str]:
        return re.findall(r"^```json\n(.*?)^```$", self.page(name), re.MULTILINE | re.DOTALL)

    def example(self, name: str) -> str:
        """What a placeholder stands for: the minimum of a type, or the one that is told by what is in it."""
        if name not in self.named:
            return self.bodies(name)[0]
        page, sign = self.named[name]
        return next(text for text in self.bodies(page) if sign in text)

    def first_column(self, name: str, heading: str) -> list[str]:
        """The names in code in the first column of the tables under a heading."""
        section = self.page(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
        return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


FOLDER = Path(settings.BASE_DIR) / "docs" / "reference"
EL_SALVADOR = Shelf(
    "SV",
    FOLDER,
    SALVADORAN,
    {"sale_on_behalf": ("tax_credit", '"third_party_sale"')},
    {"settlement": "sale_on_behalf"},
)
COSTA_RICA = Shelf("CR", FOLDER / "costarica", COSTA_RICAN, {"sale_on_credit": ("invoice", '"code": "10"')})
SHELVES = (EL_SALVADOR, COSTA_RICA)


def every_page() -> Iterator[Any]:
    for shelf in SHELVES:
        for name in shelf.pages:
            yield pytest.param(shelf, name, id=f"{shelf.country}-{name}")


@pytest.fixture
def send(request: pytest.FixtureRequest, sandbox: Sandbox) -> Callable[[Shelf, str], dict[str, Any]]:
    """Sends a body of a page, after the documents that it refers to."""

    def sent(shelf: Shelf, text: str) -> dict[str, Any]:
        today = timezone.now().astimezone(authority(shelf.country).rules.zone).date().isoformat()
        named = {match[0]: match[1].lower() for match in PLACEHOLDER.finditer(text)}
        made = {placeholder: sent(shelf, shelf.example(name))["id"] for placeholder, name in named.items()}
        filled = PLACEHOLDER.sub(lambda match: made[match[0]], text).replace('"TODAY"', f'"{today}"')
        answer: dict[str, Any] = sender(request, shelf).send(json.loads(filled)).json()
        assert answer.get("status") == "accepted", answer
        assert answer["observations"] == []
        return answer

    return sent


def sender(request: pytest.FixtureRequest, shelf: Shelf) -> Caller:
    """Somebody of that country who may issue every type."""
    if shelf.country == "CR":
        found: Caller = request.getfixturevalue("tico_manager")
        return found
    merchant: Merchant = request.getfixturevalue("merchant")
    resolution = Resolution(number="Resolución 12345", description="Entidad exenta, art. 6 LISR")
    accounts.set_donation_resolution(merchant=merchant, resolution=resolution)
    usual = ExportDefaults(customs_post="02", regime="1000.000", incoterm="09")
    accounts.set_export_defaults(merchant=merchant, defaults=usual)
    manager: Caller = request.getfixturevalue("manager")
    return manager


def test_every_country_has_its_pages() -> None:
    assert {shelf.country for shelf in SHELVES} == set(countries())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("shelf", "name"), list(every_page()))
def test_every_body_of_a_page_is_accepted(
    shelf: Shelf, name: str, send: Callable[[Shelf, str], dict[str, Any]]
) -> None:
    assert shelf.bodies(name)
    for text in shelf.bodies(name):
        if name in shelf.before:
            send(shelf, shelf.example(shelf.before[name]))
        assert send(shelf, text)["type"] == name


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.country)
def test_every_type_has_a_page_to_which_the_first_one_leads(shelf: Shelf) -> None:
    assert set(shelf.pages) == set(shelf.types)
    for name, code in shelf.types.items():
        assert f"| {code} | [`{name}`]({name}.md) |" in shelf.page(GENERAL)


@pytest.mark.parametrize(("shelf", "name"), list(every_page()))
def test_a_page_is_about_a_type_and_has_the_usual_form(shelf: Shelf, name: str) -> None:
    assert shelf.page(name).startswith(f"# `{name}` ({shelf.types[name]}): ")
    assert re.findall(r"^## (.+)$", shelf.page(name), re.MULTILINE) == SECTIONS


def every_table() -> Iterator[Any]:
    for shelf in SHELVES:
        for name in shelf.pages:
            yield pytest.param(shelf, name, "Extras", id=f"{shelf.country}-{name}")
        for heading in ("What every type takes", "Referring to other documents"):
            yield pytest.param(shelf, GENERAL, heading, id=f"{shelf.country}-{heading}")


@pytest.mark.parametrize(("shelf", "name", "heading"), list(every_table()))
def test_every_field_of_a_page_can_be_sent(shelf: Shelf, name: str, heading: str) -> None:
    assert shelf.first_column(name, heading)
    for path in shelf.first_column(name, heading):
        here: Any = DraftBody()
        for step in path.split("."):
            holder = here.child if isinstance(here, serializers.ListSerializer) else here
            assert step.removesuffix("[]") in holder.fields, path
            here = holder.fields[step.removesuffix("[]")]
            assert step.endswith("[]") <= isinstance(here, serializers.ListSerializer), path


@pytest.mark.parametrize(("shelf", "name"), list(every_page()))
def test_every_fault_of_a_page_exists(shelf: Shelf, name: str) -> None:
    codes = shelf.first_column(name, "What is refused")
    assert codes
    assert set(codes) - set(shelf.messages) == set()


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.country)
def test_every_link_of_a_page_leads_somewhere(shelf: Shelf) -> None:
    for name in (GENERAL, *shelf.pages):
        for target in re.findall(r"\]\(([^)]+)\)", shelf.page(name)):
            file, _, heading = target.partition("#")
            path = (shelf.folder / file) if file else shelf.folder / f"{name}.md"
            assert path.exists(), (name, target)
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}
            assert not heading or heading in anchors, (name, target)
