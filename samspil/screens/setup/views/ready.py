"""Ready texts: everybody sees them, leads and administrators change them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.look.answers import uuid_of
from samspil.organisation.queries.rights import Right, may
from samspil.organisation.ui.guard import me
from samspil.reply.actions import bring_back, end_ready, keep_ready
from samspil.reply.queries import VARIABLE_NAMES, all_canned
from samspil.screens.setup.views.forms import ReadyText

FIELDS = ("key", "name", "text", "text_en", "unit")
FIELD_OF = {
    "reply.key_taken": ("key", gettext_lazy("Another text has this key.")),
    "reply.unknown_variable": (None, gettext_lazy("Nothing is known that could be filled in for %(names)s.")),
    "reply.empty": ("text", gettext_lazy("Write something first.")),
}


@login_required
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """All of them, by key."""
    gone = request.GET.get("gone", "")
    context = {"tab": "ready", "texts": all_canned(), "gone": uuid_of(gone) if gone else None}
    return render(request, "setup/ready.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, ident: UUID | None = None) -> HttpResponse:
    """Make a text, or change one."""
    if not may(me(request), Right.READY):
        raise NotAllowed("Only a lead or an administrator changes ready texts")
    row = next((t for t in all_canned() if t.pk == ident), None)
    if ident and row is None:
        raise Http404
    form = ReadyText(request.POST or None, initial={name: getattr(row, name) for name in FIELDS} if row else {})
    if request.method == "POST" and form.is_valid():
        try:
            keep_ready(by=me(request), at=now(), ready=ident, **form.cleaned_data)
        except NotAllowed:
            raise
        except SamspilError as error:
            field, words = FIELD_OF.get(error.code, (None, str(error)))
            form.add_error(field, str(words) % {"names": error})
        else:
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("ready"))
    danish = (get_language() or "da").startswith("da")
    context: dict[str, Any] = {
        "tab": "ready",
        "form": form,
        "title": f"/{row.key}" if row else _("New ready text"),
        "row": row,
        "variables": [names[0 if danish else 1] for names in VARIABLE_NAMES],
    }
    return render(request, "setup/ready_edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def end(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Take a text out of use; the page offers it back."""
    try:
        end_ready(ready=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    return HttpResponseRedirect(f"{reverse('ready')}?gone={ident}")


@login_required
@require_POST
def back(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The undo of that."""
    try:
        bring_back(ready=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    except NotAllowed:
        raise
    except SamspilError as error:
        messages.error(request, str(FIELD_OF[error.code][1]))
    return HttpResponseRedirect(reverse("ready"))
