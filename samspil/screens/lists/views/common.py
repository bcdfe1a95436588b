"""What every view here needs: who asks, refusals in words, and what an answer tells the page's scripts."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from samspil.base.errors import NotFound, SamspilError
from samspil.organisation.models import Colleague

P = ParamSpec("P")
UNPROCESSABLE = 422


def for_colleague(
    *methods: str,
) -> Callable[[Callable[Concatenate[HttpRequest, Colleague, P], HttpResponse]], Callable[..., HttpResponse]]:
    """A view for somebody who is signed in; what an action refuses is said in a toast (422), what is hidden is 404."""

    def around(view: Callable[Concatenate[HttpRequest, Colleague, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, Colleague):
                if is_part(request):
                    return HttpResponse(status=401, headers={"HX-Refresh": "true"})
                return redirect_to_login(request.get_full_path())
            try:
                return view(request, request.user, *args, **kwargs)
            except NotFound:
                raise
            except SamspilError as error:
                if request.method != "POST" or not is_part(request):
                    raise
                return tell(HttpResponse(status=UNPROCESSABLE, headers={"HX-Reswap": "none"}), toast=refusal(error), error=True)

        return require_http_methods(list(methods))(answer)

    return around


def is_part(request: HttpRequest) -> bool:
    """Whether a script asked for a part of a page."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def tell(
    response: HttpResponse,
    *,
    changed: Sequence[UUID] = (),
    toast: str = "",
    undo: str = "",
    seconds: int = 6,
    error: bool = False,
    **events: Mapping[str, Any],
) -> HttpResponse:
    """Name the conversations that changed and show a toast with its undo; ``lists_fresh`` is dispatched as ``lists:fresh``."""
    told: dict[str, Any] = {name.replace("_", ":", 1): data for name, data in events.items()}
    if changed:
        told["desk:changed"] = {"ids": [str(c) for c in changed]}
    if toast:
        told["look:toast"] = {"text": toast, "undoUrl": undo, "seconds": seconds, "error": error}
    if told:
        response["HX-Trigger"] = json.dumps(told)
    return response


def uuid_of(text: str | None) -> UUID | None:
    """The id that a form gives, or None."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def uuids_of(values: Sequence[str], *, most: int = 200) -> list[UUID]:
    """The ids that a form or address names, several in one value with commas between; each once, in order."""
    found = (uuid_of(part) for value in values[:most] for part in value[:8000].split(",")[:most])
    return list(dict.fromkeys(ident for ident in found if ident))


def refusal(error: SamspilError) -> str:
    """Why an action was refused, in words."""
    return {
        "checklist.no_name": _("Give the checklist a name."),
        "checklist.no_steps": _("Write at least one step."),
        "checklist.leads_nowhere": _("“%(link)s” is no link. Begin it with https:// or /.") % {"link": error},
        "checklist.nothing_written": _("Write what is to be done."),
        "checklist.too_many": _("A list has at most 60 steps."),
        "checklist.no_word": _("Write why you skip it."),
        "checklist.not_open": _("%(name)s has dealt with that step already.") % {"name": error},
        "checklist.not_free": _("The order of this list is its template's."),
        "checklist.cannot_see": _("%(name)s cannot open this conversation.") % {"name": error},
        "conversation.not_here": _("That colleague is not here any more."),
        "handover.nothing_chosen": _("Choose what you hand over."),
        "handover.nowhere_named": _("Choose who takes over."),
        "samspil.not_allowed": _("That is not yours to do."),
    }.get(error.code, str(error))
