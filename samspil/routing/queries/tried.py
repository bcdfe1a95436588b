"""What happened of late, as another policy would be tried on it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from samspil.base import sql
from samspil.hours.queries import there
from samspil.organisation.queries import colleagues
from samspil.routing.models import PolicyChange
from samspil.routing.rules.tried import Held, Hoped, Past, Times

BACK = timedelta(days=14)
MOST = 20_000
"""Decisions that are looked at, the newest."""

_HELD = (
    "SELECT d.colleague_id, d.at, d.by_id IS NULL, least(after.at, given.at, answer.at, %(now)s) FROM ("
    "  SELECT id, conversation_id, colleague_id, at, by_id FROM routing_decision WHERE at > %(since)s AND at <= %(now)s"
    "  AND colleague_id IS NOT NULL ORDER BY at DESC LIMIT %(most)s) d"
    " LEFT JOIN LATERAL (SELECT min(at) AS at FROM routing_decision n WHERE n.conversation_id = d.conversation_id AND n.at > d.at) after ON true"
    " LEFT JOIN LATERAL (SELECT min(at) AS at FROM conversation_event e WHERE e.conversation_id = d.conversation_id AND e.at > d.at"
    "  AND e.kind IN ('assigned', 'done', 'merged')) given ON true"
    " LEFT JOIN LATERAL (SELECT min(i.at) AS at FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = d.conversation_id AND i.outgoing AND i.at > d.at) answer ON true"
)
_HOPED = (
    "SELECT w.at, got.at, got.colleague_id::text = w.who FROM ("
    "  SELECT DISTINCT ON (conversation_id) conversation_id, at,"
    """   jsonb_path_query_first(reasons, '$[*] ? (@.kind == "waits").words[4]') #>> '{}' AS who"""
    "  FROM routing_decision WHERE at > %(since)s AND at <= %(now)s"
    """  AND reasons @> '[{"kind": "waits"}]' ORDER BY conversation_id, at) w"""
    " LEFT JOIN LATERAL (SELECT at, colleague_id FROM routing_decision n WHERE n.conversation_id = w.conversation_id AND n.at > w.at"
    "  AND n.colleague_id IS NOT NULL ORDER BY at, id LIMIT 1) got ON true LIMIT %(most)s"
)
_WAITS = (
    "SELECT extract(epoch FROM d.at - c.opened_at)::float8 FROM conversation c JOIN LATERAL (SELECT at FROM routing_decision d"
    "  WHERE d.conversation_id = c.id AND d.colleague_id IS NOT NULL ORDER BY at, id LIMIT 1) d ON true"
    " WHERE c.opened_at > %(since)s AND c.opened_at <= %(now)s AND d.at >= c.opened_at"
    """ AND NOT EXISTS (SELECT 1 FROM routing_decision w WHERE w.conversation_id = c.id AND w.reasons @> '[{"kind": "waits"}]')"""
    " ORDER BY c.opened_at DESC LIMIT %(most)s"
)


def past(*, at: datetime) -> Past:
    """The last BACK: what routing decided and what became of it. Eight statements, whatever the number."""
    since = at - BACK
    given = {"since": since, "now": at, "most": MOST}
    people = {c.pk: c.unit_id for c in colleagues()}
    found = there(people, since, at + BACK)  # ahead too: who is away now comes back at some time
    begin, end = since.astimezone(UTC), (at + BACK).astimezone(UTC)
    return Past(
        held=[
            Held(colleague=who, since=when, until=until, day=timezone.localtime(when).date(), by_routing=ours)
            for who, when, ours, until in sql.run(_HELD, given)
        ],
        hoped=[Hoped(came=came, given=got, got_who_was_hoped=bool(same)) for came, got, same in sql.run(_HOPED, given)],
        waits=[wait for (wait,) in sql.run(_WAITS, given)],
        off={ident: _between(one.there, begin, end) for ident, one in found.items()},
        somebody=_together([part for one in found.values() for part in one.there]),
    )


def _between(times: Times, since: datetime, until: datetime) -> Times:
    """What lies between the times."""
    edges = [since, *(moment for part in times for moment in part), until]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in pairs if start < end]


def _together(parts: Sequence[tuple[datetime, datetime]]) -> Times:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(parts):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def policy_changes(*, limit: int = 20) -> Sequence[PolicyChange]:
    """What was set, the newest first. One statement."""
    return list(PolicyChange.objects.select_related("by").order_by("-at", "-id")[:limit])
