"""The form of a channel's account, made from the fields that the channel declares. No channel is named here."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from samspil.base import registry
from samspil.intake.models import Account
from samspil.intake.queries import fields_of
from samspil.kit import Channel, Field, Hears, Pulls, Sends, quality
from samspil.screens.setup.views.forms import LANGUAGES

LONGEST = 4000
PREFIX = "f-"


class AccountForm(forms.Form):
    """Name and language, and after them one field for each of the channel's."""

    name = forms.CharField(label=_("What do you call it?"), max_length=120)
    language = forms.ChoiceField(label=_("Language of what is sent from it"), choices=LANGUAGES)

    def __init__(self, data: Any = None, *, channel: Channel, row: Account | None = None) -> None:
        initial: dict[str, Any] = (
            {"name": row.name, "language": row.language} if row else {"language": (get_language() or "da")[:2]}
        )
        super().__init__(data, initial=initial)
        self.channel_fields = fields_of(channel)
        if row:
            del self.fields["language"]  # fixed when it is connected: texts that were sent carry it
        for field in self.channel_fields:
            self.fields[PREFIX + field.name] = made(field, row)

    @property
    def config(self) -> dict[str, Any]:
        """What the channel is configured with, by the names of its fields."""
        return {f.name: self.cleaned_data.get(PREFIX + f.name) for f in self.channel_fields}

    @property
    def own(self) -> list[str]:
        """Our own addresses on the network."""
        return [str(v) for f in self.channel_fields if f.kind == "address" and (v := self.config[f.name])]


def made(field: Field, row: Account | None) -> forms.Field:
    """One field of the form."""
    common: dict[str, Any] = {"label": words(field.label, field.name), "help_text": _plain(words(field.help))}
    required = field.required
    value = row.config.get(field.name, field.default) if row else field.default
    if field.kind == "switch":
        return forms.BooleanField(required=False, initial=bool(value), **common)
    if field.kind == "number":
        return forms.IntegerField(required=required, initial=value, **common)
    if field.kind == "secret":
        held = row is not None and row.state != Account.State.CLOSED
        if held:
            common["help_text"] = _("Empty: it stays as it is.")
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(required=required and not held, max_length=LONGEST, strip=False, widget=widget, **common)
    if field.kind == "url":
        return forms.URLField(required=required, initial=value, max_length=LONGEST, assume_scheme="https", **common)
    return forms.CharField(required=required, initial=value, max_length=LONGEST, **common)


def words(texts: Mapping[str, str], otherwise: str = "") -> str:
    """The text in the reader's language, in English, in whatever there is."""
    return texts.get((get_language() or "en")[:2]) or texts.get("en") or next(iter(texts.values()), otherwise)


def _plain(text: str) -> str:
    """A channel's help is text; the form's template would take it for HTML."""
    from django.utils.html import escape

    return escape(text)


def title(name: str) -> str:
    """What a channel is called."""
    return _manifest(name, "title") or name


def description(name: str) -> str:
    """What a channel is for, in a sentence."""
    return _manifest(name, "description")


def paste(name: str) -> dict[str, str]:
    """What is to be pasted on the network's side, with the words that say where; empty where there is nothing."""
    text = registry.paste(name)
    return {"text": text, "words": _manifest(name, "paste")} if text else {}


_LEVELS = {
    "bronze": _("Bronze: it reads, and refuses what is forged"),
    "silver": _("Silver: it reads, and answers where one can answer"),
    "gold": _("Gold: edits, deletions and files too, where the network has them"),
    "platinum": _("Platinum: tried against real servers"),
}


def level_words(name: str) -> str:
    """How far the channel is, by its own word; "" below the first level."""
    return str(_LEVELS.get(quality.level(registry.fulfils(name)), ""))


def icon(name: str) -> str:
    """The channel's icon."""
    return str(registry.manifest(name).get("icon", "plug"))


def _manifest(name: str, key: str) -> str:
    """A manifest may hold a text for each language as a table, or as ``key`` and ``key_da``."""
    found = registry.manifest(name)
    value = found.get(f"{key}_{(get_language() or 'en')[:2]}") or found.get(key, "")
    return words(value) if isinstance(value, Mapping) else str(value)


def connectable() -> Sequence[str]:
    """The channels that an account can be connected of: those that bring or take messages, not those that only read files."""
    return [n for n in registry.names() if isinstance(registry.channel(n), Pulls | Hears | Sends)]
