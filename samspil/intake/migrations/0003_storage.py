"""Payloads are compressed by lz4 where the server has it: pglz costs several times the CPU for the same bytes."""

from django.db import migrations

LZ4 = """
DO $$ BEGIN
  ALTER TABLE intake_envelope ALTER COLUMN payload SET COMPRESSION lz4;
  ALTER TABLE intake_interaction ALTER COLUMN text SET COMPRESSION lz4;
  ALTER TABLE intake_interaction ALTER COLUMN data SET COMPRESSION lz4;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'lz4 is not available, pglz stays';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_initial")]
    operations = [migrations.RunSQL(LZ4, migrations.RunSQL.noop)]
