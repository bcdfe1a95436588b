"""Notes are searched by Danish stems, too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversation", "0003_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX conversation_note_search ON conversation_note USING gin (to_tsvector('danish', text))",
            "DROP INDEX conversation_note_search",
        )
    ]
