"""What the pages of suggestions share: who asks, and refusals in words."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from samspil.assist.actions import Failed
from samspil.base.errors import NotAllowed, SamspilError
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


def trouble(error: SamspilError) -> str:
    """What is wrong with the endpoint, in the reader's language."""
    why = error.why if isinstance(error, Failed) else error.code
    return {
        "unreachable": _("The server does not answer at that address."),
        "slow": _("The server was too slow. Wait longer, or ask a smaller model."),
        "key": _("The server does not take the key."),
        "model": _("The server has no such address or model."),
        "busy": _("The server has too much to do just now. Try again in a while."),
        "refused": _("The server refused the question."),
        "too_long": _("The conversation is too long for the model."),
        "trouble": _("The server is in trouble."),
        "nonsense": _("What came is no answer of a language model. Is the address right?"),
        "empty": _("The model answered with nothing."),
        "assist.not_for_this": _("This is not allowed here."),
    }.get(why, str(error))
