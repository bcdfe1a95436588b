"""Files that came and files that go: always to be saved, except pictures that really are pictures."""

from io import BytesIO
from typing import BinaryIO
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from samspil import kit
from samspil.base import blobs, registry
from samspil.conversation.queries import access_conversation, conversation_of
from samspil.intake.models import Attachment
from samspil.intake.queries import original
from samspil.intake.rules import HEAD, picture_type
from samspil.look.answers import tell
from samspil.organisation.models import Colleague
from samspil.reply.actions import describe as describe_files
from samspil.reply.actions import detach
from samspil.reply.queries import reply_file
from samspil.screens.desk.views.common import for_colleague


@for_colleague("GET")
def received(request: HttpRequest, me: Colleague, attachment: UUID) -> HttpResponseBase:
    """A file that a consumer sent. 404 where its conversation is hidden."""
    row = Attachment.objects.filter(pk=attachment).select_related("interaction__account").first()
    place = conversation_of(row.interaction_id) if row else None
    if row is None or place is None:
        raise Http404
    access_conversation(by=me, conversation=place)
    return _served(request, _bytes_of(row), row.name)


def _bytes_of(row: Attachment) -> BinaryIO:
    if row.state in (Attachment.State.WAITING, Attachment.State.GONE):
        raise Http404
    if row.digest:
        try:
            return blobs.read(row.digest)
        except FileNotFoundError:
            raise Http404 from None
    channel = registry.channel(row.interaction.account.channel)
    envelope = original(row.interaction)
    if envelope is None or not isinstance(channel, kit.HasAttachments):
        raise Http404
    try:
        return BytesIO(channel.attachment(envelope, row.part))
    except (KeyError, IndexError, ValueError):
        raise Http404 from None


@for_colleague("GET")
def sent(request: HttpRequest, me: Colleague, file: UUID) -> HttpResponseBase:
    """A file that goes, or went, with a reply of ours."""
    row = reply_file(file)
    if row is None:
        raise Http404
    access_conversation(by=me, conversation=row.conversation_id)
    try:
        return _served(request, blobs.read(row.digest), row.name)
    except FileNotFoundError:
        raise Http404 from None


def _served(request: HttpRequest, stream: BinaryIO, name: str) -> FileResponse:
    head = stream.read(HEAD)
    stream.seek(0)
    picture = picture_type(head)
    inline = request.GET.get("inline") == "1"
    if inline and not picture:
        stream.close()
        raise Http404
    response = FileResponse(
        stream,
        as_attachment=not inline,
        filename=clean_name(name),
        content_type=picture if inline else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def clean_name(name: str) -> str:
    """A file name without folders, control characters or marks that turn the reading direction."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return (
        "".join(c for c in last if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")[:200]
        or "file"
    )


@for_colleague("POST")
def remove(request: HttpRequest, me: Colleague, file: UUID) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Take a file off again that waits to go with the next reply."""
    detach(file=file, by=me)
    return tell(HttpResponse(""))


@for_colleague("POST")
def describe(request: HttpRequest, me: Colleague, file: UUID) -> HttpResponse:
    """Say what a picture shows that waits to go with the next reply."""
    describe_files(files={file: request.POST.get(f"alt-{file}", "")}, by=me)
    return HttpResponse(status=204)
