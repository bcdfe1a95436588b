"""What a rule prepares: a draft for whoever has the conversation. What somebody has begun to write stays as it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.ids import new_id


def offer_drafts(*, drafts: Sequence[tuple[UUID, UUID, str]], at: datetime) -> set[UUID]:
    """Put texts as drafts before colleagues, (conversation, colleague, text); the conversations where nobody had begun to write.

    Joins the caller's step. One statement.
    """
    if not drafts:
        return set()
    with step():
        source, values = sql.table(
            "uuid uuid uuid text timestamptz", [(new_id(), c, who, text.replace("\x00", ""), at) for c, who, text in drafts]
        )
        rows = sql.run(
            "INSERT INTO reply_draft (id, conversation_id, colleague_id, text, saved_at, note)"
            f" SELECT DISTINCT ON (c, w) i, c, w, t, s, false FROM {source} AS x(i, c, w, t, s)"
            " ON CONFLICT (conversation_id, colleague_id) DO NOTHING RETURNING conversation_id",
            values,
        )
    return {row[0] for row in rows}
