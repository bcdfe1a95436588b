"""Offering texts for a message, and keeping what colleagues do with them: shown, put in, of no use, sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.assist.models import Offer
from samspil.assist.queries.find import Found, suggestions, waits, worded
from samspil.assist.rules.used import distance, outcome
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague
from samspil.reply.queries import filled, spoken, values_for

WAITED = timedelta(hours=24)
"""So long after it was put in, a text is held for thrown away where no answer has left."""
_OFFER = (
    "INSERT INTO assist_offer (id, conversation_id, interaction_id, colleague_id, unit_id, competence_id, pair_id, ready_id, source, place,"
    " likely, at, put_in, outcome) SELECT i, {c}, {m}, {by}, {unit}, {competence}, p, r, s, n, l, {at}, '', ''"
    " FROM {source} AS x(i, p, r, s, n, l)"
    " ON CONFLICT (interaction_id, colleague_id, pair_id, ready_id) DO UPDATE SET likely = excluded.likely"
    " RETURNING id, pair_id, ready_id, useless_at IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A suggestion as a colleague sees it: ``text`` is filled in for who is answered and who answers."""

    id: UUID
    found: Found
    text: str


def offer(*, conversation: UUID, by: Colleague, at: datetime) -> Sequence[Offered]:
    """Find texts for the message that waits and keep that they were offered; again for the same message, the same rows.

    What the colleague has called of no use is left out. A constant number of statements. Raises NotFound.
    """
    row = access_conversation(by=by, conversation=conversation, whole=True)
    waiting = waits(row.pk)
    if waiting is None:
        return []
    found = suggestions(conversation=row, by=by, waiting=waiting)
    if not found:
        return []
    values = values_for(row, by, at=at, language=spoken(row))
    kept = _kept(row, waiting.interaction, by, found, at)
    offered = []
    for one in found:
        ident, useless = kept[one.pair, one.ready]
        if not useless:
            offered.append(Offered(id=ident, found=one, text=filled(one.text, values)))
    return offered


def _kept(
    row: Conversation, interaction: UUID, by: Colleague, found: Sequence[Found], at: datetime
) -> dict[tuple[int | None, UUID | None], tuple[UUID, bool]]:
    rows = [(new_id(), one.pair, one.ready, one.source, place, one.likely) for place, one in enumerate(found, start=1)]
    source, values = sql.table("uuid bigint uuid text smallint float8", rows)
    names = ("c", "m", "by", "unit", "competence", "at")
    kinds = ("uuid", "uuid", "uuid", "uuid", "uuid", "timestamptz")
    places = {name: f"%s::{kind}" for name, kind in zip(names, kinds, strict=True)}
    query = _OFFER.format(source=source, **places)
    with step():
        kept = sql.run(query, [row.pk, interaction, by.pk, row.unit_id, row.competence_id, at, *values])
    return {(pair, ready): (ident, useless) for ident, pair, ready, useless in kept}


def note_shown(*, offers: Collection[UUID], by: Colleague, at: datetime) -> None:
    """The colleague has them before the eyes; the first time counts. One statement."""
    with step():
        sql.write(
            "UPDATE assist_offer SET shown_at = %s WHERE id = ANY(%s) AND colleague_id = %s AND shown_at IS NULL",
            [at, list(offers), by.pk],
        )


def put_in(*, offer: UUID, by: Colleague, at: datetime) -> Offer:
    """The colleague has put it in the draft. Raises NotFound, also for a text that is not there any more."""
    with step():
        row = _mine(offer, by)
        if row.settled_at is None:
            conversation = access_conversation(by=by, conversation=row.conversation_id, whole=True)
            language = spoken(conversation)
            words = worded(pair=row.pair_id, ready=row.ready_id, language=language)
            if not words:
                raise NotFound("The text is not there any more")
            text = filled(words, values_for(conversation, by, at=at, language=language))
            row.inserted_at, row.put_in, row.shown_at = at, text, row.shown_at or at
            row.save(update_fields=["inserted_at", "put_in", "shown_at"])
    return row


