"""The pages of the reference say what is true: every body in them is accepted, every name in them exists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from accounts import services as accounts
from accounts.models import Merchant
from documents.serializers import DraftBody
from hacienda.elsalvador.faults import MESSAGES
from hacienda.registry import authority
from hacienda.values import ExportDefaults, Resolution
from tests.actors import Caller, Sandbox

FOLDER = Path(settings.BASE_DIR) / "docs" / "reference"
GENERAL = "README"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != GENERAL)
SECTIONS = ["What it is for", "Minimum", "Extras", "How it is computed", "What is refused"]
PLACEHOLDER = re.compile(r"doc_([A-Z]+(?:_[A-Z]+)*)(?:_[0-9]+)?")
ON_BEHALF = "sale_on_behalf"
# What must have been issued before any body of a type can be, beside the documents that it names.
BEFORE = {"settlement": ON_BEHALF}
LAW = authority("SV")


def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def bodies(name: str) -> list[str]:
    return re.findall(r"^```json\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def example(name: str) -> str:
    """What a placeholder stands for: the minimum of a type, or the sale on behalf of a third party."""
    if name == ON_BEHALF:
        return next(text for text in bodies("tax_credit") if '"third_party_sale"' in text)
    return bodies(name)[0]


def first_column(name: str, heading: str) -> list[str]:
    """The names in code in the first column of the tables under a heading."""
    section = page(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


@pytest.fixture
def send(manager: Caller, merchant: Merchant, sandbox: Sandbox) -> Callable[[str], dict[str, Any]]:
    """Sends a body of a page, after the documents that it refers to."""
    resolution = Resolution(number="Resolución 12345", description="Entidad exenta, art. 6 LISR")
    accounts.set_donation_resolution(merchant=merchant, resolution=resolution)
    usual = ExportDefaults(customs_post="02", regime="1000.000", incoterm="09")
    accounts.set_export_defaults(merchant=merchant, defaults=usual)
    today = timezone.now().astimezone(LAW.rules.zone).date().isoformat()

    def sent(text: str) -> dict[str, Any]:
        named = {match[0]: match[1].lower() for match in PLACEHOLDER.finditer(text)}
        made = {placeholder: sent(example(name))["id"] for placeholder, name in named.items()}
        filled = PLACEHOLDER.sub(lambda match: made[match[0]], text).replace('"TODAY"', f'"{today}"')
        answer: dict[str, Any] = manager.send(json.loads(filled)).json()
        assert answer.get("status") == "accepted", answer
        assert answer["observations"] == []
        return answer

    return sent


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", PAGES)
def test_every_body_of_a_page_is_accepted(name: str, send: Callable[[str], dict[str, Any]]) -> None:
    assert bodies(name)
    for text in bodies(name):
        if name in BEFORE:
            send(example(BEFORE[name]))
        assert send(text)["type"] == name


def test_every_type_has_a_page_to_which_the_first_one_leads() -> None:
    assert set(PAGES) == set(LAW.rules.names)
    for name, code in LAW.rules.names.items():
        assert f"| {code} | [`{name}`]({name}.md) |" in page(GENERAL)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_about_a_type_and_has_the_usual_form(name: str) -> None:
    assert page(name).startswith(f"# `{name}` ({LAW.rules.names[name]}): ")
    assert re.findall(r"^## (.+)$", page(name), re.MULTILINE) == SECTIONS


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        *((name, "Extras") for name in PAGES),
        (GENERAL, "What every type takes"),
        (GENERAL, "Referring to other documents"),
    ],
)
def test_every_field_of_a_page_can_be_sent(name: str, heading: str) -> None:
    assert first_column(name, heading)
    for path in first_column(name, heading):
        field: Any = DraftBody()
        for step in path.split("."):
            holder = field.child if isinstance(field, serializers.ListSerializer) else field
            assert step.removesuffix("[]") in holder.fields, path
            field = holder.fields[step.removesuffix("[]")]
            assert step.endswith("[]") <= isinstance(field, serializers.ListSerializer), path


@pytest.mark.parametrize("name", PAGES)
def test_every_fault_of_a_page_exists(name: str) -> None:
    codes = first_column(name, "What is refused")
    assert codes
    assert set(codes) - set(MESSAGES) == set()
