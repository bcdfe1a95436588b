"""What was so when something happened: a whole batch in a constant number of statements."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from samspil.automation.rules.holds import Seen
from samspil.automation.rules.kinds import NOBODY
from samspil.automation.rules.read import Meaning, tests_of
from samspil.automation.rules.words import LONGEST_TEXT, spaced
from samspil.base import sql
from samspil.identity.models import Segment
from samspil.identity.queries.segments import TooSlow, fitting
from samspil.organisation.queries.rights import whole_house

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something happened to a conversation. ``fact`` is its key; ``cause`` the deed of a rule that it comes from."""

    fact: UUID
    conversation: UUID
    what: str
    at: datetime
    interaction: UUID | None = None
    opened: bool = False
    minutes: int = 0
    cause: UUID | None = None


_MESSAGE = "i.id, left(i.subject, 1000), left(i.text, %(longest)s), i.language, i.public, coalesce(i.data->>'automatic', ''), i.account_id, i.at"
_OWN = "FROM identity_link l JOIN intake_interaction j ON j.handle_id = l.handle_id WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL"
_SEEN = (
    "SELECT t.fact, c.id, c.consumer_id, c.status, c.unit_id, c.competence_id, c.assignee_id,"
    " (SELECT d.confidence FROM routing_decision d WHERE d.conversation_id = c.id ORDER BY d.at DESC, d.id DESC LIMIT 1),"
    " coalesce((SELECT jsonb_agg(x.label_id ORDER BY x.label_id) FROM conversation_labelling x WHERE x.conversation_id = c.id), '[]'),"
    " (SELECT count(*) FROM conversation_placement p JOIN intake_interaction j ON j.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND j.kind = 'message' AND p.at <= coalesce(i.at, t.at)),"
    f" NOT EXISTS (SELECT 1 {_OWN} AND j.kind = 'message' AND NOT j.outgoing AND (j.at, j.id) < (i.at, i.id)),"
    f" (SELECT j.amount {_OWN} AND j.kind = 'purchase' AND j.at <= coalesce(i.at, t.at) ORDER BY j.at DESC, j.id DESC LIMIT 1),"
    " i.*, a.channel, r.chain || to_jsonb(r.rule_id) FROM {source} AS t(fact, conversation, interaction, at, cause)"
    " JOIN conversation o ON o.id = t.conversation JOIN conversation c ON c.id = coalesce(o.merged_into_id, o.id)"
    f" LEFT JOIN LATERAL (SELECT {_MESSAGE} FROM intake_interaction i WHERE i.id = t.interaction"
    f"  UNION ALL (SELECT {_MESSAGE} FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "   WHERE t.interaction IS NULL AND p.conversation_id = c.id AND NOT i.outgoing AND i.kind = 'message' AND p.at <= t.at"
    "   ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1))"
    " AS i(id, subject, text, language, public, automatic, account_id, at) ON true"
    " LEFT JOIN intake_account a ON a.id = coalesce(i.account_id, c.account_id)"
    " LEFT JOIN automation_run r ON r.id = t.cause"
)


def see(happened: Sequence[Happened], lines: Mapping[str, str]) -> list[Seen]:
    """What was so at each, in the given order, as it is now. A conversation that is gone is left out.

    ``lines`` are filters of consumers by the key that tests name them with. One statement, and four where there are lines.
    """
    if not happened:
        return []
    types = "uuid uuid uuid timestamptz uuid"
    columns = [
        list(column) for column in zip(*[(h.fact, h.conversation, h.interaction, h.at, h.cause) for h in happened], strict=True)
    ]
    names = [f"c{n}" for n in range(len(columns))]
    source = f"unnest({', '.join(f'%({n})s::{t}[]' for n, t in zip(names, types.split(), strict=True))})"
    rows = sql.run(_SEEN.format(source=source), {**dict(zip(names, columns, strict=True)), "longest": LONGEST_TEXT})
    found = {row[0]: row for row in rows}
    seen = [_seen(h, found[h.fact]) for h in happened if h.fact in found]
    fill_fits(seen, lines)
    return seen


def _seen(h: Happened, row: Sequence[Any]) -> Seen:
    _, conversation, consumer, status, unit, competence, assignee, confidence, labels, number, first, order = row[:12]
    interaction, subject, text, language, public, automatic, account, _, channel, chain = row[12:]
    return Seen(
        fact=h.fact,
        conversation=conversation,
        what=h.what,
        at=timezone.localtime(h.at),
        consumer=consumer,
        opened=h.opened,
        minutes=h.minutes,
        interaction=interaction,
        text=spaced(text or ""),
        subject=spaced(subject or ""),
        channel=channel or "",
        account=str(account or ""),
        public=bool(public),
        automatic=automatic or "",
        language=language or "",
        competence=str(competence or NOBODY),
        certainty=None if confidence is None else Decimal(str(round(100 * confidence, 1))),
        unit=str(unit or NOBODY),
        assignee=str(assignee or NOBODY),
        status=status,
        labels=frozenset(labels),
        order=order,
        messages=number,
        first=bool(first),
        chain=tuple(UUID(r) for r in chain or ()),
    )


