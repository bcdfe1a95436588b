"""Questions of the ORM that are compiled once: what a page asks every time is put to the database as it was the first time.

Django builds the SQL of a queryset anew each time, which for a page of twenty questions takes longer than the database does; and its
cursor binds in the client, so that PostgreSQL plans each of them anew. Here the SQL is kept, and the driver prepares it. Rejected:
writing such questions by hand, which would name every column of every model that is joined.
"""

import inspect
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import JSONField, Model, QuerySet
from django.db.models.query import get_related_populators

from samspil.base import sql

M = TypeVar("M", bound=Model)
_TIMES = {"since", "until"}


class _Plan(NamedTuple):
    statement: str
    params: tuple[Any, ...]
    slots: tuple[int | None, ...]
    """For each of ``params`` the number of the value that takes its place; None where it stays."""
    model: type[Model]
    names: list[str]
    span: tuple[int, int]
    populators: Sequence[Any]
    annotations: dict[str, int]
    converters: list[tuple[int, list[Any], Any]]


class Question(Generic[M]):
    """A queryset as a function of ids: ``Question(lambda consumer: Link.objects.filter(consumer=consumer))`` is called with them.

    ``build`` is called once, with an id in each place, and must not decide anything by it. A parameter called ``ids`` is a list of
    ids of any length, for ``pk__in=ids``; ``since`` and ``until`` are times. Answers fresh objects in the queryset's order. One statement.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self.build = build
        self.plan: _Plan | None = None

    def __call__(self, *values: Any) -> list[M]:
        """The rows for these values."""
        plan = self.plan = self.plan or _planned(self.build)
        params = [kept if slot is None else values[slot] for kept, slot in zip(plan.params, plan.slots, strict=True)]
        return [_object(plan, row) for row in sql.run(plan.statement, params)]

    def first(self, *values: Any) -> M | None:
        """The first of them. The queryset limits itself."""
        return next(iter(self(*values)), None)


def _planned(build: Callable[..., QuerySet[Any]]) -> _Plan:
    names = list(inspect.signature(build).parameters)
    marks = [datetime(1, 1, 1, 0, n, tzinfo=UTC) if name in _TIMES else uuid4() for n, name in enumerate(names)]
    query = build(*([mark] if name == "ids" else mark for name, mark in zip(names, marks, strict=True))).query
    compiler: Any = query.get_compiler(connection=connection)
    statement, params = compiler.as_sql()
    slots = [marks.index(p) if isinstance(p, UUID | datetime) and p in marks else None for p in params]
    parts = statement.split("%s")
    for place, slot in enumerate(slots):
        if slot is not None and names[slot] == "ids":  # a list of any length is one value
            parts[place] = parts[place].removesuffix("IN (") + "= ANY("
    start, end = compiler.klass_info["select_fields"][0], compiler.klass_info["select_fields"][-1] + 1
    return _Plan(
        statement="%s".join(parts),
        params=tuple(params),
        slots=tuple(slots),
        model=compiler.klass_info["model"],
        names=[column[0].target.attname for column in compiler.select[start:end]],
        span=(start, end),
        populators=get_related_populators(compiler.klass_info, compiler.select, connection.alias),  # type: ignore[call-arg]  # the stubs are ahead
        annotations=compiler.annotation_col_map or {},
        converters=_converters(compiler),
    )


def _converters(compiler: Any) -> list[tuple[int, list[Any], Any]]:
    """Django's own, but for JSON, which our cursor has read already."""
    found = compiler.get_converters([column[0] for column in compiler.select])
    return [
        (place, [c for c in each if getattr(c, "__func__", None) is not JSONField.from_db_value], expression)
        for place, (each, expression) in found.items()
    ]


def _object(plan: _Plan, row: Sequence[Any]) -> Any:
    if plan.converters:
        cells = list(row)
        for place, converters, expression in plan.converters:
            for convert in converters:
                cells[place] = convert(cells[place], expression, connection)
        row = cells
    made = plan.model.from_db(connection.alias, plan.names, row[plan.span[0] : plan.span[1]])
    for populator in plan.populators:
        populator.populate(row, made)
    for name, place in plan.annotations.items():
        setattr(made, name, row[place])
    return made
