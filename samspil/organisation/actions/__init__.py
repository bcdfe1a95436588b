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
from samspil.organisation.actions.know import (
    Shown,
    confirm,
    limit_languages,
    record_evidence,
    speak,
    take_back,
    weigh_all,
)
from samspil.organisation.actions.many import Newcomer, bring_colleagues
from samspil.organisation.actions.roles import bring_back_role, change_role, end_role, make_role
from samspil.organisation.actions.structure import add_competence, add_unit, found, set_triage

__all__ = [
    "Newcomer",
    "Shown",
    "add_address",
    "add_competence",
    "add_unit",
    "be_seen",
    "bring_back_role",
    "bring_colleagues",
    "change_colleague",
    "change_competence",
    "change_own",
    "change_role",
    "change_unit",
    "confirm",
    "end_role",
    "found",
    "give_level",
    "hold",
    "let_go",
    "limit_languages",
    "make_competence",
    "make_role",
    "make_unit",
    "outside_colleagues",
    "record_evidence",
    "remove_address",
    "set_triage",
    "speak",
    "step_away",
    "take_back",
    "take_in",
    "weigh_all",
]
