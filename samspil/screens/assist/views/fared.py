"""How suggestions fare, for who leads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from samspil.assist.queries.figures import DAYS, Fared, Share, fared, known
from samspil.base.clock import now
from samspil.organisation.queries import competences, units
from samspil.organisation.queries.rights import Right, may_everywhere
from samspil.organisation.ui.guard import having, me

FEW = 5
"""Below so many no share is said: it would only be noise."""


@having(Right.ASSIST_FIGURES)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The last months as a whole and by unit, competence and source; of the own unit where the right goes no further."""
    colleague, at = me(request), now()
    everywhere = may_everywhere(colleague, Right.ASSIST_FIGURES)
    unit = None if everywhere else colleague.unit_id
    names = {
        "unit": {str(u.pk): u.name for u in units()},
        "competence": {str(c.pk): c.name for c in competences()},
        "source": {"pair": _("Past answers"), "ready": _("Ready texts")},
    }
    groups: list[dict[str, Any]] = []
    if everywhere or unit:
        titles = {"unit": _("By unit"), "competence": _("By competence"), "source": _("By where it comes from")}
        for by, title in titles.items():
            rows = [_drawn(one, names[by].get(one.key, _("None"))) for one in fared(at=at, by=by, unit=unit)]
            groups.append({"title": title, "rows": rows})
    whole = fared(at=at, unit=unit) if everywhere or unit else []
    pairs, unread = known()
    context = {
        "tab": "assist",
        "whole": _drawn(whole[0], "") if whole else None,
        "groups": groups,
        "pairs": pairs,
        "unread": unread,
        "days": DAYS,
    }
    return render(request, "assist/figures.html", context)


def _drawn(one: Fared, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "fared": one,
        "put": _percent(one.put),
        "used": _percent(one.used),
        "changed": None if one.changed is None else round(100 * one.changed),
    }


def _percent(share: Share) -> dict[str, Any] | None:
    if share.of < FEW:
        return None
    return {"value": round(100 * share.hits / share.of), "low": round(100 * share.low), "high": round(100 * share.high)}
