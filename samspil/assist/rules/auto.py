"""When an approved answer may be sent by itself: never where one of the reasons against it holds, else from the threshold on. Pure.

Every reason has a code; the first that holds is the one that is told. The order is the order of telling, not of weight: one is enough.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from samspil.assist.rules.mask import VEIL

THRESHOLDS = (0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
"""What a unit may choose from: so few that looking through them for a lucky one gains little."""
LATE = timedelta(hours=1)
"""A message that came in so long ago was fetched late, or lay in a queue: somebody answers it by hand."""
TRIAL_HOLDS = timedelta(days=45)
"""A dry run that is older says nothing of today's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One message with what must be known before it may be answered by itself.

    ``heard`` and ``ours`` count the conversation's messages in and out, ``pending`` answers that are on their way, ``before`` how often it
    was answered by itself, ``in_hour`` how often the unit was. ``unknown``: routing does not know what it asks for. ``asks`` is
    how many things routing reads in it. ``languages`` are those of the answers; ``likely`` 0-1, None where the meaning was not read.
    """

    text: str
    at: datetime
    now: datetime
    enabled: bool = True
    current: bool = True
    closed: bool = False
    closed_too: bool = False
    open: bool = True
    automatic: str = ""
    history: bool = False
    heard: int = 1
    ours: int = 0
    pending: int = 0
    assigned_by_hand: bool = False
    files: int = 0
    unknown: bool = False
    asks: int = 1
    language: str = ""
    languages: Collection[str] = ()
    refused: bool = False
    before: int = 0
    in_hour: int = 0
    per_hour: int = 10
    likely: float | None = None
    threshold: float = 0.95


def why_not(seen: Seen) -> str:
    """The code of the first reason why it is not answered by itself; "" where it is."""
    checks = (
        ("off", not seen.enabled),
        ("stale", not seen.current),
        ("closed", seen.closed and not seen.closed_too),
        ("automatic", bool(seen.automatic) or seen.history),
        ("late", seen.now - seen.at > LATE),
        ("done", not seen.open),
        ("human", seen.ours > 0 or seen.pending > 0 or seen.assigned_by_hand),
        ("ongoing", seen.heard > 1),
        ("again", seen.before > 0),
        ("refused", seen.refused),
        ("file", seen.files > 0),
        ("several", seen.asks > 1 or questions(seen.text) > 1),
        ("feeling", feels_bad(seen.text)),
        ("person", wants_a_person(seen.text)),
        ("unknown", seen.unknown),
        ("language", not seen.language or seen.language not in seen.languages),
        ("unread", seen.likely is None),
        ("below", seen.likely is not None and not seen.likely >= seen.threshold),
        ("storm", seen.in_hour >= seen.per_hour),
    )
    return next((code for code, holds in checks if holds), "")


REASONS = (
    "off", "stale", "closed", "automatic", "late", "done", "human", "ongoing", "again", "refused", "file", "several", "feeling", "person",
    "unknown", "language", "unread", "below", "storm", "too_long", "no_way", "nobody", "gone", "wrote",
)  # fmt: skip
"""Every code there is; the last five show only when it is about to be sent."""

_QUESTION = re.compile(r"\?+")
_BAD = re.compile(
    r"(?<!\w)(?:"
    r"klag(?:e|er|et|en)\w*|reklamation\w*|skuff\w*|vred\w{0,2}|ras(?:ende|eri)|utilfreds\w*|elendig\w*|uacceptab\w*|urimelig\w*|håbløs\w*|"
    r"fuldstændig(?:t)? til grin|til grin|svind\w*|snyd\w*|snydt|bedrag\w*|advokat\w*|politi\w*|anmeld\w*|forbruger(?:råd|klage|ombud)\w*|"
    r"aldrig igen|erstatning\w*|tilskade\w*|skadet|ulykke\w*|død\w{0,3}|selvmord\w*|bange|desperat\w*|"
    r"complain\w*|disappoint\w*|angry|furious|unhappy|unacceptable|terribl\w*|awful\w*|horribl\w*|worst|ridiculous\w*|disgust\w*|disgrace\w*|"
    r"scam\w*|fraud\w*|lawyer\w*|sue|suing|police|never again|fed up|compensat\w*|injur\w*|hurt|accident\w*|died|dead(?!line)|suicid\w*|"
    r"afraid|scared|desperate\w*|useless|pathetic|rude|lied|lying|stolen|hacked"
    r")(?!\w)",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"(?<!\w)(?:(?:et|rigtigt|levende) menneske|rigtig person|en medarbejder|en kollega|ring (?:til )?mig|ringe mig op|"
    r"bot(?:ten)?|robot\w*|chatbot\w*|"
    r"(?:a |real )(?:human|person)|human being|an agent|live agent|representative|call me|speak (?:to|with)|talk to|not a (?:bot|machine)|"
    r"ikke (?:en )?(?:bot|robot|maskine)|ikke automatisk|no automatic)(?!\w)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?<!\w)(?:tak|takker|mange tak|perfekt|super|fint|dejligt|thanks|thank you|thx|perfect|great|cheers|lovely)(?!\w)",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"(?<!\w)(?:men|ikke|stadig|dog|hvad|hvordan|hvornår|hvorfor|but|not|no|still|what|how|when|why|doesn|didn|isn|can't|cannot)(?!\w)",
    re.IGNORECASE,
)
SHOUTED, LOUD = 12, 0.7
FEW_WORDS = 10


def questions(text: str) -> int:
    """How many questions it asks, by its question marks; several in a row are one."""
    return len(_QUESTION.findall(text))


def feels_bad(text: str) -> bool:
    """Whether words or signs tell of anger, harm, a complaint or a threat. A list of words: it is meant to find too much, not too little."""
    letters = [c for c in text if c.isalpha()]
    shouted = len(letters) >= SHOUTED and sum(c.isupper() for c in letters) / len(letters) >= LOUD
    return bool(_BAD.search(text)) or "!!" in text or shouted or any(c in text for c in "😠😡🤬😢😭👎💔")


def wants_a_person(text: str) -> bool:
    """Whether somebody asks for a person, or to be called."""
    return bool(_PERSON.search(text))


def is_thanks(text: str) -> bool:
    """Whether what came back after an answer only thanks: short, and asks, doubts and denies nothing."""
    is_short = len(text.split()) <= FEW_WORDS
    return is_short and "?" not in text and bool(_THANKS.search(text)) and not _BUT.search(text) and not feels_bad(text)


def whole(text: str, line: str, limit: int | None) -> str | None:
    """The answer with the line that says how it came and how a person is reached; None where both do not fit. The line is never left out."""
    said = f"{text.rstrip()}\n\n{line.strip()}"
    return None if not line.strip() or not text.strip() or (limit is not None and len(said) > limit) else said


def may_be_approved(text: str) -> bool:
    """Whether a text can be sent as it stands: something is in it, and nothing of another person was taken out of it."""
    return bool(text.strip()) and VEIL not in text
