"""Where the installation's own secrets come from: the environment, else a file made once in DATA_DIR."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


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
