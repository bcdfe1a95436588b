"""What was done with a colleague's own hours, by whom; what was done before is kept as far as it is known."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import samspil.base.ids

BEFORE = """
INSERT INTO hours_change (id, colleague_id, what, week_id, by_id, at, seen_at)
SELECT gen_random_uuid(), colleague_id, 'week_set', id, by_id, at, at FROM hours_week WHERE colleague_id IS NOT NULL;
INSERT INTO hours_change (id, colleague_id, what, week_id, at, seen_at)
SELECT gen_random_uuid(), colleague_id, 'week_back', id, taken_back_at, taken_back_at FROM hours_week
WHERE colleague_id IS NOT NULL AND taken_back_at IS NOT NULL;
INSERT INTO hours_change (id, colleague_id, what, absence_id, by_id, at, seen_at)
SELECT gen_random_uuid(), colleague_id, 'absent', id, by_id, at, at FROM hours_absence;
INSERT INTO hours_change (id, colleague_id, what, absence_id, at, seen_at)
SELECT gen_random_uuid(), colleague_id, 'absent_back', id, taken_back_at, taken_back_at FROM hours_absence
WHERE taken_back_at IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hours", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.UUIDField(default=samspil.base.ids.new_id, primary_key=True, serialize=False)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("week_set", "Week Set"),
                            ("week_back", "Week Back"),
                            ("absent", "Absent"),
                            ("absent_back", "Absent Back"),
                            ("absent_again", "Absent Again"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "absence",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hours.absence"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "colleague",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "week",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hours.week"
                    ),
                ),
            ],
            options={
                "db_table": "hours_change",
                "indexes": [
                    models.Index(fields=["colleague", "-at"], name="hours_change_of"),
                    models.Index(condition=models.Q(("seen_at", None)), fields=["colleague"], name="hours_change_unseen"),
                ],
            },
        ),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
    ]
