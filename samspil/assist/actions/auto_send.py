"""Answering by itself: what has come in is looked at once, waits for its delay before everybody's eyes, is looked at again, and is sent once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.assist.actions.read import read_messages
from samspil.assist.facts import AnswerPlanned
from samspil.assist.models import AutoAnswer, AutoRun, AutoSetting
from samspil.assist.queries.auto import settings_of, standing
from samspil.assist.queries.auto_seen import Facts, choose, facts_of, learned
from samspil.assist.rules.auto import Seen, whole, why_not
from samspil.base import bell, sql
from samspil.base.errors import SamspilError
from samspil.base.flow import part, publish, retried, step
from samspil.base.ids import digest, new_id
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, organisation
from samspil.reply.actions import write
from samspil.reply.actions.write import choose_way
from samspil.reply.queries import filled, values_for, ways

HOUR = timedelta(hours=1)
_UNITS = (
    "SELECT DISTINCT c.unit_id FROM conversation_placement p JOIN conversation c ON c.id = p.conversation_id"
    " CROSS JOIN LATERAL (SELECT enabled FROM assist_auto_setting s WHERE s.unit_id = c.unit_id ORDER BY s.number DESC LIMIT 1) s"
    " WHERE p.interaction_id = ANY(%s) AND s.enabled"
)
_KEEP = (
    "INSERT INTO assist_auto_run (id, unit_id, setting_id, conversation_id, interaction_id, answer_id, likely, state, why, at, send_at, verdict)"
    " SELECT x.*, '' FROM {source} AS x(i, u, s, c, m, a, l, state, why, at, send) ON CONFLICT (interaction_id) DO NOTHING"
    " RETURNING conversation_id, state"
)


def consider(*, interactions: Sequence[UUID], at: datetime) -> int:
    """Look at first messages that came in; the number that will be answered by itself. Each message is looked at once, however often it is told.

    One statement where no unit has it on; a constant number for the batch where one has.
    """
    units = [row[0] for row in sql.run(_UNITS, [list(interactions)])] if interactions else []
    if not units:
        return 0
    read_messages(interactions=interactions, at=at)  # those that are read already are left alone
    with step():
        settings, answers = settings_of(units), standing(units, at)
        known = {unit: learned(s.trial) for unit, s in settings.items() if s.trial}
        rows, hour = [], Counter[UUID]()
        for facts in facts_of(interactions, hour=at - HOUR):
            setting = settings.get(facts.unit) if facts.unit else None
            if setting is None:
                continue
            mine, held = [a for a in answers if a.unit_id == facts.unit], known.get(setting.unit_id)
            told = (facts.text, facts.language, facts.vector)
            answer, likely = choose(held, mine, text=told[0], language=told[1], vector=told[2]) if held else (None, None)
            why = why_not(_seen_of(facts, setting, mine, likely, at, current=held is not None, more=hour[setting.unit_id]))
            hour[setting.unit_id] += not why
            rows.append(_row(facts, setting, answer, likely, why, at))
        return _kept(rows)


def _seen_of(
    facts: Facts,
    setting: AutoSetting,
    answers: Sequence[AutoAnswer],
    likely: float | None,
    at: datetime,
    *,
    current: bool,
    more: int = 0,
) -> Seen:
    """The message as the rules ask about it. ``more``: answers of the same batch, counted in the hour."""
    return Seen(
        text=facts.text,
        at=facts.at,
        now=at,
        enabled=setting.enabled,
        current=current,
        closed=facts.closed,
        closed_too=setting.closed_too,
        open=facts.open,
        automatic=facts.automatic,
        heard=facts.heard,
        ours=facts.ours,
        pending=facts.pending,
        assigned_by_hand=facts.by_hand,
        files=facts.files,
        unknown=facts.unknown,
        asks=facts.asks,
        language=facts.language,
        languages={one.language for one in answers},
        refused=facts.refused,
        before=facts.before,
        in_hour=facts.in_hour + more,
        per_hour=setting.per_hour,
        likely=likely,
        threshold=setting.threshold,
    )


def _row(
    facts: Facts, setting: AutoSetting, answer: AutoAnswer | None, likely: float | None, why: str, at: datetime
) -> tuple[Any, ...]:
    send = None if why else at + timedelta(minutes=setting.delay_minutes)
    state = "left" if why else "waiting"
    ident = answer.pk if answer else None
    return (new_id(), facts.unit, setting.pk, facts.conversation, facts.interaction, ident, likely, state, why, at, send)


def _kept(rows: Sequence[tuple[Any, ...]]) -> int:
    if not rows:
        return 0
    source, values = sql.table("uuid uuid uuid uuid uuid uuid float8 text text timestamptz timestamptz", rows)
    waiting = [row[0] for row in sql.run(_KEEP.format(source=source), values) if row[1] == "waiting"]
    publish(*[AnswerPlanned(conversation=one, state="waiting") for one in waiting])
    if waiting:
        bell.ring_after_commit("outbox")
    return len(waiting)


_DUE = (
    "SELECT id FROM assist_auto_run WHERE state = 'waiting' AND send_at <= %s ORDER BY send_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
)


@retried
def answer_due(*, at: datetime) -> UUID | None:
    """Send the one answer whose delay is over, if everything that was so still is; its run, or None when none is due.

    The run and the reply in the outbox commit together: a process that dies leaves neither, and two never send the same.
    """
    with step():
        found = sql.run(_DUE, [at])
        if not found:
            return None
        run = AutoRun.objects.select_related("answer", "setting").get(pk=found[0][0])
        row = Conversation.objects.select_for_update(of=("self",), no_key=True).filter(pk=run.conversation_id).first()
        why = _send(run, row, at) if row else "gone"
        run.state, run.why = (AutoRun.State.WITHDRAWN, why) if why else (AutoRun.State.SENT, "")
        run.save(update_fields=["state", "why", "reply"])
        publish(AnswerPlanned(conversation=run.conversation_id, state=run.state))
    return run.pk


def _send(run: AutoRun, row: Conversation, at: datetime) -> str:
    """Why it is not sent after all; "" where it is in the outbox."""
    setting = settings_of([run.unit_id]).get(run.unit_id)
    answers = [one for one in standing([run.unit_id], at) if one.pk == run.answer_id]
    facts = next(iter(facts_of([run.interaction_id], hour=at - HOUR)), None)
    if setting is None or facts is None or not answers:
        return "gone"
    # It was in time when it came in; here it is late when the worker was away for an hour after its delay.
    moment = facts.at + (at - (run.send_at or at))
    why = why_not(_seen_of(facts, setting, answers, run.likely, moment, current=facts.unit == run.unit_id))
    if why:
        return why
    if setting.speaker is None or not setting.speaker.is_active:
        return "nobody"
    try:
        with part():
            limit = choose_way(ways(row, at=at), None).capabilities.max_length
            said = whole(
                worded(answer=answers[0], row=row, by=setting.speaker, at=at), setting.lines.get(answers[0].language, ""), limit
            )
            if said is None:
                return "too_long"
            run.reply = write(
                conversation=row.pk, by=setting.speaker, text=said, at=at, ident=digest("auto", str(run.pk)), by_itself=True
            )
    except SamspilError:
        return "no_way"
    return ""


def worded(*, answer: AutoAnswer, row: Conversation, by: Colleague, at: datetime, by_hand: bool = False) -> str:
    """An approved answer filled in for who is answered. Where nobody writes it, it is signed by the unit and not by a colleague."""
    values: Mapping[str, str] = values_for(row, by, at=at, language=answer.language)
    if not by_hand:
        here = organisation()
        name = called(row.unit) if row.unit else here.name if here else ""
        values = {**values, "my_name": name, "my_first_name": name, "my_title": "", "unit": name}
    return filled(answer.text, values)
