"""When answers of a unit need somebody else's yes, and whose."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.flow import step
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import SEES_EVERYTHING
from samspil.reply.models import ApprovalPolicy
from samspil.reply.queries.approval import LEADS, conditions_of, may_set
from samspil.reply.rules.approval import KNOWS, is_empty

LONGEST_WAIT = 7 * 24 * 60
"""Minutes until those above are asked, at most."""
_SAME = (
    "active", "everybody", "below_level", "first_answers", "accounts", "words", "amount", "by_leads", "by_level", "named", "raise_minutes",
)  # fmt: skip


class NoApprover(SamspilError):
    """Nobody could say yes: approvals cannot be switched on."""

    code = "reply.no_approver"


class NoCondition(SamspilError):
    """Nothing says which answers need a yes."""

    code = "reply.no_condition"


class OutOfRange(SamspilError):
    """A level is 1 to 5, a number of answers at least one, an amount not below zero, a wait at most a week."""

    code = "reply.approval_range"


def set_policy(
    *,
    unit: Unit,
    by: Colleague,
    at: datetime,
    active: bool,
    everybody: bool = False,
    below_level: int | None = None,
    first_answers: int | None = None,
    accounts: Sequence[UUID] = (),
    words: Sequence[str] = (),
    amount: Decimal | None = None,
    by_leads: bool = True,
    by_level: bool = False,
    named: Sequence[UUID] = (),
    raise_minutes: int | None = None,
) -> ApprovalPolicy:
    """Say when answers of a unit need a yes; what held before is kept for its history. The same again changes nothing.

    Raises NotAllowed, NoCondition, NoApprover, OutOfRange.
    """
    if not may_set(by, unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    _in_range(below_level, first_answers, amount, raise_minutes)
    row = ApprovalPolicy(
        unit=unit,
        active=active,
        everybody=everybody,
        below_level=below_level,
        first_answers=first_answers,
        accounts=sorted(str(a) for a in set(accounts)),
        words=list(words),
        amount=None if amount is None else amount.quantize(Decimal("0.01")),
        by_leads=by_leads,
        by_level=by_level,
        named=sorted(str(c) for c in set(named)),
        raise_minutes=raise_minutes,
        at=at,
        by=by,
    )
    if active and is_empty(conditions_of((everybody, below_level, first_answers, row.accounts, row.words, amount))):
        raise NoCondition("Say which answers need a yes")
    with step():
        sql.run("SELECT 1 FROM organisation_unit WHERE id = %s FOR NO KEY UPDATE", [unit.pk])
        held = ApprovalPolicy.objects.filter(unit=unit, ended_at=None).first()
        if held is not None and all(getattr(held, name) == getattr(row, name) for name in _SAME):
            return held
        if active and not _anybody(row):
            raise NoApprover("Nobody could say yes")
        ApprovalPolicy.objects.filter(unit=unit, ended_at=None).update(ended_at=at)
        row.save(force_insert=True)
    return row


def _in_range(level: int | None, first: int | None, amount: Decimal | None, minutes: int | None) -> None:
    wrong = (
        (level is not None and not 1 <= level <= 5)  # noqa: PLR2004 - the levels there are
        or (first is not None and not 1 <= first <= 1000)  # noqa: PLR2004 - nobody is new for longer
        or (amount is not None and not 0 <= amount < 10**9)
        or (minutes is not None and not 1 <= minutes <= LONGEST_WAIT)
    )
    if wrong:
        raise OutOfRange("A number is out of range")


_ANYBODY = (
    "SELECT EXISTS (SELECT 1 FROM organisation_colleague g WHERE g.is_active AND NOT g.outside"
    f" AND ({SEES_EVERYTHING} OR g.unit_id = %(unit)s OR NOT %(closed)s)"
    f" AND ((%(leads)s AND {LEADS} AND g.unit_id = %(unit)s) OR g.id = ANY(%(named)s::uuid[])"
    "  OR (%(level)s AND EXISTS (SELECT 1 FROM organisation_competence_held h JOIN organisation_competence c ON c.id = h.competence_id"
    f"   WHERE h.colleague_id = g.id AND c.active AND h.level >= {KNOWS}))))"
)


def _anybody(row: ApprovalPolicy) -> bool:
    """Whether there is anybody at all who could say yes to some answer of the unit."""
    values = {
        "unit": row.unit_id,
        "closed": row.unit.closed,
        "leads": row.by_leads,
        "level": row.by_level,
        "named": [UUID(c) for c in row.named],
    }
    return bool(sql.run(_ANYBODY, values)[0][0])