def of_no_use(*, offer: UUID, by: Colleague, at: datetime, useless: bool = True) -> Offer:
    """The colleague says that it does not help here, or takes that back. Raises NotFound."""
    with step():
        row = _mine(offer, by)
        if (row.useless_at is not None) != useless:
            row.useless_at = at if useless else None
            row.save(update_fields=["useless_at"])
            _count([(row.pair_id, 1 if useless else -1, 0)])
    return row


def _mine(offer: UUID, by: Colleague) -> Offer:
    row = Offer.objects.select_for_update(of=("self",)).filter(pk=offer, colleague=by).first()
    if row is None:
        raise NotFound("There is no such suggestion")
    access_conversation(by=by, conversation=row.conversation_id)
    return row


_OPEN = (
    "SELECT o.id, o.pair_id, o.put_in, r.id, r.text FROM reply r JOIN assist_offer o ON o.conversation_id = r.conversation_id"
    " AND o.colleague_id = r.colleague_id AND o.inserted_at <= r.written_at AND o.inserted_at > r.written_at - interval '24 hours'"
    " AND (o.settled_at IS NULL OR o.reply_id = r.id)"
    " WHERE r.id = ANY(%s) AND r.state <> 'cancelled' AND r.template IS NULL ORDER BY o.inserted_at, o.id FOR UPDATE OF o"
)
_SETTLE = (
    "UPDATE assist_offer o SET reply_id = x.r, outcome = x.o, distance = x.d, settled_at = %s"
    " FROM {source} AS x(i, r, o, d) WHERE o.id = x.i"
)


def settle(*, replies: Collection[UUID], at: datetime) -> int:
    """Measure what of the texts put in left with these answers; the number of texts. A constant number of statements.

    What was put in stays until then, for an answer that is taken back is written anew.
    """
    with step():
        rows = sql.run(_OPEN, [list(replies)])
        put: dict[UUID, list[str]] = {}
        for _, _, text, reply, _ in rows:
            put.setdefault(reply, []).append(text)
        settled: list[tuple[Any, ...]] = []
        counts: list[tuple[int | None, int, int]] = []
        for ident, pair, _, reply, sent in rows:
            changed = distance("\n\n".join(put[reply]), sent)
            ended = outcome(changed)
            settled.append((ident, reply, ended, changed))
            counts.append((pair, 1, 0 if ended == "thrown" else 1))
        if settled:
            source, values = sql.table("uuid uuid text float8", settled)
            sql.write(_SETTLE.format(source=source), [at, *values])
            _count(counts)
    return len(settled)


def unsettle(*, replies: Collection[UUID]) -> int:
    """Answers were taken back before they left: what was put in waits again. The number of texts."""
    with step():
        rows = sql.run(
            "UPDATE assist_offer o SET settled_at = NULL, outcome = '', distance = NULL, reply_id = NULL FROM assist_offer old"
            " WHERE old.id = o.id AND o.reply_id = ANY(%s) RETURNING o.pair_id, old.outcome",
            [list(replies)],
        )
        _count([(pair, -1, 0 if ended == "thrown" else -1) for pair, ended in rows])
    return len(rows)


def let_go(*, at: datetime) -> int:
    """What was put in a day ago and went into no answer was thrown away; of what is settled the text is kept no longer. The number."""
    with step():
        rows = sql.run(
            "UPDATE assist_offer SET outcome = 'thrown', settled_at = %s WHERE settled_at IS NULL AND inserted_at < %s RETURNING pair_id",
            [at, at - WAITED],
        )
        _count([(pair, 1, 0) for (pair,) in rows])
        sql.write("UPDATE assist_offer SET put_in = '' WHERE put_in <> '' AND settled_at < %s", [at - WAITED])
    return len(rows)


def _count(counts: Sequence[tuple[int | None, int, int]]) -> None:
    sums: dict[int, list[int]] = {}
    for pair, shown, used in counts:
        if pair is not None:
            one = sums.setdefault(pair, [0, 0])
            one[0], one[1] = one[0] + shown, one[1] + used
    if sums:
        source, values = sql.table("bigint int int", [(pair, *one) for pair, one in sorted(sums.items())])
        sql.write(
            f"UPDATE assist_pair k SET shown = greatest(k.shown + x.s, 0), used = greatest(k.used + x.u, 0) FROM {source} AS x(i, s, u)"
            " WHERE k.id = x.i",
            values,
        )
