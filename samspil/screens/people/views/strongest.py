"""Consumers by the strength of the relationship, all or those of one stage."""

from collections.abc import Sequence
from math import isfinite

from django.http import HttpRequest

from samspil.organisation.models import Colleague
from samspil.relationship.queries.order import Place, strongest
from samspil.relationship.rules.stages import STAGES
from samspil.screens.people.queries.lists import PAGE, Row, rows
from samspil.screens.people.views.common import ident

STRENGTH = "strength"


def ordered(request: HttpRequest) -> str:
    """By strength, or of which stage; "" is as usual, also for what there is not."""
    asked = request.GET.get("by", "")
    return asked if asked in {STRENGTH, *STAGES} else ""


def strong(request: HttpRequest, by: Colleague, order: str) -> tuple[Sequence[Row], str]:
    """A page of them, and the query string of the next, "" at the end. Three statements."""
    found = strongest(stage="" if order == STRENGTH else order, after=_after(request), limit=PAGE + 1)
    stages = {consumer: stage for consumer, _, stage in found[:PAGE]}
    shown = rows(by, list(stages))
    for row in shown:
        row.stage = stages[row.consumer.pk]
    more = f"by={order}&force={found[PAGE - 1][1]!r}&id={found[PAGE - 1][0]}".replace("+", "%2B") if len(found) > PAGE else ""
    return shown, more


def _after(request: HttpRequest) -> Place:
    last = ident(request.GET.get("id", ""))
    try:
        force = float(request.GET.get("force", ""))
    except ValueError:
        return None
    return (force, last) if last and isfinite(force) else None
