"""What a country calls things that people enter or look at. Texts are English, translated by the floor above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that a person has to enter: what it is called, and which one is meant."""

    label: str
    help: str


@dataclass(frozen=True, slots=True)
class Access:
    """What a merchant signs and logs in with, as the authority's own papers call it.

    `accepts` are the endings of the signing file, as a browser takes them. `user` is None where one logs in by the
    tax number. `renewal` says what to do before the signing file ends.
    """

    certificate: Asked
    accepts: str
    certificate_password: Asked
    password: Asked
    renewal: str
    user: Asked | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A document that goes through as it stands, and what it is."""

    what: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`tax_id` is what a taxpayer's number is called, `registration` that of its registration, empty without one.

    `fields` are names of fields of a body that are called otherwise than everywhere else, by their public names.
    `often_missing` are the fields of a customer, and of a line (`items`), that a person who corrects a document is
    offered although they were not sent. `provider` is whose software issues, None where documents do not tell.
    """

    access: Access
    example: Example
    tax_id: str
    generation_code: str
    phone: str  # what of a telephone documents tell
    stamp: str  # what of the authority's answer is kept with a document
    registration: str = ""
    provider: Asked | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    often_missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
