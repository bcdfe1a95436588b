"""Tokens for SCIM: made and shown once, revoked."""

from uuid import UUID

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
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.provision import queries
from samspil.provision.actions.tokens import make_token, revoke_token


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("As Entra ID or Okta."))
    groups = forms.ChoiceField(
        label=gettext_lazy("Groups there are, here,"),
        choices=[("units", gettext_lazy("units")), ("competences", gettext_lazy("competences"))],
    )
    roles = forms.BooleanField(label=gettext_lazy("It may give and take roles, that of administrator too"), required=False)


@never_cache
@having(Right.ARRIVALS)
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens; a new one is shown on the answer that made it, and never again."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _row, secret = make_token(by=me(request), at=now(), **form.cleaned_data)
        form = TokenForm()
    context = {
        "section": "organisation",
        "form": form,
        "secret": secret,
        "tokens": queries.tokens(),
        "address": request.build_absolute_uri("/scim/v2"),
    }
    return render(request, "arrivals/scim.html", context, status=422 if form.is_bound else 200)


@having(Right.ARRIVALS)
@require_POST
def revoke(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Let a token open nothing any more."""
    revoke_token(token=ident, by=me(request), at=now())
    messages.success(request, _("The token opens nothing any more"))
    return HttpResponseRedirect(reverse("arrivals_scim"))
