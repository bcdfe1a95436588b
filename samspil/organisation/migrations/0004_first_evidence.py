from django.db import migrations

FIRST = """
INSERT INTO organisation_evidence (id, colleague_id, competence_id, kind, level, at)
SELECT gen_random_uuid(), h.colleague_id, h.competence_id, CASE h.source WHEN 'self' THEN 'said' ELSE 'confirmed' END, h.level, now()
FROM organisation_competence_held h
WHERE NOT EXISTS (SELECT FROM organisation_evidence e WHERE e.colleague_id = h.colleague_id AND e.competence_id = h.competence_id)
"""
"""When a level was given was not kept before: it is taken to be fresh."""


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0003_evidence'),
    ]

    operations = [
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]
