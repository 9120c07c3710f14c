"""The chosen schema versions become a column of the merchant, which every request reads anyway."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def carry_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    merchants = apps.get_model("accounts", "Merchant").objects
    for chosen in apps.get_model("accounts", "SchemaVersion").objects.all():
        merchant = merchants.get(pk=chosen.merchant_id)
        merchant.chosen_versions.setdefault(chosen.environment, {})[chosen.type_code] = chosen.version
        merchant.save(update_fields=["chosen_versions"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField("merchant", "chosen_versions", models.JSONField(blank=True, default=dict)),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.DeleteModel("SchemaVersion"),
        migrations.RenameField("merchant", "chosen_versions", "schema_versions"),
    ]
