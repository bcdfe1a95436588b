"""Names, companies and numbers are found in their loosest form: Søren, Soeren and Soren are one. Rows of any age are covered."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func

LOOSE = (
    "SELECT CASE WHEN octet_length($1) = length($1) THEN replace(replace(replace(replace(replace(lower($1), 'aa', '"
    "a'), 'ee', 'e'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') ELSE replace(replace(replace(replace(replace(replace(trans"
    'late(lower(regexp_replace(normalize(replace(replace(replace(replace(replace(replace(replace(replace(translate('
    "lower(normalize($1, NFC)), 'ðł', 'dl'), 'æ', 'ae'), 'ø', 'oe'), 'å', 'aa'), 'ß', 'ss'), 'þ', 'th'), 'ö', 'oe')"
    ", 'ä', 'ae'), 'ü', 'ue'), NFKD), U&'[\\0300-\\036F\\0591-\\05BD\\05BF\\05C1\\05C2\\05C4\\05C5\\05C7\\064B-\\065F\\0670]', '"
    "', 'g')), 'æøåıđħŧŋςðł', 'aoaidhtnσdl'), 'œ', 'oe'), 'aa', 'a'), 'ee', 'e'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'"
    ') END'
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
                condition=models.Q(ended_at__isnull=True),
                name="identity_detail_loose",
            ),
        ),
    ]
