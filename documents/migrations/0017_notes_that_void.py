"""Found by an index at any size: what a note takes back."""

from __future__ import annotations

from django.db import migrations, models

from hacienda.indexes import AddIndexWhileInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0016_second_country")]

    operations = [
        AddIndexWhileInUse(
            "invalidation",
            models.Index(fields=["note"], condition=models.Q(note__isnull=False), name="invalidation_by_note"),
        ),
    ]
