"""The LDAP directory: its settings, a try, and a look at what it would change."""

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
from samspil.base.errors import SamspilError
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.provision import queries
from samspil.provision.actions.ldap import Heard, NoAnswer, WrongSettings, keep_directory, look_in, try_directory
from samspil.provision.models import Directory
from samspil.provision.rules.ldap import MEANINGS, PRESETS
from samspil.screens.arrivals.templatetags.arrivals_words import answer_words, field_label

FIELD_OF = {"bad_url": "url", "no_tls": "start_tls", "no_base": "base", "bad_filter": "filter"}


class DirectoryForm(forms.Form):
    """The settings. The password is never shown again."""

    preset = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[("ad", "Active Directory"), ("openldap", "OpenLDAP"), ("freeipa", "FreeIPA")]
    )
    url = forms.CharField(label=gettext_lazy("Address"), max_length=300, help_text="ldaps://ldap.firma.example")
    start_tls = forms.BooleanField(label=gettext_lazy("Encrypt with StartTLS (for ldap://)"), required=False)
    bind = forms.CharField(
        label=gettext_lazy("Signs in as"), max_length=300, required=False, help_text="cn=samspil,ou=service,dc=firma,dc=example"
    )
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=300, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    base = forms.CharField(label=gettext_lazy("Search below"), max_length=300, help_text="ou=people,dc=firma,dc=example")
    filter = forms.CharField(label=gettext_lazy("Which entries are people"), max_length=500)
    unit_from = forms.ChoiceField(
        label=gettext_lazy("The unit is"),
        choices=[
            ("attribute", gettext_lazy("an attribute of the person")),
            ("ou", gettext_lazy("the organisational units (OU) that the person lies in")),
            ("none", gettext_lazy("not taken from there")),
        ],
    )
    missing = forms.ChoiceField(
        label=gettext_lazy("Who was there before and is not any more"),
        choices=[("leave", gettext_lazy("Is left as is")), ("close", gettext_lazy("Loses the access; what they wrote stays"))],
    )
    brake = forms.IntegerField(
        label=gettext_lazy("Ask again when more than so many percent lose the access"), min_value=0, max_value=100, initial=20
    )
    nightly = forms.BooleanField(label=gettext_lazy("Every night by itself"), required=False)
    authority = forms.CharField(
        label=gettext_lazy("Certificate of your own authority (PEM)"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for meaning in MEANINGS:
            self.fields[f"m_{meaning}"] = forms.CharField(label=field_label(meaning), max_length=80, required=False)

    def mapping(self) -> list[forms.BoundField]:
        """The fields that name attributes."""
        return [self[f"m_{meaning}"] for meaning in MEANINGS]


@never_cache
@having(Right.ARRIVALS)
@require_http_methods(["GET", "POST"])
def directory(request: HttpRequest) -> HttpResponse:
    """The form; saving it tries the connection at once and says what came."""
    row = queries.directory()
    preset = request.GET.get("preset", "") if not row or "preset" in request.GET else ""
    form = DirectoryForm(request.POST or None, initial=_initial(row, preset if preset in PRESETS else ""))
    heard: Heard | None = None
    if request.method == "POST" and form.is_valid():
        try:
            row = _keep(request, form.cleaned_data)
            heard = try_directory(row=row)
        except WrongSettings as error:
            form.add_error(FIELD_OF.get(str(error)), answer_words(str(error)))
        except NoAnswer as error:
            form.add_error(None, answer_words(str(error)))
    context = {"section": "organisation", "form": form, "row": row, "heard": heard, "presets": PRESETS}
    return render(request, "arrivals/ldap.html", context, status=422 if form.is_bound and form.errors else 200)


def _keep(request: HttpRequest, given: dict[str, Any]) -> Directory:
    mapping = {m: given.pop(f"m_{m}") for m in MEANINGS}
    password = given.pop("password") or None
    return keep_directory(by=me(request), password=password, mapping=mapping, **given)


def _initial(row: Directory | None, preset: str) -> dict[str, Any]:
    names = [n for n in DirectoryForm.base_fields if n != "password"]
    values = {n: getattr(row, n) for n in names} if row else {"brake": 20, "missing": "leave", "unit_from": "attribute"}
    if preset or row is None:
        kind = PRESETS[preset or "ad"]
        values |= {"preset": preset or "ad", "filter": kind["filter"]}
    mapping = PRESETS[preset or "ad"]["mapping"] if preset or row is None else row.mapping
    return {**values, **{f"m_{m}": mapping.get(m, "") for m in MEANINGS}}


@having(Right.ARRIVALS)
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Ask the directory now, and show what it would change."""
    try:
        run = look_in(by=me(request), at=now())
    except (NoAnswer, WrongSettings) as error:
        messages.error(request, answer_words(str(error)))
        return HttpResponseRedirect(reverse("arrivals_ldap"))
    except SamspilError:
        messages.error(request, _("That cannot be done now"))
        return HttpResponseRedirect(reverse("arrivals_ldap"))
    return HttpResponseRedirect(reverse("arrivals_run", args=[run.pk]))
