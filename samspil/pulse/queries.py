"""Questions about pulse: what was asked and said, and how sure one can be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from django.utils.translation import gettext_lazy

from samspil.base import sql
from samspil.base.seal import sign
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import Right, may_in
from samspil.pulse.models import Asked, Setting
from samspil.pulse.rules import GOOD, SIGNS, interval

__all__ = [
    "SCORES",
    "SIGNS",
    "Figures",
    "asked_at",
    "figures",
    "latest_of",
    "may_arrange",
    "newest",
    "page_path",
    "settings",
    "verdicts",
]

SCORES = {
    1: gettext_lazy("bad"),
    2: gettext_lazy("not good"),
    3: gettext_lazy("so-so"),
    4: gettext_lazy("good"),
    5: gettext_lazy("very good"),
}
"""What each score is called."""
PAGE = "pulse.page"
MARK = 32
"""Letters of a page's mark: 128 bits of HMAC-SHA256."""
DAYS = 90


def page_path(asked: UUID) -> str:
    """The path of the question's own page; who has it may answer."""
    return f"/pulse/{asked}/{sign(PAGE, asked.bytes)[:MARK]}/"


def asked_at(ident: UUID, mark: str) -> Asked | None:
    """The question of a page's path; None where the mark is not ours, or it was never put."""
    if len(mark) != MARK or not mark.isascii() or not compare_digest(mark, sign(PAGE, ident.bytes)[:MARK]):
        return None
    return Asked.objects.filter(pk=ident, why_not="").select_related("conversation__account", "colleague").first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one unit's people said: numbers asked and answered, answers by score (1-5), the share that feels good with its 90 % interval."""

    unit: UUID | None
    asked: int
    answered: int
    by_score: Sequence[int]
    good: float
    low: float
    high: float


_FIGURES = (
    "SELECT q.unit_id, said.score, count(*) FROM pulse_asked q LEFT JOIN LATERAL ("
    " SELECT score FROM pulse_said d WHERE d.asked_id = q.id ORDER BY d.at DESC, d.id DESC LIMIT 1) said ON true"
    " WHERE q.at > %s AND q.why_not = '' GROUP BY 1, 2"
)


@dataclass(slots=True)
class _Sum:
    asked: int = 0
    by_score: list[int] = field(default_factory=lambda: [0] * 5)


def figures(*, at: datetime, days: int = DAYS) -> tuple[Figures, Sequence[Figures]]:
    """The last days of the whole organisation, and of each unit by the number of answers. One statement."""
    whole, units = _Sum(), dict[UUID | None, _Sum]()
    for unit, score, n in sql.run(_FIGURES, [at - timedelta(days=days)]):
        for one in (whole, units.setdefault(unit, _Sum())):
            one.asked += n
            if score:
                one.by_score[score - 1] += n
    each = [_figures(unit, one) for unit, one in units.items()]
    return _figures(None, whole), sorted(each, key=lambda f: (-f.answered, str(f.unit)))


def _figures(unit: UUID | None, one: _Sum) -> Figures:
    answered, good = sum(one.by_score), sum(one.by_score[GOOD - 1 :])
    low, high = interval(good, answered)
    return Figures(
        unit=unit,
        asked=one.asked,
        answered=answered,
        by_score=tuple(one.by_score),
        good=good / answered if answered else 0.0,
        low=low,
        high=high,
    )


def settings() -> Sequence[Setting]:
    """What holds, for all first, then by the units' names."""
    return list(Setting.objects.select_related("unit", "changed_by").order_by("unit__name", "id"))


def latest_of(consumer: UUID) -> tuple[datetime, int] | None:
    """When a person last said how it feels, and what."""
    rows = sql.run(
        "SELECT d.at, d.score FROM pulse_said d JOIN pulse_asked q ON q.id = d.asked_id JOIN conversation c ON c.id = q.conversation_id"
        " WHERE c.consumer_id = %s ORDER BY d.at DESC, d.id DESC LIMIT 1",
        [consumer],
    )
    return (rows[0][0], rows[0][1]) if rows and rows[0][1] else None


_VERDICTS = (
    "SELECT DISTINCT ON (q.conversation_id) q.conversation_id, d.score FROM pulse_asked q JOIN pulse_said d ON d.asked_id = q.id"
    " WHERE q.at > %s AND q.why_not = '' ORDER BY q.conversation_id, d.at DESC, d.id DESC"
)


def verdicts(since: datetime) -> dict[UUID, bool]:
    """Of the conversations asked about since, whether it feels good; who said «so-so», or took it back, is not in it. One statement."""
    so_so = GOOD - 1
    return {ident: score >= GOOD for ident, score in sql.run(_VERDICTS, [since]) if score and score != so_so}


def newest(asked: UUID) -> tuple[int | None, str]:
    """What holds of a question: the score, None where nothing was said or it was taken back; and the newest words."""
    rows = sql.run("SELECT score, words FROM pulse_said WHERE asked_id = %s ORDER BY at DESC, id DESC", [asked])
    return (rows[0][0], next((words for _, words in rows if words), "")) if rows else (None, "")


def may_arrange(by: Colleague, unit: Unit | None) -> bool:
    """Whether a colleague says when one asks in a unit, or (None) where nothing is said: as far as the right goes."""
    return may_in(by, Right.PULSE, unit.pk if unit else None)
