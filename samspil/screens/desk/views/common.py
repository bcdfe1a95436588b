"""What every view of the desk needs: who asks, refusals in words, and what an answer tells the page's scripts."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from samspil.base.errors import NotFound, SamspilError
from samspil.organisation.models import Colleague
from samspil.screens.desk.views.words import refusal

P = ParamSpec("P")
UNPROCESSABLE = 422


def for_colleague(
    *methods: str,
) -> Callable[[Callable[Concatenate[HttpRequest, Colleague, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A view for somebody who is signed in, with only these methods; the colleague comes as the second argument.

    What an action refuses is said in a toast (422). What is hidden is 404 as if it were not there.
    """

    def around(
        view: Callable[Concatenate[HttpRequest, Colleague, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, Colleague):
                if is_part(request):
                    return HttpResponse(status=401, headers={"HX-Refresh": "true"})
                return redirect_to_login(request.get_full_path())
            try:
                return view(request, user, *args, **kwargs)
            except NotFound:
                raise
            except SamspilError as error:
                if request.method != "POST":
                    raise
                return tell(HttpResponse(status=UNPROCESSABLE), toast=refusal(error), error=True)

        return require_http_methods(list(methods))(answer)

    return around


def is_part(request: HttpRequest) -> bool:
    """Whether a script asked for a part of a page. Going back in history asks for the whole."""
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
    """Name the conversations that changed, so that the page asks for them anew, and show a toast with its undo.

    More ``events`` are dispatched by their names, ``desk_restore`` as ``desk:restore``.
    """
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


def uuids_of(request: HttpRequest, name: str, *, most: int = 200) -> list[UUID]:
    """The ids that a form or address names, several in one value with commas between; each once, in order."""
    values = request.POST.getlist(name) if request.method == "POST" else request.GET.getlist(name)
    found = (uuid_of(part) for value in values[:most] for part in value[:8000].split(",")[:most])
    return list(dict.fromkeys(ident for ident in found if ident))
