"""What the desk's templates say about channels, times and texts: `{% load desk %}`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import conditional_escape, escape, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from samspil.base.clock import now
from samspil.base.networks import face
from samspil.intake.models import Attachment
from samspil.look.templatetags.look import duration
from samspil.promise.models import Due
from samspil.promise.rules import state

register = template.Library()
HOT = 30 * 60
"""Seconds after which a wait is shown as long."""
_MENTION = re.compile(r"(?<![\w@/.])(@[\w][\w.\-]{1,59})")


@register.filter
def network_icon(network: str) -> str:
    """The icon of a network."""
    return face(network)[0]


@register.filter
def network_title(network: str) -> str:
    """The title of a network in the reader's language."""
    return face(network)[1]


@register.filter
def waited(since: datetime | None) -> str:
    """How long somebody has waited: 6 min."""
    return duration(now() - since) if since else ""


@register.filter
def of(found: Mapping[Any, Any] | None, key: object) -> Any:
    """What a mapping has at a key; None where it has nothing."""
    return found.get(key) if found else None


@register.filter
def due_state(due: Due | None) -> str:
    """How an answer stands: fine, soon, past; "" where none is due."""
    return state(at=now(), soon_at=due.soon_at, answer_due=due.answer_due) if due else ""


@register.filter
def is_long(since: datetime | None) -> bool:
    """Whether that is long."""
    return since is not None and (now() - since).total_seconds() > HOT


@register.filter
def paragraphs(text: str) -> SafeString:
    """Plain text as paragraphs with its line breaks; addresses become links that open elsewhere. Everything else is escaped."""
    blocks = [block for block in re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n")) if block.strip()]
    linked = [
        re.sub(r"<a ", '<a target="_blank" rel="noopener noreferrer" ', urlize(escape(block), nofollow=True)).replace(
            ' rel="nofollow"', ""
        )
        for block in blocks
    ]
    return mark_safe("".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in linked))  # noqa: S308 - escaped above


@register.filter
def mentions(html: str) -> SafeString:
    """Marks the ``@name`` in paragraphs that are safe already."""
    return mark_safe(_MENTION.sub(r'<span class="mention">\1</span>', conditional_escape(html)))  # noqa: S308 - safe or escaped


@register.filter
def epoch(at: datetime) -> str:
    """Microseconds since 1970, for sorting in the page without a comma in any language."""
    return str(int(at.timestamp() * 1_000_000))


@register.filter
def is_picture(file: Attachment) -> bool:
    """Whether a file of a message is shown as a picture: by what it is where that is known, else by what it says."""
    if file.state:
        return file.detected_type.startswith("image/")
    return file.content_type.startswith("image/") and file.content_type != "image/svg+xml"


_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


@register.filter
def fetch_words(file: Attachment) -> str:
    """Why a file is not here, in plain words, then the network's own without addresses: nobody shall follow them."""
    if file.state == Attachment.State.WAITING:
        return _("being fetched")
    why = {
        "too_large": _("too large to fetch"),
        "unreachable": _("no longer on the network"),
        "gave_up": _("could not be fetched, however often it was tried"),
        "disconnected": _("not fetched: the channel was disconnected"),
    }.get(file.why, _("cannot be fetched from this network"))
    said = _ADDRESS.sub("…", file.error).strip()[:160]
    return f"{why}: {said}" if said and file.why == "unreachable" else why


@register.simple_tag
def file_icon(content_type: str) -> str:
    """The icon for a file of this type."""
    if content_type.startswith("image/"):
        return "image"
    if content_type in {"application/zip", "application/gzip", "application/x-tar"}:
        return "file-archive"
    return "file-text" if content_type.startswith("text/") or content_type == "application/pdf" else "file"
