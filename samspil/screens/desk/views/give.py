"""The menu that gives a conversation to somebody: a colleague, a unit, whoever knows something; and what is chosen in it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.conversation.queries import access_conversation
from samspil.handover.actions import record
from samspil.look.answers import uuid_of
from samspil.look.templatetags.look import clock, day
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, colleague, competences, units
from samspil.routing.actions import correct
from samspil.routing.queries import Offer, Reach, Room, reach
from samspil.screens.desk.views.common import for_colleague

LONGEST = 100
"""Letters that are searched with."""


@for_colleague("GET")
def assign_menu(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Whom it can be given to; with ``?q=`` only what fits, and only that part of the menu. A constant number of statements."""
    row = access_conversation(by=me, conversation=conversation)
    asked = request.GET.get("q")
    query = (asked or "").replace("\x00", "").strip()[:LONGEST]
    found = reach(row, query=query, at=now())
    context = {
        "c": row,
        "me_here": me,
        "query": query,
        "offers": [{"offer": o, "name": called(o.competence), "words": offer_words(o)} for o in found.offers],
        "able": [_line(r) for r in found.able],
        "others": [_line(r) for r in found.others if query or r.colleague.pk != me.pk],
        "units": [{"room": u, "name": called(u.unit), "words": room_words(u)} for u in found.units],
    }
    return render(request, "desk/parts/assign.html" if asked is None else "desk/parts/assign_found.html", context)


def _line(r: Reach) -> dict[str, Any]:
    return {"who": r.colleague, "words": reach_words(r), "state": "on" if r.at_desk else "away" if not r.here else ""}


def reach_words(r: Reach) -> str:
    """How a colleague stands just now, in a line: there or not, room, level, whether the consumer knows them."""
    return " · ".join(
        filter(
            None,
            [
                _("level %(n)d") % {"n": r.level} if r.level else "",
                _there(r),
                (ngettext("%(n)d free place", "%(n)d free places", r.free) if r.free else _("no free place")) % {"n": r.free},
                _("answered last") if r.last else _("knows them") if r.answered else "",
            ],
        )
    )


def _there(r: Reach) -> str:
    if r.here:
        return _("at the desk") if r.at_desk else _("at work")
    return _("back %(day)s %(time)s") % {"day": day(r.back), "time": clock(r.back)} if r.back else _("away")


def offer_words(o: Offer) -> str:
    """Who would get it, or where it would wait."""
    if o.best:
        return _("%(name)s gets it now") % {"name": o.best.name}
    return _("nobody has room: it waits in %(unit)s") % {"unit": called(o.waits)} if o.waits else _("nobody knows it yet")


def room_words(u: Room) -> str:
    """How a unit stands just now."""
    here = ngettext("%(n)d at work", "%(n)d at work", u.here) % {"n": u.here}
    return f"{here} · " + (ngettext("%(n)d free place", "%(n)d free places", u.free) if u.free else _("no free place")) % {
        "n": u.free
    }


def direct(request: HttpRequest, me: Colleague, ids: list[UUID]) -> tuple[str, UUID]:
    """Send one conversation to whoever knows a competence, or to a unit: words for the toast, and what undoes it. Raises NotFound."""
    skill = _one(competences(), request.POST.get("competence"))
    unit = _one(units(), request.POST.get("unit"))
    if len(ids) != 1 or (skill is None) == (unit is None):
        raise NotFound("one conversation, and a competence or a unit")
    at = now()
    with step():
        went = correct(conversation=ids[0], by=me, at=at, competence=skill, unit=unit)
        record(conversations=ids, at=at, by=me.pk, word=request.POST.get("word", ""))
    who = colleague(went.colleague) if went.colleague else None
    where = _one(units(), str(went.unit)) if went.unit and who is None else None
    if who is not None and skill is not None:
        return _("%(name)s knows %(what)s and has it now") % {"name": who.name, "what": called(skill)}, went.batch
    if unit is not None:
        return _("It waits in %(unit)s") % {"unit": called(unit)}, went.batch
    waits = {"unit": called(where) if where else ""}
    return (
        _("Nobody has room now: it waits in %(unit)s") % waits if where else _("It waits for somebody to take it")
    ), went.batch


def _one(rows: Any, text: str | None) -> Any:
    ident = uuid_of(text)
    return next((row for row in rows if row.pk == ident), None) if ident else None
