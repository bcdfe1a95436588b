"""What was set of the policy, when and by whom; what holds now is the first."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import samspil.base.ids

FIRST = """
INSERT INTO routing_policy_change (id, at, grace_minutes, daily, patience_minutes)
SELECT gen_random_uuid(), now(), grace_minutes, daily, patience_minutes FROM routing_policy
"""


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0007_patience"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", models.UUIDField(default=samspil.base.ids.new_id, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("grace_minutes", models.PositiveIntegerField(null=True)),
                ("daily", models.PositiveIntegerField(null=True)),
                ("patience_minutes", models.PositiveSmallIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "routing_policy_change",
                "indexes": [models.Index(fields=["-at"], name="routing_policy_change_at")],
            },
        ),
        migrations.RunSQL([FIRST, "SET CONSTRAINTS ALL IMMEDIATE"], migrations.RunSQL.noop),
    ]
