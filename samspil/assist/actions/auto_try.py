"""The dry run: what would have been sent by itself in the last days, what colleagues really answered, and how sure that makes one.

It learns and measures; it sends nothing. All of it is computed first and kept in one transaction, so that a process that dies leaves a dry
run that is begun again.
"""

import logging
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from samspil.assist.models import AutoAnswer, AutoCase, AutoLabel, AutoTrial
from samspil.assist.queries.auto import access_unit, mark_of, standing
from samspil.assist.queries.auto_seen import LONGEST, Past, asks_of, book_of, past_of
from samspil.assist.rules.auto import Seen, why_not
from samspil.assist.rules.likely import Book, Curve, best, earlier, error_of, evidence, learn, letters_of, resembles, steps
from samspil.assist.rules.mask import masked
from samspil.assist.rules.vector import packed, unpacked
from samspil.base import bell, sql
from samspil.base.encoder import available, encoder
from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.organisation.models import Colleague

log = logging.getLogger(__name__)
MOST_DAYS, MOST_CASES = 365, 5_000
AT_ONCE = 64
"""Messages between two words of progress."""
_WHOLE = "\x00"


def ask_trial(*, unit: UUID, by: Colleague, days: int, at: datetime) -> AutoTrial:
    """Ask for a dry run over the last days; the worker carries it out. One that waits already is given again. Raises NotFound."""
    with step():
        row = access_unit(by, unit)
        waiting = AutoTrial.objects.filter(unit=row, state__in=("waiting", "running")).order_by("at").first()
        if waiting is not None:
            return waiting
        made = AutoTrial.objects.create(unit=row, by=by, at=at, days=max(1, min(days, MOST_DAYS)))
        bell.ring_after_commit("trials")
    return made


def label_case(*, case: int, by: Colleague, right: bool | None, at: datetime) -> AutoCase:
    """A lead says whether the answer would have been right, or takes that back (None). The next dry run learns from it. Raises NotFound."""
    with step():
        row = AutoCase.objects.select_related("trial").filter(pk=case, answer__isnull=False).first()
        if row is None or row.answer_id is None:
            raise NotFound("There is no such case")
        access_unit(by, row.trial.unit_id)
        AutoLabel.objects.filter(interaction=row.interaction_id, answer=row.answer_id).delete()
        if right is not None:
            AutoLabel.objects.create(interaction_id=row.interaction_id, answer_id=row.answer_id, right=right, by=by, at=at)
    return row


def carry_trials(*, at: datetime, stop: Callable[[], bool] = lambda: False) -> int:
    """Carry out the dry runs that wait, or that a dead process left; the number. Two processes at one do the same twice, and keep it once."""
    carried = 0
    for trial in AutoTrial.objects.filter(state__in=("waiting", "running")).order_by("at", "id")[:20]:
        if stop():
            break
        try:
            _carry(trial, at)
        except Exception as error:
            log.exception("dry run %s failed", trial.pk)
            AutoTrial.objects.filter(pk=trial.pk).update(state="failed", error=type(error).__name__, finished_at=at)
        carried += 1
    return carried


@dataclass(slots=True, kw_only=True)
class _Case:
    """A past first message as it is tried. ``truly`` None: no colleague has answered it."""

    interaction: UUID
    text: str
    language: str
    at: datetime
    vector: bytes | None
    answered: UUID | None
    truly: str | None
    files: int
    unknown: bool
    asks: int
    automatic: str
    refused: bool
    place: int | None = None
    features: Any = None
    likely: float | None = None
    right: bool | None = None
    why: str = ""
    held: bool = False


_CASES = (
    "SELECT q.id, left(q.text, %(long)s), q.language, q.at, coalesce(m.vector, k.vector), a.id, left(a.text, 6000),"
    " (SELECT count(*) FROM intake_attachment f WHERE f.interaction_id = q.id),"
    " coalesce(d.classifier_id IS NOT NULL AND d.competence_id IS NULL, false), d.wanted, coalesce(q.data->>'automatic', ''),"
    " EXISTS (SELECT 1 FROM identity_link l JOIN consent s ON s.handle_id = l.handle_id AND s.purpose = 'automatic' AND s.state = 'refused'"
    "  AND s.ended_at IS NULL WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL)"
    " FROM conversation c CROSS JOIN LATERAL (SELECT i.* FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.kind = 'message' ORDER BY p.at, p.interaction_id LIMIT 1) q"
    " LEFT JOIN LATERAL (SELECT i.id, i.text FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.kind = 'message' AND i.outgoing AND i.colleague_id IS NOT NULL AND p.at >= q.at"
    "  AND coalesce(i.data->>'automatic', '') = '' ORDER BY p.at, p.interaction_id LIMIT 1) a ON true"
    " LEFT JOIN LATERAL (SELECT classifier_id, competence_id, wanted FROM routing_decision WHERE conversation_id = c.id"
    "  ORDER BY at, id LIMIT 1) d ON true"
    " LEFT JOIN assist_meaning m ON m.interaction_id = q.id LEFT JOIN assist_pair k ON k.question_id = q.id"
    " WHERE c.unit_id = %(unit)s AND c.merged_into_id IS NULL AND c.opened_at > %(since)s AND NOT q.outgoing"
    " ORDER BY q.at DESC, q.id DESC LIMIT %(most)s"
)


