"""Keeping what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import digest, new_id
from samspil.conversation.actions import tell
from samspil.organisation.actions import Shown, record_evidence
from samspil.pulse.facts import PulseAnswered
from samspil.pulse.models import Asked


class Closed(SamspilError):
    """The time to answer this question has passed."""

    code = "pulse.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer to one question. ``conversation`` is where it lies now; ``via`` is words, sign or page."""

    asked: UUID
    conversation: UUID
    consumer: UUID
    colleague: UUID | None
    competence: UUID | None
    score: int | None
    via: str
    words: str = ""


def say(*, asked: UUID, score: int, at: datetime, words: str = "") -> None:
    """Keep what a person said on the question's own page; said again, the newest holds. Raises NotFound, Closed."""
    with step():
        row = Asked.objects.select_for_update(of=("self",)).select_related("conversation").filter(pk=asked, why_not="").first()
        if row is None:
            raise NotFound("There is no such question")
        if at >= row.open_until:
            raise Closed("The time to answer has passed")
        heard = Heard(
            asked=row.pk,
            conversation=row.conversation.merged_into_id or row.conversation_id,
            consumer=row.conversation.consumer_id,
            colleague=row.colleague_id,
            competence=row.competence_id,
            score=min(max(score, 1), 5),
            via="page",
            words=words,
        )
        keep(answers=[heard], at=at)


def keep(*, answers: Sequence[Heard], at: datetime) -> None:
    """Append the answers, tell them in the conversations' journals, and say so; they are evidence of what the colleague knows, too.

    Joins the caller's step; a constant number of statements.
    """
    if not answers:
        return
    with step():
        sql.copy(
            "pulse_said",
            ("id", "asked_id", "score", "words", "via", "at"),
            [(new_id(), h.asked, h.score, h.words.replace("\x00", "")[:2000], h.via, at) for h in answers],
        )
        tell(
            kind="pulse",
            rows=[
                (h.conversation, {"score": h.score, **({"words": h.words[:300]} if h.via == "page" and h.words else {})})
                for h in answers
            ],
            at=at,
        )
        _weigh(answers, at)
        publish(
            *[
                PulseAnswered(
                    asked=h.asked,
                    conversation=h.conversation,
                    consumer=h.consumer,
                    colleague=h.colleague,
                    competence=h.competence,
                    score=h.score,
                    at=at,
                )
                for h in answers
            ]
        )


def _weigh(answers: Sequence[Heard], at: datetime) -> None:
    """A verdict is evidence of the colleague's level in what was asked for; of several to one question the newest."""
    newest = {h.asked: h for h in answers if h.colleague and h.competence}
    record_evidence(
        shown=[
            Shown(
                key=digest("pulse", str(h.asked)),
                colleague=h.colleague,
                competence=h.competence,
                kind="verdict",
                level=h.score,
                at=at,
            )
            for h in newest.values()
            if h.score is not None and h.colleague and h.competence
        ],
        gone=[digest("pulse", str(h.asked)) for h in newest.values() if h.score is None],
        at=at,
    )
