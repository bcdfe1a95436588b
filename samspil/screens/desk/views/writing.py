"""The composer: draft, reply, note, files, taking back, sending again."""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from samspil.base import live
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.base.ids import new_id
from samspil.base.networks import channel_face
from samspil.conversation import actions as conversations
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.identity.models import Link
from samspil.look.answers import UNPROCESSABLE, tell, uuid_of
from samspil.look.templatetags.look import clock, day
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.reply import actions
from samspil.reply.actions.draft import FILE_LIMIT
from samspil.reply.models import Reply
from samspil.reply.queries import Way, begun, waiting_files, ways, written
from samspil.screens.desk.views.approvals import waits_words
from samspil.screens.desk.views.common import for_colleague, uuids_of
from samspil.screens.desk.views.later import presets, time_from
from samspil.screens.desk.views.words import refusal, way_not

MOST_FILES = 20


def composer_context(me: Colleague, row: Conversation, known: Sequence[Link]) -> dict[str, Any]:
    """What the composer shows: the ways out, the draft, the files that wait, the undo time. ``known`` are the links of the consumer."""
    found = ways(row, at=now(), known=known)
    own = begun(row.pk, me)
    name = row.consumer.name
    usable = [w for w in found if not w.why_not]
    chosen = next((w for w in usable if w.handle.pk == own.handle), next((w for w in usable if w.default), None))
    return {
        "draft": own,
        "first_name": name.split(" ")[0] if name and "@" not in name else name,
        "channels": _channels(found, chosen),
        "coach": _coach(found, chosen),
        "kept": own.files,
        "max_bytes": min([FILE_LIMIT, *[w.capabilities.max_attachment for w in ([chosen] if chosen else [])]]),
        "send_later": presets(),
        "ident": new_id(),
        "has_canned": own.has_canned,
        "can_reply": chosen is not None,
        "only_templates": str(chosen.handle.pk) if chosen and chosen.only_templates else "",
    }


def _channels(found: Any, chosen: Way | None) -> list[dict[str, Any]]:
    kinds = [w.account.channel for w in found]
    choices: list[dict[str, Any]] = []
    for way in found:
        icon, title = channel_face(way.account.channel)
        several = kinds.count(way.account.channel) > 1
        label = f"{title} · {way.handle}" if several else title
        choices.append(
            {
                "value": str(way.handle.pk),
                "label": f"{label} ({way_not(way.why_not)})" if way.why_not else label,
                "icon": icon,
                "selected": way is chosen or (chosen is None and not choices),
                "disabled": bool(way.why_not),
                "max_length": way.capabilities.max_length,
                "private": way.public and way.capabilities.private,
                "templates": way.templates,
                "only_templates": way.only_templates,
            }
        )
    return choices


def _coach(found: Any, chosen: Way | None) -> list[dict[str, str]]:
    if chosen is None:
        why = next((way_not(w.why_not) for w in found if w.why_not), _("no connected channel reaches them"))
        return [{"kind": "no", "text": _("Cannot be answered from here: %(why)s") % {"why": why}}]
    if chosen.only_templates:
        return [{"kind": "no", "text": _("The network's time for answers has passed: it takes approved templates alone")}]
    if chosen.public or (chosen.capabilities.public and chosen.last is None):
        return [
            {"kind": "tip is-public", "text": _("Everybody can read this channel")},
            # Shown while a picture has no words; it never holds anything back.
            {"kind": "tip is-alt", "text": _("A picture has no description yet: some cannot see it")},
        ]
    return []