def _carry(trial: AutoTrial, at: datetime) -> None:
    answers = list(standing([trial.unit_id], at))
    past = past_of(trial.unit_id)
    cases = _cases_of(trial)
    AutoTrial.objects.filter(pk=trial.pk).update(state="running", total=len(cases), done=0)
    answered = np.array([[resembles(a.text, one.said) for a in answers] for one in past], dtype=bool).reshape(
        len(past), len(answers)
    )
    book = book_of(past, answered, [a.pk for a in answers])
    labels = {
        (row.interaction_id, row.answer_id): row.right for row in AutoLabel.objects.filter(answer__in=[a.pk for a in answers])
    }
    for start in range(0, len(cases), AT_ONCE):
        _look_at(cases[start : start + AT_ONCE], answers, past, book, labels)
        AutoTrial.objects.filter(pk=trial.pk).update(done=min(start + AT_ONCE, len(cases)))
    known, curve = _learned(cases)
    _keep(
        trial,
        at,
        answers,
        [[one.pair, np.flatnonzero(row).tolist()] for one, row in zip(past, answered, strict=True)],
        cases,
        known,
        curve,
    )


def _cases_of(trial: AutoTrial) -> list[_Case]:
    params = {"unit": trial.unit_id, "since": trial.at - timedelta(days=trial.days), "most": MOST_CASES, "long": LONGEST}
    found = []
    for q, text, language, when, vector, a, truly, files, unknown, wanted, automatic, refused in reversed(
        sql.run(_CASES, params)
    ):
        found.append(
            _Case(
                interaction=q,
                text=text,
                language=language,
                at=when,
                vector=bytes(vector) if vector else None,
                answered=a,
                truly=truly,
                files=files,
                unknown=unknown,
                asks=asks_of(wanted),
                automatic=automatic,
                refused=refused,
            )
        )
    return found


def _look_at(
    cases: Sequence[_Case], answers: Sequence[AutoAnswer], past: Sequence[Past], book: Book, labels: dict[tuple[UUID, UUID], bool]
) -> None:
    """What speaks for which answer, as it was known when the message came: nothing that was answered later is looked at."""
    plain = [masked(one.text) or one.text or _WHOLE for one in cases]
    unread = [place for place, one in enumerate(cases) if one.vector is None]
    if unread and available():
        for place, vector in zip(unread, packed(encoder().encode([plain[place] for place in unread])), strict=True):
            cases[place].vector = vector
    letters, times = letters_of(plain), [one.at for one in past]
    languages = {a.language for a in answers}
    for place, one in enumerate(cases):
        among = [n for n, a in enumerate(answers) if a.language == one.language]
        if one.vector is not None and among:
            found = evidence(book, unpacked([one.vector])[0], letters[place], bisect_left(times, one.at))
            one.place = best(found, among)
            one.features = None if one.place is None else found[one.place]
        one.why = _never(one, languages)
        if one.place is not None:
            told = labels.get((one.interaction, answers[one.place].pk))
            judged = None if one.truly is None else resembles(answers[one.place].text, one.truly)
            one.right = judged if told is None else told


def _never(one: _Case, languages: set[str]) -> str:
    """Why the message is never answered by itself, whatever the threshold; what only the moment decides is left out."""
    seen = Seen(
        text=one.text,
        at=one.at,
        now=one.at,
        automatic=one.automatic,
        files=one.files,
        unknown=one.unknown,
        asks=one.asks,
        language=one.language,
        languages=languages,
        refused=one.refused,
        likely=1.0 if one.place is not None else None,
    )
    return why_not(seen)


def _learned(cases: Sequence[_Case]) -> tuple[list[_Case], Curve | None]:
    """The cases of which it is known what was right, the later ones held out; and the curve that the earlier ones teach."""
    known = [one for one in cases if not one.why and one.right is not None]
    cut = earlier(len(known))
    for one in known[cut:]:
        one.held = True
    curve = learn([one.features for one in known[:cut]], [bool(one.right) for one in known[:cut]]) if cut else None
    if curve is not None:
        for one in cases:
            one.likely = curve.likely(one.features) if one.features is not None else None
    return known, curve


def _keep(
    trial: AutoTrial,
    at: datetime,
    answers: Sequence[AutoAnswer],
    book: list[Any],
    cases: Sequence[_Case],
    known: Sequence[_Case],
    curve: Curve | None,
) -> None:
    held = [one for one in known if one.held]
    likely, right = [one.likely or 0.0 for one in held], [bool(one.right) for one in held]
    span = sum(one.at >= held[0].at for one in cases) if held else 0
    with step():
        row = AutoTrial.objects.select_for_update(of=("self",)).filter(pk=trial.pk).first()
        if row is None or row.state == AutoTrial.State.DONE:
            return
        row.state, row.finished_at, row.done, row.total = AutoTrial.State.DONE, at, len(cases), len(cases)
        row.answers, row.mark, row.book = [str(a.pk) for a in answers], mark_of(answers), book
        row.curve = None if curve is None else [curve.constant, list(curve.weights)]
        row.table = [one.as_json() for one in steps(likely, right, of=span)] if curve is not None else []
        row.known, row.held_out = len(known), len(held)
        row.calibration_error = error_of(likely, right) if curve is not None and held else None
        row.save()
        AutoCase.objects.filter(trial__unit=row.unit_id).delete()  # those of earlier dry runs too: the newest is looked through
        sql.copy(
            "assist_auto_case",
            ("trial_id", "interaction_id", "answered_id", "answer_id", "likely", "is_right", "held_out", "refused"),
            [
                (
                    row.pk,
                    c.interaction,
                    c.answered,
                    None if c.place is None else answers[c.place].pk,
                    c.likely,
                    c.right,
                    c.held,
                    c.why,
                )
                for c in cases
            ],
        )
