"""Reading what texts mean, in the worker: of past questions, of ready texts, of the messages that wait now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.assist.rules.mask import masked
from samspil.assist.rules.vector import packed
from samspil.base import sql
from samspil.base.encoder import available, encoder
from samspil.base.flow import step
from samspil.base.ids import digest
from samspil.reply.models import Canned

BATCH = 256


def read_pairs() -> int:
    """Read one batch of past questions that nobody has read yet; the number. Nothing where there is no language model."""
    if not available():
        return 0
    rows = sql.run("SELECT id, asked FROM assist_pair WHERE vector IS NULL ORDER BY id LIMIT %s", [BATCH])
    if not rows:
        return 0
    vectors = packed(encoder().encode([asked for _, asked in rows]))
    with step():
        source, values = sql.table("bigint bytea", [(row[0], one) for row, one in zip(rows, vectors, strict=True)])
        sql.write(f"UPDATE assist_pair k SET vector = x.v FROM {source} AS x(i, v) WHERE k.id = x.i", values)
    return len(rows)


def read_ready() -> int:
    """Read the ready texts that were worded anew since; the number."""
    if not available():
        return 0
    known: dict[UUID, str] = dict(sql.run("SELECT ready_id, words FROM assist_ready_meaning"))
    texts = {row.pk: _worded(row) for row in Canned.objects.filter(ended_at=None)}
    fresh = {ident: text for ident, text in texts.items() if known.get(ident) != digest(text).hex}
    if not fresh:
        return 0
    vectors = packed(encoder().encode(list(fresh.values())))
    with step():
        rows = [(ident, one, digest(text).hex) for (ident, text), one in zip(fresh.items(), vectors, strict=True)]
        source, values = sql.table("uuid bytea text", rows)
        sql.write(
            f"INSERT INTO assist_ready_meaning (ready_id, vector, words) SELECT * FROM {source} AS x(r, v, w)"
            " ON CONFLICT (ready_id) DO UPDATE SET vector = excluded.vector, words = excluded.words",
            values,
        )
    return len(fresh)


def _worded(ready: Canned) -> str:
    """What of a ready text is compared with a message: its name and its words."""
    return f"{ready.name}. {ready.text} {ready.text_en}"


_TEXTS = (
    "SELECT i.id, i.text FROM intake_interaction i WHERE i.id = ANY(%s) AND i.kind = 'message' AND NOT i.outgoing AND i.text <> ''"
    " AND NOT EXISTS (SELECT 1 FROM assist_meaning m WHERE m.interaction_id = i.id) ORDER BY i.id"
)


def read_messages(*, interactions: Sequence[UUID], at: datetime) -> int:
    """Read messages that came in; the number. Two statements. What went away meanwhile, or is read already, is left out."""
    if not interactions or not available():
        return 0
    rows = sql.run(_TEXTS, [list(interactions)])
    if not rows:
        return 0
    vectors = packed(encoder().encode([masked(text) or text for _, text in rows]))
    with step():
        source, values = sql.table("uuid bytea timestamptz", [(row[0], one, at) for row, one in zip(rows, vectors, strict=True)])
        sql.write(
            f"INSERT INTO assist_meaning (interaction_id, vector, at) SELECT x.i, x.v, x.a FROM {source} AS x(i, v, a)"
            " WHERE EXISTS (SELECT 1 FROM intake_interaction n WHERE n.id = x.i) ON CONFLICT DO NOTHING",
            values,
        )
    return len(rows)
