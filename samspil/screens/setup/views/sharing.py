"""How work is shared out: the settings in plain words, what others would have done, who changed what, and back again."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.look.answers import is_part
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.routing.actions import LONGEST, go_back, set_policy
from samspil.routing.models import Policy
from samspil.routing.queries import past, policy, policy_changes
from samspil.routing.rules.tried import Counted, Limits, counted
from samspil.screens.setup.views.organisation import frame

GREATEST = 100_000


class SharingForm(forms.Form):
    """The three limits; empty is none."""

    grace = forms.IntegerField(
        label=gettext_lazy("Grace, in minutes"),
        help_text=gettext_lazy(
            "What waits with somebody who has gone away is handed over after so long. Empty: it stays with them."
        ),
        min_value=1,
        max_value=GREATEST,
        required=False,
    )
    daily = forms.IntegerField(
        label=gettext_lazy("The most a day"),
        help_text=gettext_lazy(
            "So many new conversations a colleague is given a day at the most. Empty: as many as there are places."
        ),
        min_value=1,
        max_value=GREATEST,
        required=False,
    )
    patience = forms.IntegerField(
        label=gettext_lazy("Patience, in minutes"),
        help_text=gettext_lazy("So long a conversation may wait for the colleague whom its consumer knows. 0: never."),
        min_value=0,
        max_value=LONGEST,
        required=False,
    )

    def clean_patience(self) -> int:
        """Nothing is never."""
        value: int | None = self.cleaned_data["patience"]
        if value is not None and value < 0:
            raise ValidationError(_("A whole number"))
        return value or 0

    def limits(self) -> Limits:
        """What is asked for."""
        given = self.cleaned_data
        return Limits(grace=given["grace"], daily=given["daily"], patience=given["patience"])


def _of(row: Policy) -> Limits:
    return Limits(grace=row.grace_minutes, daily=row.daily, patience=row.patience_minutes)


def _initial(limits: Limits) -> dict[str, Any]:
    return {"grace": limits.grace, "daily": limits.daily, "patience": limits.patience}


@having(Right.SHARING, Right.LOAD)
@require_http_methods(["GET", "POST"])
def sharing(request: HttpRequest) -> HttpResponseBase:
    """The page; with ``?try`` and limits what these would have done in the last two weeks. A POST sets them. A constant number of statements."""
    if request.method == "POST":
        return set_sharing(request)
    limits = _of(policy())
    is_tried = "try" in request.GET
    form = SharingForm(request.GET if is_tried else None, initial=_initial(limits))
    wanted = form.limits() if is_tried and form.is_valid() else None
    return _page(request, form, limits, wanted)


def _page(request: HttpRequest, form: SharingForm, limits: Limits, wanted: Limits | None, *, status: int = 200) -> HttpResponse:
    happened = past(at=now())
    before = counted(happened, limits)
    after = counted(happened, wanted) if wanted is not None and wanted != limits else None
    context = {
        **frame(request, "sharing"),
        "form": form,
        "limits": limits,
        "wanted": wanted,
        "rows": _rows(before, after),
        "after": after,
        "others": after.others(before) if after else 0,
        "seen": len(happened.held) + sum(h.given is None for h in happened.hoped),
        "changes": policy_changes(),
    }
    return render(request, "setup/parts/sharing_tried.html" if is_part(request) else "setup/sharing.html", context, status=status)


def _rows(before: Counted, after: Counted | None) -> list[tuple[str, Any, Any, str]]:
    """Each figure: what it is, as it was, as it would have been, and its kind."""
    told = [
        (_("Handed over, for their colleague was away"), "handed", ""),
        (_("Given to another, for the day was full"), "full", ""),
        (_("Waited for whom they know, and got them"), "met", ""),
        (_("Half had somebody within"), "half", "span"),
        (_("Nineteen in twenty had somebody within"), "most", "span"),
    ]
    return [(words, getattr(before, name), getattr(after, name) if after else None, kind) for words, name, kind in told]


@having(Right.SHARING)
@require_POST
def set_sharing(request: HttpRequest) -> HttpResponse:
    """Set the limits."""
    limits = _of(policy())
    form = SharingForm(request.POST, initial=_initial(limits))
    if not form.is_valid():
        return _page(request, form, limits, None, status=422)
    wanted = form.limits()
    if wanted != limits:
        set_policy(grace_minutes=wanted.grace, daily=wanted.daily, patience_minutes=wanted.patience, by=me(request), at=now())
    messages.success(request, _("Saved. It holds from the next conversation on."))
    return HttpResponseRedirect(reverse("sharing"))


@having(Right.SHARING)
@require_POST
def sharing_back(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Set what was set once."""
    try:
        go_back(change=ident, by=me(request), at=now())
    except NotFound as error:
        raise Http404 from error
    messages.success(request, _("It is shared out as it was then"))
    return HttpResponseRedirect(reverse("sharing"))
