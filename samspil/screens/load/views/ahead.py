"""What will come, whom it takes, and what if."""

from math import inf
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from samspil.base.clock import now
from samspil.load.queries import Asked, Picture, Scope, picture
from samspil.promise.queries import promised
from samspil.screens.load.views.common import chosen, frame, number, page

WIDTH, HEIGHT = 1000, 180
MINUTE = 60.0


@page(leads=True)
def ahead(request: HttpRequest, seen: Scope) -> HttpResponse:
    """``?unit=``, ``?competence=`` and what is asked «what if»; the picture alone when htmx asks. A constant number of statements."""
    unit, competence = chosen(request, seen)
    said = promised(unit.pk if unit else seen.by.unit_id)
    held, within, patience = (
        number(request, name, low, 60 * 24 * 14) for name, low in (("held", 0.1), ("within", 1), ("patience", 1))
    )
    each, share = number(request, "each", 1, 200), number(request, "share", 10, 99)
    asked = Asked(
        unit=unit.pk if unit else None,
        competence=competence.pk if competence else None,
        queued={"queue": True, "backlog": False}.get(request.GET.get("kind", "")),
        more=int(number(request, "more", -500, 500) or 0),
        held=held * MINUTE if held else None,
        each=int(each) if each else None,
        within=within * MINUTE if within else None,
        patience=patience * MINUTE if patience else inf,
        share=share / 100 if share else 0.8,
    )
    found = picture(
        seen,
        asked,
        now(),
        timezone.get_default_timezone(),
        said.first * MINUTE if said and said.first else None,
    )
    context = {
        **frame(seen, "ahead"), "unit": unit, "competence": competence, "asked": asked, "found": found, "kind": request.GET.get("kind", ""),
        "patience": patience, **_drawn(found),
    }  # fmt: skip
    return render(request, "load/parts/picture.html" if request.headers.get("HX-Request") else "load/ahead.html", context)


def _drawn(found: Picture) -> dict[str, Any]:
    """The picture: points of lines and bands in a box of WIDTH by HEIGHT, and the table of open hours beside it."""
    if found.ahead is None:
        return {"enough": False}
    hands = [(h.need, h.there) for h in found.hours]
    most = max(max((need, there)) for need, there in hands) or 1
    days = max((high for _at, _mean, _low, high, _last in found.days), default=1.0) or 1.0
    rows: list[dict[str, Any]] = [
        {"at": at, "hour": hour, "low": low, "high": high, "edge": local.hour == 0 or n == 0}
        for n, (at, hour, low, high, open_) in enumerate(
            zip(found.starts, found.hours, found.low80, found.high80, found.opened, strict=True)
        )
        if open_ > 0
        for local in [timezone.localtime(at)]
    ]
    step = WIDTH / max(len(found.days), 1)
    return {
        "enough": True,
        "rows": rows,
        "short": sum(h.missing for h in found.hours),
        "short_hours": sum(h.missing > 0 for h in found.hours),
        "open_hours": sum(o > 0 for o in found.opened),
        "busiest": max(rows, key=lambda r: (r["hour"].missing, r["hour"].need), default=None),
        "kept": _kept(found),
        "most": most,
        "width": WIDTH,
        "height": HEIGHT,
        "need": _steps([need for need, _there in hands], most),
        "there": _steps([there for _need, there in hands], most),
        "marks": [{"x": f"{n * WIDTH / len(hands):.1f}", "at": at} for n, at in enumerate(found.starts) if timezone.localtime(at).hour == 0],
        "bars": [
            {
                "at": at, "mean": mean, "low": low, "high": high, "last": last, "x": f"{n * step + step * 0.2:.1f}",
                "width": f"{step * 0.6:.1f}", "top": f"{HEIGHT - mean / days * HEIGHT:.1f}", "tall": f"{mean / days * HEIGHT:.1f}",
                "middle": f"{n * step + step / 2:.1f}", "low_y": f"{HEIGHT - low / days * HEIGHT:.1f}",
                "high_y": f"{HEIGHT - high / days * HEIGHT:.1f}", "last_y": f"{HEIGHT - min(last, days) / days * HEIGHT:.1f}",
            }
            for n, (at, mean, low, high, last) in enumerate(found.days)
        ],
    }  # fmt: skip


def _kept(found: Picture) -> float | None:
    """The share of those who come in open hours that is answered in time by who is there; None of a backlog."""
    told = [(h.arrivals, h.kept) for h in found.hours if h.kept is not None]
    came = sum(n for n, _k in told)
    return 100 * sum(n * k for n, k in told if k is not None) / came if came > 0 else None


def _steps(values: list[int], most: int) -> str:
    """A line of steps as the points of an SVG."""
    wide = WIDTH / len(values)
    return " ".join(
        f"{x:.1f},{HEIGHT - value / most * (HEIGHT - 4):.1f}"
        for n, value in enumerate(values)
        for x in (n * wide, (n + 1) * wide)
    )
