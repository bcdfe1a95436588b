"""What a rule would have done with what really happened: looked through in batches, and nothing is written.

Moments that the engine has kept are seen as they were. Messages from before rules were kept, or that were imported, are seen with what is
so now, and are counted apart. Waits are looked for among the messages, for nobody has watched for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.automation.queries.seen import Happened, kept, lines_of, see
from samspil.automation.rules.holds import Seen
from samspil.automation.rules.plan import Active
from samspil.automation.rules.read import Meaning, read
from samspil.automation.rules.trial import Trial
from samspil.base import sql
from samspil.base.ids import digest

BATCH = 400
MOST_DAYS = 90
NO_ID = UUID(int=0)
_PAGE = (
    "SELECT at, fact, 'kept', NULL::uuid, 0 FROM (SELECT m.at, m.fact FROM automation_moment m WHERE m.at < %(until)s"
    "  AND m.what <> 'waited' AND (m.at, m.fact) > (%(at)s, %(fact)s) ORDER BY m.at, m.fact LIMIT %(limit)s) kept"
    " UNION ALL SELECT * FROM (SELECT i.at, i.id, CASE WHEN p.why = 'new' THEN 'opened' ELSE 'message' END, p.conversation_id, 0"
    "  FROM intake_interaction i JOIN conversation_placement p ON p.interaction_id = i.id WHERE i.kind = 'message' AND NOT i.outgoing"
    "  AND i.at < %(until)s AND (i.at, i.id) > (%(at)s, %(fact)s)"
    "  AND NOT EXISTS (SELECT 1 FROM automation_moment m WHERE m.interaction = i.id AND m.what = 'message')"
    "  ORDER BY i.at, i.id LIMIT %(limit)s) old"
    " UNION ALL SELECT * FROM (SELECT i.at + make_interval(mins => t.minutes), i.id, 'waited', p.conversation_id, t.minutes"
    "  FROM unnest(%(minutes)s::int[]) AS t(minutes) CROSS JOIN intake_interaction i"
    "  JOIN conversation_placement p ON p.interaction_id = i.id WHERE i.kind = 'message' AND NOT i.outgoing"
    "  AND NOT (i.data ? 'automatic' AND i.data->>'automatic' <> '') AND i.at + make_interval(mins => t.minutes) < %(until)s"
    "  AND (i.at + make_interval(mins => t.minutes), i.id) > (%(at)s, %(fact)s)"
    "  AND NOT EXISTS (SELECT 1 FROM conversation_placement q JOIN intake_interaction j ON j.id = q.interaction_id"
    "   WHERE q.conversation_id = p.conversation_id AND j.kind = 'message' AND j.outgoing"
    "   AND q.at > p.at AND q.at < p.at + make_interval(mins => t.minutes))"
    "  AND NOT EXISTS (SELECT 1 FROM conversation_event e WHERE e.conversation_id = p.conversation_id AND e.kind = 'done'"
    "   AND e.at > p.at AND e.at < p.at + make_interval(mins => t.minutes))"
    "  AND coalesce((SELECT j.outgoing FROM conversation_placement q JOIN intake_interaction j ON j.id = q.interaction_id"
    "   WHERE q.conversation_id = p.conversation_id AND j.kind = 'message' AND (q.at, q.interaction_id) < (p.at, p.interaction_id)"
    "   ORDER BY q.at DESC, q.interaction_id DESC LIMIT 1), true)"
    "  ORDER BY 1, 2 LIMIT %(limit)s) waited ORDER BY 1, 2 LIMIT %(limit)s"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is tried: a rule as it would be, and as it is (None where it is new), over a span of time."""

    new: Active
    now: Active | None
    since: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a dry run is. ``at`` and ``fact`` are the last moment looked at; ``share`` from 0 to 1."""

    trial: Trial = field(default_factory=Trial)
    at: datetime
    fact: UUID = NO_ID
    share: float = 0.0
    done: bool = False


def asked(
    *,
    document: Any,
    now: Mapping[str, Any] | None,
    rule: UUID | None,
    unit: UUID | None,
    days: int,
    until: datetime,
) -> Asked:
    """A question over the last days. ``now`` is the document in force. Raises WrongRule."""
    since = until - timedelta(days=max(1, min(days, MOST_DAYS)))

    def active(meaning: Meaning) -> Active:
        return Active(rule=rule or NO_ID, version=NO_ID, name="", meaning=meaning, since=since, unit=unit)

    return Asked(new=active(read(document)), now=active(read(now)) if now else None, since=since, until=until)


def begin(question: Asked) -> Progress:
    """Nothing looked at yet."""
    return Progress(at=question.since)


def look_on(question: Asked, progress: Progress, *, matched: list[Seen] | None = None) -> None:
    """Look at one batch more. Writes nothing. At most thirteen statements, whatever the batch.

    ``matched`` collects what the rule holds for, for who wants all of it.
    """
    rules = [r for r in (question.new, question.now) if r]
    minutes = sorted({int(w.value) for r in rules for w in r.meaning.whens if w.kind == "waited"})
    params = {"at": progress.at, "fact": progress.fact, "until": question.until, "limit": BATCH, "minutes": minutes}
    rows = sql.run(_PAGE, params)
    lines = lines_of([r.meaning for r in rules])
    live = kept([fact for _, fact, what, _, _ in rows if what == "kept"], lines)
    late = {s.fact: s for s in see([_happened(row) for row in rows if row[2] != "kept"], lines)}
    for row in rows:
        was_kept = row[2] == "kept"
        seen = live.get(row[1]) if was_kept else late.get(_happened(row).fact)
        if seen and progress.trial.take(seen, new=question.new, now=question.now, old=not was_kept) and matched is not None:
            matched.append(seen)
    progress.done = len(rows) < BATCH
    if rows:
        progress.at, progress.fact = rows[-1][0], rows[-1][1]
    span = (question.until - question.since).total_seconds()
    progress.share = 1.0 if progress.done else min(1.0, (progress.at - question.since).total_seconds() / span)


def _happened(row: Sequence[Any]) -> Happened:
    at, interaction, what, conversation, minutes = row
    if what == "waited":
        fact = digest("waited", str(interaction), str(minutes))
        return Happened(fact=fact, conversation=conversation, what=what, at=at, minutes=minutes, interaction=interaction)
    return Happened(
        fact=interaction, conversation=conversation, what="message", at=at, interaction=interaction, opened=what == "opened"
    )


def dry_run(question: Asked) -> Iterator[Progress]:
    """The whole of it, telling of each batch; leaving the loop is how it is given up."""
    progress = begin(question)
    while not progress.done:
        look_on(question, progress)
        yield progress
