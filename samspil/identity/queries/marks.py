"""What is to be known of handles: marks that stand."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from samspil.base.question import Question
from samspil.identity.models import Mark

_MARKS = Question(lambda ids: Mark.objects.filter(handle__in=ids, ended_at=None).select_related("by").order_by("at", "id"))
WARNINGS = frozenset({Mark.Kind.LOOKALIKE, Mark.Kind.IMPOSTOR})


def marks_of(handles: Sequence[UUID]) -> Mapping[UUID, Sequence[Mark]]:
    """The marks of each handle that has any, oldest first. One statement."""
    found: dict[UUID, list[Mark]] = {}
    for mark in _MARKS(list(handles)) if handles else ():
        found.setdefault(mark.handle_id, []).append(mark)
    return found


_EVER = Question(lambda ids: Mark.objects.filter(handle__in=ids).order_by("at", "id"))


def marks_ever(handles: Sequence[UUID]) -> Sequence[Mark]:
    """Every mark of these handles, also those that have ended. One statement."""
    return _EVER(list(handles)) if handles else []


def warned_of(handles: Sequence[UUID]) -> frozenset[UUID]:
    """Those that look like others or claim to be a colleague: to be shown with a warning, and never to be suggested. One statement."""
    return frozenset(handle for handle, marks in marks_of(handles).items() if any(m.kind in WARNINGS for m in marks))
