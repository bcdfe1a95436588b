"""What the organisation does to itself: found, invite, arrange."""

from samspil.organisation.actions.colleagues import (
    be_seen,
    change_own,
    hold,
    let_go,
    outside_colleagues,
    step_away,
    take_in,
)
from samspil.organisation.actions.structure import add_competence, add_unit, found, set_triage

__all__ = [
    "add_competence",
    "add_unit",
    "be_seen",
    "change_own",
    "found",
    "hold",
    "let_go",
    "outside_colleagues",
    "set_triage",
    "step_away",
    "take_in",
]
