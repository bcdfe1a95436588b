"""Stopping an answer that waits, calling a sent one wrong, and what becomes known of it; where too many are wrong it switches itself off."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from samspil.assist import ports
from samspil.assist.actions.auto_send import worded
from samspil.assist.actions.auto_set import switch_off
from samspil.assist.facts import AnswerPlanned
from samspil.assist.models import AutoRun
from samspil.assist.queries.auto import settings_of
from samspil.assist.rules.auto import is_thanks
from samspil.assist.rules.watch import has_fallen
from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.consent.actions import say
from samspil.consent.queries import AUTOMATIC
from samspil.conversation.actions import wait_since
from samspil.conversation.queries import access_conversation
from samspil.identity.queries import links
from samspil.organisation.models import Colleague
from samspil.reply.actions import offer_drafts

SILENCE = timedelta(days=3)
"""Who has not written again for so long was answered, until something else becomes known."""
JUDGED = timedelta(days=60)
"""So far back it is asked how people felt about it."""


class TooLate(SamspilError):
    """It has been sent, stopped or withdrawn already."""

    code = "assist.too_late"


def _mine(run: UUID, by: Colleague) -> AutoRun:
    row = AutoRun.objects.select_for_update(of=("self",)).select_related("answer").filter(pk=run).first()
    if row is None:
        raise NotFound("There is no such answer")
    access_conversation(by=by, conversation=row.conversation_id)
    return row


def stop(*, run: UUID, by: Colleague, at: datetime) -> AutoRun:
    """It is not sent by itself: its words are the colleague's draft, where nothing was begun. Raises NotFound, TooLate."""
    with step():
        row = _mine(run, by)
        if row.state != AutoRun.State.WAITING:
            raise TooLate("It has been sent already, or somebody stopped it")
        row.state, row.by, row.why = AutoRun.State.STOPPED, by, "stopped"
        row.save(update_fields=["state", "by", "why"])
        if row.answer:
            conversation = access_conversation(by=by, conversation=row.conversation_id, whole=True)
            text = worded(answer=row.answer, row=conversation, by=by, at=at, by_hand=True)
            offer_drafts(drafts=[(conversation.pk, by.pk, text)], at=at)
        publish(AnswerPlanned(conversation=row.conversation_id, state=row.state))
    return row


def note_replies(*, written: Collection[UUID], taken_back: Collection[UUID]) -> None:
    """A colleague has answered: what waits there is withdrawn. An answer sent by itself was taken back: it was stopped. Two statements."""
    with step():
        if written:
            sql.write(
                "UPDATE assist_auto_run a SET state = 'withdrawn', why = 'human' FROM reply r WHERE r.id = ANY(%s) AND NOT r.by_itself"
                " AND a.conversation_id = r.conversation_id AND a.state = 'waiting'",
                [list(written)],
            )
        if taken_back:
            sql.write(
                "UPDATE assist_auto_run SET state = 'stopped', why = 'stopped' WHERE reply_id = ANY(%s) AND state = 'sent'",
                [list(taken_back)],
            )


def correct(*, run: UUID, by: Colleague, at: datetime, wrong: bool = True) -> AutoRun:
    """A colleague says that what was sent was wrong, or takes that back. Raises NotFound, TooLate for what was not sent."""
    with step():
        row = _mine(run, by)
        if row.state != AutoRun.State.SENT:
            raise TooLate("It was not sent")
        row.right, row.verdict, row.by, row.settled_at = (False, "corrected", by, at) if wrong else (None, "", None, None)
        row.save(update_fields=["right", "verdict", "by", "settled_at"])
        publish(AnswerPlanned(conversation=row.conversation_id, state=row.state))
        if wrong:
            _watch([row.unit_id], at)
    return row


def refuse_for(*, run: UUID, by: Colleague, at: datetime, refused: bool = True) -> AutoRun:
    """The person does not want to be answered by a machine, or does after all: holds for every handle of the person. Raises NotFound."""
    with step():
        row = _mine(run, by)
        conversation = access_conversation(by=by, conversation=row.conversation_id)
        handles = [link.handle_id for link in links(conversation.consumer_id)]
        say(handles=handles, purpose=AUTOMATIC, state="refused" if refused else "given", source="desk", at=at, by=by.pk)
    return row


