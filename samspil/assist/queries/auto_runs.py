"""What was done by itself: of one conversation, of one reply, and how a unit fares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from samspil.assist.models import AutoCase, AutoRun
from samspil.assist.queries.auto import access_unit
from samspil.assist.queries.figures import Share
from samspil.assist.rules.watch import ERROR, doubt
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.shares import exact
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, visible
from samspil.organisation.models import Colleague

DAYS = 30


def run_of(*, conversation: UUID, by: Colleague) -> AutoRun | None:
    """What is, or was, to be sent by itself in a conversation that the colleague may see. Raises NotFound. Two statements."""
    row = access_conversation(by=by, conversation=conversation)
    rows = AutoRun.objects.filter(conversation=row.pk).exclude(state=AutoRun.State.LEFT).select_related("answer", "setting")
    return rows.order_by("-at", "-id").first()


def run_of_reply(*, reply: UUID, by: Colleague) -> AutoRun:
    """The run that a reply came of. Raises NotFound, also where the colleague may not see its conversation. Two statements."""
    run = AutoRun.objects.filter(reply=reply).select_related("answer__approved_by", "by").first()
    if run is None:
        raise NotFound("It was not sent by itself")
    access_conversation(by=by, conversation=run.conversation_id)
    return run


def runs_in(conversation: UUID) -> Sequence[AutoRun]:
    """Everything that was looked at in a conversation, the oldest first, for an explanation. One statement."""
    return list(AutoRun.objects.filter(conversation=conversation).select_related("answer", "by", "setting").order_by("at", "id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fares:
    """How a unit's answers by themselves fared: messages looked at, sent, stopped, withdrawn; why the others were left, the most first.

    ``right`` of those judged with its exact 95 % interval; ``doubt`` from 0 to 1: at 1 it switches itself off.
    """

    seen: int
    sent: int
    stopped: int
    withdrawn: int
    waiting: int
    left: Sequence[tuple[str, int]]
    right: Share
    unjudged: int
    doubt: float


_COUNTS = "SELECT state, CASE WHEN state = 'left' THEN why ELSE '' END, count(*) FROM assist_auto_run WHERE unit_id = %s AND at > %s GROUP BY 1, 2"
_SENT = "SELECT is_right, at FROM assist_auto_run WHERE unit_id = %s AND state = 'sent' AND at > %s ORDER BY at, id"


def fares(unit: UUID, *, since: datetime | None, promised: float, at: datetime, days: int = DAYS) -> Fares:
    """The last days of a unit; ``since`` is when it was switched on, from which on doubt is counted. Two statements."""
    counts = sql.run(_COUNTS, [unit, at - timedelta(days=days)])
    sums: dict[str, int] = {}
    for state, _, n in counts:
        sums[state] = sums.get(state, 0) + n
    sent = sql.run(_SENT, [unit, min(since or at, at - timedelta(days=days))])
    recent = [right for right, when in sent if when > at - timedelta(days=days)]
    judged = [right for right in recent if right is not None]
    low, high = exact(sum(judged), len(judged))
    mine = [right is not False for right, when in sent if since and when >= since]
    return Fares(
        seen=sum(sums.values()),
        sent=sums.get("sent", 0),
        stopped=sums.get("stopped", 0),
        withdrawn=sums.get("withdrawn", 0),
        waiting=sums.get("waiting", 0),
        left=sorted(((why, n) for state, why, n in counts if state == "left"), key=lambda pair: (-pair[1], pair[0])),
        right=Share(hits=sum(judged), of=len(judged), low=low, high=high),
        unjudged=len(recent) - len(judged),
        doubt=min(1.0, doubt(mine, promised) * ERROR),
    )


PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a dry run beside what a colleague really answered. ``label`` is a lead's word, None for none."""

    id: int
    conversation: UUID
    at: datetime
    asked: str
    answer: str
    truly: str | None
    likely: float | None
    right: bool | None
    label: bool | None
    held_out: bool
    refused: str


