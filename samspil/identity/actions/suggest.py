"""One question of the worklist answered: the same person, two persons, or nobody knows; and each answer taken back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, retried, step
from samspil.identity.actions.decide import SamePerson, merge, undo
from samspil.identity.actions.joining import ask_joining
from samspil.identity.actions.veto import keep_apart
from samspil.identity.facts import SuggestionAnswered, SuggestionReopened
from samspil.identity.models import Consumer, Decision, Suggestion, Veto
from samspil.organisation.models import Colleague

Verdict = Literal["same", "apart", "unsure"]
WHY = {"same": "Compared side by side", "apart": "Compared side by side"}
"""Kept with the decision or the veto; shown in the reader's language."""


class Answered(SamspilError):
    """Somebody else was faster. ``by`` is who (None: Samspil), ``verdict`` what they said: same, apart or gone."""

    code = "identity.suggestion_answered"

    def __init__(self, words: str, *, verdict: str, by: Colleague | None) -> None:
        super().__init__(words)
        self.verdict, self.by = verdict, by


class NotAnswered(SamspilError):
    """There is no answer to take back, or it was taken back already."""

    code = "identity.suggestion_not_answered"


class NotOneOfThem(SamspilError):
    """Who is to be kept is neither of the two."""

    code = "identity.not_one_of_them"


@retried
def answer(*, suggestion: UUID, verdict: Verdict, by: Colleague, at: datetime, keep: UUID | None = None) -> Suggestion:
    """Say what a suggestion is. ``same`` joins the two persons, ``apart`` keeps them two, ``unsure`` puts the pair aside.

    ``keep`` is the consumer whose name and page stay; without it who was named by hand, then who has been here longest. What is
    suggested between other handles of the two is settled with it. The same answer of the same colleague again changes nothing.
    Raises NotFound, Answered, SamePerson (one already, by another way), NotOneOfThem.
    """
    ask_joining(by=by)
    if verdict not in {"same", "apart", "unsure"}:
        raise ValueError(verdict)
    with step():
        row = Suggestion.objects.filter(pk=suggestion).first()
        if row is None:
            raise NotFound("no such suggestion")
        one, other = _locked(row)
        row = (
            Suggestion.objects.select_for_update(of=("self",))
            .select_related("decided_by", "decision__undone_by")
            .get(pk=suggestion)
        )
        if row.state == verdict and row.decided_by_id == by.pk and not _undone(row):
            return row
        mine, theirs = _two(row, one, other, verdict)
        if keep not in {None, mine, theirs}:
            raise NotOneOfThem("Keep one of the two")
        siblings = _waiting_between(mine, theirs)
        done = None
        if verdict == "same":
            kept = keep or _older(mine, theirs)
            done = merge(kept=kept, absorbed=theirs if kept == mine else mine, by=by, why=WHY["same"], at=at)
        elif verdict == "apart":
            keep_apart(one=mine, other=theirs, by=by, why=WHY["apart"], at=at)
        Suggestion.objects.filter(pk__in=[*siblings, row.pk]).update(state=verdict, decided_at=at, decided_by=by, decision=done)
        publish(SuggestionAnswered(suggestion=row.pk, verdict=verdict, at=at, by=by.pk))
    return Suggestion.objects.get(pk=suggestion)


def _two(row: Suggestion, one: UUID | None, other: UUID | None, verdict: str) -> tuple[UUID, UUID]:
    """The two persons, when there is still something to answer."""
    if _undone(row):
        raise Answered("This joining was undone", verdict="apart", by=row.decision.undone_by if row.decision else None)
    if row.state in {"same", "apart", "gone"}:
        raise Answered("This pair is answered already", verdict=row.state, by=row.decided_by)
    if one is None or other is None:
        raise NotFound("no such consumer")
    if one == other:
        raise SamePerson("This is the same person already")
    said = _said_apart(one, other)
    if said is not None and verdict != "apart":
        raise Answered("Somebody said that they are two", verdict="apart", by=said.by)
    return one, other


def _undone(row: Suggestion) -> bool:
    return row.decision is not None and row.decision.undone_at is not None


@retried
def take_back(*, suggestion: UUID, by: Colleague, at: datetime) -> Suggestion:
    """The answer was a slip: the pair waits again, joined persons are two, and nothing is said against joining them.

    Raises NotFound, NotAnswered.
    """
    ask_joining(by=by)
    with step():
        row = Suggestion.objects.filter(pk=suggestion).first()
        if row is None:
            raise NotFound("no such suggestion")
        _locked(row)
        row = Suggestion.objects.select_for_update().get(pk=suggestion)
        if row.state not in {"same", "apart", "unsure"}:
            raise NotAnswered("This pair waits for an answer")
        with_it = Suggestion.objects.filter(state=row.state, decided_at=row.decided_at, decided_by=row.decided_by_id)
        if row.state == "same":
            if row.decision_id is None or not Decision.objects.filter(pk=row.decision_id, undone_at=None).exists():
                raise NotAnswered("This joining is undone already")
            made = undo(decision=row.decision_id, by=by, at=at)
            Veto.objects.filter(decision=made, lifted_at=None).update(lifted_at=at, lifted_by=by)
            settled = list(with_it.filter(decision=row.decision_id).values_list("pk", flat=True))
        else:
            settled = _between_then(row)
            if row.state == "apart":
                sql.run(_LIFT, {**_then(row), "now": at, "me": by.pk})
        Suggestion.objects.filter(pk__in=[*settled, row.pk]).update(state="open", decided_at=None, decided_by=None, decision=None)
        publish(SuggestionReopened(suggestion=row.pk, at=at, by=by.pk))
    return Suggestion.objects.get(pk=suggestion)


