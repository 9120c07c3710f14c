"""When an authority that judges later called to say that it has."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0017_notes_that_void")]

    operations = [migrations.AddField("document", "called_at", models.DateTimeField(null=True))]
