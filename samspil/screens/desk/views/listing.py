"""The list beside the thread: views, search, saved filters, more rows, and single rows anew."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from samspil.base.clock import now
from samspil.base.networks import channel_face
from samspil.checklist.queries import progress_of
from samspil.conversation.actions import forget_filter, save_filter
from samspil.conversation.models import Label, SavedFilter
from samspil.conversation.queries import CAPPED, VIEWS, Key, Row, counts, inbox, labels, size
from samspil.conversation.rules import parse
from samspil.intake.queries import accounts
from samspil.look.answers import is_part, uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues, competences
from samspil.promise.queries import dues
from samspil.screens.desk.templatetags.due import priority_word
from samspil.screens.desk.views.common import for_colleague, uuids_of
from samspil.screens.desk.views.later import presets
from samspil.screens.desk.views.words import view_title

FIRST, MORE = 12, 40
"""Rows at first, which is more than a screen and keeps the first load small, and with each page after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which list an address asks for. ``saved`` is the saved filter that it came from."""

    view: str = "mine"
    query: str = ""
    saved: SavedFilter | None = None
    order: str = ""
    """"due": due first; "": newest first."""

    @property
    def address(self) -> str:
        """The part after ``?`` that asks for this list again; "" for the plain one."""
        values = {"view": self.view, "q": self.query, "order": self.order}
        if self.saved and self.query == self.saved.query:
            values = {"saved": str(self.saved.pk), "order": self.order}
        return urlencode({k: v for k, v in values.items() if v and not (k == "view" and v == "mine")})


def asked(request: HttpRequest, me: Colleague) -> Asked:
    """What the address asks for. Raises Http404 for a saved filter that is not one's own."""
    ident, order = uuid_of(request.GET.get("saved")), "due" if request.GET.get("order") == "due" else ""
    if ident:
        saved = SavedFilter.objects.filter(colleague=me, pk=ident).first()
        if saved is None:
            raise Http404
        return Asked(view="all", query=saved.query, saved=saved, order=order)
    view = request.GET.get("view", "mine")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:500]
    return Asked(view=view if view in VIEWS else "mine", query=query, order=order)


@for_colleague("GET")
def desk(request: HttpRequest, me: Colleague) -> HttpResponse:
    """The desk with nothing opened. A script that asks for the list gets the list alone."""
    wanted = asked(request, me)
    context = list_context(me, wanted)
    if is_part(request):
        return render(request, "desk/list.html", context)
    return render(request, "desk/desk.html", {**context, **page_context(me, wanted)})


def page_context(me: Colleague, wanted: Asked) -> dict[str, Any]:
    """What the shell needs to show where one is."""
    sub = f"saved-{wanted.saved.pk}" if wanted.saved else wanted.view if not wanted.query else ""
    return {"section": "desk", "subsection": sub, "asks_permission": me.notify_browser}


def list_context(me: Colleague, wanted: Asked, *, opened: UUID | None = None) -> dict[str, Any]:
    """The list with its head, as templates/desk/list.html reads it. A constant number of statements."""
    found = list(inbox(by=me, view=wanted.view, query=wanted.query, order=wanted.order, limit=FIRST + 1))
    context = rows_context(found, wanted, opened)
    return {
        **context,
        **head_context(me, wanted, found),
        "asked": wanted,
        "opened": opened,
        "views": [
            {
                "key": view,
                "label": view_title(view),
                "href": _address(Asked(view=view, order=wanted.order)),
                "current": view == wanted.view,
            }
            for view in VIEWS
        ],
        "other_order": _address(replace(wanted, order="" if wanted.order else "due")),
        "unknown": parse(wanted.query).unknown,
        "later_choices": presets(),
    }


def rows_context(found: Sequence[Row], wanted: Asked, opened: UUID | None, *, page: int = FIRST) -> dict[str, Any]:
    """Rows and the address of those after them; ``found`` has one more than a page when there are more."""
    shown = found[:page]
    more = ""
    if len(found) > page:
        at, ident, placed = shown[-1].key()
        key = {"at": at.isoformat(), "id": str(ident), **({"placed": "1"} if placed else {})}
        more = f"{reverse('more')}?{urlencode(key)}&{wanted.address}"
    return {
        "rows": shown,
        "more": more,
        "asked": wanted,
        "opened": opened,
        "now": now(),
        "dues": dues([r.id for r in shown]),
        "lists": progress_of([r.id for r in shown]),
    }


def head_context(me: Colleague, wanted: Asked, found: Sequence[Row]) -> dict[str, Any]:
    """Title, count and longest wait. Rows that are all on the page are counted there; else one more statement."""
    if len(found) <= FIRST:
        count, longest = len(found), min((r.waiting_since for r in found if r.waiting_since), default=None)
    else:
        count, longest = size(by=me, view=wanted.view, query=wanted.query)
    title = wanted.saved.name if wanted.saved else _("Found") if wanted.query else view_title(wanted.view)
    return {
        "title": title,
        "count": count,
        "is_capped": count >= CAPPED,
        # Of a list that is cut off at 99 nobody has looked at the oldest.
        "longest": (now() - longest) if longest and count < CAPPED and wanted.view in {"mine", "help", "open"} else None,
    }


