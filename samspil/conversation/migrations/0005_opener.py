"""A conversation knows the handle that opened it, so that a move of handles need not look for it message by message."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversation", "0004_note_search"), ("intake", "0008_forgotten_envelopes")]
    operations = [
        migrations.AddField(
            model_name="conversation",
            name="opener",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="intake.handle",
            ),
        ),
        migrations.RunSQL(
            "UPDATE conversation c SET opener_id = (SELECT i.handle_id FROM conversation_placement p"
            " JOIN intake_interaction i ON i.id = p.interaction_id WHERE p.conversation_id = c.id"
            " ORDER BY p.at, p.interaction_id LIMIT 1)",
            "",
        ),
    ]
