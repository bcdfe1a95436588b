"""Suggested answers above the composer: asked for when the conversation stands there, and never before."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.views.decorators.http import require_GET, require_POST

from samspil.assist.actions import Offered, note_shown, of_no_use, offer, put_in
from samspil.assist.queries.asking import allowed
from samspil.assist.rules.prompt import LANGUAGES
from samspil.assist.rules.rank import MOST
from samspil.base.clock import now
from samspil.conversation.queries import access_conversation
from samspil.organisation.ui.guard import me
from samspil.reply.queries import spoken


@login_required
@require_GET
def panel(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """What may help with the message that waits; shown at once where one of them is sure, else folded. Nothing where nothing is found."""
    colleague = me(request)
    row = access_conversation(by=colleague, conversation=conversation)
    found = offer(conversation=row.pk, by=colleague, at=now())
    sure = bool(found) and found[0].found.is_sure
    if sure:
        note_shown(offers=[one.id for one in found], by=colleague, at=now())
    may = allowed(row.unit_id)
    context: dict[str, Any] = {"c": row, "offers": [_drawn(one) for one in found], "sure": sure, "allowed": may}
    if "translation" in may.uses:
        context |= {"languages": [(code, get_language_info(code)["name_local"]) for code in LANGUAGES], "spoken": spoken(row)}
    return render(request, "assist/parts/panel.html", context)


def _drawn(one: Offered) -> dict[str, Any]:
    """A suggestion as the page draws it, in percent."""
    found = one.found
    return {
        "id": one.id,
        "text": one.text,
        "found": found,
        "likely": round(100 * found.likely),
        "cosine": None if found.cosine is None else round(100 * max(found.cosine, 0)),
        "share": round(100 * found.share),
    }


@login_required
@require_POST
def shown(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The colleague has unfolded those of ``offers``, which the panel names: nothing is looked for again."""
    colleague = me(request)
    access_conversation(by=colleague, conversation=conversation)
    try:
        offers = [UUID(one) for one in request.POST.get("offers", "").split()[:MOST]]
    except ValueError:
        return HttpResponse(status=400)
    note_shown(offers=offers, by=colleague, at=now())
    return HttpResponse(status=204)


@login_required
@require_POST
def inserted(request: HttpRequest, offer: UUID) -> HttpResponse:
    """It was put in the draft."""
    row = put_in(offer=offer, by=me(request), at=now())
    return render(request, "assist/parts/inserted.html", {"offer": row})


@login_required
@require_POST
def useless(request: HttpRequest, offer: UUID) -> HttpResponse:
    """It does not help here; or it does, after all."""
    on = request.POST.get("on", "1") == "1"
    row = of_no_use(offer=offer, by=me(request), at=now(), useless=on)
    return render(request, "assist/parts/useless.html", {"offer": row, "on": on})
