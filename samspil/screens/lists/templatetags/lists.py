"""What these templates say about times: `{% load lists %}`."""

from datetime import datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def is_before_today(at: datetime | None) -> bool:
    """Whether it was on another day: then the clock stands beside it, for `when` says the day alone."""
    return at is not None and timezone.localtime(at).date() < timezone.localdate()
