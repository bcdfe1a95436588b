"""Questions about routing: why, who can, how well."""

from samspil.routing.queries.able import Able, best_for, competences_for, who_can
from samspil.routing.queries.active import Standing, look_again, standing
from samspil.routing.queries.explain import Explained, Why, explain, say
from samspil.routing.queries.gaps import Thin, gaps
from samspil.routing.queries.policy import policy
from samspil.routing.queries.reach import Offer, Reach, Reached, Room, reach
from samspil.routing.queries.report import Report, corrections_since_training, described, meaning_lack, report, training_due
from samspil.routing.queries.tried import past, policy_changes

__all__ = [
    "Able",
    "Explained",
    "Offer",
    "Reach",
    "Reached",
    "Report",
    "Room",
    "Standing",
    "Thin",
    "Why",
    "best_for",
    "competences_for",
    "corrections_since_training",
    "described",
    "explain",
    "gaps",
    "look_again",
    "meaning_lack",
    "past",
    "policy",
    "policy_changes",
    "reach",
    "report",
    "say",
    "standing",
    "training_due",
    "who_can",
]
