"""How long a conversation may wait for whom its consumer knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0006_by_hand_index")]
    operations = [
        migrations.AddField("policy", "patience_minutes", models.PositiveSmallIntegerField(default=30, db_default=30)),
    ]
