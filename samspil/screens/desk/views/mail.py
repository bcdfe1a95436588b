"""What a message looks like: as text, as markup in our own typography, or as a page of its own in a frame.

A mail that lays itself out (tables, pictures, colours) is shown in a frame without scripts and with a policy of its own, as our
policy forbids inline styles; one that only marks words is read into our typography, which is easier on the eyes and on the page.
"""

import re
from dataclasses import dataclass
from uuid import UUID

import nh3
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from samspil import kit
from samspil.base import registry
from samspil.conversation.queries import access_conversation, lies_in
from samspil.intake.models import Interaction
from samspil.intake.queries import account_view, original
from samspil.kit.html import sanitise
from samspil.organisation.models import Colleague
from samspil.screens.desk.views.common import for_colleague

_LAID_OUT = re.compile(r"<(?:table|img|center|style|hr|font)\b|\b(?:bgcolor|background(?:-color)?)\s*[=:]", re.IGNORECASE)
_MARKED = re.compile(r"<(?:b|strong|i|em|u|ul|ol|h[1-6]|a|blockquote|pre|code)\b", re.IGNORECASE)
_REMOTE = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)
_PLAIN_TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "kbd", "li", "ol", "p", "pre",
    "q", "s",
    "strong", "sub", "sup", "u", "ul",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """How to show a message: ``frame`` is the address of its page, ``markup`` safe markup, else ``text``."""

    text: str = ""
    markup: SafeString | None = None
    frame: str = ""
    has_remote: bool = False


def body_of(conversation: UUID, interaction: Interaction, text: str) -> Body:
    """How to show it. An edited message is its newest text."""
    html = str(interaction.data.get("html") or "")
    if not html or text != interaction.text:
        return Body(text=text)
    if _LAID_OUT.search(html):
        frame = reverse("mail-page", args=[conversation, interaction.pk])
        return Body(text=text, frame=frame, has_remote=bool(_REMOTE.search(html)))
    return Body(text=text, markup=_in_ours(html)) if _MARKED.search(html) else Body(text=text)


def _in_ours(html: str) -> SafeString:
    bare = nh3.clean(
        sanitise(html),
        tags=_PLAIN_TAGS,
        attributes={"a": {"href"}},
        link_rel="noopener nofollow noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel"},
    )
    return mark_safe(bare)  # noqa: S308 - sanitised twice, by allow-lists


def _found(me: Colleague, conversation: UUID, interaction: UUID) -> Interaction:
    row = lies_in(access_conversation(by=me, conversation=conversation), interaction)
    if row is None:
        raise Http404
    return row


@for_colleague("GET")
def page(request: HttpRequest, me: Colleague, conversation: UUID, interaction: UUID) -> HttpResponse:
    """The sanitised mail as a page for a frame without scripts; pictures from elsewhere only with ``?images=1``."""
    row = _found(me, conversation, interaction)
    images = request.GET.get("images") == "1"
    shown = {f.content_id: f"{reverse('file', args=[f.pk])}?inline=1" for f in row.attachments.exclude(content_id="")}
    body = sanitise(str(row.data.get("html") or ""), images=images, cid=shown.get)
    response = render(request, "desk/mail_page.html", {"body": mark_safe(body)})  # noqa: S308 - sanitised
    pictures = "'self' data: https: http:" if images else "'self' data:"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=600"
    return response


@for_colleague("GET")
def whole(request: HttpRequest, me: Colleague, conversation: UUID, interaction: UUID) -> HttpResponse:
    """The whole text with what was quoted, read from the original anew."""
    row = _found(me, conversation, interaction)
    return render(request, "desk/parts/whole.html", {"text": whole_text(row) or row.text})


def whole_text(row: Interaction) -> str:
    """Everything that the message said; "" when the original cannot be had."""
    envelope = original(row)
    if envelope is None:
        return ""
    try:
        events = registry.channel(row.account.channel).understand(envelope, account_view(row.account))
    except kit.NotUnderstood:
        return ""
    messages = [e for e in events if isinstance(e, kit.Message)]
    found = next((m for m in messages if m.external_id[:1000] == row.external_id), messages[0] if len(messages) == 1 else None)
    return (found.full_text or found.text) if found else ""


@for_colleague("GET")
def source(request: HttpRequest, me: Colleague, conversation: UUID, interaction: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """The payload byte for byte, to be saved and never shown."""
    envelope = original(_found(me, conversation, interaction))
    if envelope is None:
        raise Http404
    response = HttpResponse(envelope.payload, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{interaction}.txt"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
