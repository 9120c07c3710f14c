from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_export_and_donation"),
        ("documents", "0011_few_among_many"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "environment",
                    models.CharField(
                        choices=[
                            ("sandbox", "Sandbox"),
                            ("test", "Hacienda's test system"),
                            ("live", "Production"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=250)),
                ("folded", models.CharField(max_length=500)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.merchant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "environment", "name"), name="customer_name_once")
                ],
            },
        ),
    ]
