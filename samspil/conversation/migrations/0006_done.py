"""Conversations that were done lately are found by an index of their own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversation", "0005_opener")]
    operations = [
        AddIndexConcurrently(
            "conversation",
            models.Index(fields=["done_at"], condition=models.Q(done_at__isnull=False), name="conversation_done"),
        ),
    ]
