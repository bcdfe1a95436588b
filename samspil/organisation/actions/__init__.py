"""What the organisation does to itself: found, invite, arrange."""

from samspil.organisation.actions.administer import (
    change_colleague,
    change_competence,
    change_unit,
    give_level,
    make_competence,
    make_unit,
)
from samspil.organisation.actions.colleagues import (
    add_address,
    be_seen,
    change_own,
    hold,
    let_go,
    outside_colleagues,
    remove_address,
    step_away,
    take_in,
)
from samspil.organisation.actions.many import Newcomer, bring_colleagues
from samspil.organisation.actions.structure import add_competence, add_unit, found, set_triage

__all__ = [
    "Newcomer",
    "add_address",
    "add_competence",
    "add_unit",
    "be_seen",
    "bring_colleagues",
    "change_colleague",
    "change_competence",
    "change_own",
    "change_unit",
    "found",
    "give_level",
    "hold",
    "let_go",
    "make_competence",
    "make_unit",
    "outside_colleagues",
    "remove_address",
    "set_triage",
    "step_away",
    "take_in",
]
