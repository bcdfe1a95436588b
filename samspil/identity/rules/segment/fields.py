"""What can be asked of a person, by which names, and the one form of every value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from samspil.identity.rules.details import DETAILS, tidy
from samspil.identity.rules.segment.tree import WrongFilter

KEYWORDS = frozenset(["and", "og", "or", "eller", "not", "ikke", "in", "i", "blandt", "exists", "findes", "missing", "mangler"])
ORDERED = (">=", "<=", "!=", "=", ">", "<")
TEXT_OPS = (":", "=", "!=", "in", "exists", "missing")
OPS: Mapping[str, Sequence[str]] = {
    "text": TEXT_OPS,
    "link": TEXT_OPS,
    "choice": ("=", "!=", ":", "in", "exists", "missing"),
    "number": (*ORDERED, "exists", "missing"),
    "count": ORDERED,
    "amount": (*ORDERED, "exists", "missing"),
    "date": (*ORDERED, "exists", "missing"),
    "time": ORDERED,
    "yes": ("=", "!="),
    "own_yes": ("=", "!=", "exists", "missing"),
}
"""Which operators a kind of field knows."""


@dataclass(frozen=True, slots=True)
class Own:
    """An attribute of the organisation's own: ``kind`` as in the model Field, ``choices`` the values of a choice."""

    slug: str
    kind: str
    name: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A field: its kind (a key of OPS), its Danish name and what else it is called."""

    name: str
    kind: str
    danish: str = ""
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = field(default=(), compare=False)


_DANISH = {
    "given_name": "fornavn", "surname": "efternavn", "company": "firma", "title": "titel", "department": "afdeling", "street": "gade",
    "postcode": "postnummer", "city": "by", "region": "landsdel", "country": "land", "born": "født", "gender": "køn",
    "language": "sprog", "website": "hjemmeside", "customer_number": "forbrugernummer", "order_number": "ordrenummer",
    "avatar": "billede",
}  # fmt: skip
_ALSO = {"customer_number": ("kundenummer",), "city": ("town",), "company": ("virksomhed", "organisation")}

FIELDS: Mapping[str, Word] = {
    w.name: w
    for w in (
        Word("name", "text", "navn"),
        Word("handle", "text", "adresse", ("address",)),
        Word("network", "text", "netværk", ("kanal", "channel")),
        Word("scope", "text", "område"),
        Word("place", "text", "sted"),
        *[
            Word(name, {"yes": "own_yes"}.get(shape, shape), _DANISH.get(name, ""), _ALSO.get(name, ()))
            for name, shape in DETAILS.items()
        ],
        Word("since", "time", "siden"),
        Word("last_seen", "time", "sidst_set"),
        Word("first_seen", "time", "først_set"),
        Word("messages", "count", "beskeder"),
        Word("purchases", "count", "køb"),
        Word("spent", "amount", "brugt"),
        Word("handles", "count", "adresser", ("addresses",)),
        Word("open", "yes", "åben"),
        Word("joined", "yes", "samlet"),
        Word("suggested", "yes", "foreslået"),
        Word("verified", "yes", "bekræftet"),
        Word("dead", "yes", "død"),
    )
}


def words_of(own: Sequence[Own] = ()) -> dict[str, Word]:
    """Every field by its name; an own attribute never takes the place of a word that every installation has, or of the language."""
    made = {
        o.slug: Word(o.slug, {"yes": "own_yes"}.get(o.kind, o.kind), choices=o.choices)
        for o in own
        if o.slug.lower() not in KEYWORDS
    }
    return {**made, **FIELDS}


def lookup(own: Sequence[Own] = ()) -> dict[str, Word]:
    """Every field by each of its names, in lower case. A field's own name goes before another's alias."""
    made = words_of(own)
    found: dict[str, Word] = {}
    for word in made.values():
        for name in (word.danish, *word.also):
            if name:
                found.setdefault(name, word)
    return {**found, **{name.lower(): word for name, word in made.items()}, **FIELDS}


_AGE = re.compile(r"(\d{1,5})\s*(d|dage?|days?|w|u|uger?|weeks?|m|mdr?|måneder|months?|y|å|år|years?)", re.IGNORECASE)
_UNIT = {"u": "w", "å": "y"}
_AMOUNT = re.compile(r"(.*\d)\s*([A-Za-z]{3})")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def tidied(word: Word, op: str, text: str, column: int = 1) -> str:
    """The value in the form in which it is kept: 30d, 2026-11-25, 1, 12.5, 1000 DKK. Raises WrongFilter."""
    plain = " ".join(text.replace("\x00", "").split())
    if not plain:
        raise WrongFilter(column, "value_empty", word.name)
    if word.kind in ("yes", "own_yes"):
        return _shaped("yes", plain, column, ("yes", "no"))
    if word.kind in ("number", "count"):
        return _number(plain, column, "value_number")
    if word.kind == "amount":
        currency = _AMOUNT.fullmatch(plain)
        amount = _number(currency[1] if currency else plain, column, "value_amount")
        return f"{amount} {currency[2].upper()}" if currency else amount
    if word.kind in ("date", "time"):
        return _date(plain, column)
    if word.kind == "choice" and op != ":" and word.choices:
        known = {c.casefold(): c for c in word.choices}
        if plain.casefold() not in known:
            raise WrongFilter(column, "value_choice", plain, word.choices)
        return known[plain.casefold()]
    return plain


def _number(text: str, column: int, kind: str) -> str:
    try:
        number = Decimal(tidy("number", text))
    except (ValueError, InvalidOperation):
        raise WrongFilter(column, kind, text) from None
    if abs(number) >= Decimal(10) ** 15 or int(number.as_tuple().exponent) < -6:  # noqa: PLR2004 - what money and counts need
        raise WrongFilter(column, kind, text)
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def _date(text: str, column: int) -> str:
    lower = text.lower()
    if lower in ("today", "i dag", "idag"):
        return "0d"
    if age := _AGE.fullmatch(text):
        unit = age[2].lower()[0]
        return f"{int(age[1])}{_UNIT.get(unit, unit)}"
    try:
        if re.fullmatch(r"\d{4}", text):
            return date(int(text), 1, 1).isoformat()
        if re.fullmatch(r"\d{4}-\d\d", text):
            return date.fromisoformat(f"{text}-01").isoformat()
        if danish := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text):
            return date(int(danish[3]), int(danish[2]), int(danish[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongFilter(column, "value_date", text, ("30d", "6m", "2y", "2026-11-25")) from None


def _shaped(shape: str, text: str, column: int, expected: Sequence[str]) -> str:
    try:
        return tidy(shape, text)
    except ValueError:
        raise WrongFilter(column, f"value_{shape}", text, expected) from None
