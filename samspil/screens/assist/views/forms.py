"""The form of the endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

USES = [("summary", _("Summaries of conversations")), ("draft", _("Drafts of answers")), ("translation", _("Translation"))]


class Model(forms.Form):
    """Which language model, for what, and where."""

    active = forms.BooleanField(label=_("Use a language model"), required=False)
    base_url = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_(
            "As the server says it, often ending in /v1. One of your own may lie inside the house: http://localhost:11434/v1 is Ollama."
        ),
    )
    model = forms.CharField(label=_("Model"), max_length=200, help_text=_("The name as the server knows it."))
    key = forms.CharField(
        label=_("Key"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted. Leave it empty to keep the one that is there; a new server needs it again."),
    )
    no_key = forms.BooleanField(label=_("Take the key away"), required=False)
    uses = forms.MultipleChoiceField(label=_("For what"), choices=USES, widget=forms.CheckboxSelectMultiple(), required=False)
    max_tokens = forms.IntegerField(label=_("At most so many tokens an answer"), min_value=16, max_value=8000)
    seconds = forms.IntegerField(label=_("Seconds to wait for a sign of life"), min_value=5, max_value=300)
    units = forms.MultipleChoiceField(label=_("In the conversations of"), widget=forms.CheckboxSelectMultiple(), required=False)
    masked_in = forms.MultipleChoiceField(
        label=_("Take names, addresses and numbers out first, in"),
        widget=forms.CheckboxSelectMultiple(),
        required=False,
        help_text=_("The server then sees ••• in their place. What nobody knows to be a name stays."),
    )

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("units", "masked_in"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
            field.choices = units