@for_colleague("POST")
def draft(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Save what has been typed so far; answers the words beside the composer. What was sent meanwhile is no draft any more."""
    ident = uuid_of(request.POST.get("ident"))
    if ident and written(ident):
        return HttpResponse("")
    text, is_note, at = request.POST.get("body", ""), request.POST.get("kind") == "note", now()
    handle = uuid_of(request.POST.get("channel"))
    row = access_conversation(by=me, conversation=conversation)
    known = {w.handle.pk for w in ways(row, at=at)} if handle else set()
    actions.save_draft(conversation=row.pk, by=me, text=text, note=is_note, handle=handle if handle in known else None, at=at)
    return HttpResponse(_("Draft saved %(time)s") % {"time": clock(at)} if text.strip() else "")


@for_colleague("POST")
def reply(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Send an answer, now or later, or save a note. A refusal is said at the composer, and nothing that was typed is lost."""
    row = access_conversation(by=me, conversation=conversation)
    ident = uuid_of(request.POST.get("ident"))
    text, at = request.POST.get("body", "").replace("\r\n", "\n"), now()
    try:
        if request.POST.get("kind") == "note":
            conversations.note(conversation=row.pk, by=me, text=text, at=at, ident=ident)
            actions.forget_draft(conversation=row.pk, by=me)
            return tell(_emptied(row.pk), changed=[row.pk])
        sent = _write(request, me, row, text, ident)
    except SamspilError as error:
        return render(
            request, "desk/parts/composer_error.html", {"key": str(row.pk), "words": refusal(error)}, status=UNPROCESSABLE
        )
    return tell(
        _emptied(row.pk),
        changed=[row.pk],
        toast=_told(sent),
        undo=reverse("reply-cancel", args=[sent.pk]),
        seconds=_seconds(sent),
    )


def _write(request: HttpRequest, me: Colleague, row: Conversation, text: str, ident: UUID | None) -> Reply:
    at = now()
    later = request.POST.get("later", "")
    send_at = time_from(later) if later else None
    kept = {f.pk for f in waiting_files(row.pk, me)} & set(uuids_of(request, "kept"))
    words = {ident: request.POST[f"alt-{ident}"] for ident in kept if f"alt-{ident}" in request.POST}
    if words:
        actions.describe(files=words, by=me)
    alts = request.POST.getlist("alt")
    attached: list[UUID] = []
    try:
        uploads = [u for u in request.FILES.getlist("files")[:MOST_FILES] if isinstance(u, UploadedFile)]
        for upload, alt in zip(uploads, [*alts, *[""] * len(uploads)], strict=False):
            file = actions.attach(
                conversation=row.pk,
                by=me,
                name=upload.name or "file",
                content_type=upload.content_type or "",
                pieces=upload.chunks(),
                at=at,
                alt=alt,
            )
            attached.append(file.pk)
        return actions.write(
            conversation=row.pk,
            by=me,
            text=text,
            at=at,
            handle=uuid_of(request.POST.get("channel")),
            ident=ident,
            files=[*kept, *attached],
            send_at=send_at,
            private=request.POST.get("private") == "yes",
        )
    except SamspilError:
        for file_id in attached:  # the page still holds them, and would send them twice
            actions.detach(file=file_id, by=me)
        raise


def _seconds(sent: Reply) -> int:
    """How long the toast can take it back: the very seconds for which the outbox holds it."""
    if sent.state == Reply.State.AWAITS_YES:
        return 8
    left = (sent.send_at - now()).total_seconds()
    undo = organisation()
    return max(1, min(math.ceil(left), undo.undo_seconds if undo else 6)) if left < 60 else 8  # noqa: PLR2004 - sent later


def _told(sent: Reply) -> str:
    title = channel_face(sent.account.channel)[1]
    if sent.state == Reply.State.AWAITS_YES:
        return waits_words(sent)
    if (sent.send_at - now()).total_seconds() > 60:  # noqa: PLR2004 - longer than any undo
        return _("Goes %(day)s %(time)s by %(channel)s") % {
            "day": day(sent.send_at),
            "time": clock(sent.send_at),
            "channel": title,
        }
    return _("Sent by %(channel)s") % {"channel": title}


def _emptied(conversation: UUID) -> HttpResponse:
    return HttpResponse(render_to_string("desk/parts/composer_sent.html", {"key": str(conversation), "ident": new_id()}))


@for_colleague("POST")
def cancel(request: HttpRequest, me: Colleague, reply: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Take it back while it waits: its text stands in the composer again."""
    row = actions.cancel(reply=reply, by=me, at=now())
    kept = render_to_string(
        "desk/parts/kept.html", {"key": str(row.conversation_id), "kept": waiting_files(row.conversation_id, me)}
    )
    response = HttpResponse(f'<hx-partial hx-target="#kept-{row.conversation_id}" hx-swap="innerHTML">{kept}</hx-partial>')
    return tell(
        response,
        changed=[row.conversation_id],
        desk_restore={"key": str(row.conversation_id), "text": row.text, "mine": row.colleague_id == me.pk},
    )


@for_colleague("POST")
def now_please(request: HttpRequest, me: Colleague, reply: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Let it leave now instead of later."""
    row = actions.send_now(reply=reply, by=me, at=now())
    return tell(HttpResponse(status=204), changed=[row.conversation_id])


@for_colleague("POST")
def resend(request: HttpRequest, me: Colleague, reply: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Send again what failed, or what may not have arrived."""
    row = actions.resend(reply=reply, by=me, at=now())
    return tell(
        HttpResponse(status=204),
        changed=[row.conversation_id],
        toast=_("Sent again") if row.state == Reply.State.QUEUED else waits_words(row),
    )


@for_colleague("POST")
def edit_note(request: HttpRequest, me: Colleague, note: UUID) -> HttpResponse:
    """Change one's own note."""
    row = conversations.edit_note(note=note, by=me, text=request.POST.get("text", ""), at=now())
    return tell(HttpResponse(status=204), changed=[row.conversation_id])


@for_colleague("POST")
def typing(request: HttpRequest, me: Colleague, conversation: UUID) -> HttpResponse:
    """Tell that one writes; the page says so at most every three seconds."""
    row = access_conversation(by=me, conversation=conversation)
    is_note = request.POST.get("kind") == "note"
    live.typing(conversation=row.pk, colleague=me.pk, name=me.name, note=is_note)
    if not is_note:
        actions.tell_typing(conversation=row)
    return HttpResponse(status=204)
