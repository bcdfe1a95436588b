"""What routing wants of other stages, filled in the assembly; nothing is missing where nobody fills it."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

OnDuty = Callable[[Collection[UUID], datetime], Mapping[UUID, datetime | None]]
Verdicts = Callable[[datetime], Mapping[UUID, bool]]
Due = Callable[[Collection[UUID]], Mapping[UUID, datetime]]
Reached = Callable[[Collection[UUID], datetime], frozenset[UUID]]
Languages = Callable[[Collection[UUID]], Mapping[UUID, frozenset[str]]]


class _Filled:
    on_duty: OnDuty | None = None
    verdicts: Verdicts | None = None
    due: Due | None = None
    languages: Languages | None = None
    reached: Reached | None = None


def fill(
    *,
    on_duty: OnDuty | None = None,
    verdicts: Verdicts | None = None,
    due: Due | None = None,
    languages: Languages | None = None,
    reached: Reached | None = None,
) -> None:
    """What is given is filled; what is not given stays as it was.

    ``on_duty``: for each colleague None when on duty, else until when away. ``verdicts``: of the conversations that ended since a
    time, whether the consumer said that it went well. ``due``: by when an answer is promised. ``languages``: which languages, as
    ISO 639-1, each colleague writes. ``reached``: who is told and answers outside of the desk. Each is asked once for all, and takes a
    constant number of statements.
    """
    _Filled.on_duty = on_duty or _Filled.on_duty
    _Filled.verdicts = verdicts or _Filled.verdicts
    _Filled.due = due or _Filled.due
    _Filled.languages = languages or _Filled.languages
    _Filled.reached = reached or _Filled.reached


def on_duty(colleagues: Collection[UUID], at: datetime) -> Mapping[UUID, datetime | None]:
    """Everybody is on duty where nobody knows of working hours."""
    return _Filled.on_duty(colleagues, at) if _Filled.on_duty and colleagues else dict.fromkeys(colleagues)


def verdicts(since: datetime) -> Mapping[UUID, bool]:
    """What consumers said of conversations that ended since; nothing where nobody asks them."""
    return _Filled.verdicts(since) if _Filled.verdicts else {}


def due(conversations: Collection[UUID]) -> Mapping[UUID, datetime]:
    """By when an answer is promised; nothing is where nobody promises."""
    return _Filled.due(conversations) if _Filled.due and conversations else {}


def languages(colleagues: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    """Which languages colleagues write; not known where nobody says."""
    return _Filled.languages(colleagues) if _Filled.languages and colleagues else {}


def reached(colleagues: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Who is told and answers outside of the desk; nobody where nothing is told there."""
    return _Filled.reached(colleagues, at) if _Filled.reached and colleagues else frozenset()
