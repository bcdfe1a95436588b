"""A handle is found by any part of its name, too (a server's name alone), and by its beginning as before."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0006_forgotten")]
    operations = [
        AddIndexConcurrently(
            "handle",
            GinIndex(OpClass("name", name="gin_trgm_ops"), condition=~models.Q(name=""), name="intake_handle_name_inside"),
        ),
        RemoveIndexConcurrently("handle", "intake_handle_name"),
    ]
