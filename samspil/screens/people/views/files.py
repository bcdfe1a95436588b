"""Files about a person: kept with a limit, always to be saved and never shown in the page, deleted with an undo."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from samspil.base import blobs
from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.identity.actions import knowledge
from samspil.identity.models import File
from samspil.identity.queries import owner_of
from samspil.identity.queries.knowledge import file_of
from samspil.organisation.ui.guard import me
from samspil.screens.people.views.common import done, refused
from samspil.screens.people.views.known import handle_for

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_name(name: str) -> str:
    """A file name without folders, control characters or marks that turn the reading direction."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable() and c not in _TURNING)[-200:] or "file"


@login_required
@require_POST
def upload(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Keep a file about the person."""
    given = request.FILES.get("file")
    try:
        if not isinstance(given, UploadedFile):
            raise knowledge.NothingWritten("Choose a file")
        made = knowledge.add_file(
            handle=handle_for(request, ident), name=clean_name(given.name or ""), pieces=given.chunks(), by=me(request), at=now()
        )
    except SamspilError as error:
        return refused(request, ident, error)
    return done(request, ident, _("The file is kept"), undo=reverse("file_delete", args=[made.pk]))


@login_required
@require_GET
def download(request: HttpRequest, file: UUID) -> HttpResponseBase:
    """The bytes, always as a file to save and without a type that a browser would open."""
    me(request)
    row = file_of(file)
    if row is None:
        raise Http404
    try:
        stream = blobs.read(row.digest)
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(stream, as_attachment=True, filename=clean_name(row.name), content_type="application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_POST
def delete(request: HttpRequest, file: UUID) -> HttpResponse:
    """Take a file away."""
    try:
        row = knowledge.delete_file(file=file, by=me(request), at=now())
    except SamspilError as error:
        return refused(request, _owner(file), error)
    return done(request, owner_of(row.handle_id), _("The file is deleted"), undo=reverse("file_restore", args=[file]))


@login_required
@require_POST
def restore(request: HttpRequest, file: UUID) -> HttpResponse:
    """Bring it back."""
    try:
        row = knowledge.restore_file(file=file, by=me(request), at=now())
    except SamspilError as error:
        return refused(request, _owner(file), error)
    return done(request, owner_of(row.handle_id), _("The file is back"), undo=reverse("file_delete", args=[file]))


def _owner(file: UUID) -> UUID | None:
    row = File.objects.filter(pk=file).first()
    return owner_of(row.handle_id) if row else None
