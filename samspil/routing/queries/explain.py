"""Why a conversation went where it did, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from samspil.base.question import Question
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.routing.models import Decision

MOST = 99
"""Nobody is told that routing is 100 % sure: a word seen in one competence only says so, and is still a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One reason: its ``kind``, a sentence in the reader's language, the consumer's ``words`` behind it, its part of it all."""

    kind: str
    text: str
    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One decision with its reasons."""

    id: UUID
    at: datetime
    competence: Competence | None
    confidence: float | None
    unit: Unit | None
    colleague: Colleague | None
    by: Colleague | None
    reasons: tuple[Why, ...]


_DECISIONS = Question(
    lambda conversation: (
        Decision.objects.filter(conversation=conversation)
        .select_related("competence", "unit", "colleague", "by")
        .order_by("at", "id")
    )
)


def explain(conversation: UUID) -> Sequence[Explained]:
    """Every decision on a conversation, the oldest first; the last is in force. Ask for access to the conversation before."""
    return [
        Explained(
            id=row.pk,
            at=row.at,
            competence=row.competence,
            confidence=row.confidence,
            unit=row.unit,
            colleague=row.colleague,
            by=row.by,
            reasons=tuple(_why(reason) for reason in row.reasons),
        )
        for row in _DECISIONS(conversation)
    ]


def _why(reason: Mapping[str, Any]) -> Why:
    words = tuple(reason["words"]) if reason["kind"] in {"words", "unsure"} else ()
    return Why(kind=reason["kind"], text=say(reason), words=words, weight=float(reason["weight"]))


def say(reason: Mapping[str, Any]) -> str:
    """A stored reason as a sentence in the language of the reader."""
    kind, words, weight = reason["kind"], list(reason["words"]), float(reason["weight"])
    values: dict[str, Any] = {"words": ", ".join(words), "percent": min(round(100 * weight), MOST)}
    values.update(zip(("first", "second", "third"), words, strict=False))
    if kind == "waits":
        return _waits(words)
    if kind in _NUMBERED:
        return _counted(kind, words)
    sentence = _SENTENCES.get("no_words" if kind == "words" and not words else kind)
    return str(sentence) % values if sentence else kind


_SENTENCES = {
    "words": gettext_lazy("It speaks of %(words)s (%(percent)d %% sure)"),
    "no_words": gettext_lazy("The whole text speaks for it (%(percent)d %% sure)"),
    "unsure": gettext_lazy("Not sure enough what it is about (%(percent)d %%)"),
    "unknown": gettext_lazy("No word of it is known from earlier questions"),
    "precedent": gettext_lazy("It begins as one of which %(first)s said what it is about (%(percent)d %% alike)"),
    "strange": gettext_lazy("It is unlike anything that was asked before"),
    "no_encoder": gettext_lazy("Routing cannot read it: the language model that it learned with is not here"),
    "no_model": gettext_lazy("Routing has not learned anything yet"),
    "no_competences": gettext_lazy("No competences are described yet"),
    "refused": gettext_lazy("What routing has learned cannot be trusted: its signature is wrong"),
    "continuity": gettext_lazy("Answered this consumer last"),
    "present": gettext_lazy("Is at the desk"),
    "reached": gettext_lazy("Is not at the desk, and answers by mail"),
    "absent": gettext_lazy("Is not at the desk just now"),
    "queue": gettext_lazy("Nobody who knows this has a free place: it waits in the unit's queue"),
    "nobody": gettext_lazy("Nobody holds this competence"),
    "level": gettext_lazy("Knows this at level %(first)s of 5"),
    "language": gettext_lazy("Writes the consumer's language"),
    "urgent": gettext_lazy("It is more urgent than others"),
    "by_hand": gettext_lazy("Set by hand by %(first)s"),
    "handed_over": gettext_lazy("%(first)s has gone away: it was handed over"),
    "handed_on": gettext_lazy("%(first)s gave it to %(second)s, who knows %(third)s and nothing else"),
    "rule": gettext_lazy("The rule “%(words)s” says so"),
    "triage": gettext_lazy("The unit for everything else takes it"),
}


_NUMBERED: Mapping[str, Callable[[int], str]] = {
    "place": lambda n: ngettext("Has %(count)d free place of %(all)s", "Has %(count)d free places of %(all)s", n),
    "also": lambda n: ngettext("Knows %(count)d more thing it may ask for", "Knows %(count)d more things it may ask for", n),
    "day": lambda n: ngettext("Has been given %(count)d already today", "Has been given %(count)d already today", n),
    "idle": lambda n: ngettext("Was given nothing for %(count)d minute", "Was given nothing for %(count)d minutes", n),
    "waited": lambda n: ngettext("It has waited %(count)d minute", "It has waited %(count)d minutes", n),
    "due": lambda n: ngettext(
        "An answer is promised within %(count)d minute", "An answer is promised within %(count)d minutes", n
    ),
    "record": lambda n: ngettext(
        "%(count)d of %(all)s such conversation ended well", "%(count)d of %(all)s such conversations ended well", n
    ),
}


def _waits(words: Sequence[str]) -> str:
    name, minutes, until, other = words[:4]
    local = timezone.localtime(datetime.fromisoformat(until))
    return ngettext(
        "Waits for %(name)s, who answered last and is likely to have a place within %(count)d minute. From %(time)s it goes"
        " to who has one; now that would be %(other)s",
        "Waits for %(name)s, who answered last and is likely to have a place within %(count)d minutes. From %(time)s it goes"
        " to who has one; now that would be %(other)s",
        int(minutes),
    ) % {"name": name, "count": int(minutes), "time": f"{local:%H:%M}", "other": other}


def _counted(kind: str, words: Sequence[str]) -> str:
    count, whole = int(words[0]), words[1] if len(words) > 1 else ""
    return _NUMBERED[kind](int(whole) if kind == "record" else count) % {"count": count, "all": whole}