def fill_fits(seen: Sequence[Seen], lines: Mapping[str, str]) -> None:
    """Say of each which lines its consumer fits now. Nobody fits a line that takes too long, and the log says so."""
    consumers = sorted({s.consumer for s in seen if s.consumer})
    if not lines or not consumers:
        return
    try:
        fits = fitting(consumers, sorted(set(lines.values())), by=whole_house())
    except TooSlow:
        log.warning("the segments of rules took too long; nobody is taken to fit them")
        return
    for one in seen:
        here = fits.get(one.consumer, frozenset()) if one.consumer else frozenset()
        one.fits = one.fits | {key for key, line in lines.items() if line in here}


def lines_of(meanings: Collection[Meaning]) -> dict[str, str]:
    """The filters that rules ask for, by what their tests name them with: a segment's key, or the line itself. One statement at most."""
    tests = [t for m in meanings for t in tests_of(m.condition)]
    lines = {v: v for t in tests if t.name == "consumer" for v in t.values}
    keys = {v for t in tests if t.name == "segment" for v in t.values}
    if keys:
        rows = Segment.objects.filter(pk__in=[k for k in keys if _is_uuid(k)], ended_at=None)
        lines |= {str(row.pk): row.filter for row in rows}
    return lines


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def state_of(seen: Seen, asked: Collection[str]) -> dict[str, Any]:
    """What is kept of it, as JSON values: all but the texts."""
    return {
        "consumer": str(seen.consumer) if seen.consumer else None,
        "opened": seen.opened,
        "minutes": seen.minutes,
        "competence": seen.competence,
        "certainty": None if seen.certainty is None else str(seen.certainty),
        "unit": seen.unit,
        "assignee": seen.assignee,
        "status": seen.status,
        "labels": sorted(seen.labels),
        "order": None if seen.order is None else str(seen.order),
        "messages": seen.messages,
        "first": seen.first,
        "fits": sorted(seen.fits),
        "asked": sorted(asked),
    }


_KEPT = (
    "SELECT m.fact, m.conversation_id, m.what, m.at, m.state, m.chain, i.id, left(i.subject, 1000), left(i.text, %s), i.language,"
    " i.public, coalesce(i.data->>'automatic', ''), a.id, a.channel FROM automation_moment m"
    " LEFT JOIN intake_interaction i ON i.id = m.interaction JOIN conversation c ON c.id = m.conversation_id"
    " LEFT JOIN intake_account a ON a.id = coalesce(i.account_id, c.account_id) WHERE m.fact = ANY(%s)"
)


def kept(facts: Sequence[UUID], lines: Mapping[str, str]) -> dict[UUID, Seen]:
    """What was seen live, with what was so then. A line that nobody had asked for then is answered as of now. One statement, or five."""
    if not facts:
        return {}
    found: dict[UUID, Seen] = {}
    late: dict[frozenset[str], list[Seen]] = {}
    for row in sql.run(_KEPT, [LONGEST_TEXT, list(facts)]):
        state: dict[str, Any] = row[4]
        one = found[row[0]] = Seen(
            fact=row[0],
            conversation=row[1],
            what=row[2],
            at=timezone.localtime(row[3]),
            chain=tuple(UUID(r) for r in row[5]),
            interaction=row[6],
            subject=spaced(row[7] or ""),
            text=spaced(row[8] or ""),
            language=row[9] or "",
            public=bool(row[10]),
            automatic=row[11] or "",
            account=str(row[12] or ""),
            channel=row[13] or "",
            **_of_state(state),
        )
        missing = frozenset(lines) - frozenset(state["asked"])
        if missing:
            late.setdefault(missing, []).append(one)
    if late:
        every = frozenset[str]().union(*late)
        rest = [one for some in late.values() for one in some]
        before = {one.fact: one.fits for one in rest}
        fill_fits(rest, {key: lines[key] for key in every})
        for missing, some in late.items():
            for one in some:
                one.fits = before[one.fact] | (one.fits & missing)
    return found


def _of_state(state: Mapping[str, Any]) -> dict[str, Any]:
    same = ("opened", "minutes", "competence", "unit", "assignee", "status", "messages", "first")
    return {
        **{name: state[name] for name in same},
        "consumer": UUID(state["consumer"]) if state["consumer"] else None,
        "certainty": None if state["certainty"] is None else Decimal(state["certainty"]),
        "order": None if state["order"] is None else Decimal(state["order"]),
        "labels": frozenset(state["labels"]),
        "fits": frozenset(state["fits"]),
    }
