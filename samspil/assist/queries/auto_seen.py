"""What must be known of messages before they may be answered by themselves, and the book of past questions that answers are told by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from samspil.assist.models import AutoAnswer, AutoTrial
from samspil.assist.rules.likely import Book, Curve, best, evidence, letters_of
from samspil.assist.rules.mask import masked
from samspil.assist.rules.vector import WIDTH, unpacked
from samspil.base import sql

LONGEST = 2_000
MOST = 3_000
"""Past questions of a unit in a book, the newest."""
DAY = timedelta(hours=23)
"""And an hour: so long the same person is not answered by itself again, in whichever conversation."""
ASKED_TOO = 0.5
"""From such a probability on a second competence that routing reads in a message is a second question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is so of one conversation and its first message, as it is asked for by ``rules.auto.Seen``."""

    conversation: UUID
    interaction: UUID
    unit: UUID | None
    closed: bool
    open: bool
    text: str
    language: str
    at: datetime
    automatic: str
    heard: int
    ours: int
    pending: int
    by_hand: bool
    files: int
    unknown: bool
    asks: int
    refused: bool
    before: int
    in_hour: int
    vector: bytes | None


_FACTS = (
    "SELECT c.id, q.id, c.unit_id, coalesce(u.closed, false), c.status = 'open' AND c.merged_into_id IS NULL,"
    " left(q.text, %(long)s), q.language, q.at,"
    " coalesce(q.data->>'automatic', ''),"
    " (SELECT count(*) FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id WHERE p.conversation_id = c.id"
    "  AND i.kind IN ('message', 'edit', 'delete') AND NOT i.outgoing),"
    " (SELECT count(*) FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id WHERE p.conversation_id = c.id"
    "  AND i.kind = 'message' AND i.outgoing),"
    " (SELECT count(*) FROM reply r WHERE r.conversation_id = c.id AND r.state <> 'cancelled')"
    "  + (SELECT count(*) FROM reply_draft d WHERE d.conversation_id = c.id AND d.text <> '' AND NOT d.note),"
    " EXISTS (SELECT 1 FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'assigned' AND e.by_id IS NOT NULL),"
    " (SELECT count(*) FROM intake_attachment f WHERE f.interaction_id = q.id),"
    " coalesce(d.classifier_id IS NOT NULL AND d.competence_id IS NULL AND c.competence_id IS NULL, false), d.wanted,"
    " EXISTS (SELECT 1 FROM identity_link l JOIN consent s ON s.handle_id = l.handle_id AND s.purpose = 'automatic' AND s.state = 'refused'"
    "  AND s.ended_at IS NULL WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL),"
    " (SELECT count(*) FROM assist_auto_run b JOIN conversation o ON o.id = b.conversation_id WHERE o.consumer_id = c.consumer_id"
    "  AND b.interaction_id <> q.id AND b.state IN ('waiting', 'sent', 'stopped') AND (o.id = c.id OR b.at > %(day)s)),"
    " (SELECT count(*) FROM assist_auto_run b WHERE b.unit_id = c.unit_id AND b.interaction_id <> q.id AND b.state IN ('waiting', 'sent')"
    "  AND b.at > %(hour)s), m.vector"
    " FROM conversation c JOIN intake_interaction q ON q.id = ANY(%(messages)s) JOIN conversation_placement o ON o.interaction_id = q.id"
    "  AND o.conversation_id = c.id LEFT JOIN organisation_unit u ON u.id = c.unit_id"
    " LEFT JOIN assist_meaning m ON m.interaction_id = q.id"
    " LEFT JOIN LATERAL (SELECT classifier_id, competence_id, wanted FROM routing_decision WHERE conversation_id = c.id"
    "  ORDER BY at DESC, id DESC LIMIT 1) d ON true ORDER BY q.at, q.id"
)


def facts_of(messages: Sequence[UUID], *, hour: datetime) -> list[Facts]:
    """What is so of these messages and their conversations now, the oldest first; ``hour`` is an hour ago. One statement.

    ``before`` counts what was sent by itself in the conversation ever, and to the consumer within a day: two machines that begin a new
    conversation each time come to rest too.
    """
    names = [name for name in Facts.__dataclass_fields__ if name != "asks"]
    found = []
    for row in sql.run(_FACTS, {"messages": list(messages), "long": LONGEST, "hour": hour, "day": hour - DAY}):
        values = dict(zip([*names[:15], "wanted", *names[15:]], row, strict=True))
        wanted = values.pop("wanted")
        vector = values.pop("vector")
        found.append(Facts(**values, asks=asks_of(wanted), vector=bytes(vector) if vector else None))
    return found


def asks_of(wanted: Any) -> int:
    """How many things routing reads in a message, at least one."""
    return max(1, sum(float(share) >= ASKED_TOO for _, share in wanted or ()))


_BOOK = (
    "SELECT k.id, k.asked, k.said, k.at, k.vector FROM assist_pair k JOIN conversation_placement p ON p.interaction_id = k.answer_id"
    " JOIN conversation c ON c.id = p.conversation_id WHERE c.unit_id = %s AND k.vector IS NOT NULL ORDER BY k.at DESC, k.id DESC LIMIT %s"
)
_SOME = "SELECT k.id, k.asked, '', k.at, k.vector FROM assist_pair k WHERE k.id = ANY(%s) AND k.vector IS NOT NULL ORDER BY k.at, k.id"
_OWN = (
    "SELECT a.id, m.vector FROM assist_auto_answer a JOIN assist_ready_meaning m ON m.ready_id = a.ready_id WHERE a.id = ANY(%s)"
    " UNION ALL SELECT a.id, k.vector FROM assist_auto_answer a JOIN assist_pair k ON k.id = a.pair_id WHERE a.id = ANY(%s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One past question of a unit: ``pair``, what was asked and said, masked, when it was answered, and what it means."""

    pair: int
    asked: str
    said: str
    at: datetime
    vector: bytes


