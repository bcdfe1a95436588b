"""Who may open a page. Being signed in is asked by Django; a right by us, and a refusal is a 403 whatever the method."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from samspil.base.errors import NotAllowed
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
