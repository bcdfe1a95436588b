"""Where a unit's colleagues talk, and are told of what waits for any of them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from samspil import kit
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.networks import channel_face
from samspil.elsewhere.actions import leave_room, set_room
from samspil.elsewhere.queries import may_set, room_of, tellers_of_rooms
from samspil.organisation.models import Unit
from samspil.organisation.ui.guard import me
from samspil.screens.setup.views.organisation import frame


class Where(forms.Form):
    """By which account, and in which room of it."""

    account = forms.ChoiceField(label=gettext_lazy("By which account"))
    name = forms.CharField(
        label=gettext_lazy("The room's address or id"),
        help_text=gettext_lazy(
            "Copy the link to the channel there. First invite Samspil's app or bot into it: in Slack with /invite, in Mattermost with Add Members."
        ),
        max_length=500,
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        rows = tellers_of_rooms()
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so; for the type checker
        field.choices = [(str(a.pk), f"{channel_face(a.channel)[1]} · {a.name}") for a in rows]


@login_required
@require_http_methods(["GET", "POST"])
def unit_room(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Say where a unit is told, or that it is told nowhere."""
    unit, by = get_object_or_404(Unit, pk=ident), me(request)
    if not may_set(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    back = HttpResponseRedirect(reverse("unit_room", args=[ident]))
    if "leave" in request.POST:
        leave_room(unit=unit, by=by)
        messages.success(request, _("The unit is told in no room any more"))
        return back
    room = room_of(ident)
    form = Where(request.POST or None, initial={"account": str(room.account_id), "name": room.place} if room else {})
    if request.method == "POST" and form.is_valid():
        try:
            made = set_room(
                unit=unit, account=UUID(form.cleaned_data["account"]), name=form.cleaned_data["name"], by=by, at=now()
            )
            messages.success(request, _("Saved: new conversations that nobody has are told in %(room)s") % {"room": made.name})
        except (kit.ChannelError, NotFound) as error:
            form.add_error("name", _("The room was not found: %(why)s") % {"why": error})
        else:
            return back
    context = {**frame(request, "units"), "unit": unit, "room": room, "form": form, "back": reverse("unit", args=[ident])}
    context["network"] = channel_face(room.account.channel) if room else None
    return render(request, "setup/unit_room.html", context, status=422 if form.is_bound else 200)
