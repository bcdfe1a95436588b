"""Who may open a page. Being signed in is asked by Django; a role by us, and a refusal is a 403 whatever the method."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague

View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def administrator(view: View) -> View:
    """Refuse everybody but administrators before the view does anything."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if me(request).role != Colleague.Role.ADMIN:
            raise NotAllowed("Only an administrator can do that")
        return view(request, *args, **kwargs)

    return guarded


def uuid_of(text: str) -> UUID | None:
    """The id that a form or an address gives, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
