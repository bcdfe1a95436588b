"""What the pages of consumers share: who asks, the consumer that is meant, and how a deed is answered."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import step
from samspil.identity.actions.knowledge import ChangedMeanwhile
from samspil.identity.actions.settle import settle
from samspil.identity.models import Consumer, Decision, Link
from samspil.identity.queries import consumer as one
from samspil.identity.queries import links
from samspil.identity.queries.preview import Preview
from samspil.screens.people.queries.lists import Place, heir

UNPROCESSABLE = 422
SECONDS = 12
T = TypeVar("T")


def place(request: HttpRequest) -> Place:
    """Where a list goes on, from ``?at=&id=``; None at its beginning, also for what nobody of ours has written."""
    try:
        at = datetime.fromisoformat(request.GET["at"])
        return (at, UUID(request.GET["id"])) if at.tzinfo else None
    except (KeyError, ValueError):
        return None


def ident(text: str) -> UUID | None:
    """A key from an address; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def idents(values: list[str]) -> list[UUID]:
    """Keys from a form, each once, in order; what is none is left out."""
    return list(dict.fromkeys(key for key in map(ident, values[:500]) if key))


def said(request: HttpRequest, name: str, most: int = 300) -> str:
    """A line that somebody wrote in a form or an address."""
    values = request.POST if request.method == "POST" else request.GET
    return values.get(name, "").replace("\x00", "").strip()[:most]


class Moved(Exception):
    """The consumer's handles are another's now: the answer leads there."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def somebody(consumer: UUID, *, to: str = "consumer", **where: Any) -> tuple[Consumer, list[Link]]:
    """The consumer with the handles. Raises Moved when they are all another's, NotFound when there is nobody."""
    row, theirs = one(consumer), list(links(consumer))
    if not theirs:
        other = heir(consumer)
        if other is None:
            raise NotFound("no such consumer")
        raise Moved(redirect(to, ident=other, **where))
    return row, theirs


def called(row: Consumer, theirs: list[Link]) -> str:
    """The name that stands on a page: the consumer's, or the address that stands for it."""
    return row.name or str(theirs[0].handle)


def led(request: HttpRequest, address: str) -> HttpResponse:
    """To another page, for a browser and for htmx (which would put the page into a part of this one)."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(address)
    return HttpResponse(status=204, headers={"HX-Redirect": address})


def done(request: HttpRequest, consumer: UUID | None, words: str, *, undo: str = "") -> HttpResponse:
    """A deed that leaves the page where it is: the page asks for itself anew, and a toast tells, with the undo."""
    if not request.headers.get("HX-Request"):
        messages.success(request, words)
        return HttpResponseRedirect(reverse("consumer", args=[consumer]) if consumer else reverse("consumers"))
    toast = {"text": words, "undoUrl": undo, "seconds": SECONDS if undo else 6}
    return HttpResponse("", headers={"HX-Trigger": json.dumps({"people:changed": {}, "look:toast": toast})})


def refused(request: HttpRequest, consumer: UUID | None, error: SamspilError) -> HttpResponse:
    """Why not, in the reader's words: beside the form for htmx, else on the page. What was typed stays. Raises NotFound again."""
    if isinstance(error, NotFound):
        raise error
    words = refusal(error)
    if request.headers.get("HX-Request"):
        answer = render(request, "people/parts/said.html", {"words": words}, status=UNPROCESSABLE)
        if isinstance(error, ChangedMeanwhile):
            # Whoever was too late is shown how it is now; the form stays open with what was typed.
            answer["HX-Trigger"] = json.dumps({"people:changed": {}})
        return answer
    messages.error(request, words)
    return HttpResponseRedirect(reverse("consumer", args=[consumer]) if consumer else reverse("consumers"))


def refusal(error: SamspilError) -> str:
    """The words for a refusal."""
    words: Mapping[str, str] = {
        "identity.same_person": _("This is the same person already"),
        "identity.last_handle": _("These are all the person's handles: there is nothing to take apart"),
        "identity.not_theirs": _("Somebody has moved a handle meanwhile. Look again."),
        "identity.already_undone": _("This is undone already"),
        "identity.already_marked": _("A colleague has marked it so already"),
        "identity.not_marked": _("A colleague has taken the mark off already"),
        "identity.nothing_written": _("There is nothing in it"),
        "identity.too_long": _("That is too long"),
        "identity.changed_meanwhile": _("A colleague was faster: it has changed meanwhile. Look again; nothing is lost."),
        "identity.no_such_field": _("There is no such attribute any more"),
        "identity.name_missing": _("Give it a name"),
        "identity.choices_missing": _("Write at least one value to choose"),
        "identity.wrong_way": _("It ends before it begins"),
        "identity.not_so": _not_so(str(error)),
        "file.too_large": _("The file is larger than 25 MB"),
    }
    return words.get(error.code, str(error))


def _not_so(reason: str) -> str:
    words = {
        "is empty": _("Write something first"),
        "is no number": _("That is no number"),
        "is no date such as 2026-11-25": _("That is no date such as 2026-11-25"),
        "is neither yes nor no": _("Choose yes or no"),
        "is no web address": _("That is no web address"),
        "is not among the values to choose": _("Choose one of the values"),
    }
    return words.get(reason, reason)


def surely(*, stamp: str, first: UUID, second: UUID, expected: Callable[[], Preview], deed: Callable[[], T]) -> T:
    """Do what was previewed, or nothing: everybody who could be touched is locked, and the same must still move.

    ``stamp`` "" is a deed without a preview. Raises ChangedMeanwhile, and what the deed raises.
    """
    with step():
        if stamp:
            settle(decision=Decision(kept_id=first, absorbed_id=second))
            if expected().stamp != stamp:
                raise ChangedMeanwhile("Somebody has moved a handle since the preview")
        return deed()
