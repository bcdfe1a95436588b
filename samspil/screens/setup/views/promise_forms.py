"""The forms of promises and of what follows, and both in words."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from samspil.base.networks import channel_face
from samspil.promise.rules import ASSIGNEE, BOTH, LATEST, LEADS, LONGEST, NOBODY, SOONEST, Course

FULL = 100
"""Percent."""
TO = [
    (ASSIGNEE, gettext_lazy("Who has it, else the unit's leads")),
    (LEADS, gettext_lazy("The unit's leads")),
    (BOTH, gettext_lazy("Who has it and the unit's leads")),
    (NOBODY, gettext_lazy("Nobody")),
]


def priority_words(priority: str) -> str:
    """A priority, "" for all of them."""
    return {"": _("Every priority"), "urgent": _("Urgent"), "low": _("Can wait")}.get(priority, _("As every other"))


def channel_words(channel: str) -> str:
    """A channel as it calls itself, "" for all of them."""
    return channel_face(channel)[1] if channel else _("Every channel")


class Promised(forms.Form):
    """Minutes of opening hours; empty promises nothing."""

    priority = forms.ChoiceField(label=gettext_lazy("For conversations that are"), required=False)
    channel = forms.ChoiceField(
        label=gettext_lazy("Written on"),
        required=False,
        help_text=gettext_lazy("The promise that says most holds: an urgent one on one channel before one for all."),
    )
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

    def __init__(self, *args: Any, channels: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].choices = [(p, priority_words(p)) for p in ("", "urgent", "normal", "low")]  # type: ignore[attr-defined]
        self.fields["channel"].choices = [(c, channel_words(c)) for c in ("", *channels)]  # type: ignore[attr-defined]


class CourseForm(forms.Form):
    """When one is told, who is, and what becomes of what is late."""

    soon = forms.IntegerField(
        label=gettext_lazy("Soon due at percent of the promise"),
        help_text=gettext_lazy("80: of an hour, when 48 minutes have passed."),
        min_value=SOONEST,
        max_value=FULL - 1,
    )
    soon_to = forms.ChoiceField(label=gettext_lazy("Then is told"), choices=TO)
    due_to = forms.ChoiceField(label=gettext_lazy("When it is due is told"), choices=TO)
    late = forms.IntegerField(
        label=gettext_lazy("Late at percent of the promise"),
        help_text=gettext_lazy("150: of an hour, when half an hour more has passed."),
        min_value=FULL + 1,
        max_value=LATEST,
    )
    late_to = forms.ChoiceField(label=gettext_lazy("When it is late is told"), choices=TO)
    urgent = forms.BooleanField(label=gettext_lazy("What is late becomes urgent"), required=False)
    freed = forms.BooleanField(
        label=gettext_lazy("What is late goes back to everybody if who has it is not at work"), required=False
    )

    @staticmethod
    def of(course: Course) -> dict[str, Any]:
        """What the fields hold for a course."""
        return {name: getattr(course, name) for name in CourseForm.base_fields}

    def course(self) -> Course:
        """What was said."""
        return Course(**self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        """Both shares are in their range when the fields are."""
        found = super().clean() or self.cleaned_data
        if not self.errors and not Course(**found).makes_sense():
            raise ValidationError(_("Soon is before it is due, and late after it."))
        return found


def course_words(course: Course) -> list[dict[str, str]]:
    """The steps in words: when, and what happens."""
    to = {
        ASSIGNEE: _("who has it is told, else the unit's leads"),
        LEADS: _("the unit's leads are told"),
        BOTH: _("who has it and the unit's leads are told"),
        NOBODY: _("nobody is told"),
    }
    late = [_("it becomes urgent")] if course.urgent else []
    late += [_("it goes back to everybody if who has it is not at work")] if course.freed else []
    told = [to[x] for x in (course.soon_to, course.due_to, course.late_to)]
    return [
        {
            "name": pgettext("promise", "Soon due"),
            "when": _("%(n)d %% of the time have passed") % {"n": course.soon},
            "what": told[0],
        },
        {"name": pgettext("step", "Due"), "when": _("the time has passed"), "what": told[1]},
        {
            "name": _("Late"),
            "when": _("%(n)d %% of the time have passed") % {"n": course.late},
            "what": "; ".join([told[2], *late]),
        },
    ]
