"""Gathering past answers out of the log: where a conversation ended well, what was asked first and what was answered first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.assist import ports
from samspil.assist.queries.standing import STANDS, WELL, names_of
from samspil.assist.rules.mask import is_worth_keeping, masked
from samspil.base import sql
from samspil.base.flow import step

QUIET = timedelta(days=1)
"""So long a conversation stays done before its answer is held for good."""
BATCH = 400
KEPT = timedelta(days=30)
"""So long it is kept what a message means, and what the endpoint was asked and said."""
_BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
JUDGED = timedelta(days=400)
"""So far back it is asked how people felt about it."""

_DONE = (
    "SELECT c.id, coalesce(c.done_at, c.last_at) FROM conversation c WHERE c.status = 'done' AND c.merged_into_id IS NULL"
    " AND (coalesce(c.done_at, c.last_at), c.id) > (%s, %s) AND coalesce(c.done_at, c.last_at) <= %s"
    " ORDER BY coalesce(c.done_at, c.last_at), c.id LIMIT %s"
)
_PAIRS = (
    "SELECT c.id, q.id, a.id, q.text, coalesce(changed.text, a.text), q.language, a.at, g.name FROM conversation c"
    " CROSS JOIN LATERAL (SELECT i.* FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.kind = 'message' AND i.outgoing AND i.colleague_id IS NOT NULL"
    "  AND coalesce(i.data->>'automatic', '') = '' ORDER BY p.at, p.interaction_id LIMIT 1) a"
    " JOIN organisation_colleague g ON g.id = a.colleague_id"
    " CROSS JOIN LATERAL (SELECT i.* FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.kind = 'message' AND NOT i.outgoing AND i.at <= a.at"
    "  AND coalesce(i.data->>'automatic', '') = '' ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1) q"
    " LEFT JOIN LATERAL (SELECT i.text FROM intake_interaction i WHERE i.handle_id = a.handle_id AND i.kind = 'edit' AND i.outgoing"
    "  AND i.data->>'target' = a.external_id ORDER BY i.at DESC, i.id DESC LIMIT 1) changed ON true"
    f" WHERE c.id = ANY(%s) AND {WELL} AND {STANDS.format(row='a')} AND {STANDS.format(row='q')}"
    " AND NOT EXISTS (SELECT 1 FROM assist_pair k WHERE k.question_id = q.id) ORDER BY c.id"
)
_KEEP = (
    "WITH kept AS (INSERT INTO assist_pair (question_id, answer_id, asked, said, language, at, shown, used)"
    " SELECT * , 0, 0 FROM {source} AS x(q, a, asked, said, language, at) ON CONFLICT (question_id) DO NOTHING RETURNING 1)"
    " UPDATE assist_gathered SET pairs = pairs + (SELECT count(*) FROM kept) WHERE id = 1 RETURNING (SELECT count(*) FROM kept)"
)


def gather(*, at: datetime) -> int | None:
    """Take in the answers of one batch of conversations that were done since; the number kept, None when there was nothing to look at.

    A constant number of statements for the batch. What ended badly, was opened again or taken back is left out.
    """
    with step():
        # Generations begin with the time, so that what lay in a file before a demo was taken away is never read again.
        sql.write(
            "INSERT INTO assist_gathered (id, pairs, generation) VALUES (1, 0, extract(epoch FROM clock_timestamp())::bigint)"
            " ON CONFLICT DO NOTHING"
        )
        place = sql.run(
            "SELECT coalesce(done_at, %s), coalesce(conversation, %s) FROM assist_gathered WHERE id = 1 FOR UPDATE", _BEGINNING
        )
        rows = sql.run(_DONE, [*place[0], at - QUIET, BATCH])
        if not rows:
            return None
        bad = {ident for ident, good in ports.verdicts(at - JUDGED).items() if not good}
        kept = _keep_pairs([ident for ident, _ in rows if ident not in bad])
        sql.write("UPDATE assist_gathered SET done_at = %s, conversation = %s WHERE id = 1", [rows[-1][1], rows[-1][0]])
    return kept


def _keep_pairs(conversations: Sequence[UUID]) -> int:
    """Keep the pairs of these conversations, masked. Joins the caller's step; three statements."""
    found = sql.run(_PAIRS, [list(conversations)])
    if not found:
        return 0
    names = names_of([row[0] for row in found])
    pairs = [pair for row in found if (pair := _pair(row, names.get(row[0], set())))]
    if not pairs:
        return 0
    source, values = sql.table("uuid uuid text text text timestamptz", pairs)
    return int(sql.run(_KEEP.format(source=source), values)[0][0])


def _pair(row: tuple[Any, ...], names: set[str]) -> tuple[Any, ...] | None:
    _, question, answer, asked, said, language, at, colleague = row
    # The colleague's own name may stand in the consumer's: only what is the consumer's alone is veiled in the answer.
    asked, said = masked(asked, {*names, colleague}), masked(said, names, signed_by=colleague)
    return (question, answer, asked, said, language, at) if is_worth_keeping(asked, said) else None


_ENDED_BADLY = (
    "SELECT k.id FROM assist_pair k, intake_interaction q, intake_interaction a, conversation_placement p, conversation c"
    " WHERE q.id = k.question_id AND a.id = k.answer_id AND p.interaction_id = a.id AND c.id = p.conversation_id"
    f" AND (NOT ({STANDS.format(row='a')}) OR NOT ({STANDS.format(row='q')}) OR c.id = ANY(%s) OR NOT ({WELL}))"
)
_COUNT = (
    "UPDATE assist_gathered SET pairs = (SELECT count(*) FROM assist_pair), generation = generation + %s,"
    " done_at = NULL, conversation = NULL WHERE id = 1"
)


def review(*, at: datetime) -> int:
    """Let go of what turned out badly since, and look through the whole log again from its beginning. The number let go."""
    with step():
        bad = [ident for ident, good in ports.verdicts(at - JUDGED).items() if not good]
        gone = [row[0] for row in sql.run(_ENDED_BADLY, [bad])]
        drop(pairs=gone)
        sql.write(_COUNT, [1 if gone else 0])
        sql.write("DELETE FROM assist_meaning WHERE at < %s", [at - KEPT])
        sql.write("UPDATE assist_made SET asked = '', said = '' WHERE asked <> '' AND at < %s", [at - KEPT])
    return len(gone)


def drop(*, pairs: Sequence[int]) -> None:
    """Let pairs go; what was offered of them stays without them, and what was approved of them is not sent any more. Joins the caller's step."""
    if pairs:
        sql.write("UPDATE assist_offer SET pair_id = NULL WHERE pair_id = ANY(%s)", [list(pairs)])
        sql.write(
            "UPDATE assist_auto_answer SET pair_id = NULL, name = '', text = '', ended_at = coalesce(ended_at, clock_timestamp())"
            " WHERE pair_id = ANY(%s)",
            [list(pairs)],
        )
        sql.write("DELETE FROM assist_pair WHERE id = ANY(%s)", [list(pairs)])


_LEXEMES = (
    "INSERT INTO assist_word (word, df) SELECT word, ndoc FROM ts_stat('SELECT search FROM assist_pair') WHERE ndoc > 0"
    " AND length(word) < 200"
)


def count_words() -> None:
    """Count in how many questions each word stands. Some seconds for 100,000 pairs."""
    with step():
        sql.write("DELETE FROM assist_word")
        sql.write(_LEXEMES)
