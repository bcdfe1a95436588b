"""What the lists of conversations ask of promise: their order by when an answer is due, and terms of the search field.

The statements are conversation's; these are the parts of them that know promise's table, filled into its ports.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from samspil.base.clock import now
from samspil.promise.models import Priority

Condition = tuple[str, dict[str, Any]]
FIRST = ("promise_due", "answer_due", "conversation_id")
"""Table, time and conversation of the order «due first»."""
_DANISH = {
    "sen": "late", "forsinket": "late", "snart": "soon", "idag": "today", "i dag": "today",
    "haster": "urgent", "lav": "low", "kan vente": "low",
}  # fmt: skip
_BETWEEN = "c.id IN (SELECT d.conversation_id FROM promise_due d WHERE d.answer_due >= %({0}_a)s AND d.answer_due < %({0}_b)s)"
_LATE = "c.id IN (SELECT d.conversation_id FROM promise_due d WHERE d.answer_due <= %({0}_a)s)"
_SOON = "c.id IN (SELECT d.conversation_id FROM promise_due d WHERE d.answer_due > %({0}_a)s AND d.soon_at <= %({0}_a)s)"


def due_term(value: str, slot: str) -> Condition:
    """``due:late``, ``due:soon``, ``due:today`` as a condition on the conversation ``c``; today is the reader's day."""
    at = now()
    value = _DANISH.get(value, value)
    if value == "late":
        return _LATE.format(slot), {f"{slot}_a": at}
    if value == "soon":
        return _SOON.format(slot), {f"{slot}_a": at}
    if value == "today":
        here = timezone.localtime(at)
        since = datetime.combine(here.date(), time(), here.tzinfo)
        until = datetime.combine(here.date() + timedelta(days=1), time(), here.tzinfo)
        return _BETWEEN.format(slot), {f"{slot}_a": since, f"{slot}_b": until}
    return "false", {}


def priority_term(value: str, slot: str) -> Condition:  # noqa: ARG001 - as every term's
    """``priority:urgent``, ``priority:low``, ``priority:normal``; what nobody gave a priority is normal."""
    value = _DANISH.get(value, value)
    if value not in Priority.values:
        return "false", {}
    if value == Priority.NORMAL:
        return "NOT EXISTS (SELECT 1 FROM promise_due d WHERE d.conversation_id = c.id AND d.priority <> 'normal')", {}
    # Not a parameter: the index holds what is not normal, and only a value that stands there says that it is in it.
    return f"c.id IN (SELECT d.conversation_id FROM promise_due d WHERE d.priority = '{value}')", {}
