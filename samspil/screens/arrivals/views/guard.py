"""Who may open these pages: administrators."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague

View = Callable[..., HttpResponseBase]


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def administrator(view: View) -> View:
    """Refuse everybody but administrators before the view does anything."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if me(request).role != Colleague.Role.ADMIN:
            raise NotAllowed("Only an administrator can do that")
        return view(request, *args, **kwargs)

    return guarded
