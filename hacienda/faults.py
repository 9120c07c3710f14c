"""What is wrong with what a caller sent: every fault with its place, and the refusal that carries them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901); empty for the whole."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what the caller sent.

    `path` leads into the caller's own body, `code` is stable, `message` is an English template with
    %(name)s places that doors translate and fill from `params`.
    """

    path: Path
    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901); empty for the whole body."""
        return pointer(self.path)

    @property
    def text(self) -> str:
        """The message in English, filled."""
        return self.message % self.params if self.params else self.message


class Invalid(ValueError):
    """A draft that breaks rules; carries every fault found, never only the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.text}" for fault in faults))
        self.faults = faults
