"""Small questions of the rules' pages: ``{% load rule_words %}``."""

from django import template

from samspil.screens.rules.form import Line

register = template.Library()


@register.filter
def has_day(line: Line, day: int) -> bool:
    """Whether a test of hours has this day; a new one has Monday to Friday."""
    if not line.values:
        return day < 5  # noqa: PLR2004 - Saturday
    return any(str(day) in value for value in line.values if ":" not in value)
