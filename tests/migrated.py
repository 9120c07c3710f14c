"""One migrated database for all workers of a run: the first one migrates, the others begin with a copy of it.

Their own `migrate` runs as always, and finds nothing to do.
"""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import Any

from django.db import connection

SUFFIX = "migrated"


class Template:
    """The copy, as the worker that holds the lock sees it; `folder` is what the workers of the run share."""

    def __init__(self, folder: Path) -> None:
        self._name = folder / "template"  # says which database it is, once it is whole
        self._lock = (folder / "template.lock").open("w")
        self._made = False
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def begin_with_it(self) -> None:
        """Have this worker's database made from the copy, if there is one already."""
        if not self._name.exists():
            return
        source = self._name.read_text()
        if connection.vendor == "postgresql":
            connection.settings_dict["TEST"]["TEMPLATE"] = source
            return
        creation = connection.creation
        make_way = creation._create_test_db

        def copied(*args: Any, **more: Any) -> str:
            name: str = make_way(*args, **more)
            for beside in ("-wal", "-shm"):  # of a run that was killed: they would be read into the copy
                Path(f"{name}{beside}").unlink(missing_ok=True)
            shutil.copyfile(source, name)
            return name

        creation._create_test_db = copied

    def leave_it(self) -> None:
        """Make the copy of this worker's database, unless there is one; the next worker may go on."""
        if not self._name.exists():
            connection.close()  # what SQLite keeps beside the file goes into it
            connection.creation.clone_test_db(SUFFIX, verbosity=0)
            self._name.write_text(str(connection.creation.get_test_db_clone_settings(SUFFIX)["NAME"]))
            self._made = True
        self._let_go()

    def remove_it(self) -> None:
        """Of the worker that made it: a worker that begins only now migrates by itself."""
        if self._made:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._name.unlink()
            connection.creation.destroy_test_db(verbosity=0, suffix=SUFFIX)
            self._let_go()

    def close(self) -> None:
        self._lock.close()

    def _let_go(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)
