"""A log of any size, made within the server in minutes: handles, consumers, links, conversations, interactions, placements, references.

The rows have the widths, the distribution (a few handles do most) and the indexes of real ones; ids are time-ordered.
"""

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id

PIECE = 250_000
WORDS = (
    "batteri motor bremse gear lygte levering faktura garanti cykel kurv lås sadel hjul slange dæk oplader display pris ordre retur"
    " butik værksted mandag fredag hjælp spørgsmål svar tak venlig hilsen virker ikke igen endnu stadig hvornår måske gerne"
).split()


def grow(*, to: int, account: str) -> None:
    """Fill the log up to ``to`` interactions: one consumer for ten of them, one conversation for five."""
    have = int(sql.run("SELECT count(*) FROM intake_interaction")[0][0])
    words = "ARRAY[" + ",".join(f"'{w}'" for w in WORDS) + "]"
    while have < to:
        number = min(PIECE, to - have)
        with step():
            _piece(number, account, words, new_id().hex[-12:])
        have += number
        print(f"  {have:,} interactions", flush=True)
    for table in (
        "intake_interaction",
        "intake_handle",
        "identity_link",
        "identity_consumer",
        "conversation",
        "conversation_placement",
        "conversation_thread_ref",
    ):
        sql.run(f"ANALYZE {table}")


def _piece(number: int, account: str, words: str, mark: str) -> None:
    people, talks = number // 10, number // 5
    at = now()
    # UUIDv7-like ids: the millisecond of the row's time in front, random after it.
    uuid7 = (
        "(lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 19))::uuid"
    )
    sql.run("CREATE TEMP TABLE IF NOT EXISTS person (n int PRIMARY KEY, handle uuid, consumer uuid)")
    sql.run("TRUNCATE person")
    ident = uuid7.format(at="%s::timestamptz - random() * interval '700 days'")
    sql.run(f"INSERT INTO person SELECT n, {ident}, {ident} FROM generate_series(1, %s) n", [at, at, people])
    sql.run(
        "INSERT INTO intake_handle (id, network, scope, address, display, name, verified, dead_why, first_at, last_at)"
        " SELECT handle, 'mail', '', 'p' || n || '-' || %s || '@forbruger.example', 'Person ' || n, '', '', '', %s, %s FROM person",
        [mark, at, at],
    )
    sql.run(
        "INSERT INTO identity_consumer (id, name, folded, named_by_hand, place, language, since)"
        " SELECT consumer, 'Person ' || n, 'person ' || n, false, '', '', %s FROM person",
        [at],
    )
    sql.run(
        "INSERT INTO identity_link (id, handle_id, consumer_id, evidence, began_at)"
        " SELECT gen_random_uuid(), handle, consumer, '[]', %s FROM person",
        [at],
    )
    sql.run("CREATE TEMP TABLE IF NOT EXISTS talk (n int PRIMARY KEY, id uuid, person int, at timestamptz)")
    sql.run("TRUNCATE talk")
    sql.run(
        "INSERT INTO talk SELECT n, NULL, 1 + floor(power(random(), 2) * %s)::int, %s::timestamptz - random() * interval '700 days'"
        " FROM generate_series(1, %s) n",
        [people, at, talks],
    )
    sql.run(f"UPDATE talk SET id = {uuid7.format(at='at')}")
    sql.run(
        "INSERT INTO conversation (id, consumer_id, account_id, subject, snippet, status, snoozed_for, opened_at, last_at, messages, apart,"
        " opener_id)"
        " SELECT t.id, p.consumer, %s, 'Sag ' || t.n, 'Hej', CASE WHEN random() < 0.02 THEN 'open' ELSE 'done' END, '', t.at, t.at, 5,"
        " false, p.handle"
        " FROM talk t JOIN person p ON p.n = t.person",
        [account],
    )
    sql.run("CREATE TEMP TABLE IF NOT EXISTS said (id uuid, talk uuid, handle uuid, at timestamptz)")
    sql.run("TRUNCATE said")
    sql.run(
        f"INSERT INTO said SELECT {uuid7.format(at='s.at')}, s.talk, s.handle, s.at FROM ("
        " SELECT t.id AS talk, p.handle, t.at + m * interval '1 hour' AS at FROM talk t JOIN person p ON p.n = t.person,"
        " generate_series(0, 4) m) s",
    )
    sql.run(
        "INSERT INTO intake_interaction (id, handle_id, account_id, kind, outgoing, at, external_id, subject, text, public, currency, data, language)"
        " SELECT s.id, s.handle, %s, 'message', false, s.at, s.id || '@forbruger.example', 'Sag',"
        f" (SELECT string_agg(({words})[1 + floor(random() * {len(WORDS)})::int], ' ') FROM generate_series(1, 24) g WHERE g <> 0 OR s.id IS NULL),"
        " false, '', '{}', 'da' FROM said s ORDER BY s.id",
        [account],
    )
    sql.run(
        "INSERT INTO conversation_placement (interaction_id, conversation_id, at, why) SELECT id, talk, at, 'thread' FROM said"
    )
    sql.run("INSERT INTO conversation_thread_ref (ref, conversation_id) SELECT md5(id::text)::uuid, talk FROM said")
