"""Waiting as it was, in pictures and tables."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from samspil.base.clock import now
from samspil.base.networks import channel_face
from samspil.load.queries import DIMENSIONS, Group, Scope, waits_of
from samspil.organisation.models import Competence, Unit
from samspil.organisation.queries import called
from samspil.screens.load.templatetags.load_words import hour_words, weekday
from samspil.screens.load.views.common import chosen, frame, page

PERIODS = (7, 28, 84, 364)
SHADES = 5


@page(leads=True)
def was(request: HttpRequest, seen: Scope) -> HttpResponse:
    """``?days=``, ``?by=``, ``?clock=1``, ``?unit=``, ``?competence=``. One statement for the figures."""
    unit, competence = chosen(request, seen)
    days = next((d for d in PERIODS if str(d) == request.GET.get("days")), 28)
    by = request.GET.get("by", "") if request.GET.get("by") in DIMENSIONS else "unit"
    at = now()
    found = waits_of(
        seen,
        since=at - timedelta(days=days),
        until=at,
        zone=timezone.get_default_timezone(),
        by=by,
        is_open=request.GET.get("clock") != "1",
        unit=unit.pk if unit else None,
        competence=competence.pk if competence else None,
    )
    context = {
        **frame(seen, "was"), "was": found, "days": days, "periods": PERIODS, "by": by, "clock": request.GET.get("clock") == "1",
        "unit": unit, "competence": competence, "rows": _rows(found.groups, by, seen), "week": _week(found.week), "whole": found.whole,
    }  # fmt: skip
    return render(request, "load/was.html", context)


def _rows(groups: Any, by: str, seen: Scope) -> list[dict[str, Any]]:
    """Groups with their names, and how wide their bars are in percent of the longest."""
    known: list[Unit | Competence] = [*seen.units, *seen.competences]
    names = {row.pk: called(row) for row in known}
    most = max((g.most.value for g in groups if g.most), default=0.0) or 1.0
    rows = [
        {"name": _named(g, by, names), "group": g, "half": _wide(g.half, most), "most": _wide(g.most, most)}
        for g in sorted(groups, key=lambda g: _order(g, by))
    ]
    return sorted(rows, key=lambda r: str(r["name"])) if by in ("unit", "competence", "channel") else rows


def _wide(quantile: Any, most: float) -> str:
    return f"{100 * quantile.value / most:.1f}" if quantile else "0"


def _order(group: Group, by: str) -> Any:
    return str(group.key) if by in ("unit", "competence", "channel") else group.key


def _named(group: Group, by: str, names: dict[UUID, str]) -> str:
    key = group.key
    if isinstance(key, date):
        return date_format(key, "j. M")
    if by == "hour" and isinstance(key, int):
        return hour_words(key)
    if by == "weekday" and isinstance(key, int):
        return weekday(key)
    if by == "channel":
        return channel_face(str(key))[1] if key else _("Unknown")
    return (
        names.get(key, _("No competence") if by == "competence" else _("No unit"))
        if isinstance(key, UUID)
        else (_("No competence") if by == "competence" else _("No unit"))
    )


def _week(week: Any) -> list[dict[str, Any]]:
    """Seven rows of twenty-four cells: how many came, how long half of them waited, and a shade from 0 to SHADES by what came."""
    most = max((n for n, _q in week.values()), default=0) or 1
    return [
        {
            "name": weekday(day),
            "cells": [
                {"hour": hour, "n": n, "half": half, "shade": -(-SHADES * n // most) if n else 0}
                for hour in range(24)
                for n, half in [week.get((day, hour), (0, None))]
            ],
        }
        for day in range(7)
    ]
