"""The newest state of a message that a channel shows is found by what was done to it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0010_shown_and_followers")]
    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(
                "account",
                KeyTextTransform("target", "data"),
                condition=models.Q(data__has_key="kept"),
                name="intake_interaction_changed",
            ),
        ),
    ]
