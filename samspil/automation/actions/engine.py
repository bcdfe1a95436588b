"""The engine: what happened is kept with what was so then, the rules are asked, and what they say is done; each fact once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from samspil.automation.actions.carry import carry
from samspil.automation.facts import RulePaused
from samspil.automation.queries.active import active_rules, limits
from samspil.automation.queries.seen import Happened, lines_of, see, state_of
from samspil.automation.rules.holds import Seen
from samspil.automation.rules.plan import Planned, plan
from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.conversation.actions import notify
from samspil.organisation.queries.rights import Right, who_may


def act(*, happened: Sequence[Happened], at: datetime) -> int:
    """Let the rules act on what happened, in order; the number of rules that held. A fact that was seen before is left alone.

    One transaction: the journal of what was done commits with the deeds. A constant number of statements, whatever the batch; an
    answer that is sent costs its own.
    """
    if not happened:
        return 0
    with step():
        rules = active_rules()
        lines = lines_of([r.meaning for r in rules])
        seen = see(happened, lines)
        fresh = _remember(seen, lines)
        if not fresh or not rules:
            return 0
        made = plan(rules, fresh, limits(conversations=sorted({s.conversation for s in fresh}), at=at))
        if made.pauses:
            _pause(made.pauses, at)
        carry(planned=made.planned, at=at)
    return len(made.planned)


def _remember(seen: Sequence[Seen], lines: Mapping[str, str]) -> list[Seen]:
    """Keep what happened; those that are new, in their order. The uniqueness of the key decides, also between two workers."""
    if not seen:
        return []
    source, values = sql.table(
        "uuid uuid uuid text timestamptz jsonb jsonb",
        [
            (
                s.fact,
                s.conversation,
                s.interaction,
                s.what,
                s.at,
                sql.Jsonb(state_of(s, lines)),
                sql.Jsonb([str(r) for r in s.chain]),
            )
            for s in {s.fact: s for s in seen}.values()
        ],
    )
    rows = sql.run(
        "INSERT INTO automation_moment (fact, conversation_id, interaction, what, at, state, chain)"
        f" SELECT * FROM {source} AS t(f, c, i, w, a, s, h) ON CONFLICT (fact) DO NOTHING RETURNING fact",
        values,
    )
    new: set[UUID] = {row[0] for row in rows}
    return list({s.fact: s for s in seen if s.fact in new}.values())


def _pause(pauses: Mapping[UUID, Planned], at: datetime) -> None:
    """Rules that acted too often stand still, and who may change all rules and see everything is told at the conversation where it was noticed."""
    sql.write("UPDATE automation_rule SET paused_at = %s, paused_why = 'storm' WHERE id = ANY(%s)", [at, sorted(pauses)])
    who = who_may(Right.RULES, Right.SEE_EVERYTHING)
    notify(kind="rule_paused", to=[(w, p.seen.conversation) for p in pauses.values() for w in who], by=None, at=at)
    publish(*[RulePaused(rule=rule, why="storm") for rule in pauses])
