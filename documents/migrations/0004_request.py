from __future__ import annotations

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0003_references_and_third_parties"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="request",
            field=models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
    ]
