"""Which language model may be asked: said by administrators, and tried."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from samspil.assist.actions import Failed, NoAddress, arrange, try_it
from samspil.assist.models import Endpoint
from samspil.assist.queries.asking import scopes, setting
from samspil.base.clock import now
from samspil.organisation.queries import units
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.assist.views.common import trouble
from samspil.screens.assist.views.forms import Model

NO_UNIT = "none"


@having(Right.ASSIST)
@require_http_methods(["GET", "POST"])
def model(request: HttpRequest) -> HttpResponse:
    """Say it."""
    row = setting()
    choices = [*((str(u.pk), u.name) for u in units()), (NO_UNIT, _("Conversations without a unit"))]
    form = Model(request.POST or None, units=choices, initial=_initial(row, [key for key, _name in choices]))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            arrange(
                by=me(request),
                at=now(),
                active=said["active"],
                base_url=said["base_url"],
                model=said["model"],
                uses=said["uses"],
                units=[_unit(one) for one in said["units"]],
                masked_in=[_unit(one) for one in said["masked_in"]],
                max_tokens=said["max_tokens"],
                seconds=said["seconds"],
                key="" if said["no_key"] else said["key"] or None,
            )
        except NoAddress:
            form.add_error("base_url", _("Write an address that begins with https:// or http://"))
        else:
            messages.success(request, _("Saved"))
            return HttpResponseRedirect(reverse("assist_model"))
    where = list(zip(form["units"], form["masked_in"], strict=True))
    context = {"tab": "assist", "form": form, "row": row, "where": where}
    return render(request, "assist/model.html", context, status=422 if form.is_bound else 200)


def _initial(row: Endpoint | None, every: list[str]) -> dict[str, Any]:
    if row is None:
        return {"max_tokens": 600, "seconds": 60, "uses": ["summary", "draft", "translation"], "units": [], "masked_in": every}
    held = scopes()
    return {
        **{name: getattr(row, name) for name in ("active", "base_url", "model", "uses", "max_tokens", "seconds")},
        "units": [str(one.unit_id or NO_UNIT) for one in held],
        "masked_in": [str(one.unit_id or NO_UNIT) for one in held if one.masked],
    }


def _unit(one: str) -> UUID | None:
    return None if one == NO_UNIT else UUID(one)


@having(Right.ASSIST)
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Ask it for one word, and say what came or what is wrong."""
    row = setting()
    context: dict[str, Any] = {"trouble": _("Save an address first.")}
    if row is not None:
        try:
            said, seconds = try_it(setting=row)
        except Failed as error:
            context = {"trouble": trouble(error), "words": str(error)}
        else:
            context = {"said": said, "seconds": f"{seconds:.1f}"}
    return render(request, "assist/parts/tested.html", context)
