"""A backup: one file with the database and a manifest that says what it is. The installation's secrets stay out."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from smartbill.databases import TRANSIENT, engine
from smartbill.version import VERSION

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20  # bytes


class BackupError(Exception):
    """The file is no backup, or is damaged; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `counts` are rows by table, `made_at` is the moment of which it is."""

    format: int
    version: str
    engine: str
    made_at: str
    migrations: list[str]
    counts: dict[str, int]
    payload: str
    size: int
    sha256: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


def make(path: Path) -> Manifest:
    """Write a backup of the running installation to `path`, readable by its owner only.

    Raises `FileExistsError`, `DatabaseToolError`. Nothing is left where it fails.
    """
    if path.exists():
        raise FileExistsError(path)
    source = engine()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        payload = Path(folder) / source.payload
        made_at, counts = source.dump(payload, tables())
        applied = MigrationRecorder(connection).applied_migrations()
        manifest = Manifest(
            format=FORMAT,
            version=VERSION,
            engine=source.name,
            made_at=made_at,
            migrations=sorted(f"{app}.{name}" for app, name in applied),
            counts=counts,
            payload=source.payload,
            size=payload.stat().st_size,
            sha256=checksum(payload),
        )
        draft = Path(folder) / "backup.zip"
        packing = zipfile.ZIP_STORED if source.is_compressed else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(draft, "w", packing) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.write(payload, source.payload)
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(path)
    return manifest


def read(path: Path) -> Manifest:
    """What a backup says of itself. Raises `BackupError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            told: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BackupError(f"{path} is no backup of SmartBill ({type(error).__name__})") from error
    if told.get("format") != FORMAT:
        raise BackupError(f"{path} has the form {told.get('format')}; this version reads {FORMAT}")
    try:
        return Manifest(**told)
    except TypeError as error:
        raise BackupError(f"{path}: its manifest is not complete") from error


def extract(path: Path, manifest: Manifest, folder: Path) -> Path:
    """The database's copy out of a backup, checked. Raises `BackupError`."""
    target = folder / "payload"
    try:
        with zipfile.ZipFile(path) as archive, archive.open(manifest.payload) as source, target.open("wb") as file:
            while piece := source.read(PIECE):
                file.write(piece)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise BackupError(f"{path} is damaged ({type(error).__name__})") from error
    if (target.stat().st_size, checksum(target)) != (manifest.size, manifest.sha256):
        raise BackupError(f"{path} is damaged: its contents are not those that were written")
    return target


def tables() -> list[str]:
    """Every table of the installation, except what no backup holds."""
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return sorted(names & set(connection.introspection.table_names()) - set(TRANSIENT))


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