@for_colleague("GET")
def more(request: HttpRequest, me: Colleague) -> HttpResponse:
    """The rows after the last one seen."""
    wanted = asked(request, me)
    at, ident = _time(request.GET.get("at")), uuid_of(request.GET.get("id"))
    if at is None or ident is None:
        raise Http404
    key = Key(at, ident, placed=bool(wanted.order and request.GET.get("placed")))
    found = inbox(by=me, view=wanted.view, query=wanted.query, order=wanted.order, before=key, limit=MORE + 1)
    context = rows_context(found, wanted, uuid_of(request.GET.get("opened")), page=MORE)
    return render(request, "desk/parts/rows.html", context)


def _time(text: str | None) -> datetime | None:
    try:
        return parse_datetime(text) if text else None
    except ValueError:
        return None


@for_colleague("GET")
def rows(request: HttpRequest, me: Colleague) -> HttpResponse:
    """Certain rows anew: those of them that belong to the list now, with the counts of the menu and the list's head."""
    wanted = asked(request, me)
    ids = uuids_of(request, "id")
    found = inbox(by=me, view=wanted.view, query=wanted.query, order=wanted.order, only=ids, limit=len(ids)) if ids else []
    head = head_context(me, wanted, inbox(by=me, view=wanted.view, query=wanted.query, limit=FIRST + 1))
    context = {**rows_context(found, wanted, uuid_of(request.GET.get("opened")), page=len(ids)), "more": ""}
    return HttpResponse(
        render_to_string(
            "desk/parts/fresh_rows.html",
            {**context, **head, "counts": json.dumps(counts(by=me)), "asked_ids": ids},
            request,
        )
    )


@for_colleague("POST")
def save(request: HttpRequest, me: Colleague) -> HttpResponse:
    """Keep the search under a name."""
    saved = save_filter(by=me, name=request.POST.get("name", ""), query=request.POST.get("q", "").strip())
    target = f"{reverse('desk')}?saved={saved.pk}"
    return HttpResponse(headers={"HX-Redirect": target}) if is_part(request) else redirect(target)


@for_colleague("POST")
def forget(request: HttpRequest, me: Colleague, saved: UUID) -> HttpResponse:
    """Throw a saved filter away."""
    forget_filter(by=me, saved=saved)
    return HttpResponse(headers={"HX-Redirect": reverse("desk")}) if is_part(request) else redirect("desk")


@for_colleague("GET")
def filter_menu(request: HttpRequest, me: Colleague) -> HttpResponse:
    """The menu that writes the search; fetched when it is opened."""
    return render(request, "desk/parts/filter_list.html", {"filters": filter_groups(asked(request, me), colleagues(), labels())})


@for_colleague("GET")
def bulk_menu(request: HttpRequest, me: Colleague) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """What can be done with the chosen rows; fetched when it is opened."""
    return render(request, "desk/parts/bulk_list.html", {"bulk_people": colleagues(), "bulk_labels": labels()})


def filter_groups(wanted: Asked, people: Sequence[Colleague], marks: Sequence[Label]) -> list[dict[str, Any]]:
    """What the filter menu offers; each choice is a link that puts its term into the search, or takes it out."""
    channels = sorted({a.channel for a in accounts() if not a.history})
    groups = [
        (_("State"), [("is:unread", _("Unread")), ("is:waiting", _("Somebody waits")), ("is:unassigned", _("Nobody has it"))]),
        (
            "",
            [
                ("status:open", pgettext("state of conversations", "Open")),
                ("status:snoozed", view_title("snoozed")),
                ("status:done", view_title("done")),
            ],
        ),
        (_("Answer"), [("due:late", _("Late")), ("due:soon", pgettext("promise", "Soon due")), ("due:today", _("Due today"))]),
        (_("Priority"), [(f"priority:{p}", priority_word(p)) for p in ("urgent", "normal", "low")]),
        (_("Channel"), [(f"channel:{name}", channel_face(name)[1]) for name in channels]),
        (_("Label"), [(_term("label", label.name), label.name) for label in marks]),
        (_("Competence"), [(_term("competence", c.name), c.name) for c in competences()]),
        (_("With"), [("assignee:me", _("Me")), *[(_term("assignee", c.name), c.name) for c in people]]),
    ]
    return [
        {"label": label, "choices": [_choice(wanted, term, words) for term, words in choices]}
        for label, choices in groups
        if choices
    ]


def _term(name: str, value: str) -> str:
    return f'{name}:"{value}"' if " " in value else f"{name}:{value}"


def _choice(wanted: Asked, term: str, words: str) -> dict[str, Any]:
    is_on = term.lower() in wanted.query.lower()
    query = _without(wanted.query, term) if is_on else f"{wanted.query} {term}".strip()
    view = wanted.view if query == "" or wanted.view != "mine" else "all"
    return {"href": _address(Asked(view=view, query=query, order=wanted.order)), "label": words, "on": is_on}


def _without(query: str, term: str) -> str:
    start = query.lower().find(term.lower())
    return " ".join((query[:start] + query[start + len(term) :]).split())


def _address(wanted: Asked) -> str:
    return reverse("desk") + (f"?{wanted.address}" if wanted.address else "")
