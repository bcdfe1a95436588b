"""The forms of hours and absence."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from samspil.hours.models import Week
from samspil.hours.queries import spans_kept
from samspil.hours.rules import Calendar, Span, country_names, spans_of, written

_NORTHERN = {
    "DK": _("Denmark"),
    "NO": _("Norway"),
    "SE": _("Sweden"),
    "FI": _("Finland"),
    "IS": _("Iceland"),
    "DE": _("Germany"),
    "GB": _("United Kingdom"),
    "NL": _("The Netherlands"),
}


@lru_cache(maxsize=1)
def _zones() -> list[tuple[str, str]]:
    return [(z, z.replace("_", " ")) for z in sorted(available_timezones()) if "/" in z and not z.startswith(("Etc/", "posix"))]


def _countries() -> list[tuple[str, Any]]:
    others = [(code, name) for code, name in country_names().items() if code not in _NORTHERN]
    return [("", _("No holidays")), *_NORTHERN.items(), *sorted(others, key=lambda c: c[1])]


def kinds() -> dict[str, str]:
    """What each kind of absence is called."""
    return {
        "holiday": pgettext("absence", "Holiday"),
        "ill": gettext("Ill"),
        "course": gettext("Course"),
        "leave": gettext("Leave"),
        "other": gettext("Something else"),
    }


class WeekForm(forms.Form):
    """A week in words, a field a day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in WEEKDAYS.items():
            self.fields[f"d{weekday}"] = forms.CharField(
                label=str(name).capitalize(),
                required=False,
                max_length=80,
                help_text=_("As 8–12, 12.30–16. Empty is closed; 22–6 goes past midnight.") if weekday == 0 else "",
            )
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), choices=_zones(), initial=settings.TIME_ZONE)
        self.fields["country"] = forms.ChoiceField(label=_("Holidays of"), choices=_countries(), required=False)
        self.fields["subdivision"] = forms.CharField(
            label=_("Part of the country"),
            required=False,
            max_length=12,
            help_text=_("Its short name, as BY for Bavaria; mostly empty."),
        )
        for weekday in WEEKDAYS:
            setattr(self, f"clean_d{weekday}", lambda day=weekday: self._spans(day))

    def _spans(self, weekday: int) -> tuple[Span, ...]:
        found = spans_of(weekday, self.cleaned_data[f"d{weekday}"])
        if found is None:
            raise ValidationError(gettext("Write it as 8–16 or 8–12, 13–16; spans must not overlap."))
        return found

    @staticmethod
    def of(found: Week | Calendar | None) -> dict[str, Any]:
        """The fields of what holds; a common week where nothing is said."""
        if found is None:
            return {**{f"d{n}": "8–16" if n < 5 else "" for n in WEEKDAYS}, "zone": settings.TIME_ZONE, "country": "DK"}  # noqa: PLR2004
        spans = spans_kept(found.spans) if isinstance(found, Week) else found.spans
        days = {f"d{n}": written(spans, n) for n in WEEKDAYS}
        return {**days, "zone": found.zone, "country": found.country, "subdivision": found.subdivision}

    def week(self) -> dict[str, Any]:
        """What actions.set_week takes."""
        given = self.cleaned_data
        return {
            "zone": given["zone"],
            "spans": [span for n in WEEKDAYS for span in given[f"d{n}"]],
            "country": given["country"],
            "subdivision": given["subdivision"].strip().upper(),
        }

    def shown(self) -> list[tuple[str, str]]:
        """Each weekday and its hours."""
        return [(str(self.fields[f"d{n}"].label), self.initial[f"d{n}"]) for n in WEEKDAYS]


class AbsenceForm(forms.Form):
    """From, until, why, and who takes over."""

    since = forms.DateTimeField(
        label=pgettext_lazy("absence", "From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    kind = forms.ChoiceField(label=_("What it is"))
    stand_in = forms.ChoiceField(label=_("Who takes over"), required=False)

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list(kinds().items())  # type: ignore[attr-defined]
        self.fields["stand_in"].choices = people  # type: ignore[attr-defined]
        tomorrow = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        self.fields["since"].initial = tomorrow.strftime("%Y-%m-%dT%H:%M")
