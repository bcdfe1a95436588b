"""Answers by themselves, for who leads: of each unit its state, table, answers, dry run, what was measured, and every version."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from samspil.assist.actions import NotApprovable, NotReady, WrongSetting, approve, arrange_auto, ask_trial, go_back, withdraw
from samspil.assist.actions.auto_set import LONGEST_LINE
from samspil.assist.models import AutoAnswer, AutoSetting, AutoTrial
from samspil.assist.queries.auto import (
    access_unit,
    approved,
    candidates,
    newest_trial,
    readiness,
    setting_of,
    settings_of,
    standing,
    units_of,
    versions,
)
from samspil.assist.queries.auto_runs import DAYS, fares, labelled_since, refused_of
from samspil.assist.rules.auto import THRESHOLDS, may_be_approved
from samspil.assist.rules.likely import LEAST, Step
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.organisation.models import Unit
from samspil.organisation.queries import called
from samspil.organisation.queries.rights import Right
from samspil.organisation.ui.guard import having, me
from samspil.reply.queries import all_canned
from samspil.screens.assist.views.auto_words import hindrance, reason, refusal

LEADS = having(Right.AUTO)


class Arranged(forms.Form):
    """How a unit does it."""

    threshold = forms.TypedChoiceField(
        label=gettext_lazy("Threshold"),
        coerce=float,
        choices=[(str(one), f"{one:.0%}".replace("%", " %")) for one in THRESHOLDS],
        help_text=gettext_lazy("An answer is sent from this probability on, and so many must be right for sure."),
    )
    delay_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes before it is sent"),
        min_value=0,
        max_value=240,
        help_text=gettext_lazy("So long colleagues see it coming and can stop it."),
    )
    per_hour = forms.IntegerField(label=gettext_lazy("At most so many an hour"), min_value=1, max_value=500)
    expires_days = forms.IntegerField(
        label=gettext_lazy("Days until an approved answer must be looked at again"), min_value=7, max_value=730
    )
    line_da = forms.CharField(
        label=gettext_lazy("The line below it, in Danish"), max_length=LONGEST_LINE, widget=forms.Textarea({"rows": 2})
    )
    line_en = forms.CharField(
        label=gettext_lazy("The line below it, in English"),
        max_length=LONGEST_LINE,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy(
            "Say that it was sent automatically, and how a person is reached. An answer is never sent without it."
        ),
    )
    closed_too = forms.BooleanField(label=gettext_lazy("Also though the unit is closed"), required=False)
    why = forms.CharField(label=gettext_lazy("Why this change?"), max_length=300, required=False)


@LEADS
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The units that one decides for, and whether they answer by themselves."""
    rows = units_of(me(request))
    held = settings_of([unit.pk for unit in rows])
    counts: dict[UUID, int] = {}
    for one in standing([unit.pk for unit in rows], now()):
        counts[one.unit_id] = counts.get(one.unit_id, 0) + 1
    units = [
        {"unit": unit, "name": called(unit), "setting": held.get(unit.pk), "answers": counts.get(unit.pk, 0)} for unit in rows
    ]
    return render(request, "assist/auto_units.html", {"tab": "assist", "units": units})


@LEADS
@require_GET
def page(request: HttpRequest, unit: UUID) -> HttpResponse:
    """One unit."""
    row = access_unit(me(request), unit)
    return _page(request, row, Arranged(initial=_initial(setting_of(row.pk))))


def _initial(setting: AutoSetting) -> dict[str, Any]:
    names = ("threshold", "delay_minutes", "per_hour", "expires_days", "closed_too")
    lines = {f"line_{code}": line for code, line in setting.lines.items()}
    return {**{name: getattr(setting, name) for name in names}, **lines, "threshold": str(setting.threshold)}


def _page(request: HttpRequest, unit: Unit, form: Arranged, *, status: int = 200) -> HttpResponse:
    at, setting, newest = now(), setting_of(unit.pk), newest_trial(unit.pk)
    ready = readiness(unit.pk, setting.threshold, at)
    trial = ready.trial
    tables = [_drawn(Step(**one), setting.threshold) for one in trial.table] if trial else []
    context = {
        "tab": "assist",
        "unit": unit,
        "name": called(unit),
        "setting": setting,
        "percent": round(100 * setting.threshold),
        "form": form,
        "hindrance": hindrance(ready),
        "trial": trial,
        "newest": newest,
        "going": newest is not None and newest.state in ("waiting", "running"),
        "table": tables,
        "held_error": None if trial is None or trial.calibration_error is None else round(100 * trial.calibration_error),
        "refused": [(reason(why), n) for why, n in refused_of(trial.pk)] if trial else [],
        "labelled": labelled_since(trial.pk, trial.finished_at or trial.at) if trial else 0,
        "least": LEAST,
        "answers": _answers(unit.pk, {one.pk for one in ready.answers}),
        "ready_texts": _ready_texts(unit.pk),
        "candidates": candidates(unit.pk, by=me(request)),
        "fares": _fares(unit.pk, setting),
        "days": DAYS,
        "versions": versions(unit.pk),
    }
    return render(request, "assist/auto_unit.html", context, status=status)


def _drawn(one: Step, threshold: float) -> dict[str, Any]:
    return {
        "step": one,
        "threshold": round(100 * one.threshold),
        "share": round(100 * one.answered / one.of) if one.of else 0,
        "right": round(100 * one.right / one.answered) if one.answered else None,
        "low": round(100 * one.low),
        "high": round(100 * one.high),
        "chosen": abs(one.threshold - threshold) < 1e-9,  # noqa: PLR2004 - the same number
    }


