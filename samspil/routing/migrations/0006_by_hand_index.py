"""What was set by hand of late is found by an index of its own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("routing", "0005_told")]
    operations = [
        AddIndexConcurrently(
            "decision",
            models.Index(
                fields=["-at"], condition=models.Q(by__isnull=False, competence__isnull=False), name="routing_decision_by_hand"
            ),
        ),
    ]
