"""«What you should know», and handing over many of one's own conversations."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from samspil.assist.queries.asking import allowed
from samspil.base.clock import now
from samspil.conversation.queries import access_conversation, inbox
from samspil.handover.actions import NothingChosen, hand_over, read
from samspil.handover.queries import Card, Found, Target, card_of, places_for
from samspil.handover.rules import LONGEST_WORD
from samspil.look.answers import tell, uuid_of, uuids_of
from samspil.look.templatetags.look import duration
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called, colleagues, present, units
from samspil.pulse.queries import SCORES, SIGNS
from samspil.screens.lists.views.common import for_colleague

MOST = 100
ICONS = {
    "question": "message-circle-question-mark",
    "promise": "hourglass",
    "failed": "circle-alert",
    "later": "calendar-clock",
    "step": "list-checks",
    "aside": "hand-helping",
    "note": "lock",
    "pulse": "heart",
    "language": "languages",
    "file": "paperclip",
}


@for_colleague("GET")
def card(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """The card of who takes it over; ``of`` shows one that was read. Empty where there is none. A constant number of statements."""
    row = access_conversation(by=me, conversation=conversation, whole=True)
    found = card_of(row=row, by=me, at=now(), handover=uuid_of(request.GET.get("of")))
    if found is None:
        return HttpResponse("")
    is_made = found.is_theirs and "summary" in allowed(row.unit_id).uses
    return render(request, "lists/parts/card.html", {"c": row, **_drawn(found, me), "is_made": is_made})


def _drawn(found: Card, me: Colleague) -> dict[str, Any]:
    h = found.handover
    return {
        "h": h,
        "held": duration(h.at - h.had_since),
        "by_clock": h.by is None,
        "by_other": h.by if h.by and h.by_id not in (h.had_id, h.to_id) else None,
        "before": found.before,
        "theirs": found.is_theirs,
        "mine": h.to_id == me.pk,
        "lines": [
            {
                "kind": line.kind,
                "icon": ICONS[line.kind],
                "pieces": [_said(line.kind, p) for p in line.pieces],
                "more": line.more,
                "title": _title(line.kind, len(line.pieces) + line.more),
            }
            for line in found.lines
        ],
    }


def _said(kind: str, piece: Any) -> dict[str, Any]:
    text = piece.text
    if kind == "language":
        try:
            text = get_language_info(piece.text)["name_local"].capitalize()
        except KeyError:
            text = piece.text.upper()
    if kind == "pulse":
        text = f"{SIGNS.get(piece.number, '')} {SCORES.get(piece.number, '')}".strip() + (f": {piece.text}" if piece.text else "")
    return {"p": piece, "text": text}


def _title(kind: str, n: int) -> str:
    return {
        "question": _("Asked"),
        "promise": _("Promised"),
        "failed": _("Did not arrive"),
        "later": _("Will be sent"),
        "step": ngettext("Still to be done", "Still to be done (%(n)d)", n) % {"n": n},
        "aside": _("Asked of colleagues"),
        "note": _("Internal notes"),
        "pulse": _("Felt"),
        "language": _("Writes"),
        "file": ngettext("File", "Files", n),
    }[kind]


@for_colleague("POST")
def seen(request: HttpRequest, me: Colleague, handover: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Read: the card folds into the history."""
    row = read(handover=handover, by=me, at=now())
    return tell(HttpResponse(""), changed=[row.conversation_id])


@for_colleague("GET", "POST")
def handing(request: HttpRequest, me: Colleague) -> HttpResponse:
    """Hand over my conversations: choose, to whom, a word; then look at it, then do it. A constant number of statements."""
    if request.method == "POST":
        return _do(request, me)
    return render(request, "lists/handing.html", _page(me, set(uuids_of(request.GET.getlist("c")))))


def _page(me: Colleague, chosen: set[UUID]) -> dict[str, Any]:
    at = now()
    rows = [r for state in ("open", "snoozed") for r in inbox(by=me, view="all", query=f"assignee:me status:{state}", limit=MOST)]
    people = [
        {"row": c, "present": present(c, at), "is_away": bool(c.away_until and c.away_until > at)}
        for c in colleagues()
        if c != me
    ]
    return {
        "rows": [{"row": r, "checked": not chosen or r.id in chosen} for r in rows],
        "people": sorted(people, key=lambda p: (p["is_away"], not p["present"])),
        "units": [(u.pk, called(u)) for u in units()],
        "longest": LONGEST_WORD,
        "section": "desk",
        "subsection": "handing",
    }


@for_colleague("POST")
def preview(request: HttpRequest, me: Colleague) -> HttpResponse:
    """Who would get what, before anything is done."""
    ids, target = uuids_of(request.POST.getlist("c")), Target.read(request.POST.get("to", ""))
    if not ids:
        raise NothingChosen("Choose what you hand over")
    found = places_for(conversations=ids, target=target, by=me, at=now())
    return render(request, "lists/parts/preview.html", {"groups": _grouped(found), "number": len(found)})


def _grouped(found: list[Found]) -> list[dict[str, Any]]:
    groups: dict[Any, dict[str, Any]] = {}
    for f in found:
        key = f.colleague.pk if f.colleague else (f.unit.pk if f.unit else f.row.unit_id, "waits")
        where = f.unit or f.row.unit
        made = groups.setdefault(key, {"colleague": f.colleague, "unit": called(where) if where else "", "rows": []})
        made["rows"].append(f.row)
    return sorted(groups.values(), key=lambda g: (g["colleague"] is None, -len(g["rows"])))


def _do(request: HttpRequest, me: Colleague) -> HttpResponse:
    ids, target = uuids_of(request.POST.getlist("c")), Target.read(request.POST.get("to", ""))
    batch = hand_over(conversations=ids, target=target, by=me, at=now(), word=request.POST.get("word", ""))
    words = ngettext("One conversation is handed over", "%(n)d conversations are handed over", len(ids)) % {"n": len(ids)}
    response = render(request, "lists/parts/handing_form.html", _page(me, set()))
    return tell(response, changed=ids, toast=words, undo=reverse("undo", args=[batch]), seconds=15)
