"""What the pages of rules share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from samspil.automation.queries.rules import may_open
from samspil.base.errors import NotAllowed, SamspilError
from samspil.organisation.models import Colleague

View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def who_writes(view: View) -> View:
    """Refuse everybody but administrators and leads before the view does anything."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_open(me(request)):
            raise NotAllowed("Only an administrator or a lead can do that")
        return view(request, *args, **kwargs)

    return guarded


def refusal(error: SamspilError) -> str:
    """A refusal in the reader's language."""
    return {
        "automation.no_name": _("Give the rule a name."),
        "automation.changed_meanwhile": _(
            "Somebody else has saved this rule since you opened it. Open it again to see what changed."
        ),
        "samspil.not_allowed": _("A lead can change the rules of the own unit; the others are for administrators."),
    }.get(error.code, str(error))
