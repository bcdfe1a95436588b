"""The three ways in, and a file: chosen, its columns said."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from samspil.base.blobs import TooLarge
from samspil.base.clock import now
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.provision.actions import runs as actions
from samspil.provision.models import Run
from samspil.provision.queries import directory, run_of, runs, tokens
from samspil.screens.arrivals.queries import EXAMPLE, examples
from samspil.screens.arrivals.templatetags.arrivals_words import meanings

ENCODINGS = ("", "utf-8", "cp1252", "utf-16")
DELIMITERS = ("", ";", ",", "\t", "|")
SEPARATORS = ("/", ">", "\\", "")


class File(forms.Form):
    """A table of people."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or TSV in any encoding, as Excel and payroll systems save it. Up to 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt"}),
    )


@having(Right.ARRIVALS)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The ways in, and the imports until now."""
    form = File(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = actions.take_file(name=file.name or "", pieces=file.chunks(), by=me(request), at=now())
        except actions.CannotRead as error:
            form.add_error("file", _("People cannot be read from this file: %(why)s") % {"why": _(str(error))})
        except TooLarge:
            form.add_error("file", _("The file is larger than 10 MB. Split it."))
        else:
            return HttpResponseRedirect(reverse("arrivals_columns", args=[run.pk]))
    context = {
        "section": "organisation",
        "form": form,
        "runs": runs(),
        "tokens": [t for t in tokens() if t.revoked_at is None],
        "directory": directory(),
    }
    return render(request, "arrivals/start.html", context, status=422 if form.is_bound else 200)


@having(Right.ARRIVALS)
@require_GET
def example(_request: HttpRequest) -> HttpResponse:
    """A table to begin with."""
    answer = HttpResponse("\ufeff" + EXAMPLE, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="kolleger.csv"'
    return answer


@having(Right.ARRIVALS)
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, ident: UUID) -> HttpResponse:
    """What each column means; saving goes on to the dry run."""
    run = run_of(ident)
    if run.state not in {"chosen", "looked"} or not run.digest:
        return HttpResponseRedirect(reverse("arrivals_run", args=[ident]))
    if request.method != "POST":
        return _columns(request, run)
    said = [request.POST.get(f"c{place}", "") for place in range(len(run.options["columns"]))]
    error = _("That cannot be done with this import now")
    try:
        if "read" in request.POST:
            actions.read_otherwise(
                run=ident,
                encoding=_one_of(request.POST.get("encoding", ""), ENCODINGS),
                delimiter=_one_of(request.POST.get("delimiter", ""), DELIMITERS),
            )
            return HttpResponseRedirect(reverse("arrivals_columns", args=[ident]))
        actions.map_columns(run=ident, meanings=said, **_terms(request))
        actions.look(run=ident, at=now())
        return HttpResponseRedirect(reverse("arrivals_run", args=[ident]))
    except actions.NoAddressColumn:
        error = _("Say which column is the mail address, or the number that each person has.")
    except actions.CannotRead as problem:
        error = _("People cannot be read from this file: %(why)s") % {"why": _(str(problem))}
    except ValueError:
        error = _("Two columns cannot mean the same.")
    except actions.NotNow:
        pass
    return _columns(request, run, error=error, said=said)


def _terms(request: HttpRequest) -> dict[str, Any]:
    brake = request.POST.get("brake", "")
    return {
        "separator": _one_of(request.POST.get("separator", "/"), SEPARATORS),
        "missing": "close" if request.POST.get("missing") == "close" else "leave",
        "roles": "roles" in request.POST,
        "brake": min(int(brake), 100) if brake.isdecimal() and len(brake) < 4 else actions.BRAKE,  # noqa: PLR2004
    }


def _one_of(word: str, words: tuple[str, ...]) -> str:
    return word if word in words else ""


def _columns(request: HttpRequest, run: Run, *, error: str = "", said: list[str] | None = None) -> HttpResponse:
    chosen = said or [m for _name, m in run.options["columns"]]
    shown = examples(run)
    rows = [
        {"place": place, "name": name, "meaning": meaning, "examples": shown[place]}
        for place, ((name, _m), meaning) in enumerate(zip(run.options["columns"], chosen, strict=True))
    ]
    context = {
        "section": "organisation",
        "run": run,
        "rows": rows,
        "meanings": meanings(),
        "separators": [("/", "Salg / Nord"), (">", "Salg > Nord"), ("\\", "Salg \\ Nord"), ("", _("One name, no units above"))],
        "encodings": ENCODINGS[1:],
        "error": error,
        "step": 2,
    }
    return render(request, "arrivals/columns.html", context, status=422 if error else 200)
