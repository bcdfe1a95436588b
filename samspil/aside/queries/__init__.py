"""Questions about asides: who may see which, what stands in it, whom a question would reach."""

from samspil.aside.queries.access import Door, access_aside, whole_among
from samspil.aside.queries.shown import (
    Line,
    Shown,
    asides_of,
    asked_by,
    asked_of,
    competences_held,
    excerpt,
    newest_unseen,
    reasons_of,
    shown,
    waiting_for,
)
from samspil.aside.queries.whom import Offer, Search, manner, names_of_competences, offers, read, search

__all__ = [
    "Door",
    "Line",
    "Offer",
    "Search",
    "Shown",
    "access_aside",
    "asides_of",
    "asked_by",
    "asked_of",
    "competences_held",
    "excerpt",
    "manner",
    "names_of_competences",
    "newest_unseen",
    "offers",
    "read",
    "reasons_of",
    "search",
    "shown",
    "waiting_for",
    "whole_among",
]
