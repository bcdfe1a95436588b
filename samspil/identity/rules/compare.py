"""The evidence for and against two handles being one person's: each comparison once, as Python and as SQL.

A comparison is a list of levels, the strongest first; the first condition that holds is the level, a pair without the fields has
none (-1). A condition is built of a few pieces that mean the same in Python, DuckDB and Spark on the ASCII columns of ``Profile``:
equality, shared members of sets, and the Levenshtein distance. Jaro-Winkler was rejected: the engines count it differently.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol

from rapidfuzz.distance import Levenshtein

from samspil.identity.rules.profile import NAMES, Profile

Test = Callable[[Profile, Profile], bool]
EXTRA = "x_"
NULL = -1
LEAST_WORD = 3


def getter(column: str) -> Callable[[Profile], Any]:
    """Reads a column of a profile; a column of a file that has no field of its own is ``x_`` and its name."""
    if column in NAMES:
        return attrgetter(column)
    name = column.removeprefix(EXTRA)
    return lambda of: of.extra.get(name)


class Condition(Protocol):
    """Something that holds of two profiles or does not; the same in Python and in SQL."""

    def test(self) -> Test:
        """The Python function."""

    def sql(self, dialect: str) -> str:
        """The expression over ``column_l`` and ``column_r``; dialect is duckdb or spark."""


@dataclass(frozen=True)
class Same:
    """Both are known and equal."""

    column: str

    def test(self) -> Test:
        get = getter(self.column)

        def same(a: Profile, b: Profile) -> bool:
            left = get(a)
            return left is not None and left == get(b)

        return same

    def sql(self, dialect: str) -> str:
        del dialect
        return f"{self.column}_l = {self.column}_r"


@dataclass(frozen=True)
class Close:
    """Both are at most ``most`` edits apart and each is at least ``least`` characters long."""

    column: str
    most: int
    least: int = 4

    def test(self) -> Test:
        get, most, least = getter(self.column), self.most, self.least

        def close(a: Profile, b: Profile) -> bool:
            left, right = get(a), get(b)
            if left is None or right is None or len(left) < least or len(right) < least:
                return False
            return bool(Levenshtein.distance(left, right, score_cutoff=most) <= most)

        return close

    def sql(self, dialect: str) -> str:
        del dialect
        c, n = self.column, self.least
        return f"(length({c}_l) >= {n} AND length({c}_r) >= {n} AND levenshtein({c}_l, {c}_r) <= {self.most})"


@dataclass(frozen=True)
class Shares:
    """Two sets have at least ``least`` members in common; ``whole`` asks that the smaller one lies in the other."""

    column: str
    least: int = 1
    whole: bool = False

    def test(self) -> Test:
        get, least, whole = getter(self.column), self.least, self.whole

        def shares(a: Profile, b: Profile) -> bool:
            left, right = get(a), get(b)
            if not left or not right:
                return False
            common = len(set(left).intersection(right))
            return common >= least and (not whole or common == min(len(left), len(right)))

        return shares

    def sql(self, dialect: str) -> str:
        left, right = f"{self.column}_l", f"{self.column}_r"
        if dialect == "spark":
            common, size = f"size(array_intersect({left}, {right}))", "size"
        else:
            common, size = f"len(list_intersect({left}, {right}))", "len"
        known = f"({left} IS NOT NULL AND {right} IS NOT NULL AND {common} >= {self.least}"
        return f"{known} AND {common} = least({size}({left}), {size}({right})))" if self.whole else f"{known})"


@dataclass(frozen=True)
class In:
    """What stands in ``one`` of either side is a member of the set ``of`` of the other."""

    one: str
    of: str

    def test(self) -> Test:
        one, of = getter(self.one), getter(self.of)

        def inside(a: Profile, b: Profile) -> bool:
            return one(a) in (of(b) or ()) or one(b) in (of(a) or ())

        return inside

    def sql(self, dialect: str) -> str:
        name = "array_contains" if dialect == "spark" else "list_contains"
        one, of = self.one, self.of
        return f"(coalesce({name}({of}_r, {one}_l), false) OR coalesce({name}({of}_l, {one}_r), false))"


@dataclass(frozen=True)
class Crossed:
    """What stands in ``one`` of either side is what stands in ``other`` of the other side."""

    one: str
    other: str

    def test(self) -> Test:
        one, other = getter(self.one), getter(self.other)

        def crossed(a: Profile, b: Profile) -> bool:
            here, there = one(a), one(b)
            return (here is not None and here == other(b)) or (there is not None and there == other(a))

        return crossed

    def sql(self, dialect: str) -> str:
        del dialect
        return f"(coalesce({self.one}_l = {self.other}_r, false) OR coalesce({self.one}_r = {self.other}_l, false))"


@dataclass(frozen=True)
class Wraps:
    """The user name of one side begins with the given name of the other and ends with its surname (petertbrady, Peter Brady)."""

    def test(self) -> Test:
        def wraps(a: Profile, b: Profile) -> bool:
            return _wraps(a, b) or _wraps(b, a)

        return wraps

    def sql(self, dialect: str) -> str:
        del dialect
        one = "coalesce(length(given_{b}) > 2 AND length(surname_{b}) > 2 AND login_stem_{a} LIKE given_{b} || '%' || surname_{b}, false)"
        return f"({one.format(a='l', b='r')} OR {one.format(a='r', b='l')})"


def _wraps(a: Profile, b: Profile) -> bool:
    login, given, surname = a.login_stem, b.given, b.surname
    if login is None or given is None or surname is None or len(given) < LEAST_WORD or len(surname) < LEAST_WORD:
        return False
    return len(login) >= len(given) + len(surname) and login.startswith(given) and login.endswith(surname)


@dataclass(frozen=True)
class Points:
    """A link of one side is the other's own address; ``both`` asks it of both ways."""

    both: bool = False

    def test(self) -> Test:
        both = self.both

        def points(a: Profile, b: Profile) -> bool:
            there = bool(a.links and b.selves and set(a.links).intersection(b.selves))
            back = bool(b.links and a.selves and set(b.links).intersection(a.selves))
            return there and back if both else there or back

        return points

    def sql(self, dialect: str) -> str:
        name = "arrays_overlap" if dialect == "spark" else "list_has_any"
        there = f"coalesce({name}(links_l, selves_r), false)"
        back = f"coalesce({name}(links_r, selves_l), false)"
        return f"({there} {'AND' if self.both else 'OR'} {back})"