def _answers(unit: UUID, standing_now: set[UUID]) -> list[dict[str, Any]]:
    at = now()
    return [{"row": one, "stands": one.pk in standing_now, "expired": one.expires_at <= at} for one in approved(unit)]


def _ready_texts(unit: UUID) -> list[dict[str, Any]]:
    """Ready texts that can be approved, with what is approved of them already left out."""
    held = {(one.ready_id, one.text) for one in AutoAnswer.objects.filter(unit=unit, ended_at=None)}
    rows = []
    for one in all_canned():
        texts = [text for text in (one.text, one.text_en) if text.strip()]
        if one.unit_id in (None, unit) and any((one.pk, text) not in held for text in texts):
            rows.append({"row": one, "may": all(may_be_approved(text) for text in texts)})
    return rows


def _fares(unit: UUID, setting: AutoSetting) -> dict[str, Any]:
    found = fares(unit, since=setting.since, promised=setting.threshold, at=now())
    share = found.right
    return {
        "found": found,
        "left": [(reason(why), n) for why, n in found.left],
        "right": round(100 * share.hits / share.of) if share.of else None,
        "low": round(100 * share.low),
        "high": round(100 * share.high),
        "doubt": round(100 * found.doubt),
    }


def _back(unit: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("auto_unit", args=[unit]))


@LEADS
@require_POST
def save(request: HttpRequest, unit: UUID) -> HttpResponse:
    """Save how it is done; whether it is on stays, where it still may be."""
    row = access_unit(me(request), unit)
    form = Arranged(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    said = form.cleaned_data
    values = {name: said[name] for name in ("threshold", "delay_minutes", "per_hour", "expires_days", "closed_too")}
    values["lines"] = {"da": said["line_da"], "en": said["line_en"]}
    setting = setting_of(row.pk)
    try:
        arrange_auto(unit=row.pk, by=me(request), at=now(), values=values, why=said["why"], enabled=setting.enabled)
    except NotReady as error:
        form.add_error("threshold", refusal(error.why, readiness(row.pk, said["threshold"], now())))
        return _page(request, row, form, status=422)
    except WrongSetting as error:
        form.add_error(None, str(error))
        return _page(request, row, form, status=422)
    messages.success(request, _("Saved"))
    return _back(row.pk)


@LEADS
@require_POST
def switch(request: HttpRequest, unit: UUID) -> HttpResponse:
    """On or off."""
    row = access_unit(me(request), unit)
    on = request.POST.get("on") == "1"
    try:
        arrange_auto(unit=row.pk, by=me(request), at=now(), values={}, enabled=on)
    except NotReady as error:
        messages.error(request, refusal(error.why, readiness(row.pk, setting_of(row.pk).threshold, now())))
    else:
        messages.success(
            request, _("Answers are sent by themselves from now on") if on else _("Nothing is sent by itself any more")
        )
    return _back(row.pk)


@LEADS
@require_POST
def take(request: HttpRequest, unit: UUID) -> HttpResponse:
    """Approve a ready text (``ready``) or a past answer (``pair``)."""
    row = access_unit(me(request), unit)
    ready, pair = request.POST.get("ready", ""), request.POST.get("pair", "")
    try:
        approve(
            unit=row.pk,
            by=me(request),
            at=now(),
            ready=UUID(ready) if ready else None,
            pair=int(pair) if pair.isascii() and pair.isdigit() else None,
        )
    except ValueError:
        raise NotFound("There is no such text") from None
    except NotApprovable:
        messages.error(request, _("Something of another person was taken out of it. Make a ready text of it first."))
    else:
        messages.success(request, _("Approved. The dry run must be made anew."))
    return _back(row.pk)


@LEADS
@require_POST
def leave(request: HttpRequest, unit: UUID, answer: UUID) -> HttpResponse:
    """An answer is not approved any more."""
    access_unit(me(request), unit)
    withdraw(answer=answer, by=me(request), at=now())
    messages.success(request, _("It is not sent by itself any more"))
    return _back(unit)


@LEADS
@require_POST
def attempt(request: HttpRequest, unit: UUID) -> HttpResponse:
    """Ask for a dry run."""
    row = access_unit(me(request), unit)
    days = request.POST.get("days", "")
    ask_trial(unit=row.pk, by=me(request), days=int(days) if days.isascii() and days.isdigit() else 90, at=now())
    return _back(row.pk)


@LEADS
@require_GET
def progress(request: HttpRequest, unit: UUID) -> HttpResponse:
    """How far the dry run is; the page is read anew when it is done."""
    row = access_unit(me(request), unit)
    trial = newest_trial(row.pk)
    if trial is None or trial.state in (AutoTrial.State.DONE, AutoTrial.State.FAILED):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "assist/parts/auto_progress.html", {"newest": trial, "unit": row})


@LEADS
@require_POST
def restore(request: HttpRequest, unit: UUID, number: int) -> HttpResponse:
    """Go back to an older version."""
    row = access_unit(me(request), unit)
    try:
        go_back(unit=row.pk, number=number, by=me(request), at=now())
    except NotReady as error:
        messages.error(request, refusal(error.why, readiness(row.pk, setting_of(row.pk).threshold, now())))
    else:
        messages.success(request, _("Saved"))
    return _back(row.pk)
