"""How frequent a value is: agreeing on a rare name says more than agreeing on a common one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from samspil.identity.rules.compare import EXTRA
from samspil.identity.rules.names import root
from samspil.identity.rules.profile import Profile

FLOOR = {"given": 2e-5, "surname": 1e-5, "name": 1e-8}
"""The least frequency that is believed: below it a list of a few thousand names says nothing."""
BY_LENGTH = {1: 1e-2, 2: 1e-3, 3: 2e-4, 4: 5e-5, 5: 2e-5, 6: 1e-5, 7: 5e-6, 8: 2e-6, 9: 2e-6}
"""Least frequency of a user name of so many characters: short ones meet by chance."""
TOGETHER = 5.0
"""Given and surname are not independent (Wei goes with Zhang): the product of their frequencies times this."""
INITIAL = 0.08
"""Chance that two given names begin alike."""
KEPT = 2500
"""Frequent values that are kept of one table."""
WEIGHT_OF_SHIPPED = 2000.0
"""How many handles of one's own the shipped frequencies count as."""
OWN_SHARE = {"given": 1, "surname": 1, "login": 2}
"""What the pair itself adds to the count of its value: it must not speak against itself."""
PLAIN = ("domain", "street", "postcode", "area", "place", "born", "job")


@dataclass(slots=True)
class Terms:
    """Relative frequencies by table: given, surname, user, and the plain columns. ``size`` is how many handles they were counted on."""

    size: int = 0
    tables: dict[str, dict[str, float]] = field(default_factory=dict)
    roots: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roots = {}
        for given, share in self.tables.get("given", {}).items():
            self.roots[root(given)] = self.roots.get(root(given), 0.0) + share

    def to_json(self) -> dict[str, Any]:
        """Size and tables, as plain values."""
        return {"size": self.size, "tables": {name: dict(sorted(table.items())) for name, table in sorted(self.tables.items())}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Terms":
        """What ``to_json`` wrote."""
        return cls(size=int(kept["size"]), tables={name: dict(table) for name, table in kept["tables"].items()})

    def given(self, word: str) -> float:
        """Share of people with this given name or one that it is short for."""
        return max(self.roots.get(root(word), 0.0), FLOOR["given"])

    def surname(self, word: str) -> float:
        """Share of people with this surname."""
        return max(self.tables.get("surname", {}).get(word, 0.0), FLOOR["surname"])

    def of(self, column: str, profile: Profile) -> float | None:
        """Frequency of what stands in the column of the profile, None where nothing does."""
        if column in _COMPUTED:
            return _COMPUTED[column](self, profile)
        value = profile.extra.get(column.removeprefix(EXTRA)) if column.startswith(EXTRA) else getattr(profile, column)
        if value is None:
            return None
        floor = 1.0 / (self.size + 1000.0)
        return max(self.tables.get(column, {}).get(value, 0.0), floor)


def _name(terms: Terms, of: Profile) -> float | None:
    if of.name_key is None:
        return None
    if of.given is None or of.surname is None:
        return FLOOR["surname"]
    given = 1 / 15 if len(of.given) == 1 else terms.given(of.given)
    share = TOGETHER * given * terms.surname(of.surname)
    for _ in range(max(0, len(of.words or ()) - 2)):
        share *= 0.1
    return min(1.0, max(share, FLOOR["name"]))


def _nick(terms: Terms, of: Profile) -> float | None:
    if of.nick_key is None or of.given is None or of.surname is None:
        return None
    return min(1.0, max(TOGETHER * terms.given(of.given) * terms.surname(of.surname), FLOOR["name"]))


def _initial(terms: Terms, of: Profile) -> float | None:
    return None if of.init_key is None or of.surname is None else max(INITIAL * terms.surname(of.surname), FLOOR["name"])


def _word(terms: Terms, of: Profile) -> float | None:
    return None if of.word is None else _single(terms, of.word)


def _joined(terms: Terms, of: Profile) -> float | None:
    if of.joined is None:
        return None
    found = _name(terms, of) if of.given else None
    return found if found is not None else _single(terms, of.joined)


def _single(terms: Terms, word: str) -> float:
    given = terms.tables.get("given", {}).get(word, 0.0)
    surname = terms.tables.get("surname", {}).get(word, 0.0)
    user = terms.tables.get("login", {}).get(word, 0.0)
    return max(given, surname, user, BY_LENGTH.get(len(word), 1e-6))


def _user(terms: Terms, of: Profile) -> float | None:
    return None if of.login is None else _account(terms, of, of.login)


def _stem(terms: Terms, of: Profile) -> float | None:
    return None if of.login_stem is None else _account(terms, of, of.login_stem)


def _account(terms: Terms, of: Profile, user: str) -> float:
    share = _single(terms, user)
    if of.surname and of.given:
        if user in (of.forms or ()):
            share = max(share, _name(terms, of) or 0.0)
        elif user in (of.shorts or ()) and of.surname in user:
            share = max(share, INITIAL * terms.surname(of.surname))
    return max(share, _as_name(terms, user))


def _as_name(terms: Terms, user: str) -> float:
    """How frequent a user name is that may be made of a name (mclark, johnsmith, annas), whatever the own display name is."""
    surnames, givens = terms.tables.get("surname", {}), terms.tables.get("given", {})
    bare = user.rstrip("0123456789")
    numbered = 1.0 if bare == user else 0.02
    best = INITIAL * max(surnames.get(bare[1:], 0.0), surnames.get(bare[:-1], 0.0), givens.get(bare[:-1], 0.0))
    best = max(best, surnames.get(bare, 0.0), givens.get(bare, 0.0))
    for place in range(2, len(bare) - 1):
        left, right = bare[:place], bare[place:]
        best = max(best, givens.get(left, 0.0) * surnames.get(right, 0.0), surnames.get(left, 0.0) * givens.get(right, 0.0))
    return min(1.0, best * numbered)


_COMPUTED = {
    "name_key": _name,
    "nick_key": _nick,
    "init_key": _initial,
    "word": _word,
    "joined": _joined,
    "login": _user,
    "login_stem": _stem,
}


def count(profiles: Iterable[Profile], shipped: Terms | None = None) -> Terms:
    """Frequencies among the profiles, mixed with the shipped ones as if those were WEIGHT_OF_SHIPPED handles more.

    Names are counted once for each distinct name, so that a person of ten handles makes no name common.
    """
    tables: dict[str, Counter[str]] = {}
    seen: set[tuple[str, str]] = set()
    size = 0
    for one in profiles:
        size += 1
        if one.given and one.surname and one.nick_key:
            # Once for each name, however it is written: a person of ten handles and three spellings makes no name common.
            if ("k", one.nick_key) not in seen:
                seen.add(("k", one.nick_key))
                tables.setdefault("given", Counter())[one.given] += 1
            if ("j", one.init_key or "") not in seen:
                seen.add(("j", one.init_key or ""))
                tables.setdefault("surname", Counter())[one.surname] += 1
        if one.login and ("u", f"{one.login} {one.nick_key}") not in seen:
            seen.add(("u", f"{one.login} {one.nick_key}"))
            tables.setdefault("login", Counter())[one.login] += 1
        for column in PLAIN:
            if value := getattr(one, column):
                tables.setdefault(column, Counter())[value] += 1
        for name, value in one.extra.items():
            tables.setdefault(f"{EXTRA}{name}", Counter())[value] += 1
    mixed: dict[str, dict[str, float]] = {}
    for name in sorted({*tables, *(shipped.tables if shipped else ())}):
        counted = tables.get(name, Counter())
        base = shipped.tables.get(name, {}) if shipped else {}
        total = sum(counted.values())
        weight = WEIGHT_OF_SHIPPED if base else 0.0
        own = OWN_SHARE.get(name, 0)
        shares = {v: (max(0, counted[v] - own) + weight * base.get(v, 0.0)) / (total + weight) for v in {*counted, *base}}
        least = 1 if total + weight == total else 0
        best = sorted(shares.items(), key=lambda kv: (-kv[1], kv[0]))[: KEPT * 8 if least else KEPT * 2]
        mixed[name] = dict(best)
    return Terms(size=size, tables=mixed)
