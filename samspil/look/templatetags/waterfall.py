"""A sum made of steps, drawn: ``{% load waterfall %}{% waterfall items label="…" %}``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()
WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One step. ``x``, ``width`` and ``to`` are per cent of the drawing, as text with a point; ``way`` is for, against or even."""

    label: str
    hint: str
    value: str
    sum: str
    way: str
    x: str
    width: str
    to: str


@register.inclusion_tag("look/waterfall.html")
def waterfall(
    items: Iterable[Mapping[str, Any]], *, label: str, total: str = "", unit: str = "", less: str = "", more: str = ""
) -> dict[str, Any]:
    """Steps from zero to their sum, each beginning where the one before ended.

    ``items`` are {label, value, hint}: value a number, positive to the right; hint what it means, in words. ``label`` names the
    drawing, ``total`` the last bar, ``unit`` what is counted, ``less`` and ``more`` the two sides. A table says the same.
    """
    steps = [(str(i.get("label", "")), float(i.get("value", 0)), str(i.get("hint", ""))) for i in items]
    ends, at = [], 0.0
    for _label, value, _hint in steps:
        at += value
        ends.append(at)
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = (high - low) or 1.0
    bars = [_bar(*step, end - step[1], end, low, span) for step, end in zip(steps, ends, strict=True)]
    return {
        "bars": bars,
        "result": _bar(total or _("Sum"), at, "", 0.0, at, low, span),
        "zero": _per_cent(0.0, low, span),
        "label": label,
        "unit": unit,
        "less": less,
        "more": more,
    }


def _bar(label: str, value: float, hint: str, begin: float, end: float, low: float, span: float) -> Bar:
    x, to = _per_cent(min(begin, end), low, span), _per_cent(max(begin, end), low, span)
    return Bar(
        label=label,
        hint=hint,
        value=signed(value),
        sum=signed(end),
        way="for" if round(value, 1) > 0 else "against" if round(value, 1) < 0 else "even",
        x=x,
        width=f"{max(float(to) - float(x), 0.6):.2f}",
        to=_per_cent(end, low, span),
    )


def _per_cent(value: float, low: float, span: float) -> str:
    return f"{(value - low) / span * WIDTH:.2f}"


def signed(value: float) -> str:
    """A number with its sign in the reader's way of writing: +5.2, −17.3, 0.0."""
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return sign + number_format(abs(rounded), 1, use_l10n=True)
