"""What a language model makes of a conversation, at a colleague's press: a summary, a draft, a translation. Piece by piece."""

import json
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.assist.actions import Asking, Failed, NotForThis, ask, prepare
from samspil.assist.rules.prompt import LANGUAGES, Cleaned
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.conversation.queries import access_conversation, last_heard
from samspil.organisation.models import Colleague
from samspil.organisation.ui.guard import me
from samspil.reply.queries import filled, spoken, values_for
from samspil.screens.assist.views.common import trouble

AT_ONCE = BoundedSemaphore(2)
"""So many may wait for the model at once in one process: the others' pages must not wait for it."""
LONGEST = 20_000


@login_required
@require_GET
def leaves(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Word for word what would leave the house. Asks nobody."""
    try:
        asking = _asking(me(request), conversation, request.GET)
    except NotForThis as error:
        return render(request, "assist/parts/leaves.html", {"trouble": trouble(error)})
    return render(request, "assist/parts/leaves.html", {"asking": asking})


@login_required
@require_POST
def make(request: HttpRequest, conversation: UUID) -> HttpResponseBase:
    """Ask, and hand on what comes as lines of JSON: {piece}, and at the end {done} or {error}."""
    colleague = me(request)
    try:
        asking = _asking(colleague, conversation, request.POST)
    except NotForThis as error:
        return HttpResponse(_line(error=trouble(error)), status=422, content_type="application/x-ndjson")
    response = StreamingHttpResponse(_lines(asking, colleague, get_language() or "da"), content_type="application/x-ndjson")
    response["Content-Encoding"] = "identity"  # else it is packed, and comes all at once
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _asking(colleague: Colleague, conversation: UUID, said: Any) -> Asking:
    row = access_conversation(by=colleague, conversation=conversation, whole=True)
    purpose, text, language = said.get("purpose", ""), said.get("text", "")[:LONGEST], said.get("language", "")
    if purpose == "translation" and not text.strip():
        heard = last_heard(row)
        text = heard.text if heard else ""
    if language not in LANGUAGES:
        language = spoken(row) if purpose == "draft" else colleague.language
    return prepare(conversation=row.pk, by=colleague, purpose=purpose, language=language, at=now(), text=text)


def _lines(asking: Asking, colleague: Colleague, language: str) -> Iterator[str]:
    with override(language):
        if not AT_ONCE.acquire(blocking=False):
            yield _line(error=trouble(Failed("busy")))
            return
        try:
            for one in ask(asking=asking, by=colleague, at=now()):
                yield _line(piece=one) if isinstance(one, str) else _done(one, asking, colleague)
        except SamspilError as error:
            yield _line(error=trouble(error))
        finally:
            AT_ONCE.release()


def _done(whole: Cleaned, asking: Asking, colleague: Colleague) -> str:
    if not whole.text:
        return _line(error=trouble(Failed("empty")))
    text = whole.text
    if asking.purpose == "draft":
        row = access_conversation(by=colleague, conversation=asking.conversation, whole=True)
        text = filled(text, values_for(row, colleague, at=now(), language=spoken(row)))
    cited = [
        {"number": n, "href": f"{reverse('conversation', args=[asking.conversation])}#{asking.ids[n]}"}
        for n in whole.cited
        if n in asking.ids
    ]
    warning = _("Links that were not in the conversation were taken out.") if whole.links else ""
    sources = [{"number": n, "text": words, "by": by} for n, (words, by) in enumerate(asking.sources, start=1)]
    return _line(done={"text": text, "warning": warning, "cited": cited, "sources": sources})


def _line(**said: Any) -> str:
    return json.dumps(said, ensure_ascii=False) + "\n"
