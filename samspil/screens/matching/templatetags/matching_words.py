"""Words of the pages about who is whom: ``{% load matching_words %}``."""

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from samspil.identity.queries.suggestions import ENOUGH, waiting
from samspil.look.templatetags.look import interval
from samspil.screens.matching.queries import COUNTED
from samspil.screens.matching.words import label

register = template.Library()
WHOLE = 100


COMPARED = gettext_noop("Compared side by side")
"""What a decision from the worklist says of itself (identity.actions.suggest); translated where it is shown."""


@register.filter
def field_label(field: str) -> str:
    """What a detail is called; an attribute of the organisation by its own name."""
    known = {
        "title": _("Title"),
        "department": _("Department"),
        "city": _("City"),
        "region": _("Region"),
        "country": _("Country"),
        "gender": _("Gender"),
        "website": _("Website"),
        "order_number": _("Order number"),
    }
    return known.get(field) or label(field)


@register.filter
def would_move(card: Any) -> str:
    """What comes to whom if they are one person."""
    gone, kept = (card.other, card.one) if card.keep == card.one.consumer.pk else (card.one, card.other)
    handles = len(gone.handles) + gone.more_handles
    said = [
        ngettext("%(n)d handle", "%(n)d handles", handles) % {"n": handles},
        ngettext("%(n)d conversation", "%(n)d conversations", gone.conversations) % {"n": gone.conversations},
        ngettext("%(n)s interaction", "%(n)s interactions", gone.interactions)
        % {"n": f"{gone.interactions}+" if gone.interactions >= COUNTED else gone.interactions},
    ]
    return _("If they are the same: %(what)s of %(gone)s come to %(kept)s.") % {
        "what": _("%(a)s, %(b)s and %(c)s") % dict(zip("abc", said, strict=True)),
        "gone": gone.name,
        "kept": kept.name,
    }


@register.filter
def band_words(band: Any) -> str:
    """A band of probability: "80–95 of 100"."""
    return _("%(low)s–%(high)s of 100") % {"low": f"{band.begins * WHOLE:g}", "high": f"{band.ends * WHOLE:g}"}


@register.filter
def range_words(band: Any) -> str:
    """Where the share lies: "67–80 %"."""
    return f"{round(band.low * WHOLE)}–{round(band.high * WHOLE)} %"


@register.simple_tag
def band_interval(band: Any) -> SafeString:
    """The share that was one person, with its uncertainty."""
    share = round(band.share * WHOLE)
    words = _("%(share)d %% (%(range)s)") % {"share": share, "range": range_words(band)}
    return interval(share, band.low * WHOLE, band.high * WHOLE, words=words)


@register.filter
def answers_words(effect: Any) -> str:
    """How many of those answered at or above a threshold were one person, with the range."""
    if not effect.answered:
        return _("nobody has answered any yet")
    words = _("%(same)d of %(all)d were one person (%(low)d–%(high)d %% with 95 %% certainty)") % {
        "same": effect.same,
        "all": effect.answered,
        "low": round(effect.low * WHOLE),
        "high": round(effect.high * WHOLE),
    }
    return words if effect.answered >= ENOUGH else _("not enough answers yet: %(words)s") % {"words": words}


@register.filter
def grouped(number: int | None) -> str:
    """A whole number in the reader's way of writing, with its thousands apart."""
    return str(number_format(number or 0, use_l10n=True, force_grouping=True))


@register.inclusion_tag("matching/parts/count.html")
def may_be_one() -> dict[str, int]:
    """The way to the worklist, with how many pairs wait. One statement."""
    return {"waiting": waiting(cap=100)}
