"""Merges become one kind of decision; the rows of handles taken apart become moves."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APART = """
UPDATE identity_decision d SET kind = 'move', kept_id = d.absorbed_id, absorbed_id = d.kept_id, at = d.undone_at,
  handles = ARRAY(SELECT l.handle_id FROM identity_link l WHERE l.consumer_id = d.absorbed_id AND l.from_consumer_id = d.kept_id
    AND l.began_at = d.undone_at), by_id = d.undone_by_id, undone_at = NULL, undone_by_id = NULL
WHERE d.why = 'taken apart' AND d.undone_at IS NOT NULL;
UPDATE identity_link l SET decision_id = d.id FROM identity_decision d
  WHERE d.kind = 'move' AND l.handle_id = ANY(d.handles) AND l.consumer_id = d.kept_id AND l.decision_id IS NULL AND l.began_at = d.at;
INSERT INTO identity_decision (id, kind, undoes_id, kept_id, absorbed_id, at, by_id, why)
  SELECT gen_random_uuid(), 'undo', id, kept_id, absorbed_id, undone_at, undone_by_id, '' FROM identity_decision WHERE undone_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_initial"), ("intake", "0005_handle_name"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RemoveConstraint("merge", "identity_merge_of_two"),
        migrations.RenameModel("Merge", "Decision"),
        migrations.AlterModelTable("decision", "identity_decision"),
        migrations.RenameField("link", "merge", "decision"),
        migrations.AddField("link", "via", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.handle")),
        migrations.AddField("decision", "kind", models.CharField(choices=[("join", "Join"), ("move", "Move"), ("undo", "Undo")], db_default="join", default="join", max_length=4)),
        migrations.AddField("decision", "handles", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, db_default=models.Value("{}"), default=list, size=None)),
        migrations.AddField("decision", "evidence", models.JSONField(db_default=models.Value("[]", models.JSONField()), default=list)),
        migrations.AddField("decision", "undoes", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="undone_by_step", to="identity.decision")),
        migrations.RunSQL([APART, "SET CONSTRAINTS ALL IMMEDIATE"], migrations.RunSQL.noop),
    ]
