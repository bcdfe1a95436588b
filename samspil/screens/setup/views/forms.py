"""The forms of the setup pages: they check the form of what was typed; what is allowed is the actions' to say."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from samspil.organisation.models import Colleague, Competence, Unit

LANGUAGES = [("da", "Dansk"), ("en", "English")]
THEMES = [("auto", _("As the machine")), ("light", _("Light")), ("dark", _("Dark"))]
AWAY = [("hour", _("For an hour")), ("day", _("Until tomorrow at 8")), ("week", _("Until Monday at 8")), ("until", _("Until …"))]
MOST = 200
"""Conversations that a colleague can say to hold at once."""


class FirstRun(forms.Form):
    """The organisation and its first colleague."""

    code = forms.CharField(label=_("Code"), help_text=_("It stands in the window where Samspil was started."), max_length=40)
    organisation = forms.CharField(label=_("What is your organisation called?"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your mail address"), help_text=_("You sign in with it."))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(),
        help_text=_("At least 10 characters; a sentence is good."),
        max_length=200,
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = code
        if not code:
            del self.fields["code"]

    def clean_code(self) -> str:
        """The code as it was shown; spaces, hyphens and case do not matter."""
        from hmac import compare_digest

        given = "".join(c for c in self.cleaned_data["code"].upper() if c.isalnum())
        if not compare_digest(given.encode(), self.expected.replace("-", "").encode()):
            raise ValidationError(gettext("This is not the code."))
        return given

    def clean(self) -> dict[str, Any]:
        """The password must not be like the name or the address."""
        found = super().clean() or self.cleaned_data
        if found.get("password"):
            try:
                validate_password(found["password"], Colleague(name=found.get("name", ""), email=found.get("email", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return found


class Own(forms.Form):
    """One's own settings."""

    name = forms.CharField(label=_("Name"), max_length=120)
    title = forms.CharField(
        label=_("Your craft"), max_length=120, required=False, help_text=_("A few words, for example: motor and battery.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES)
    capacity = forms.IntegerField(
        label=_("Open conversations at once"),
        min_value=0,
        max_value=MOST,
        help_text=_("Nothing more is given to you when you have so many. 0: you take them yourself."),
    )
    single_keys = forms.BooleanField(label=_("Single letters do things"), required=False)
    notify_browser = forms.BooleanField(label=_("Tell me in the browser"), required=False)


class Away(forms.Form):
    """«Not me now»."""

    span = forms.ChoiceField(choices=AWAY)
    until = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

    def moment(self, at: datetime) -> datetime | None:
        """Until when, in the local time zone; None when that lies behind us or was left out."""
        local = timezone.localtime(at)
        morning = local.replace(hour=8, minute=0, second=0, microsecond=0)
        match self.cleaned_data["span"]:
            case "hour":
                return at + timedelta(hours=1)
            case "day":
                return morning + timedelta(days=1)
            case "week":
                return morning + timedelta(days=7 - local.weekday())
        until: datetime | None = self.cleaned_data["until"]
        return until if until is not None and until > at else None


class Person(forms.Form):
    """A colleague, as an administrator sets it."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Mail address"))
    title = forms.CharField(label=_("Craft"), max_length=120, required=False)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.order_by("name"), required=False, empty_label=_("None"))
    role = forms.ChoiceField(label=_("Role"))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    capacity = forms.IntegerField(label=_("Open conversations at once"), min_value=0, max_value=MOST, initial=12)

    def __init__(self, *args: Any, roles: Sequence[tuple[str, str]], gives: bool, units: set[UUID] | None, **kwargs: Any) -> None:
        """``roles`` that may be given, if any may (``gives``), and the ``units`` that somebody may be put into; None are all."""
        super().__init__(*args, **kwargs)
        role, unit = self.fields["role"], self.fields["unit"]
        role.choices, role.disabled = roles, not gives  # type: ignore[attr-defined]  # of a ChoiceField
        if units is not None:
            unit.queryset, unit.required, unit.empty_label = Unit.objects.filter(pk__in=units).order_by("name"), True, None  # type: ignore[attr-defined]


class UnitForm(forms.Form):
    """A unit."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    parent = forms.ModelChoiceField(
        label=_("Below"), queryset=Unit.objects.order_by("name"), required=False, empty_label=_("Nothing: it stands at the top")
    )
    triage = forms.BooleanField(
        label=_("Takes what nobody is known for"),
        required=False,
        help_text=_("One unit does; choosing this one frees the other."),
    )
    closed = forms.BooleanField(
        label=_("Closed"), required=False, help_text=_("Only the unit itself, and administrators, see its conversations.")
    )


class CompetenceForm(forms.Form):
    """A competence."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    parent = forms.ModelChoiceField(
        label=_("Belongs to"),
        queryset=Competence.objects.filter(active=True).order_by("name"),
        required=False,
        empty_label=_("Nothing wider"),
        help_text=_("The wider competence. Who holds that one is asked when nobody holds this one."),
    )
    description = forms.CharField(
        label=_("What is it about?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("As a consumer would say it. Routing learns from it until there are answers to learn from."),
    )
    words = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Words that point to it, with commas between."),
    )

    def clean_words(self) -> list[str]:
        """A list without doubles, in the order given."""
        given = self.cleaned_data["words"].replace("\n", ",").split(",")
        return list(dict.fromkeys(w.strip()[:80] for w in given if w.strip()))[:200]


def levels(data: Any, competences: Iterable[Competence]) -> Sequence[tuple[Competence, int]]:
    """The levels 0-5 that were chosen, by competence; what is missing or nonsense is left as it is."""
    chosen = [(c, str(data.get(f"level-{c.pk}", ""))) for c in competences]
    return [(c, int(value)) for c, value in chosen if value in {"0", "1", "2", "3", "4", "5"}]


class Feeling(forms.Form):
    """Whether and when people are asked how the relation feels."""

    active = forms.BooleanField(label=_("Ask, some time after a conversation is done"), required=False)
    wait_minutes = forms.IntegerField(label=_("Minutes after it is done"), min_value=0, max_value=24 * 60, initial=30)
    apart_days = forms.IntegerField(label=_("Days until one person is asked again"), min_value=1, max_value=730, initial=30)
    needs_yes = forms.BooleanField(
        label=_("Only people who have said yes to being asked"),
        help_text=_(
            "Off: all who have not said no. In Denmark such a question by mail or message can count as marketing, and then needs a yes."
        ),
        required=False,
        initial=True,
    )
    question = forms.CharField(
        label=_("The question in Danish"),
        max_length=300,
        required=False,
        help_text=_("Empty: how it feels to be in touch with you right now."),
    )
    question_en = forms.CharField(label=_("The question in English"), max_length=300, required=False)


class ReadyText(forms.Form):
    """A text that colleagues put in with / and its key."""

    key = forms.CharField(label=_("Key"), max_length=40, help_text=_("What one writes after /, without spaces."))
    name = forms.CharField(label=_("What it is for"), max_length=120, required=False)
    text = forms.CharField(label=_("In Danish"), max_length=8000, widget=forms.Textarea(attrs={"rows": 7}))
    text_en = forms.CharField(
        label=_("In English"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 7}),
        required=False,
        help_text=_("For everybody who does not write Danish. Empty: the Danish one."),
    )
    unit = forms.ModelChoiceField(
        label=_("Only for"), queryset=Unit.objects.order_by("name"), required=False, empty_label=_("Everybody")
    )


SPOKEN = (
    ("da", _("Danish")), ("en", _("English")), ("de", _("German")), ("sv", _("Swedish")), ("nb", _("Norwegian")), ("fr", _("French")),
    ("es", _("Spanish")), ("pl", _("Polish")), ("uk", _("Ukrainian")), ("tr", _("Turkish")), ("ar", _("Arabic")),
)  # fmt: skip
"""Languages that the pages know by name."""
FLUENCY = ((0, _("No")), (1, _("I get by")), (2, _("I work in it")), (3, _("My own")))


def spoken(data: Any) -> dict[str, int]:
    """The languages that were chosen, with how well; what is nonsense is left out."""
    chosen = {code: str(data.get(f"language-{code}", "")) for code, _name in SPOKEN}
    return {code: int(value) for code, value in chosen.items() if value in {"1", "2", "3"}}
