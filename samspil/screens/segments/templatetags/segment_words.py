"""Words and marks of the pages of segments: ``{% load segment_words %}``."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import ngettext

from samspil.base.networks import face
from samspil.identity.queries.segments import AT_MOST

register = template.Library()
INDENT = 6


@register.filter
def network_icon(network: str) -> str:
    """The icon of a network: its channel's or its brand's."""
    return face(network)[0]


@register.filter
def network_title(network: str) -> str:
    """What a network is called."""
    return face(network)[1]


@register.filter
def people_count(number: int) -> str:
    """How many fit; what was not counted to the end ends in a plus."""
    shown = number_format(min(number, AT_MOST), use_l10n=True, force_grouping=True)
    return ngettext("%(n)s consumer", "%(n)s consumers", number) % {"n": f"{shown}+" if number > AT_MOST else shown}


@register.filter
def indent(depth: int) -> int:
    """How far a line is moved in; deeper ones stay there."""
    return min(int(depth), INDENT)
