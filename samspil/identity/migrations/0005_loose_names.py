"""Names, companies and numbers are found in their loosest form: Søren, Soeren and Soren are one. Rows of any age are covered."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func

LOOSE = (
    'SELECT regexp_replace(regexp_replace(replace(translate(lower(btrim(regexp_replace(regexp_replace(normalize(rep'
    "lace(replace(replace(replace(replace(replace(replace(replace(translate(lower(normalize($1, NFC)), 'ðł', 'dl'),"
    " 'æ', 'ae'), 'ø', 'oe'), 'å', 'aa'), 'ß', 'ss'), 'þ', 'th'), 'ö', 'oe'), 'ä', 'ae'), 'ü', 'ue'), NFKD), U&'[\\0"
    "300-\\036F\\0591-\\05BD\\05BF\\05C1\\05C2\\05C4\\05C5\\05C7\\064B-\\065F\\0670]', '', 'g'), '\\s+', ' ', 'g'))), 'æøåıđħŧŋς"
    "ðł', 'aoaidhtnσdl'), 'œ', 'oe'), 'aa+', 'a', 'g'), '([aou])e+', '\\1', 'g')"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("identity", "0004_knowledge"), ("intake", "0007_handle_name_inside")]
    operations = [
        migrations.RunSQL(
            f"CREATE OR REPLACE FUNCTION identity_loose(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ {LOOSE} $body$",
            "DROP FUNCTION identity_loose(text)",
        ),
        AddIndexConcurrently(
            "consumer",
            GinIndex(OpClass(Func(F("folded"), function="identity_loose"), name="gin_trgm_ops"), name="identity_consumer_loose"),
        ),
        RemoveIndexConcurrently("consumer", "identity_consumer_folded"),
        AddIndexConcurrently(
            "detail",
            GinIndex(
                OpClass(Func(F("value"), function="identity_loose"), name="gin_trgm_ops"),
                condition=models.Q(ended_at__isnull=True, field__in=["company", "customer_number", "order_number"]),
                name="identity_detail_loose",
            ),
        ),
    ]
