"""The two schedules of the night. Made once: what an operator changes in them, or deletes, stays so."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

ZONE = ZoneInfo("America/El_Salvador")
SCHEDULES = {
    "documents: daily anchor of the evidence": ("documents.tasks.anchor_evidence", "20 0 * * *"),
    "documents: daily count of the numbers": ("documents.tasks.count_numbers", "40 0 * * *"),
}


def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schedules = apps.get_model("django_q", "Schedule").objects
    for name, (task, cron) in SCHEDULES.items():
        if not schedules.filter(name=name).exists():
            schedules.create(
                name=name,
                func=task,
                schedule_type="C",
                cron=cron,
                repeats=-1,
                intended_date_kwarg="due_at",
                # Without it, it would be due at once.
                next_run=croniter(cron, timezone.now().astimezone(ZONE)).get_next(datetime),
            )


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0006_evidence"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
