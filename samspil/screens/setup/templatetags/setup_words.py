"""Names and words of the setup pages: ``{% load setup_words %}``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samspil.base.clock import now
from samspil.organisation.models import Colleague
from samspil.organisation.queries import called
from samspil.screens.setup.rights_words import built_in_words
from samspil.screens.setup.views.forms import SPOKEN

register = template.Library()
register.filter(called)


@register.filter
def ago(moment: datetime) -> str:
    """How long ago, in the unit that says it best; a moment ahead of our clock is now."""
    seconds = max(int((now() - moment).total_seconds()), 0)
    for size, words in _UNITS:
        if seconds >= size:
            return str(words(seconds // size) % {"n": seconds // size})
    return _("just now")


_UNITS: Sequence[tuple[int, Callable[[int], str]]] = (
    (86400, lambda n: ngettext("%(n)d day ago", "%(n)d days ago", n)),
    (3600, lambda n: ngettext("%(n)d hour ago", "%(n)d hours ago", n)),
    (60, lambda n: ngettext("%(n)d minute ago", "%(n)d minutes ago", n)),
    (1, lambda n: ngettext("%(n)d second ago", "%(n)d seconds ago", n)),
)


@register.filter
def grouped(number: int) -> str:
    """A number that may be large: 2,310 in English, 2.310 in Danish."""
    return number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def level_words(level: int) -> str:
    """What a level means."""
    return {
        0: _("Does not"),
        1: _("Knows a little"),
        2: _("Can help"),
        3: _("Can"),
        4: _("Carries it"),
        5: _("The one to ask"),
    }.get(level, "")


@register.filter
def state_words(state: str) -> str:
    """The state of an envelope or a reply."""
    return {
        "arrived": _("Waiting"),
        "understood": _("Understood"),
        "empty": _("Nothing in it"),
        "not_understood": _("Not understood"),
        "quarantined": _("Quarantined"),
        "forgotten": _("Older than the forgetting of its person"),
        "awaits_yes": _("Waits for a yes"),
        "queued": _("Queued"),
        "sending": _("Being sent"),
        "accepted": _("Accepted"),
        "delivered": _("Delivered"),
        "read": _("Read"),
        "failed": _("Failed"),
        "uncertain": _("Uncertain"),
        "cancelled": _("Cancelled"),
    }.get(state, state)


@register.filter
def role_words(colleague: Colleague) -> str:
    """What a colleague's role is called in the reader's language."""
    return called(colleague.custom_role) if colleague.custom_role is not None else built_in_words(colleague.role)


@register.filter
def counter_words(name: str) -> str:
    """What was counted, where the name is one of ours; channels and accounts keep the end of the name."""
    kind, _colon, rest = name.partition(".")
    known = {
        "forged": _("Forged calls refused"),
        "refused": _("Calls refused"),
        "limited": _("Calls over the limit"),
        "forgotten": _("Older messages of forgotten persons left out"),
    }
    return f"{known[kind]}: {rest}" if kind in known and rest else known.get(kind, name)


@register.filter
def language_words(code: str) -> str:
    """A language by its name in the reader's language."""
    return str(dict(SPOKEN).get(code, code))


@register.filter
def fluency_words(level: int) -> str:
    """How well a colleague answers in a language."""
    return {1: _("gets by"), 2: _("works in it"), 3: _("their own")}.get(level, "")


@register.filter
def of(known: Mapping[Any, Any], key: Any) -> Any:
    """What is kept under a key, or nothing."""
    return known.get(key)


@register.filter
def percent(share: float) -> int:
    """A share as whole percent."""
    return round(100 * share)


@register.filter
def within(unit: UUID | None, units: set[UUID] | None) -> bool:
    """Whether a unit is one of these; None are all."""
    return units is None or unit in units
