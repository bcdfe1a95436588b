"""Who may open a page. Being signed in is asked by Django; a right by us, and a refusal is a 403 whatever the method."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.look.answers import is_part
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import may
from samspil.organisation.rules.rights import Right

View = Callable[..., HttpResponseBase]


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def having(*rights: Right) -> Callable[[View], View]:
    """Refuse everybody who has none of these rights, nowhere, before the view does anything."""

    def around(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            by = me(request)
            if not any(may(by, right) for right in rights):
                raise NotAllowed("Your role does not allow that")
            return view(request, *args, **kwargs)

        return guarded

    return around


def for_colleagues(
    refused: Callable[[HttpRequest, SamspilError], HttpResponseBase | None],
) -> Callable[..., Callable[[View], View]]:
    """The decorator of a screen's views for whoever is signed in: with only these methods, the colleague as the second argument.

    ``refused`` says how the screen words what an action refuses; None: it is raised. What is hidden is 404 as if it were not there.
    """

    def for_colleague(*methods: str) -> Callable[[View], View]:
        def around(view: View) -> View:
            @wraps(view)
            def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                if not isinstance(request.user, Colleague):
                    if is_part(request):
                        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
                    return redirect_to_login(request.get_full_path())
                try:
                    return view(request, request.user, *args, **kwargs)
                except NotFound:
                    raise
                except SamspilError as error:
                    said = refused(request, error)
                    if said is None:
                        raise
                    return said

            return require_http_methods(list(methods))(answer)

        return around

    return for_colleague
