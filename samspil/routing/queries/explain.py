"""Why a conversation went where it did, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_lazy, ngettext

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
    values = {"words": ", ".join(words), "percent": min(round(100 * weight), MOST)}
    if kind in {"level", "place", "waited", "by_hand"}:
        return _counted(kind, words)
    sentence = _SENTENCES.get("no_words" if kind == "words" and not words else kind)
    return str(sentence) % values if sentence else kind


_SENTENCES = {
    "words": gettext_lazy("It speaks of %(words)s (%(percent)d %% sure)"),
    "no_words": gettext_lazy("The whole text speaks for it (%(percent)d %% sure)"),
    "unsure": gettext_lazy("Not sure enough what it is about (%(percent)d %%)"),
    "unknown": gettext_lazy("No word of it is known from earlier questions"),
    "strange": gettext_lazy("It is unlike anything that was asked before"),
    "no_encoder": gettext_lazy("Routing cannot read it: the language model that it learned with is not here"),
    "no_model": gettext_lazy("Routing has not learned anything yet"),
    "no_competences": gettext_lazy("No competences are described yet"),
    "refused": gettext_lazy("What routing has learned cannot be trusted: its signature is wrong"),
    "continuity": gettext_lazy("Answered this consumer last"),
    "present": gettext_lazy("Is at the desk"),
    "absent": gettext_lazy("Is not at the desk just now"),
    "queue": gettext_lazy("Nobody who knows this has a free place: it waits in the unit's queue"),
    "nobody": gettext_lazy("Nobody holds this competence"),
    "triage": gettext_lazy("The unit for everything else takes it"),
}


def _counted(kind: str, words: Sequence[str]) -> str:
    if kind == "level":
        return gettext("Knows this at level %(level)s of 5") % {"level": words[0]}
    if kind == "place":
        count = int(words[0])
        return ngettext("Has %(count)d free place of %(all)s", "Has %(count)d free places of %(all)s", count) % {
            "count": count,
            "all": words[1],
        }
    if kind == "waited":
        count = int(words[0])
        return ngettext("It has waited %(count)d minute", "It has waited %(count)d minutes", count) % {"count": count}
    return gettext("Set by hand by %(name)s") % {"name": words[0]}
