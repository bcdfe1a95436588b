"""What a channel shows under its id, and who follows, are found in the log by small indexes of their own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0009_hours")]
    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(fields=["account", "external_id"], condition=models.Q(data__has_key="kept"), name="intake_interaction_kept"),
        ),
        AddIndexConcurrently(
            "interaction",
            models.Index(
                fields=["account", "-id"], condition=models.Q(data__has_key="kept", public=True), name="intake_interaction_shown"
            ),
        ),
        AddIndexConcurrently(
            "interaction",
            models.Index(fields=["account", "handle", "-id"], condition=models.Q(kind="follow"), name="intake_interaction_follow"),
        ),
    ]
