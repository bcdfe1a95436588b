"""What becomes of each row: decided alike for the dry run and for the run, from what is known and from the rows before.

Only what is certain joins: the same handle. A customer number is a suggestion; handles of two persons in one row are said, and
nothing of that row is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from samspil.exchange.rules.persons import Key, Person, Why

OUTCOMES = ("new", "joins", "changes", "same", "conflict", "forgotten", "shared", "empty", "broken")
"""The last five are left out; ``conflict`` and ``broken`` come back with their reasons."""
GIVEN_BACK = frozenset({"conflict", "broken"})


@dataclass(slots=True)
class Known:
    """What is known of the handles and persons of a batch; the plan writes on in it, so that later rows see earlier ones.

    ``names`` is {consumer: (name, given by a colleague)}; ``details`` {(consumer, field): values, newest first};
    ``numbers`` {customer number: {consumer: one of the handles}}.
    """

    owners: dict[Key, UUID] = field(default_factory=dict)
    shared: set[Key] = field(default_factory=set)
    forgotten: set[Key] = field(default_factory=set)
    names: dict[UUID, tuple[str, bool]] = field(default_factory=dict)
    details: dict[tuple[UUID, str], list[str]] = field(default_factory=dict)
    numbers: dict[str, dict[UUID, Key]] = field(default_factory=dict)


@dataclass(slots=True)
class Planned:
    """What is to be done for one row. ``links`` are (handle, beside which handle); ``anchor`` is where details hang."""

    person: Person
    outcome: str
    why: list[Why] = field(default_factory=list)
    consumer: UUID | None = None
    anchor: Key | None = None
    links: list[tuple[Key, Key | None]] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    name: str | None = None
    named: str | None = None
    """The name before, where ``name`` takes its place."""
    alike: list[Key] = field(default_factory=list)
    """Handles of others who have the same customer number."""

    @property
    def since(self) -> datetime | None:
        """Since when the person is known, by the file."""
        return self.person.since


def plan(persons: Sequence[Person], known: Known, fresh: Iterator[UUID], many: frozenset[str]) -> list[Planned]:
    """Decide for the rows in their order. ``fresh`` are ids for new consumers; ``many`` are details that one may have several of."""
    return [_one(person, known, fresh, many) for person in persons]


def _one(person: Person, known: Known, fresh: Iterator[UUID], many: frozenset[str]) -> Planned:
    if person.error:
        why = person.why if person.error == "bad_handle" else [[person.error, ""]]
        return Planned(person, "empty" if person.error == "empty" else "broken", [] if person.error == "empty" else why)
    keys = [key for key, _ in person.handles]
    if any(key in known.forgotten for key in keys):
        return Planned(person, "forgotten", [["forgotten", ""]])
    usable = [key for key in keys if key not in known.shared]
    why = person.why + [["shared", key[2]] for key in keys if key in known.shared]
    if not usable:
        return Planned(person, "shared", why)
    owners = list(dict.fromkeys(known.owners[key] for key in usable if key in known.owners))
    if len(owners) > 1:
        said = [["conflict", f"{key[2]}: {_called(known, known.owners[key])}"] for key in usable if key in known.owners]
        return Planned(person, "conflict", said)
    new = not owners
    consumer = next(fresh) if new else owners[0]
    done = Planned(person, "new" if new else "same", why, consumer=consumer)
    _link(done, usable, known)
    _name(done, known, new=new)
    _details(done, known, many)
    if not new:
        done.outcome = "joins" if done.links else "changes" if done.details or done.name is not None else "same"
    return done


def number_key(value: str) -> str:
    """A customer number as it is compared."""
    return value.lower()[:200]


def _called(known: Known, consumer: UUID) -> str:
    name = known.names.get(consumer, ("", False))[0]
    return name or next((key[2] for key, owner in known.owners.items() if owner == consumer), "")


def _link(done: Planned, usable: Sequence[Key], known: Known) -> None:
    assert done.consumer is not None  # noqa: S101  _one has just chosen one
    beside = next((key for key in usable if key in known.owners), None)
    if beside is not None:
        done.why.append(["known_by", beside[2]])
    done.anchor = beside or usable[0]
    for key in usable:
        if key not in known.owners:
            done.links.append((key, beside))
            known.owners[key] = done.consumer
            if beside is None:
                beside = key
            else:
                done.why.append(["adds", key[2]])


def _name(done: Planned, known: Known, *, new: bool) -> None:
    assert done.consumer is not None  # noqa: S101  as above
    wanted = done.person.name
    if new:
        done.name = wanted or (done.anchor or ("", "", ""))[2]
        known.names[done.consumer] = (done.name, False)
        return
    name, by_hand = known.names.get(done.consumer, ("", False))
    bare = not name or name in {key[2] for key, _ in done.person.handles}
    if wanted and bare and not by_hand and wanted != name:
        done.name, done.named = wanted, name
        done.why.append(["name", wanted])
        known.names[done.consumer] = (wanted, False)


def _details(done: Planned, known: Known, many: frozenset[str]) -> None:
    assert done.consumer is not None  # noqa: S101  as above
    assert done.anchor is not None  # noqa: S101  as above
    for word, value in done.person.details:
        held = known.details.setdefault((done.consumer, word), [])
        same = {h.casefold() for h in (held if word in many else held[:1])}
        if value.casefold() not in same:
            done.details.append((word, value))
            if done.outcome == "same":
                done.why.append(["changed", f"{word}: {held[0]} → {value}" if held and word not in many else f"{word}: {value}"])
            held.insert(0, value)
        if word == "customer_number":
            others = known.numbers.setdefault(number_key(value), {})
            done.alike += [key for consumer, key in others.items() if consumer != done.consumer and key != done.anchor]
            done.why += [["number", f"{value}: {_called(known, c) or k[2]}"] for c, k in others.items() if c != done.consumer]
            others.setdefault(done.consumer, done.anchor)
