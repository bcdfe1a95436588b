"""What the pages of suggestions share: who asks, and refusals in words."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague

View = Callable[..., HttpResponseBase]


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def only(*roles: str) -> Callable[[View], View]:
    """Refuse everybody without one of these roles before the view does anything."""

    def around(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if me(request).role not in roles:
                raise NotAllowed("Only who leads can do that")
            return view(request, *args, **kwargs)

        return guarded

    return around
