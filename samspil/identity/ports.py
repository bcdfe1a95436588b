"""What identity wants of a later stage, filled in the assembly."""

from collections.abc import Callable
from typing import Any

from samspil.organisation.models import Colleague

Condition = tuple[str, dict[str, Any]]
"""A condition on the consumer ``k`` in SQL of ours, and its parameters by name."""


class _Filled:
    has_open: Callable[[Colleague], Condition] | None = None


def fill(*, has_open: Callable[[Colleague], Condition]) -> None:
    """``has_open``: that the consumer ``k`` has an open conversation which the colleague may see."""
    _Filled.has_open = has_open


def has_open(by: Colleague) -> Condition:
    """Nobody has one where no later stage knows of conversations."""
    return _Filled.has_open(by) if _Filled.has_open is not None else ("false", {})
