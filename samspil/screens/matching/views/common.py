"""What the pages of this screen share: answers for a browser and for a part of a page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render


def told(request: HttpRequest, words: str, *, to: str, undo: str = "", error: bool = False) -> HttpResponse:
    """Say what happened: in a toast within the page for htmx, else on the page at the address ``to``."""
    if request.headers.get("HX-Request"):
        return render(request, "matching/parts/told.html", {"text": words, "undo_url": undo, "error": "error" if error else ""})
    (messages.error if error else messages.success)(request, words)
    return HttpResponseRedirect(to)
