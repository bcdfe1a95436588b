"""What can be done to a message that is on its network, what is under way, and the acts themselves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.base.clock import now
from samspil.conversation.queries import Entry
from samspil.look.answers import tell, uuid_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply import actions
from samspil.reply.models import Change
from samspil.reply.queries import changeable
from samspil.screens.desk.views.common import for_colleague

SIGNS = ("👍", "❤️", "😂", "😮", "😢", "🙏", "🎉", "👀")
"""Offered where a network takes any."""
MOST_SIGNS = 12


def acts_of(e: Entry, me: Colleague, waiting: Sequence[Change]) -> dict[str, Any]:
    """What a message's menu offers and what its foot says: {edit, delete, signs, reactions, waits}. ``waiting`` is not carried out yet."""
    assert e.interaction  # noqa: S101 - a message has one, for the type checker
    can = None if e.deleted else changeable(e.interaction, at=now())
    kinds: frozenset[str] = can.kinds if can else frozenset()
    is_going = any(c.kind == "delete" and c.state != Change.State.FAILED for c in waiting)
    signs = list((can.signs or SIGNS)[:MOST_SIGNS]) if can and "react" in kinds and not is_going else []
    return {
        "edit": "edit" in kinds and not is_going and e.interaction.colleague_id in {None, me.pk},
        "delete": "delete" in kinds and not is_going,
        "signs": signs,
        "max_length": can.max_length if can else None,
        "words": next((c.text for c in reversed(waiting) if c.kind == "edit"), e.text),
        "reactions": _counted(e, waiting),
        "waits": [_waits(c) for c in waiting if c.kind in {"edit", "delete"} or c.state == Change.State.FAILED or c.attempts],
    }


def _counted(e: Entry, waiting: Sequence[Change]) -> list[dict[str, Any]]:
    """Each sign as {sign, n, ours, pending}; ours that are on their way are counted."""
    signs, ours, pending = list(e.reactions), set(e.ours), set()
    for change in waiting:
        if change.state == Change.State.FAILED or change.kind not in {"react", "unreact"}:
            continue
        pending.add(change.emoji)
        if change.kind == "react" and change.emoji not in ours:
            signs.append(change.emoji)
            ours.add(change.emoji)
        elif change.kind == "unreact" and change.emoji in ours:
            signs.remove(change.emoji)
            ours.discard(change.emoji)
    return [{"sign": s, "n": signs.count(s), "ours": s in ours, "pending": s in pending} for s in dict.fromkeys(signs)]


_UNDER_WAY = {
    "edit": gettext_lazy("New words are on their way"),
    "delete": gettext_lazy("It is being taken back"),
}
_FAILED = {
    "edit": gettext_lazy("The new words did not arrive: %(why)s"),
    "delete": gettext_lazy("It could not be taken back: %(why)s"),
    "react": gettext_lazy("The reaction did not arrive: %(why)s"),
    "unreact": gettext_lazy("The reaction could not be taken back: %(why)s"),
}


def _waits(change: Change) -> dict[str, Any]:
    failed = change.state == Change.State.FAILED
    if failed:
        words = str(_FAILED[change.kind]) % {"why": change.detail}
    elif change.attempts and change.detail:
        words = _("Tried %(n)d times: %(why)s. It is tried again.") % {"n": change.attempts, "why": change.detail}
    else:
        words = str(_UNDER_WAY.get(change.kind, "")) if change.state != Change.State.AWAITS_YES else _("New words wait for a yes")
    waits = change.state in {Change.State.QUEUED, Change.State.AWAITS_YES} and not change.attempts
    return {
        "pk": change.pk,
        "words": words,
        "failed": failed,
        "can": ["again", "cancel"] if failed else ["cancel"] if waits else [],
        "text": change.text if change.kind == "edit" else "",
        "needs_yes": change.needs_yes,
    }


@for_colleague("POST")
def change(request: HttpRequest, me: Colleague, conversation: UUID, interaction: UUID, kind: str) -> HttpResponse:
    """Change a message. New words and taking back wait as long as the toast can undo them; a refusal leaves the form as it is."""
    made = actions.change(
        conversation=conversation,
        interaction=interaction,
        by=me,
        kind=kind,
        text=request.POST.get("text", "").replace("\r\n", "\n"),
        emoji=request.POST.get("emoji", ""),
        ident=uuid_of(request.POST.get("ident")),
        at=now(),
    )
    words = str(_UNDER_WAY.get(kind, "")) if made.state != Change.State.AWAITS_YES else _("New words wait for a yes")
    if not words:
        return tell(HttpResponse(status=204), changed=[made.conversation_id])
    undo = organisation()
    seconds = max(1, undo.undo_seconds if undo else 6)
    address = reverse("change-cancel", args=[made.pk])
    return tell(HttpResponse(status=204), changed=[made.conversation_id], toast=words, undo=address, seconds=seconds)


@for_colleague("POST")
def cancel(request: HttpRequest, me: Colleague, change: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Let the message be as it is."""
    row = actions.cancel_change(change=change, by=me, at=now())
    return tell(HttpResponse(status=204), changed=[row.conversation_id])


@for_colleague("POST")
def again(request: HttpRequest, me: Colleague, change: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Try it once more."""
    row = actions.change_again(change=change, by=me, at=now())
    return tell(HttpResponse(status=204), changed=[row.conversation_id])
