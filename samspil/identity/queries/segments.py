"""Who fits a filter, how many, and in which segments somebody is. One statement each, stopped when it takes too long."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotFound, SamspilError
from samspil.base.question import Question
from samspil.identity.models import Field, Segment
from samspil.identity.queries.segment_sql import Compiled
from samspil.identity.rules.segment import Node, Own, WrongFilter, lookup, read, words_of, write
from samspil.organisation.models import Colleague

PAGE = 40
AT_MOST = 10_000
"""How far is counted."""
SECONDS = 6
_CANCELLED = "57014"

__all__ = ["TooSlow", "WrongFilter", "count", "lookup", "members", "owns", "read_filter", "segment", "segments", "segments_of"]


class TooSlow(SamspilError):
    """The question took longer than it may."""

    code = "identity.too_slow"


_FIELDS = Question(lambda: Field.objects.filter(archived_at=None).order_by("place", "name", "slug"))


def owns() -> list[Own]:
    """The organisation's own attributes as filters know them. One statement."""
    return [Own(f.slug, f.kind, f.name, tuple(str(c) for c in f.choices)) for f in _FIELDS()]


def read_filter(text: str, own: Sequence[Own] | None = None) -> Node:
    """The meaning of a line. One statement when ``own`` is not given. Raises WrongFilter."""
    return read(text, owns() if own is None else own)


def members(
    filter: Node | str,  # noqa: A002 - the word that people use
    *,
    by: Colleague,
    limit: int = PAGE,
    after: UUID | None = None,
    own: Sequence[Own] | None = None,
) -> Sequence[UUID]:
    """The consumers who fit now, the newest first; ``after`` is the last one seen. Raises WrongFilter, TooSlow."""
    condition, made = _compiled(filter, by, own)
    place = f"AND k.id < {made.value(after, 'uuid')}" if after else ""
    limited = made.value(limit, "bigint")
    statement = (
        f"SELECT k.id FROM identity_consumer k WHERE {_IS_SOMEBODY} AND {condition} {place} ORDER BY k.id DESC LIMIT {limited}"
    )
    with _in_time():
        return [row[0] for row in sql.run(statement, made.params)]


def count(filter: Node | str, *, by: Colleague, at_most: int = AT_MOST, own: Sequence[Own] | None = None) -> int:  # noqa: A002
    """How many fit now; ``at_most`` and one when there are more than that. Raises WrongFilter, TooSlow."""
    condition, made = _compiled(filter, by, own)
    limited = made.value(at_most + 1, "bigint")
    statement = f"SELECT count(*) FROM (SELECT 1 FROM identity_consumer k WHERE {_IS_SOMEBODY} AND {condition} LIMIT {limited}) t"
    with _in_time():
        return int(sql.run(statement, made.params)[0][0])


_IS_SOMEBODY = "EXISTS (SELECT 1 FROM identity_link l WHERE l.consumer_id = k.id AND l.ended_at IS NULL)"


def _compiled(text: Node | str, by: Colleague, own: Sequence[Own] | None) -> tuple[str, Compiled]:
    own = owns() if own is None else own
    made = Compiled(words_of(own), timezone.localtime(now()), by)
    return made.condition(read(text, own) if isinstance(text, str) else text), made


@contextmanager
def _in_time() -> Iterator[None]:
    """A filter of somebody's may take so long and no longer; and memory for hashing whole tables, which is what it saves time by."""
    settings: dict[str, Any] = {"statement_timeout": f"{int(SECONDS * 1000)}ms", "work_mem": "64MB", "jit": "off"}
    setting = "SELECT " + ", ".join(f"set_config('{name}', %({name})s, true)" for name in settings)
    before = "SELECT " + ", ".join(f"current_setting('{name}')" for name in settings)
    try:
        with transaction.atomic():
            kept = dict(zip(settings, sql.run(before)[0], strict=True))
            sql.run(setting, settings)
            yield
            sql.run(setting, kept)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _CANCELLED:
            raise
        raise TooSlow("This takes too long. Narrow it down, for instance by a network or a date.") from None


def segments(*, by: Colleague) -> Sequence[Segment]:
    """The segments that the colleague sees: their own and those that are shared, by name. One statement."""
    return list(_seen(by).select_related("by").order_by("name", "id"))


def segment(ident: UUID, *, by: Colleague) -> Segment:
    """One of them, also one that has ended, for the undo. Raises NotFound."""
    row = _seen(by, ended=True).select_related("by").filter(pk=ident).first()
    if row is None:
        raise NotFound("no such segment")
    return row


def _seen(by: Colleague, *, ended: bool = False) -> QuerySet[Segment]:
    rows = Segment.objects.filter(Q(shared=True) | Q(by=by))
    return rows if ended else rows.filter(ended_at=None)


MOST_SEGMENTS = 200
"""How many segments are looked through for one consumer."""


def segments_of(consumer: UUID, *, by: Colleague) -> Sequence[Segment]:
    """In which segments the consumer is now, of those that the colleague sees. Three statements, and what sets the time limit.

    A segment whose line cannot be read any more (an own attribute was archived) is left out.
    """
    own, rows = owns(), segments(by=by)[:MOST_SEGMENTS]
    made = Compiled(words_of(own), timezone.localtime(now()), by)
    readable, conditions = [], []
    for row in rows:
        try:
            conditions.append(made.condition(read(row.filter, own)))
        except WrongFilter:
            continue
        readable.append(row)
    if not readable:
        return []
    one = made.value(consumer, "uuid")
    with _in_time():
        found = sql.run(f"SELECT {', '.join(conditions)} FROM identity_consumer k WHERE k.id = {one}", made.params)
    return [row for row, fits in zip(readable, found[0], strict=True) if fits] if found else []


def fitting(consumers: Sequence[UUID], lines: Sequence[str], *, by: Colleague) -> dict[UUID, frozenset[str]]:
    """Which of the lines each of the consumers fits now. Two statements, and what sets the time limit. Raises TooSlow.

    A line that cannot be read any more fits nobody.
    """
    if not consumers or not lines:
        return {}
    own = owns()
    made = Compiled(words_of(own), timezone.localtime(now()), by)
    readable, conditions = [], []
    for line in lines:
        try:
            conditions.append(made.condition(read(line, own)))
        except WrongFilter:
            continue
        readable.append(line)
    if not readable:
        return {}
    ids = made.value(list(consumers), "uuid[]")
    with _in_time():
        rows = sql.run(f"SELECT k.id, {', '.join(conditions)} FROM identity_consumer k WHERE k.id = ANY({ids})", made.params)
    return {row[0]: frozenset(line for line, fits in zip(readable, row[1:], strict=True) if fits) for row in rows}


def written(filter: Node, own: Sequence[Own], language: str = "en") -> str:  # noqa: A002
    """The line of a meaning."""
    return write(filter, own, language)
