"""The rules in force, and how often they have acted lately."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from samspil.automation.rules.plan import Active, Limits
from samspil.automation.rules.read import Meaning, WrongRule, read
from samspil.base import sql

log = logging.getLogger(__name__)

_ACTIVE = (
    "SELECT r.id, v.id, r.name, r.document::text, r.since, r.unit_id, r.per_minute FROM automation_rule r"
    " JOIN automation_version v ON v.rule_id = r.id AND v.number = r.number"
    " WHERE r.enabled AND r.deleted_at IS NULL AND r.paused_at IS NULL ORDER BY r.place, r.id"
)
_COUNTS = (
    "SELECT rule_id, NULL::uuid, count(*) FROM automation_run WHERE at > %s AND outcome = 'done' GROUP BY rule_id"
    " UNION ALL SELECT rule_id, conversation_id, count(*) FROM automation_run"
    " WHERE conversation_id = ANY(%s) AND at > %s AND outcome = 'done' GROUP BY rule_id, conversation_id"
)


def active_rules() -> list[Active]:
    """Those in force, in their order. One statement. A rule that cannot be read any more is left out and logged."""
    found = []
    for rule, version, name, document, since, unit, per_minute in sql.run(_ACTIVE):
        meaning = _meaning(document)
        if meaning is None:
            log.warning("rule %s cannot be read and is left out", rule)
            continue
        found.append(
            Active(rule=rule, version=version, name=name, meaning=meaning, since=since, unit=unit, per_minute=per_minute)
        )
    return found


@lru_cache(maxsize=512)
def _meaning(document: str) -> Meaning | None:
    try:
        return read(json.loads(document))
    except WrongRule:
        return None


def limits(*, conversations: Sequence[UUID], at: datetime) -> Limits:
    """How often each rule acted in the last minute, and on these conversations in the last hour. One statement."""
    rows: list[tuple[Any, ...]] = sql.run(_COUNTS, [at - timedelta(minutes=1), list(conversations), at - timedelta(hours=1)])
    return Limits(
        minute=Counter({rule: n for rule, c, n in rows if c is None}),
        hour=Counter({(rule, c): n for rule, c, n in rows if c is not None}),
    )


def answered_lately(*, conversations: Sequence[UUID], at: datetime) -> set[UUID]:
    """Those in which a rule has sent an answer within a day. One statement."""
    rows = sql.run(
        "SELECT DISTINCT conversation_id FROM automation_run WHERE conversation_id = ANY(%s) AND at > %s AND answered",
        [list(conversations), at - timedelta(days=1)],
    )
    return {row[0] for row in rows}


__all__ = ["active_rules", "answered_lately", "limits"]
