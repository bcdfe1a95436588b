"""Files that wait to be fetched, and those under way, are found by small indexes of their own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0011_files_on_the_network"), ("intake", "0012_changed")]
    operations = [
        AddIndexConcurrently(
            "attachment",
            models.Index(
                fields=["account", "history", "fetch_at", "id"], condition=models.Q(state="waiting"), name="intake_attachment_due"
            ),
        ),
        AddIndexConcurrently(
            "attachment",
            models.Index(
                fields=["account", "claimed_at"],
                condition=models.Q(state="waiting", claimed_at__isnull=False),
                name="intake_attachment_claimed",
            ),
        ),
    ]
