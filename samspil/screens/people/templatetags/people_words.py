"""Words and marks of the pages of consumers: ``{% load people_words %}``."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from samspil.base.networks import face
from samspil.intake.models import Interaction

register = template.Library()
SURE = 0.9


@register.filter
def network_icon(network: str) -> str:
    """The icon of a network: its channel's or its brand's."""
    return face(network)[0]


@register.filter
def network_title(network: str) -> str:
    """What a network is called."""
    return face(network)[1]


@register.filter
def because(link: Any) -> str:
    """Why a handle is the consumer's, in the reader's language where the words are ours."""
    words = [str(e.get("words", "")) for e in link.evidence if e.get("words")]
    return " · ".join(_(w) for w in words)


@register.filter
def sure(link: Any) -> int:
    """How sure that is, in per cent; 100 when it was proved or a colleague said so."""
    strengths = [float(e.get("strength", 1)) for e in link.evidence]
    return round(100 * max(strengths, default=1.0))


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount in the reader's way of writing, with its currency; "" for none."""
    if amount is None:
        return ""
    whole = amount == amount.to_integral_value()
    return f"{number_format(amount, 0 if whole else 2, use_l10n=True, force_grouping=True)} {currency}".strip()


@register.filter
def mark(entry: Any) -> str:
    """The icon of an entry of the timeline."""
    i: Interaction = entry.interaction
    if i.kind == "message":
        return "reply" if i.outgoing else network_icon(i.handle.network)
    return {"purchase": "shopping-bag", "reaction": "heart", "follow": "user-plus"}.get(i.kind, "circle")


@register.filter
def where(entry: Any) -> str:
    """The account it went through; the network where the account only stands for a file that was read."""
    i: Interaction = entry.interaction
    return network_title(i.handle.network) if i.account.history else i.account.name


@register.filter
def side(entry: Any) -> str:
    """The class of an entry: in, out or event."""
    i: Interaction = entry.interaction
    return "is-event" if i.kind != "message" else "is-out" if i.outgoing else "is-in"
