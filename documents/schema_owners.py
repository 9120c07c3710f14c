"""Says in OpenAPI which fields of a body only one country has, from what that country itself claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hacienda.registry import authority, countries

BODY: Final = "DraftBodyRequest"
_HOLDERS: Final = ("allOf", "anyOf", "oneOf")


def types() -> str:
    """The public names of every country's types of document."""
    told = (
        f"{law.name}: {', '.join(f'`{name}`' for name in law.rules.names)}" for law in map(authority, countries())
    )
    return f"Name or code. {'. '.join(told)}."


def tell_owners(result: Any, **_given: Any) -> Any:
    """A hook of drf-spectacular: each field that is one country's alone says so first."""
    components = result["components"].get("schemas", {})
    if BODY not in components:
        return result
    owned: dict[str, set[str]] = {}
    for country in countries():
        for path in authority(country).rules.own_fields:
            owned.setdefault(path, set()).add(country)
    for path, owners in sorted(owned.items()):
        field = _field(components, path.split("."))
        if field is not None and len(owners) < len(countries()):
            own = f"{', '.join(authority(one).name for one in sorted(owners))} only."
            told = field.get("description", "")
            field["description"] = f"{own} {told}".strip()
    return result


def _field(components: Any, path: list[str]) -> Any:
    """The property at a path of names, from the body on; None for what the body does not have."""
    holder = components[BODY]
    *places, last = path
    for name in places:
        inner = holder["properties"].get(name)
        named = next(_references(inner), None) if inner else None
        if named is None:
            return None
        holder = components[named.rsplit("/", 1)[-1]]
    return holder["properties"].get(last)


def _references(schema: Any) -> Iterator[str]:
    """The components that a property is made of."""
    if "$ref" in schema:
        yield schema["$ref"]
    parts = [schema["items"]] if "items" in schema else []
    for part in (*parts, *(one for holder in _HOLDERS for one in schema.get(holder, ()))):
        yield from _references(part)
