"""Answers by themselves in a conversation: what is about to be sent, with its stop; what was sent, with its correction."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.assist.actions import TooLate, correct, refuse_for, stop
from samspil.assist.models import AutoRun
from samspil.assist.queries.auto_runs import run_of, run_of_reply
from samspil.base.clock import now
from samspil.organisation.ui.guard import me
from samspil.screens.assist.views.auto_words import verdict


@login_required
@require_GET
def pending(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """What will be sent by itself, when, and the key that stops it; nothing where there is nothing."""
    run = run_of(conversation=conversation, by=me(request))
    waits = run is not None and run.state == AutoRun.State.WAITING
    return render(request, "assist/parts/auto_pending.html", {"run": run if waits else None, "likely": _percent(run)})


def _percent(run: AutoRun | None) -> int:
    return round(100 * (run.likely or 0.0)) if run else 0


@login_required
@require_POST
def halt(request: HttpRequest, run: UUID) -> HttpResponse:
    """It is not sent; its words are a draft."""
    try:
        stop(run=run, by=me(request), at=now())
    except TooLate:
        return render(request, "assist/parts/auto_pending.html", {"late": True})
    response = render(request, "assist/parts/auto_pending.html", {"stopped": True})
    response["HX-Refresh"] = "true"  # the composer holds the draft then
    return response


@login_required
@require_GET
def mark(request: HttpRequest, reply: UUID) -> HttpResponse:
    """Beside an answer that was sent by itself: how likely it was, what became known, and the correction."""
    return _marked(request, run_of_reply(reply=reply, by=me(request)))


def _marked(request: HttpRequest, run: AutoRun, *, refused: bool | None = None) -> HttpResponse:
    context = {"run": run, "likely": _percent(run), "verdict": verdict(run.verdict), "refused": refused}
    return render(request, "assist/parts/auto_mark.html", context)


@login_required
@require_POST
def wrong(request: HttpRequest, run: UUID) -> HttpResponse:
    """It was wrong; or it was not, after all."""
    row = correct(run=run, by=me(request), at=now(), wrong=request.POST.get("on", "1") == "1")
    return _marked(request, row)


@login_required
@require_POST
def refuse(request: HttpRequest, run: UUID) -> HttpResponse:
    """The person does not want to be answered by a machine; or does, after all."""
    on = request.POST.get("on", "1") == "1"
    row = refuse_for(run=run, by=me(request), at=now(), refused=on)
    if on:
        messages.info(request, _("The person is not answered by itself any more"))
    return _marked(request, row, refused=on)
