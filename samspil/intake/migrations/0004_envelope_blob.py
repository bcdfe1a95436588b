"""Large payloads lie outside the database. The columns have defaults in the database: older code may still be inserting."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0003_storage")]
    operations = [
        migrations.AddField("envelope", "blob", models.CharField(blank=True, db_default="", default="", max_length=64)),
        migrations.AddField("envelope", "blob_size", models.BigIntegerField(db_default=0, default=0)),
        AddIndexConcurrently(
            "envelope", models.Index(condition=~models.Q(blob=""), fields=["blob"], name="intake_envelope_blob")
        ),
    ]
