"""What pulse hears: a number, a sign, a sign given to the question. Everything else costs nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.actions import settle
from samspil.conversation.facts import MessageJoined
from samspil.identity.facts import SenderRecognised
from samspil.intake.facts import ActReceived
from samspil.kit import Reaction
from samspil.pulse.actions.say import Heard, keep
from samspil.pulse.rules import answer_of, score_of_sign

_OPEN = (
    "SELECT t.n, q.id, coalesce(c.merged_into_id, c.id), c.consumer_id, q.colleague_id, q.competence_id"
    " FROM {source} AS t(n, conversation, handle) CROSS JOIN LATERAL ("
    "  SELECT q.* FROM pulse_asked q JOIN reply r ON r.id = q.reply_id WHERE r.interaction_id IS NOT NULL"
    "   AND (q.conversation_id = t.conversation OR r.handle_id = t.handle) AND q.open_until > %s AND q.why_not = ''"
    "   AND q.conversation_id IN (SELECT o.id FROM conversation o JOIN conversation m ON m.consumer_id = o.consumer_id"
    "    WHERE m.id = t.conversation)"
    # What a colleague has asked since, a number may answer too.
    "   AND NOT EXISTS (SELECT 1 FROM reply s WHERE s.conversation_id IN (q.conversation_id, t.conversation) AND s.choices IS NULL"
    "    AND s.written_at > q.at AND s.state <> 'cancelled')"
    "   AND NOT EXISTS (SELECT 1 FROM pulse_said d WHERE d.asked_id = q.id AND d.via = 'words')"
    "  ORDER BY q.at DESC LIMIT 1) q JOIN conversation c ON c.id = q.conversation_id"
)
_ABOUT = (
    "SELECT t.n, q.id, coalesce(c.merged_into_id, c.id), c.consumer_id, q.colleague_id, q.competence_id"
    " FROM {source} AS t(n, target, handle, account) JOIN reply r ON r.external_id = t.target AND r.external_id <> ''"
    "  AND r.handle_id = t.handle AND r.account_id = t.account"
    " JOIN pulse_asked q ON q.reply_id = r.id AND q.open_until > %s JOIN conversation c ON c.id = q.conversation_id"
)


def hear(joined: Sequence[MessageJoined]) -> None:
    """Keep messages that answer a question; where one says nothing else, nobody needs to read it. Before routing, which leaves those alone."""
    answers = {}
    for n, fact in enumerate(joined):
        if not fact.outgoing and not fact.automatic:
            answer = answer_of(fact.text.partition("\n")[2])
            if answer:
                answers[n] = answer
    if not answers:
        return
    at = now()
    source, values = sql.table("int uuid uuid", [(n, joined[n].conversation, joined[n].handle) for n in answers])
    rows = sql.run(_OPEN.format(source=source), [*values, at])
    first = {
        row[1]: row for row in sorted(rows, reverse=True)
    }  # two numbers in one batch: the first answers, the second is a message
    keep(answers=[_heard(row, answers[row[0]].score, "words", answers[row[0]].words) for row in first.values()], at=at)
    alone = [joined[row[0]] for row in first.values() if not answers[row[0]].words]
    settle(conversations=[fact.conversation for fact in alone if fact.reopened or fact.opened], at=at)


def hear_sign(recognised: Sequence[SenderRecognised]) -> None:
    """Keep signs that were given to a question, and take back those that were taken back."""
    given: list[tuple[str, UUID, UUID, int | None]] = []
    for one in recognised:
        received = one.received
        if isinstance(received, ActReceived) and isinstance(received.event, Reaction) and not received.history:
            score = score_of_sign(received.event.emoji)
            if score is not None:
                gone = received.event.removed
                given.append((received.event.target, received.handle, received.account, None if gone else score))
    if not given:
        return
    at = now()
    source, values = sql.table(
        "int text uuid uuid", [(n, target, handle, account) for n, (target, handle, account, _) in enumerate(given)]
    )
    rows = sql.run(_ABOUT.format(source=source), [*values, at])
    keep(answers=[_heard(row, given[row[0]][3], "sign") for row in sorted(rows)], at=at)


def _heard(row: tuple[Any, ...], score: int | None, via: str, words: str = "") -> Heard:
    _, asked, conversation, consumer, colleague, competence = row
    return Heard(
        asked=asked,
        conversation=conversation,
        consumer=consumer,
        colleague=colleague,
        competence=competence,
        score=score,
        via=via,
        words=words,
    )
