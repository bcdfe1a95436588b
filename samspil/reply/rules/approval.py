"""Which answers need somebody else's yes before they leave, and which step may follow which. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

KNOWS = 4
"""From this level of a conversation's competence on a colleague may say yes, where the unit wants that."""
MOST_WORDS = 50
LONGEST_WORD = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When a unit wants a yes: ``accounts`` say where (none: everywhere), of the others one is enough.

    ``everybody``; ``below_level`` of the conversation's competence; the first ``first_answers`` of a colleague; ``words`` in the text,
    ``ret*`` for every word that begins so; an amount of money from ``amount`` on.
    """

    everybody: bool = False
    below_level: int | None = None
    first_answers: int | None = None
    accounts: AbstractSet[UUID] = frozenset()
    words: Sequence[str] = ()
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is about to leave. ``level`` is its author's in the conversation's competence; None where that is not known.

    ``sent`` is how many answers of the author's have left, counted as far as anybody asks.
    """

    account: UUID
    text: str
    level: int | None = None
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a yes is needed: everybody, level, first, word, amount; ``value`` is the level, number, word or amount."""

    kind: str
    value: str = ""


def is_empty(conditions: Conditions) -> bool:
    """Whether no answer at all could meet them."""
    return not (
        conditions.everybody
        or conditions.below_level
        or conditions.first_answers
        or conditions.words
        or conditions.amount is not None
    )


def reasons(conditions: Conditions, answer: Answer) -> list[Reason]:
    """Why this answer needs a yes; nothing: it does not."""
    if conditions.accounts and answer.account not in conditions.accounts:
        return []
    found = [Reason("everybody")] if conditions.everybody else []
    if conditions.below_level and answer.level is not None and answer.level < conditions.below_level:
        found.append(Reason("level", str(conditions.below_level)))
    if conditions.first_answers and answer.sent < conditions.first_answers:
        found.append(Reason("first", str(conditions.first_answers)))
    found += [Reason("word", word) for word in words_in(answer.text, conditions.words)[:1]]
    if conditions.amount is not None and (most := max(amounts(answer.text), default=None)) is not None:
        found += [Reason("amount", f"{most:f}")] if most >= conditions.amount else []
    return found


def plain(text: str) -> str:
    """The text as words are looked for in it: one case, one form of each letter, nothing that is not seen, single spaces."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join(seen.casefold().split())


def words_in(text: str, words: Sequence[str]) -> list[str]:
    """Those of the words and phrases that stand in the text, each as a whole; one that ends with ``*`` begins a word."""
    said = plain(text)
    found = []
    for word in words:
        stem, begins = (word[:-1], True) if word.endswith("*") else (word, False)
        wanted = plain(stem)
        end = "" if begins else r"(?!\w)"
        if wanted and re.search(rf"(?<!\w){re.escape(wanted)}{end}", said):
            found.append(word)
    return found


def words_from(text: str) -> list[str]:
    """What stands in a field: words and phrases by lines or commas, each once."""
    parts = (" ".join(part.split())[:LONGEST_WORD] for part in re.split(r"[\n,;]", text.replace("\x00", "")))
    found: dict[str, str] = {}
    for part in parts:
        if plain(part.rstrip("*")):
            found.setdefault(plain(part), part)
    return list(found.values())[:MOST_WORDS]


_CURRENCY = r"(?:kroner|krone|kr\b\.?|dkk|sek|nok|isk|eur|euros?|usd|gbp|chf|pln|dollars?|pounds?|€|\$|£)"
_NUMBER = r"\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2}(?!\d))?"
_BEFORE = re.compile(rf"(?<!\w){_CURRENCY}\s*({_NUMBER})", re.IGNORECASE)
_AFTER = re.compile(rf"(?<![\w.,])({_NUMBER})\s*(?:{_CURRENCY}(?!\w)|,-)", re.IGNORECASE)


def amounts(text: str) -> list[Decimal]:
    """Amounts of money that the text names, whatever the currency: a number beside kr., DKK, EUR, €, $ and their like."""
    said = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return [value_of(found[1]) for pattern in (_BEFORE, _AFTER) for found in pattern.finditer(said)]


def value_of(number: str) -> Decimal:
    """A number as Danes or others write it: 1.234,50 and 1,234.50 are the same. The last mark with one or two digits behind it is the comma."""
    bare = re.sub(r"[\s']", "", number)
    tail = re.search(r"[.,](\d{1,2})$", bare)
    whole = re.sub(r"[.,]", "", bare[: tail.start()] if tail else bare)
    return Decimal(f"{whole}.{tail[1]}" if tail else whole)


STEPS: Mapping[tuple[str, str], str] = {
    ("waiting", "approve"): "approved",
    ("waiting", "send_back"): "returned",
    ("waiting", "withdraw"): "withdrawn",
    ("approved", "undo"): "waiting",
    ("approved", "withdraw"): "withdrawn",
}
"""What follows each step. What was returned or withdrawn is over."""


def follows(state: str, verb: str, *, by: UUID, author: UUID, may: AbstractSet[UUID]) -> str | None:
    """The state after somebody's step; None where it is not theirs to take, or not any more. ``may`` are who may say yes.

    Nobody says yes to, or sends back, an answer of their own, whoever may be asked.
    """
    if verb != "withdraw" and (by == author or by not in may):
        return None
    return STEPS.get((state, verb))


def leaves_at(*, wished: datetime, at: datetime, undo: int) -> datetime:
    """When an answer leaves that got its yes: at the time its author chose, and never before the yes can have been undone."""
    return max(wished, at + timedelta(seconds=undo))