_CASES = (
    "SELECT k.id, p.conversation_id, q.at, left(q.text, 600), coalesce(w.text, ''), left(a.text, 1200),"
    " k.likely, k.is_right, l.is_right, k.held_out, k.refused"
    " FROM assist_auto_case k JOIN intake_interaction q ON q.id = k.interaction_id"
    " JOIN conversation_placement p ON p.interaction_id = q.id LEFT JOIN assist_auto_answer w ON w.id = k.answer_id"
    " LEFT JOIN intake_interaction a ON a.id = k.answered_id"
    " LEFT JOIN assist_auto_label l ON l.interaction_id = k.interaction_id AND l.answer_id = k.answer_id"
    " WHERE k.trial_id = %(trial)s AND ({which}) ORDER BY k.likely DESC NULLS LAST, k.id DESC LIMIT %(limit)s OFFSET %(offset)s"
)
WHICH = {
    "would": "k.refused = '' AND k.likely >= %(threshold)s",
    "wrong": "k.refused = '' AND k.likely >= %(threshold)s AND coalesce(l.is_right, k.is_right) IS false",
    "open": "k.refused = '' AND k.likely >= %(threshold)s AND coalesce(l.is_right, k.is_right) IS NULL",
    "near": "k.refused = '' AND k.likely < %(threshold)s AND k.likely >= %(threshold)s - 0.15",
    "refused": "k.refused <> ''",
}
"""What of a dry run can be looked through."""


def cases(*, unit: UUID, trial: UUID, by: Colleague, which: str, threshold: float, page: int) -> Sequence[Case]:
    """One page of a dry run's cases, the likeliest first, one more where there is a next page. Raises NotFound. Three statements."""
    access_unit(by, unit)
    params = {"trial": trial, "threshold": threshold, "limit": PAGE + 1, "offset": PAGE * page}
    names = list(Case.__dataclass_fields__)
    return _seen([Case(**dict(zip(names, row, strict=True))) for row in sql.run(_CASES.format(which=WHICH[which]), params)], by)


def _seen(found: Sequence[Case], by: Colleague) -> list[Case]:
    """Without the words of conversations that the colleague may not see. One statement."""
    ids = [one.conversation for one in found]
    allowed = set(Conversation.objects.filter(visible(by), pk__in=ids).values_list("pk", flat=True))
    return [one if one.conversation in allowed else replace(one, asked="•••", truly=one.truly and "•••") for one in found]


def case_of(case: int, *, by: Colleague) -> Case:
    """One case as the page draws it. Raises NotFound. Three statements."""
    row = AutoCase.objects.filter(pk=case).first()
    if row is None:
        raise NotFound("There is no such case")
    params = {"trial": row.trial_id, "limit": 1, "offset": 0, "case": case}
    names = list(Case.__dataclass_fields__)
    return _seen([Case(**dict(zip(names, sql.run(_CASES.format(which="k.id = %(case)s"), params)[0], strict=True)))], by)[0]


_BY_REASON = "SELECT refused, count(*) FROM assist_auto_case WHERE trial_id = %s AND refused <> '' GROUP BY 1 ORDER BY 2 DESC, 1"


def refused_of(trial: UUID) -> Sequence[tuple[str, int]]:
    """How many of a dry run's messages would never be answered by themselves, by reason, the most first. One statement."""
    return [(why, int(n)) for why, n in sql.run(_BY_REASON, [trial])]


def labelled_since(trial: UUID, at: datetime) -> int:
    """How many cases leads have judged since a dry run: the next one learns from them. One statement."""
    rows = sql.run(
        "SELECT count(*) FROM assist_auto_label l JOIN assist_auto_case k ON k.interaction_id = l.interaction_id AND k.answer_id = l.answer_id"
        " WHERE k.trial_id = %s AND l.at > %s",
        [trial, at],
    )
    return int(rows[0][0])
