"""Questions about routing: why, who can, how well."""

from samspil.routing.queries.able import Able, competences_for, who_can
from samspil.routing.queries.active import Standing, look_again, standing
from samspil.routing.queries.explain import Explained, Why, explain, say
from samspil.routing.queries.report import Report, corrections_since_training, report

__all__ = [
    "Able",
    "Explained",
    "Report",
    "Standing",
    "Why",
    "competences_for",
    "corrections_since_training",
    "explain",
    "look_again",
    "report",
    "say",
    "standing",
    "who_can",
]
