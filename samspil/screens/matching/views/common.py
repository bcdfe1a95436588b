"""What the pages of this screen share: who asks, and answers for a browser and for a part of a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague

View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def administrator(view: View) -> View:
    """Refuse everybody but administrators before the view does anything."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if me(request).role != Colleague.Role.ADMIN:
            raise NotAllowed("Only an administrator can do that")
        return view(request, *args, **kwargs)

    return guarded


def told(request: HttpRequest, words: str, *, to: str, undo: str = "", error: bool = False) -> HttpResponse:
    """Say what happened: in a toast within the page for htmx, else on the page at the address ``to``."""
    if request.headers.get("HX-Request"):
        return render(request, "matching/parts/told.html", {"text": words, "undo_url": undo, "error": "error" if error else ""})
    (messages.error if error else messages.success)(request, words)
    return HttpResponseRedirect(to)