@dataclass(frozen=True)
class Known:
    """The column is known on both sides, or with ``either`` on one at least."""

    column: str
    either: bool = False

    def test(self) -> Test:
        get = getter(self.column)
        if self.either:
            return lambda a, b: get(a) is not None or get(b) is not None
        return lambda a, b: get(a) is not None and get(b) is not None

    def sql(self, dialect: str) -> str:
        del dialect
        word = "OR" if self.either else "AND"
        return f"({self.column}_l IS NOT NULL {word} {self.column}_r IS NOT NULL)"


@dataclass(frozen=True)
class Not:
    """The condition does not hold; what is not known does not hold."""

    of: Condition

    def test(self) -> Test:
        holds = self.of.test()
        return lambda a, b: not holds(a, b)

    def sql(self, dialect: str) -> str:
        return f"NOT coalesce({self.of.sql(dialect)}, false)"


class All:
    """Every one of the conditions holds."""

    def __init__(self, *parts: Condition) -> None:
        self.parts = parts

    def test(self) -> Test:
        tests = [p.test() for p in self.parts]

        def every(a: Profile, b: Profile) -> bool:
            for one in tests:  # noqa: SIM110 - a loop is three times as fast as all() of a generator
                if not one(a, b):
                    return False
            return True

        return every

    def sql(self, dialect: str) -> str:
        return "(" + " AND ".join(p.sql(dialect) for p in self.parts) + ")"


class Some:
    """At least one of the conditions holds."""

    def __init__(self, *parts: Condition) -> None:
        self.parts = parts

    def test(self) -> Test:
        tests = [p.test() for p in self.parts]

        def any_of(a: Profile, b: Profile) -> bool:
            for one in tests:  # noqa: SIM110 - as above
                if one(a, b):
                    return True
            return False

        return any_of

    def sql(self, dialect: str) -> str:
        return "(" + " OR ".join(f"coalesce({p.sql(dialect)}, false)" for p in self.parts) + ")"


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison. ``rare`` is the column whose frequency takes the place of u: agreeing on a rare value says more.

    A ``fixed`` level keeps its m and u in training.
    """

    label: str
    holds: Condition | None
    m: float
    u: float
    rare: str | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Comparison:
    """One kind of evidence. ``missing`` holds where nothing can be said; the last level is "else" (``holds`` None).

    ``shows`` is the column shown to people; ``fixed`` levels keep their weights in training, since chance agreement is not what they
    are about (a proof, a ban).
    """

    kind: str
    missing: Condition
    levels: Sequence[Level]
    shows: str
    fixed: bool = False

    def level(self) -> Callable[[Profile, Profile], int]:
        """A function that gives the level of a pair: 0 is "else", the highest is the first, -1 is not known."""
        missing = self.missing.test()
        top = len(self.levels) - 1
        tests = [(top - n, x.holds.test()) for n, x in enumerate(self.levels) if x.holds is not None]

        def level(a: Profile, b: Profile) -> int:
            if missing(a, b):
                return NULL
            for number, holds in tests:
                if holds(a, b):
                    return number
            return 0

        return level

    def at(self, number: int) -> Level:
        """The level of a number that ``level`` gave."""
        return self.levels[len(self.levels) - 1 - number]
