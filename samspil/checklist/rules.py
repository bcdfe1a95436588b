"""Pure decisions of checklists: what a template may say, how far a list is, what must be done first, which are suggested."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

LONGEST_STEP, LONGEST_HINT, LONGEST_LINK, LONGEST_NAME, LONGEST_WORD = 300, 500, 500, 120, 300
MOST_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One step of a template."""

    text: str
    hint: str = ""
    link: str = ""
    must: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a version."""
        return asdict(self)


class NotALink(ValueError):
    """It leads nowhere that a page may lead to; the text is the link."""


def items(rows: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The steps that a form or an import gives, in order, without the empty ones. Raises NotALink.

    A link begins with ``https://``, ``http://`` or ``/`` (a page of this house): nothing that runs as a script gets through.
    """
    found = []
    for row in rows:
        text = plain(row.get("text"), LONGEST_STEP)
        if not text:
            continue
        link = plain(row.get("link"), LONGEST_LINK)
        if link and not is_link(link):
            raise NotALink(link)
        hint = plain(row.get("hint"), LONGEST_HINT)
        found.append(Item(text=text, hint=hint, link=link, must=bool(row.get("must"))))
    return tuple(found[:MOST_STEPS])


def is_link(link: str) -> bool:
    """Whether a step may lead there."""
    inside = link.startswith("/") and not link.startswith(("//", "/\\"))
    return (inside or link.startswith(("https://", "http://"))) and not any(c.isspace() or c == "\\" for c in link)


def plain(value: Any, longest: int) -> str:
    """One line of text as it is kept."""
    return " ".join(str(value or "").replace("\x00", "").split())[:longest]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the lists of a conversation are. ``done``: ticked or skipped. ``musts``: how many must be done yet."""

    done: int = 0
    total: int = 0
    musts: int = 0

    @property
    def is_all(self) -> bool:
        """Nothing is left."""
        return self.done == self.total


def progress(steps: Iterable[tuple[str, bool]]) -> Progress:
    """Of steps as (state, must)."""
    rows = list(steps)
    left = [must for state, must in rows if state == "open"]
    return Progress(done=len(rows) - len(left), total=len(rows), musts=sum(left))


def moved(order: Sequence[UUID], step: UUID, by: int) -> list[UUID]:
    """The order with one step so many places further down (up below 0); it stops at the ends. A stranger changes nothing."""
    if step not in order:
        return list(order)
    rest = [one for one in order if one != step]
    place = min(max(list(order).index(step) + by, 0), len(rest))
    return [*rest[:place], step, *rest[place:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A template that could be begun: for which unit (None: all) and which competences."""

    template: UUID
    name: str
    unit: UUID | None = None
    competences: frozenset[UUID] = frozenset()


def offers(
    candidates: Iterable[Candidate], *, units: Collection[UUID | None], competence: UUID | None, running: Collection[UUID]
) -> list[tuple[Candidate, bool]]:
    """What is offered in a conversation, as (candidate, suggested): the suggested ones first, then by name.

    ``units`` are the conversation's and the colleague's. Suggested is what is for the conversation's competence, and what is for a
    unit of theirs and no competence. What already runs is offered last and never suggested: it may be wanted twice.
    """
    here = [c for c in candidates if c.unit is None or c.unit in units]

    def fit(c: Candidate) -> int:
        if c.template in running:
            return 0
        if competence is not None and competence in c.competences:
            return 2
        return int(not c.competences and c.unit is not None)

    return [(c, fit(c) > 0) for c in sorted(here, key=lambda c: (-fit(c), c.template in running, c.name.casefold(), c.template))]
