"""The names on the documents that are there already."""

from __future__ import annotations

from itertools import islice

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from hacienda.catalogs import folded

AT_ONCE = 1000
LONGEST = 500


def gather(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Reads the documents once and writes in small bites; harmless when repeated."""
    documents = apps.get_model("documents", "Document").objects.exclude(customer_name="").order_by()
    names = apps.get_model("documents", "CustomerName").objects
    found = iter(list(documents.values_list("merchant_id", "environment", "customer_name").distinct()))
    while chunk := list(islice(found, AT_ONCE)):
        names.bulk_create(
            [
                names.model(merchant_id=merchant, environment=environment, name=name, folded=folded(name)[:LONGEST])
                for merchant, environment, name in chunk
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0012_customer_names")]

    operations = [migrations.RunPython(gather, migrations.RunPython.noop)]
