"""Pure decisions of an aside: who is asked next, whom and what a question names, what a stranger to the conversation may read."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

MENTION = re.compile(r"(?<![\w@.])@([\w][\w.\-]*)")
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w+])\+?\d(?:[ \-./]?\d){7,14}(?!\w)")
VEIL = "•••"
SHORTEST = 3
"""Letters of a part of a name below which it is left: «Bo» also stands in other words' places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A colleague who holds the competence, in the order that routing gives. ``free`` is how many conversations more they hold."""

    colleague: UUID
    away: bool = False
    present: bool = False
    free: int = 0


def next_asked(candidates: Sequence[Candidate], already: Collection[UUID], number: int) -> list[Candidate]:
    """The best ``number`` to ask now: nobody twice and nobody away.

    Who is at the desk comes before who is not, who has a free place before who has none, and then the given order holds.
    """
    left = [
        (not c.present, c.free <= 0, place) for place, c in enumerate(candidates) if not c.away and c.colleague not in already
    ]
    first: dict[UUID, Candidate] = {}
    for _, _, place in sorted(left):
        first.setdefault(candidates[place].colleague, candidates[place])
    return list(first.values())[: max(number, 0)]


def is_anybody_left(candidates: Iterable[Candidate], already: Collection[UUID]) -> bool:
    """Whether somebody who holds it was not asked yet, here or away: then it is worth looking again."""
    return any(c.colleague not in already for c in candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom a question names: people, competences, and what was meant for a name and is none."""

    people: tuple[UUID, ...] = ()
    competences: tuple[UUID, ...] = ()
    unknown: tuple[str, ...] = ()


def handle_of(name: str) -> str:
    """How a competence is written after the @: «Gear og kæde» is ``Gear.og.kæde``."""
    return ".".join(re.findall(r"\w+", name))


def named(text: str, people: Mapping[str, UUID], competences: Mapping[str, UUID], fold: Callable[[str], str]) -> Named:
    """Read ``@bo``, ``@bo.holm`` and ``@brakes``. Names are folded already; a person comes before a competence of the same name."""
    found: dict[str, None] = dict.fromkeys(m.rstrip(".-") for m in MENTION.findall(text))
    persons: dict[UUID, None] = {}
    skills: dict[UUID, None] = {}
    unknown: list[str] = []
    for word in found:
        spoken = fold(word.replace(".", " ").replace("-", " "))
        if spoken in people:
            persons[people[spoken]] = None
        elif spoken in competences:
            skills[competences[spoken]] = None
        else:
            unknown.append(word)
    return Named(people=tuple(persons), competences=tuple(skills), unknown=tuple(unknown))


def veiled(text: str, names: Iterable[str]) -> str:
    """The text without the names, mail addresses and long numbers of who wrote it. What nobody knows to be a name stays."""
    parts = {part for name in names for part in (name, *name.split()) if len(part) >= SHORTEST}
    text = _NUMBER.sub(VEIL, _MAIL.sub(VEIL, text))
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", VEIL, text, flags=re.IGNORECASE)
    return text
