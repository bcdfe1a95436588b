"""The worklist: two people side by side, one key an answer, the next pair is there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.identity.actions.decide import SamePerson
from samspil.identity.actions.suggest import Answered, NotAnswered, take_back
from samspil.identity.actions.suggest import answer as give_answer
from samspil.identity.models import Suggestion
from samspil.identity.queries.suggestions import CAPPED, Pair, Place, answered_since, last_answer, pair, precision, waiting
from samspil.identity.queries.suggestions import worklist as listed
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.matching.queries import Side, sides
from samspil.screens.matching.views.common import told
from samspil.screens.matching.words import Line, lines, odds

AHEAD = 4
"""Pairs that are in the page before they are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A pair as it is laid on the table. ``keep`` is the consumer whose name stays if nobody chooses."""

    pair: Pair
    one: Side
    other: Side
    lines: Sequence[Line]
    odds: str
    keep: UUID

    @property
    def after(self) -> str:
        """The query string of what comes after this pair."""
        return after_of(self.pair.place)


def cards(by: Colleague, pairs: Sequence[Pair]) -> Sequence[Card]:
    """The pairs with both sides. Five statements, however many."""
    people = sides(by, [c for p in pairs for c in (p.consumer_one, p.consumer_other)])
    made = []
    for p in pairs:
        one, other = people[p.consumer_one], people[p.consumer_other]
        keep = min((one, other), key=lambda s: (not s.consumer.named_by_hand, s.consumer.since, s.consumer.pk)).consumer.pk
        made.append(Card(pair=p, one=one, other=other, lines=lines(p.parts), odds=odds(p.probability), keep=keep))
    return made


def place(request: HttpRequest) -> Place | None:
    """Where the list goes on, from ``?aside=&key=&id=``; None at its beginning, also for what nobody of ours has written."""
    try:
        key = float(request.GET["key"])
        found = (request.GET.get("aside") == "1", key, UUID(request.GET["id"]))
    except (KeyError, ValueError):
        return None
    return found if abs(key) < 1e12 else None  # noqa: PLR2004 - also no infinity and no nan


def after_of(place: Place) -> str:
    """The same as a query string."""
    aside, key, ident = place
    return f"aside={int(aside)}&key={key!r}&id={ident}"


def _laid(request: HttpRequest) -> dict[str, Any]:
    by = me(request)
    pairs = listed(after=place(request), limit=AHEAD)
    made = cards(by, pairs)
    return {"cards": made, "more": made[-1].after if len(made) == AHEAD else ""}


@having(Right.JOIN)
@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """The page: the pair of the greatest gain, the next ones behind it, and how far one has come today."""
    by = me(request)
    left, done = waiting(), answered_since(by=by.pk, since=_today())
    bands = precision()
    context = _laid(request) | {
        "section": "consumers",
        "left": left,
        "capped": left >= CAPPED,
        "done": done,
        "position": done + 1,
        "total": done + left,
        "bands": [b for b in reversed(bands) if b.answered],
        "enough": any(b.enough for b in bands),
        "last": last_answer(by=by.pk, since=_today()),
        "going_on": place(request) is not None,
    }
    return render(request, "matching/worklist.html", context)


@having(Right.JOIN)
@require_GET
def more(request: HttpRequest) -> HttpResponse:
    """The next pairs, for the end of the pile."""
    return render(request, "matching/parts/pile.html", _laid(request) | {"behind": True})


@having(Right.JOIN)
@require_POST
def answer(request: HttpRequest, suggestion: UUID) -> HttpResponse:
    """One answer: ``verdict`` is same, apart or unsure, ``keep`` the consumer whose name stays."""
    verdict: Any = request.POST.get("verdict")
    if verdict not in {"same", "apart", "unsure"}:
        return HttpResponseBadRequest(_("Say same, apart or unsure"))
    to = reverse("matching")
    try:
        keep = UUID(request.POST["keep"]) if verdict == "same" and request.POST.get("keep") else None
    except ValueError:
        return HttpResponseBadRequest(_("Keep one of the two"))
    try:
        give_answer(suggestion=suggestion, verdict=verdict, by=me(request), at=now(), keep=keep)
    except Answered as error:
        return told(request, _late(error), to=to, error=True)
    except NotFound:
        return told(request, _("This suggestion does not hold any more"), to=to, error=True)
    except SamePerson:
        return told(request, _("They have become one person meanwhile"), to=to, error=True)
    words = {
        "same": _("They are one person now"),
        "apart": _("They stay two persons"),
        "unsure": _("Put aside; the pair comes back last"),
    }[verdict]
    return told(request, words, to=to, undo=reverse("matching_back", args=[suggestion]))


def _late(error: Answered) -> str:
    name = error.by.name if error.by else "Samspil"
    if error.verdict == "same":
        return _("%(name)s was faster: they are one person now") % {"name": name}
    if error.verdict == "apart":
        return _("%(name)s was faster: they stay two persons") % {"name": name}
    return _("This suggestion does not hold any more")


@having(Right.JOIN)
@require_POST
def back(request: HttpRequest, suggestion: UUID) -> HttpResponse:
    """Take an answer back; the pair is laid on the table again."""
    return _taken_back(request, suggestion)


@having(Right.JOIN)
@require_POST
def undo_last(request: HttpRequest) -> HttpResponse:
    """Take back the last answer that this colleague gave today; again, and the one before it."""
    last = last_answer(by=me(request).pk, since=_today())
    if last is None:
        return told(request, _("You have no answer of today to take back"), to=reverse("matching"), error=True)
    return _taken_back(request, last)


def _taken_back(request: HttpRequest, suggestion: UUID) -> HttpResponse:
    by, to = me(request), reverse("matching")
    before = Suggestion.objects.filter(pk=suggestion).first()
    try:
        take_back(suggestion=suggestion, by=by, at=now())
    except NotAnswered:
        return told(request, _("This answer was taken back already"), to=to, error=True)
    words = _("Taken back: the pair waits again")
    found = pair(suggestion)
    if not request.headers.get("HX-Request") or found is None:
        return told(request, words, to=to)
    was_done = before is not None and before.state != Suggestion.State.UNSURE
    return render(request, "matching/parts/back.html", {"card": cards(by, [found])[0], "text": words, "was_done": was_done})


def _today() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
