"""What we promised: how soon a unit answers, and is done."""

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

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.hours.actions import may_arrange
from samspil.organisation.models import Unit
from samspil.organisation.ui.guard import me
from samspil.promise.actions import promise
from samspil.promise.queries import promised
from samspil.promise.rules import LONGEST
from samspil.screens.setup.views.organisation import frame


class Promised(forms.Form):
    """Minutes of opening hours; empty promises nothing."""

    first = forms.IntegerField(
        label=gettext_lazy("Minutes until the first answer"),
        help_text=gettext_lazy("Counted in the unit's opening hours; empty promises nothing."),
        min_value=1,
        max_value=LONGEST,
        required=False,
    )
    next = forms.IntegerField(
        label=gettext_lazy("Minutes until each further answer"), min_value=1, max_value=LONGEST, required=False
    )
    done = forms.IntegerField(label=gettext_lazy("Minutes until it is done"), min_value=1, max_value=LONGEST, required=False)


@login_required
@require_http_methods(["GET", "POST"])
def edit_promise(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Say what a unit promises."""
    unit, by = get_object_or_404(Unit, pk=ident), me(request)
    if not may_arrange(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    held = promised(ident)
    form = Promised(request.POST or None, initial={"first": held.first, "next": held.next, "done": held.done} if held else {})
    back = reverse("unit", args=[ident])
    if request.method == "POST" and form.is_valid():
        promise(unit=unit, by=by, at=now(), **form.cleaned_data)
        messages.success(request, _("Saved"))
        return HttpResponseRedirect(back)
    context = {**frame(request, "units"), "title": _("What we promised"), "back": back, "form": form}
    return render(request, "setup/edit.html", context, status=422 if form.is_bound else 200)
