"""A handle is found by the beginning of its name, too, and not by looking at every handle."""

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0004_envelope_blob")]
    operations = [
        AddIndexConcurrently(
            "handle",
            models.Index(OpClass("name", name="varchar_pattern_ops"), condition=~models.Q(name=""), name="intake_handle_name"),
        ),
    ]
