"""What lists are narrowed down by, found by an index at any size; added while documents are issued."""

from __future__ import annotations

from django.db import migrations, models

from hacienda.indexes import AddIndexWhileInUse

PLACE = ["merchant", "environment"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0013_known_customer_names")]

    operations = [
        AddIndexWhileInUse(
            "notice", models.Index(fields=[*PLACE, "type", "id"], name="notice_of_type")
        ),
        *(AddIndexWhileInUse("document", index)
        for index in (
            models.Index(fields=[*PLACE, "type_code", "-id"], name="document_by_type"),
            models.Index(
                fields=[*PLACE, "state", "type_code", "-id"],
                condition=models.Q(state__in=["rejected", "contingency", "invalidated"]),
                name="document_apart",
            ),
            models.Index(fields=[*PLACE, "number"], name="document_by_number"),
            models.Index(
                fields=[*PLACE, "control_number"],
                opclasses=["int8_ops", "varchar_ops", "varchar_pattern_ops"],
                name="document_by_control",
            ),
            models.Index(
                fields=[*PLACE, "customer_name"],
                condition=~models.Q(customer_name=""),
                name="document_by_customer",
            ),
            models.Index(
                fields=[*PLACE, "customer_tax_id"],
                condition=~models.Q(customer_tax_id=""),
                name="document_by_tax_id",
            ),
            models.Index(
                fields=[*PLACE, "external_id"],
                opclasses=["int8_ops", "varchar_ops", "varchar_pattern_ops"],
                condition=models.Q(external_id__isnull=False),
                name="document_by_reference",
            ),
            models.Index(
                fields=[*PLACE, "changed_at"],
                condition=models.Q(state="rejected", replaced_by__isnull=True),
                name="document_correctable",
            ),
        ))
    ]