@retried
def hold_again(*, one: UUID, other: UUID, lifted_at: datetime, by: Colleague) -> int:
    """Take back a lifting: the vetoes between two consumers that ``by`` lifted at that moment hold again. How many."""
    ask_joining(by=by)
    with step():
        rows = sql.run(_HOLD, {"one": one, "other": other, "at": lifted_at, "by": by.pk})
    return len(rows)


_SIDES = "SELECT handle_id, consumer_id FROM identity_link WHERE handle_id = ANY(%s) AND ended_at IS NULL"
_THEIRS = "SELECT handle_id FROM identity_link WHERE consumer_id = ANY(%s) AND ended_at IS NULL"
_LOCK = "SELECT id FROM intake_handle WHERE id = ANY(%s) ORDER BY network, scope, address FOR UPDATE"


def _locked(row: Suggestion) -> tuple[UUID | None, UUID | None]:
    """Lock the handles of both persons in the one order that intake uses, before any suggestion. Gives whose the two handles are."""
    locked: set[UUID] = set()
    while True:
        owners: dict[UUID, UUID] = dict(sql.run(_SIDES, [[row.one_id, row.other_id]]))
        handles = {row.one_id, row.other_id, *(h for (h,) in sql.run(_THEIRS, [list(owners.values())]))}
        if handles <= locked:
            return owners.get(row.one_id), owners.get(row.other_id)
        # Found, then locked, then asked again (docs/decisions/found-then-locked.md).
        sql.run(_LOCK, [list(handles)])
        locked |= handles


def _older(one: UUID, other: UUID) -> UUID:
    return Consumer.objects.filter(pk__in=[one, other]).order_by("-named_by_hand", "since", "id")[0].pk


_NOW = (
    "FROM identity_link x JOIN identity_link y ON y.consumer_id = %(other)s AND y.ended_at IS NULL"
    " JOIN {table} t ON t.one_id = least(x.handle_id, y.handle_id) AND t.other_id = greatest(x.handle_id, y.handle_id)"
    " WHERE x.consumer_id = %(one)s AND x.ended_at IS NULL"
)


def _waiting_between(one: UUID, other: UUID) -> list[UUID]:
    found = sql.run(
        f"SELECT t.id {_NOW.format(table='identity_suggestion')} AND t.state IN ('open', 'unsure') ORDER BY t.id FOR UPDATE OF t",
        {"one": one, "other": other},
    )
    return [ident for (ident,) in found]


def _said_apart(one: UUID, other: UUID) -> Veto | None:
    found = sql.run(
        f"SELECT t.id {_NOW.format(table='identity_veto')} AND t.lifted_at IS NULL ORDER BY t.id LIMIT 1",
        {"one": one, "other": other},
    )
    return Veto.objects.select_related("by").get(pk=found[0][0]) if found else None


# The two sides as they were when the answer was given: handles may have gone elsewhere since.
_THEN = (
    "WITH side AS (SELECT l.handle_id, w.consumer_id FROM identity_link w JOIN identity_link l ON l.consumer_id = w.consumer_id"
    " AND l.began_at <= %(at)s AND (l.ended_at IS NULL OR l.ended_at > %(at)s) WHERE w.handle_id IN (%(one)s, %(other)s)"
    " AND w.began_at <= %(at)s AND (w.ended_at IS NULL OR w.ended_at > %(at)s)),"
    " two AS (SELECT DISTINCT least(x.handle_id, y.handle_id) AS one_id, greatest(x.handle_id, y.handle_id) AS other_id"
    " FROM side x JOIN side y ON x.consumer_id <> y.consumer_id) "
)
_SETTLED = (
    _THEN + "SELECT s.id FROM identity_suggestion s JOIN two ON two.one_id = s.one_id AND two.other_id = s.other_id"
    " WHERE s.state = %(state)s AND s.decided_at = %(at)s AND s.decided_by_id = %(by)s"
)
_LIFT = (
    _THEN + "UPDATE identity_veto v SET lifted_at = %(now)s, lifted_by_id = %(me)s FROM two WHERE v.one_id = two.one_id"
    " AND v.other_id = two.other_id AND v.at = %(at)s AND v.by_id = %(by)s AND v.lifted_at IS NULL"
)
_HOLD = (
    "UPDATE identity_veto v SET lifted_at = NULL, lifted_by_id = NULL FROM identity_link x, identity_link y"
    " WHERE x.consumer_id = %(one)s AND y.consumer_id = %(other)s AND x.ended_at IS NULL AND y.ended_at IS NULL"
    " AND v.one_id = least(x.handle_id, y.handle_id) AND v.other_id = greatest(x.handle_id, y.handle_id)"
    " AND v.lifted_at = %(at)s AND v.lifted_by_id = %(by)s AND NOT EXISTS (SELECT 1 FROM identity_veto o"
    " WHERE o.one_id = v.one_id AND o.other_id = v.other_id AND o.lifted_at IS NULL) RETURNING v.id"
)


def _then(row: Suggestion) -> dict[str, object]:
    return {"one": row.one_id, "other": row.other_id, "at": row.decided_at, "by": row.decided_by_id}


def _between_then(row: Suggestion) -> list[UUID]:
    return [ident for (ident,) in sql.run(_SETTLED, {**_then(row), "state": row.state})]
