"""Collects the static files where the storage needs it, and only when they changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management import call_command


def collect_if_stale(say: Callable[[str], object]) -> bool:
    """Run `collectstatic` unless the collected files are those of today; True if it ran.

    A storage without a manifest serves the files from where they are, so there is nothing to collect.
    """
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return False
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    today = fingerprint()
    if stamp.exists() and stamp.read_text() == today:
        return False
    say("Collecting the static files, once ...")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(today)
    return True


def fingerprint() -> str:
    """Changes with the name, size or time of any static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            modified = storage.get_modified_time(path).isoformat()
            digest.update(f"{path} {storage.size(path)} {modified}\n".encode())
    return digest.hexdigest()
