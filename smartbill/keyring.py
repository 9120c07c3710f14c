"""Where the installation's own secrets come from: the environment, else a file made once in DATA_DIR."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, MutableMapping
from pathlib import Path


def adopt_files(names: Iterable[str], environment: MutableMapping[str, str]) -> None:
    """Where `NAME_FILE` is set, let `NAME` be what that file holds: so secrets are handed to containers.

    Raises `ValueError` where both are set, or the file cannot be read; the text names the variable, never the value.
    """
    for name in names:
        path = environment.get(f"{name}_FILE", "")
        if not path:
            continue
        if environment.get(name):
            raise ValueError(f"{name} and {name}_FILE are both set")
        try:
            environment[name] = Path(path).read_text().strip()
        except OSError as error:
            raise ValueError(f"{name}_FILE: {path} cannot be read ({error.strerror})") from None
        del environment[f"{name}_FILE"]  # processes that this one starts get the value, and not both


class Keyring:
    """Finds secrets by name and remembers which ones had to be made up.

    A made-up secret lives in `folder` as a file of mode 0600. That is fine for trying SmartBill out; in production
    a system check refuses to start with one, because a lost disk would then take the keys with it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generated: list[str] = []

    def get(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
        """The secret called `name`; made with `make` and kept if there is none yet."""
        given = os.environ.get(name, "").strip()
        if given:
            return given
        self.generated.append(name)
        path = self.folder / name.lower()
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            return self._keep(path, make())

    def _keep(self, path: Path, value: str) -> str:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value)
        try:
            # Linking fails if another process was faster; then its secret is the one that everybody uses.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text().strip()