_CAME_BACK = (
    "SELECT a.id, a.conversation_id, a.unit_id, q.at, i.text, a.state FROM conversation_placement p"
    " JOIN intake_interaction i ON i.id = p.interaction_id"
    " JOIN assist_auto_run a ON a.conversation_id = p.conversation_id AND a.interaction_id <> i.id AND i.at >= a.at - interval '1 minute'"
    " AND (a.state = 'waiting' OR (a.state = 'sent' AND a.verdict IN ('', 'silence')))"
    " JOIN intake_interaction q ON q.id = a.interaction_id WHERE i.id = ANY(%s) ORDER BY i.at, i.id FOR UPDATE OF a"
)


def hear_back(*, interactions: Sequence[UUID], at: datetime) -> int:
    """Somebody wrote again: what waits is withdrawn; what was sent was right if it only thanks, else wrong. The number it is about.

    Where it was wrong, a colleague is waited for since the first message. One statement where nothing was sent or waits there.
    """
    if not interactions:
        return 0
    with step():
        rows = {row[0]: row for row in reversed(sql.run(_CAME_BACK, [list(interactions)]))}
        if not rows:
            return 0
        said = [
            (ident, "wrote" if state == "waiting" else "thanks" if is_thanks(text) else "wrote", state)
            for ident, _, _, _, text, state in rows.values()
        ]
        source, values = sql.table("uuid text text", said)
        sql.write(
            "UPDATE assist_auto_run a SET state = CASE WHEN x.s = 'waiting' THEN 'withdrawn' ELSE a.state END,"
            " why = CASE WHEN x.s = 'waiting' THEN 'wrote' ELSE a.why END, verdict = CASE WHEN x.s = 'sent' THEN x.v ELSE a.verdict END,"
            " is_right = CASE WHEN x.s = 'sent' THEN x.v = 'thanks' END, settled_at = CASE WHEN x.s = 'sent' THEN %s::timestamptz END"
            f" FROM {source} AS x(i, v, s) WHERE a.id = x.i",
            [at, *values],
        )
        wrote = [
            (row[1], row[3])
            for row, (_, verdict, state) in zip(rows.values(), said, strict=True)
            if (verdict, state) == ("wrote", "sent")
        ]
        wait_since(waits=wrote)
        publish(*[AnswerPlanned(conversation=row[1], state=row[5]) for row in rows.values()])
        _watch(sorted({row[2] for row in rows.values()}), at)
    return len(rows)


def settle_silence(*, at: datetime) -> int:
    """Who wrote nothing for days was answered; who said that it feels bad was not. The number that became known."""
    with step():
        rows = sql.run(
            "UPDATE assist_auto_run SET is_right = true, verdict = 'silence', settled_at = %s WHERE state = 'sent' AND is_right IS NULL AND at < %s"
            " RETURNING id",
            [at, at - SILENCE],
        )
        bad = [ident for ident, good in ports.verdicts(at - JUDGED).items() if not good]
        wrong = sql.run(
            "UPDATE assist_auto_run SET is_right = false, verdict = 'pulse', settled_at = %s WHERE conversation_id = ANY(%s) AND state = 'sent'"
            " AND is_right IS NOT false AND at > %s RETURNING unit_id",
            [at, bad, at - JUDGED],
        )
        _watch(sorted({row[0] for row in wrong}), at)
    return len(rows) + len(wrong)


_SENT = (
    "SELECT unit_id, is_right IS NOT false, conversation_id FROM assist_auto_run a WHERE unit_id = ANY(%s) AND state = 'sent'"
    " AND at >= (SELECT since FROM assist_auto_setting s WHERE s.unit_id = a.unit_id ORDER BY number DESC LIMIT 1) ORDER BY at, id"
)


def _watch(units: Sequence[UUID], at: datetime) -> None:
    """Switch it off where one must believe that fewer are right than the unit's threshold promises. Joins the caller's step."""
    if not units:
        return
    settings = {unit: s for unit, s in settings_of(units).items() if s.enabled}
    if not settings:
        return
    sent = sql.run(_SENT, [sorted(settings)])
    for unit, setting in settings.items():
        mine = [(right, conversation) for u, right, conversation in sent if u == unit]
        if has_fallen([right for right, _ in mine], setting.threshold):
            last = next(conversation for right, conversation in reversed(mine) if not right)
            switch_off(unit=unit, at=at, why="fallen", conversation=last)
