"""The list of rules, one rule with its history, and why a rule acted; who may see and write what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil.automation.models import Permit, Rule, Run, Version
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may, may_everywhere, may_in

WEEK = timedelta(days=7)
HISTORY = 100


def may_write(by: Colleague, unit: UUID | None) -> bool:
    """Whether a colleague may write rules of this unit; None are those of the whole house, for which it takes everywhere."""
    return may_in(by, Right.RULES, unit)


def may_open(by: Colleague) -> bool:
    """Whether the colleague has anything to do with the list of rules."""
    return may(by, Right.RULES)


def access_rule(*, by: Colleague, rule: UUID, lock: bool = False) -> Rule:
    """A rule, also a deleted one: for who may change all any, for who may in the own unit those of the house and of that unit. Raises NotFound."""
    rows = Rule.objects.select_related("unit")
    row = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=rule).first()
    if row is None or not _sees(by, row.unit_id):
        raise NotFound("no such rule")
    return row


def _sees(by: Colleague, unit: UUID | None) -> bool:
    return may_everywhere(by, Right.RULES) or (may(by, Right.RULES) and unit in (None, by.unit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rule in the list: how often it held within seven days, how often it failed, and its last error."""

    rule: Rule
    week: int
    failed: int
    error: str
    error_at: datetime | None
    is_mine: bool


_LINES = (
    "SELECT r.id, (SELECT count(*) FROM automation_run x WHERE x.rule_id = r.id AND x.at > %(since)s AND x.outcome = 'done'),"
    " (SELECT count(*) FROM automation_run x WHERE x.rule_id = r.id AND x.at > %(since)s AND x.outcome = 'failed'),"
    " coalesce(e.why, ''), e.at FROM automation_rule r LEFT JOIN LATERAL (SELECT why, at FROM automation_run x"
    "  WHERE x.rule_id = r.id AND x.at > %(since)s AND x.outcome = 'failed' ORDER BY x.at DESC, x.id DESC LIMIT 1) e ON true"
    " WHERE r.deleted_at IS NULL AND (%(admin)s OR r.unit_id IS NULL OR r.unit_id = %(unit)s) ORDER BY r.place, r.id"
)


def lines(*, by: Colleague, at: datetime) -> Sequence[Line]:
    """The rules that a colleague sees, in their order. Two statements."""
    if not may_open(by):
        return []
    rows = sql.run(_LINES, {"since": at - WEEK, "admin": may_everywhere(by, Right.RULES), "unit": by.unit_id})
    rules = Rule.objects.select_related("unit").in_bulk([row[0] for row in rows])
    return [
        Line(
            rule=rules[row[0]],
            week=row[1],
            failed=row[2],
            error=row[3],
            error_at=row[4],
            is_mine=may_write(by, rules[row[0]].unit_id),
        )
        for row in rows
    ]


def deleted_rules(*, by: Colleague) -> Sequence[Rule]:
    """Those that were deleted, the newest first."""
    rows = Rule.objects.select_related("unit").exclude(deleted_at=None).order_by("-deleted_at", "id")
    return [row for row in rows[:HISTORY] if _sees(by, row.unit_id)] if may_open(by) else []


def versions(rule: UUID) -> Sequence[Version]:
    """Every version of a rule, the newest first. Ask for access to the rule before."""
    return list(Version.objects.filter(rule=rule).select_related("by", "unit").order_by("-number")[:HISTORY])


def runs(*, rule: UUID, outcome: str = "", limit: int = 20) -> Sequence[Run]:
    """The newest runs of a rule. Ask for access to the rule before."""
    rows = Run.objects.filter(rule=rule).select_related("version")
    return list((rows.filter(outcome=outcome) if outcome else rows).order_by("-at", "-id")[:limit])


def why(*, run: UUID, by: Colleague) -> Run:
    """Why a rule acted: for everybody who may see the conversation, with the version that was in force. Raises NotFound."""
    row = Run.objects.select_related("rule", "version", "version__unit").filter(pk=run).first()
    if row is None:
        raise NotFound("no such run")
    access_conversation(by=by, conversation=row.conversation_id)
    return row


def permits() -> dict[UUID, Permit]:
    """The units that let rules answer, with who speaks."""
    return {row.unit_id: row for row in Permit.objects.select_related("unit", "speaker")}
