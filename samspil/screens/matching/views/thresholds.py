"""From what probability on pairs join by themselves, are suggested, or are left; and what that would do here."""

from math import ceil
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.identity.actions.policy import set_policy
from samspil.identity.queries.policy import Standing, effect, learned, policy
from samspil.identity.queries.suggestions import precision
from samspil.identity.queries.weights import under_way
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.matching.words import odds

BEFORE = "matching.policy"
"""What the session remembers of the thresholds before the last change, so that it can be taken back."""
CAREFUL = 0.99
"""Under this, more than one of a hundred joins would be wrong."""


class Thresholds(forms.Form):
    """Both thresholds in per cent, as people read them."""

    alone = forms.ChoiceField(
        label=gettext_lazy("Join by itself"),
        choices=[
            ("proof", gettext_lazy("Only what is proved")),
            ("likely", gettext_lazy("Also what is likely enough")),
        ],
        widget=forms.RadioSelect,
    )
    join_at = forms.DecimalField(
        label=gettext_lazy("Likely enough to join by itself, in per cent"),
        min_value=50, max_value=100, decimal_places=2, required=False,
        widget=forms.NumberInput(attrs={"step": "0.1"}),
    )  # fmt: skip
    suggest_at = forms.DecimalField(
        label=gettext_lazy("Likely enough to ask a colleague, in per cent"),
        min_value=1, max_value=99, decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "1"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Both as probabilities under ``join`` and ``suggest``."""
        kept = super().clean() or {}
        suggest, join = kept.get("suggest_at"), kept.get("join_at")
        if kept.get("alone") == "likely":
            if join is None and "join_at" not in self.errors:
                self.add_error("join_at", _("Say from how many per cent"))
            elif join is not None and suggest is not None and join < suggest:
                self.add_error("join_at", _("What joins by itself must be at least as likely as what a colleague is asked about"))
        else:
            join = None
        return {**kept, "join": None if join is None else float(join) / 100, "suggest": float(suggest or 0) / 100}


def _shown(standing: Standing) -> dict[str, Any]:
    return {
        "alone": "proof" if standing.join_at is None else "likely",
        "join_at": f"{(standing.join_at or 0.999) * 100:.4g}",
        "suggest_at": f"{standing.suggest_at * 100:.4g}",
    }


@never_cache
@having(Right.MATCHING)
@require_http_methods(["GET", "POST"])
def thresholds(request: HttpRequest) -> HttpResponse:
    """The page; ``?alone=&join_at=&suggest_at=`` tries thresholds out, and only what was tried out can be saved."""
    standing = policy()
    if request.method == "POST":
        form = Thresholds(request.POST)
        if form.is_valid():
            return _save(request, standing, form.cleaned_data)
        return render(request, "matching/settings.html", _page(standing, form), status=422)
    trying = "suggest_at" in request.GET
    form = Thresholds(request.GET) if trying else Thresholds(initial=_shown(standing))
    context = _page(standing, form)
    if trying and form.is_valid():
        context |= _effect(form.cleaned_data["join"], form.cleaned_data["suggest"]) | {"tried": True}
    elif not trying:
        context |= _effect(standing.join_at, standing.suggest_at)
    if request.headers.get("HX-Request"):
        return render(request, "matching/parts/effect.html", context)
    return render(request, "matching/settings.html", context | {"undo": BEFORE in request.session})


def _page(standing: Standing, form: Thresholds) -> dict[str, Any]:
    bands = precision()
    return {
        "tab": "identity",
        "standing": standing,
        "form": form,
        "weights": learned(),
        "run": under_way(),
        "learn_url": reverse("identity_learn"),
        "bands": [b for b in reversed(bands) if b.answered],
    }


def _effect(join_at: float | None, suggest_at: float) -> dict[str, Any]:
    found = effect(join_at=join_at, suggest_at=suggest_at)
    return {
        "effect": found,
        "join_at": join_at,
        "suggest_at": suggest_at,
        "risky": join_at is not None and join_at < CAREFUL,
        "wrong": ceil(found.join * (1 - (found.expected or 1)) - 0.05),
        "expected_words": "" if found.expected is None else odds(found.expected),
        "at_join": "" if join_at is None else odds(join_at),
        "at_suggest": odds(suggest_at),
    }


def _save(request: HttpRequest, before: Standing, wanted: dict[str, Any]) -> HttpResponse:
    set_policy(join_at=wanted["join"], suggest_at=wanted["suggest"], by=me(request), at=now())
    request.session[BEFORE] = {"join_at": before.join_at, "suggest_at": before.suggest_at}
    messages.success(request, _("The new thresholds are in force"))
    return HttpResponseRedirect(reverse("identity_settings"))


@having(Right.MATCHING)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Put the thresholds back as they were before this administrator's last change."""
    before = request.session.pop(BEFORE, None)
    if before is None:
        raise NotFound("nothing was changed")
    set_policy(join_at=before["join_at"], suggest_at=before["suggest_at"], by=me(request), at=now())
    messages.success(request, _("The thresholds are as they were"))
    return HttpResponseRedirect(reverse("identity_settings"))