def past_of(unit: UUID) -> list[Past]:
    """The unit's newest past questions, the oldest of them first. One statement."""
    rows = sql.run(_BOOK, [unit, MOST])
    return [Past(pair=p, asked=a, said=s, at=at, vector=bytes(v)) for p, a, s, at, v in reversed(rows)]


def book_of(past: Sequence[Past], answered: Any, answers: Sequence[UUID]) -> Book:
    """A book of past questions: ``answered`` is (questions x answers). One statement."""
    own = np.zeros((len(answers), WIDTH), dtype=np.float32)
    places = {ident: place for place, ident in enumerate(answers)}
    for ident, vector in sql.run(_OWN, [list(answers), list(answers)]):
        if vector is not None:
            own[places[ident]] = unpacked([bytes(vector)])[0]
    meant = unpacked([one.vector for one in past]) if past else np.zeros((0, WIDTH), dtype=np.float32)
    return Book(meant=meant, letters=letters_of([one.asked for one in past] or [""]), answers=answered, own=own)


@dataclass(frozen=True, slots=True)
class Known:
    """What a dry run has learned, ready to be asked: the book, the curve, and the answers in the order of the book's columns."""

    book: Book
    curve: Curve
    answers: tuple[UUID, ...]


_kept: dict[UUID, tuple[UUID, int, Known]] = {}
"""By unit: the dry run and the generation of pairs that it was read in, so that what was forgotten is not kept."""


def learned(trial: AutoTrial) -> Known | None:
    """What a dry run has learned; None where nothing could be. One statement where it is in this process already, else three."""
    generation = int(sql.run("SELECT coalesce((SELECT generation FROM assist_gathered WHERE id = 1), 0)")[0][0])
    kept = _kept.get(trial.unit_id)
    if kept and kept[:2] == (trial.pk, generation):
        return kept[2]
    if not trial.curve:
        return None
    answers = [UUID(one) for one in trial.answers]
    places = dict(trial.book)
    rows = sql.run(_SOME, [sorted(places)])
    past = [Past(pair=p, asked=a, said=s, at=at, vector=bytes(v)) for p, a, s, at, v in rows]
    answered = np.zeros((len(past), len(answers)), dtype=bool)
    for row, one in enumerate(past):
        answered[row, places[one.pair]] = True
    found = Known(book_of(past, answered, answers), Curve(trial.curve[0], tuple(trial.curve[1])), tuple(answers))
    _kept[trial.unit_id] = (trial.pk, generation, found)
    return found


def choose(
    known: Known, answers: Sequence[AutoAnswer], *, text: str, language: str, vector: bytes | None
) -> tuple[AutoAnswer | None, float | None]:
    """The answer for which most speaks among those in the message's language, and how likely it is the right one. No statement."""
    standing = {one.pk: one for one in answers if one.language == language}
    among = [place for place, ident in enumerate(known.answers) if ident in standing]
    if vector is None or not among:
        return None, None
    found = evidence(known.book, unpacked([vector])[0], letters_of([masked(text) or text]))
    place = best(found, among)
    if place is None:
        return None, None
    return standing[known.answers[place]], known.curve.likely(found[place])
