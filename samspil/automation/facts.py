"""What automation says of itself."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from samspil.base.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(Fact):
    """A rule was saved, switched, moved, deleted or resumed."""

    kind: ClassVar[str] = "automation.rule_changed"
    rule: UUID
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePaused(Fact):
    """A rule acted too often and paused itself. ``why`` as in the rule."""

    kind: ClassVar[str] = "automation.rule_paused"
    rule: UUID
    why: str
