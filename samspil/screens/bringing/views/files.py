"""A file of people: chosen, and its columns said."""

from typing import Any
from uuid import UUID

import phonenumbers
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from samspil.base.blobs import TooLarge
from samspil.base.clock import now
from samspil.exchange.actions import people
from samspil.exchange.models import PeopleRun
from samspil.exchange.queries.people import own_fields, run_of, runs
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.screens.bringing.queries import examples
from samspil.screens.bringing.templatetags.bringing_words import choices, country_name

NEAR = ("DK", "SE", "NO", "FI", "DE", "GB", "NL", "FO", "GL", "IS")
ENCODINGS = ("", "utf-8", "cp1252", "latin-1", "utf-16")
DELIMITERS = ("", ";", ",", "\t", "|")


def _countries() -> list[tuple[str, str]]:
    others = sorted(c for c in phonenumbers.SUPPORTED_REGIONS if c not in NEAR)
    return [(c, country_name(c)) for c in (*NEAR, *others)]


class File(forms.Form):
    """The file, and which country its phone numbers are of where they name none."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV in any encoding, vCard, or what Chatwoot, Zammad, FreeScout or Mautic export. Up to 200 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.vcf,.vcard,.json,.jsonl"}),
    )
    country = forms.ChoiceField(label=gettext_lazy("Phone numbers without a country are from"), choices=_countries, initial="DK")


@having(Right.IMPORT)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The imports until now, and the form for a new one."""
    form = File(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = people.take_file(
                name=file.name or "", pieces=file.chunks(), by=me(request), country=form.cleaned_data["country"], at=now()
            )
        except people.CannotRead as error:
            form.add_error("file", _("People cannot be read from this file: %(why)s") % {"why": _(str(error))})
        except TooLarge:
            form.add_error("file", _("The file is larger than 200 MB. Split it."))
        else:
            return HttpResponseRedirect(reverse("people_columns", args=[run.pk]))
    context = {"section": "consumers", "form": form, "runs": runs()}
    return render(request, "bringing/start.html", context, status=422 if form.is_bound else 200)


@having(Right.IMPORT)
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, ident: UUID) -> HttpResponse:
    """What each column means; saving goes on to the dry run."""
    run = run_of(ident)
    if run.state not in {"chosen", "looked", "failed"} or not run.digest:
        return HttpResponseRedirect(reverse("people_run", args=[ident]))
    if request.method != "POST":
        return _columns(request, run)
    meanings = [request.POST.get(f"c{place}", "") for place in range(len(run.options["columns"]))]
    again = "read" in request.POST
    try:
        if again:
            _read_again(request, ident)
        else:
            people.map_columns(run=ident, meanings=meanings)
            people.look(run=ident, at=now())
    except people.NoHandleColumn:
        words = _("Say which column is the mail address, the phone number or another address.")
        return _columns(request, run, error=words, said=meanings)
    except people.CannotRead as error:
        return _columns(request, run, error=_("People cannot be read from this file: %(why)s") % {"why": _(str(error))})
    except (people.NotNow, ValueError):
        messages.error(request, _("That could not be saved. Look again."))
    return HttpResponseRedirect(reverse("people_columns" if again else "people_run", args=[ident]))


def _read_again(request: HttpRequest, ident: UUID) -> None:
    country = request.POST.get("country", "")
    people.read_otherwise(
        run=ident,
        encoding=_one_of(request.POST.get("encoding", ""), ENCODINGS),
        delimiter=_one_of(request.POST.get("delimiter", ""), DELIMITERS),
        country=country if country in phonenumbers.SUPPORTED_REGIONS else "DK",
    )


def _one_of(word: str, words: tuple[str, ...]) -> str:
    return word if word in words else ""


def _columns(request: HttpRequest, run: PeopleRun, *, error: str = "", said: list[str] | None = None) -> HttpResponse:
    meanings = said or [m for _name, m in run.options["columns"]]
    shown = examples(run)
    rows = [
        {"place": place, "name": name, "meaning": meaning, "examples": shown[place]}
        for place, ((name, _m), meaning) in enumerate(zip(run.options["columns"], meanings, strict=True))
    ]
    context: dict[str, Any] = {
        "section": "consumers",
        "run": run,
        "rows": rows,
        "groups": choices({slug: name for slug, (name, _kind) in own_fields().items()}),
        "error": error,
        "countries": _countries(),
        "encodings": ENCODINGS[1:],
        "step": 2,
    }
    return render(request, "bringing/columns.html", context, status=422 if error else 200)
