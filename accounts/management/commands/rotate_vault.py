"""`manage.py rotate_vault`: encrypt all stored credentials anew under the first of VAULT_KEYS.

To change the key: put the new one first (`VAULT_KEYS=new,old`), restart every process, run this, then drop
the old one and restart again.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext, ngettext

from accounts import vault


class Command(BaseCommand):
    help = "Encrypt all stored credentials anew under the first of VAULT_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = vault.rotate_all()
        done = ngettext(
            "%(count)d credential encrypted anew.", "%(count)d credentials encrypted anew.", rotation.rotated
        )
        self.stdout.write(done % {"count": rotation.rotated})
        if rotation.unreadable:
            raise CommandError(
                gettext("No key in VAULT_KEYS opens these (merchant, environment): %(rows)s. Keep the old keys.")
                % {"rows": ", ".join(rotation.unreadable)}
            )
