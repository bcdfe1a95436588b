"""What a later package adds to rules: whens, tests and deeds of its own. The assembly fills it once.

A test's function gets what was seen and the test; a deed's gets the runs (rule name, conversation, value) and the time, within the
engine's step, and is to be set-based. So «ask a colleague» or «raise the priority» come from the packages that know how.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.automation.rules.holds import PORTS, Seen
from samspil.automation.rules.kinds import Kind, add
from samspil.automation.rules.read import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One run of a deed from outside. ``cause`` is the run's id, which facts that come from it carry."""

    cause: UUID
    rule: str
    conversation: UUID
    value: str


Does = Callable[[Sequence[Asked], datetime], None]
_deeds: dict[str, Does] = {}
_words: dict[str, tuple[str, str]] = {}


def fill(
    *,
    whens: Sequence[Kind] = (),
    tests: Mapping[Kind, Callable[[Seen, Condition], bool]] | None = None,
    deeds: Mapping[Kind, Does] | None = None,
    words: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Add kinds. ``words`` are (English, Danish) by the kind's name, for the editor and the sentences."""
    add(whens=tuple(whens), tests=tuple(tests or ()), deeds=tuple(deeds or ()))
    PORTS.update({kind.name: function for kind, function in (tests or {}).items()})
    _deeds.update({kind.name: does for kind, does in (deeds or {}).items()})
    _words.update(words or {})


def outside(kind: str) -> Does | None:
    """What does a deed of another package."""
    return _deeds.get(kind)


def words_of(kind: str) -> tuple[str, str] | None:
    """What a kind of another package is called, in English and Danish."""
    return _words.get(kind)
