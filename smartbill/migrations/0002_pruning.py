"""The schedule of what is removed. Made once: what an operator changes in it, or deletes, stays so."""

from __future__ import annotations

from datetime import datetime

from croniter import croniter
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

NAME = "pruning"
CRON = "17 * * * *"


def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schedules = apps.get_model("django_q", "Schedule").objects
    if not schedules.filter(name=NAME).exists():
        schedules.create(
            name=NAME,
            func="smartbill.tasks.prune",
            schedule_type="C",
            cron=CRON,
            repeats=-1,
            next_run=croniter(CRON, timezone.now()).get_next(datetime),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
        ("smartbill", "0001_alarms"),
    ]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
