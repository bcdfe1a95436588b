"""Whose answer is it, and what is to be done with it. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

OPEN = timedelta(days=30)
"""For so long a notice can be answered."""
BURST = timedelta(seconds=20)
"""What comes within this time is told in one notice."""
STALE = timedelta(minutes=3)
"""A notice that has been sending for so long was taken by a process that died."""
LONGEST = 50_000
"""Letters of an answer; a longer one is held."""
MOST_FILES, MOST_BYTES = 10, 25_000_000
"""Files of one answer that are fetched from where a colleague wrote it, and their bytes together."""

REMOTE = 4
"""What stands of a file whose bytes lie in the envelope; one more of a file that lies on the network."""

_NOTE = re.compile(r"\s*(?:notat|note|intern note|internal note)\s*:\s*", re.IGNORECASE)
_DONE = re.compile(r"\n\s*#?(?:færdig|faerdig|done)\s*[.!]?\s*$", re.IGNORECASE)
_NOT_ME = re.compile(r"\s*(?:ikke mig|ikke mit|not me|not mine)\s*[.!]?\s*", re.IGNORECASE)
_SHAPES = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]")
"""What is not seen and can turn a line around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one arrival. ``owner`` is the notice's colleague, ``author`` whose address it came from (None: nobody's of ours)."""

    known: bool
    owner: UUID | None = None
    author: UUID | None = None
    active: bool = True
    told_at: datetime | None = None
    at: datetime | None = None
    automatic: str = ""
    unsure: str = ""
    text: str = ""
    files: int = 0
    remote: bool = False
    done: str = "said"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done, why, and the ``text`` that is to be said.

    ``what``: answer, fetch (an answer whose files are fetched first), note, give_back, change (of what was answered before), automatic,
    bounced, told, held, dropped, refused.
    """

    what: str
    why: str = ""
    text: str = ""
    done: bool = False


SIGNS = {
    **dict.fromkeys(("✅", "✔️", "☑️"), Verdict("done", done=True)),
    **dict.fromkeys(("🚫", "⛔", "❌", "↩️"), Verdict("give_back")),
}
"""Signs that are an answer; all others say nothing."""


def judge(seen: Seen) -> Verdict:
    """What is to be done with an arrival: it is a colleague's answer only when the signature is ours AND who wrote is who was told.

    In this order, so that nothing uncertain is ever sent: signature, machines, who wrote, doubts, time, content.
    """
    if not seen.known:
        return Verdict("refused", "signature")
    if seen.automatic:
        return Verdict("bounced" if seen.automatic == "bounce" else "automatic", seen.automatic[:40])
    if doubt := _doubt(seen):
        # A sign, or a change of what was held, asks nothing of people.
        return Verdict("held", doubt) if seen.done == "said" else Verdict("dropped", doubt)
    if seen.told_at and seen.at and seen.at - seen.told_at > OPEN:
        return Verdict("told", "expired")
    return _asked(seen)


def _asked(seen: Seen) -> Verdict:
    """What the colleague asks for, when it is the colleague."""
    if seen.done == "sign":
        return SIGNS.get(seen.text, Verdict("dropped", "sign"))
    if seen.done != "said":
        return Verdict("change", seen.done)
    wanted = content(seen.text, files=seen.files)
    return replace(wanted, what="fetch") if seen.remote and wanted.what == "answer" else wanted


def _doubt(seen: Seen) -> str:
    if seen.author != seen.owner:
        return "stranger" if seen.author is None else "other_colleague"
    return seen.unsure[:40] if seen.active else "left"


def content(text: str, *, files: int = 0) -> Verdict:
    """What a colleague's words ask for: an answer, a note, that it is given back; with «færdig» on the last line, also done."""
    said = _SHAPES.sub("", text).replace("\x00", "").strip()
    if not said:
        return Verdict("answer") if files else Verdict("told", "empty")
    if len(said) > LONGEST:
        return Verdict("held", "too_long")
    if _NOT_ME.fullmatch(said):
        return Verdict("give_back")
    done = False
    if ends := _DONE.search("\n" + said):
        said, done = said[: max(ends.start() - 1, 0)].strip(), True
    note = _NOTE.match(said)
    if note:
        rest = said[note.end() :].strip()
        return Verdict("note", text=rest, done=done) if rest else Verdict("told", "empty")
    if not said and not files:
        return Verdict("done", done=True)
    return Verdict("answer", text=said, done=done)


def is_needed(*, when: str, seen_at: datetime | None, at: datetime, minutes: int = 5) -> bool:
    """Whether a colleague is told outside: always, never, or when not at the desk within the last minutes."""
    if when != "away":
        return when == "always"
    return seen_at is None or at - seen_at > timedelta(minutes=minutes)


def is_what_it_says(kind: str, detected: str, head: bytes) -> bool:
    """Whether a file can be what it is said to be: no page in place of a file, and no picture that is none."""
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith((b"<!doctype html", b"<html")) and kind not in {"text/html", "application/xhtml+xml"}:
        return False
    known = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}
    return kind not in known or detected == kind
