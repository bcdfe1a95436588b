"""Join, move, split, undo: every step a decision with who and why, and every step can be undone at any later time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, retried, step
from samspil.base.ids import new_id
from samspil.base.text import fold
from samspil.identity.actions.joining import ask_joining
from samspil.identity.actions.settle import one_at_a_time, settle
from samspil.identity.actions.veto import lift_between, put_between
from samspil.identity.facts import ConsumersMerged, HandlesMoved
from samspil.identity.models import Consumer, Decision, Link
from samspil.identity.queries.steps import owners_of
from samspil.identity.rules.recognise import STRENGTH, WORDS
from samspil.identity.rules.replay import Done, switch
from samspil.intake.actions import hold
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague

Evidence = Sequence[Mapping[str, Any]]


class SamePerson(SamspilError):
    """Both are the same consumer already."""

    code = "identity.same_person"


class AlreadyUndone(SamspilError):
    """The decision has been undone before."""

    code = "identity.already_undone"


class LastHandle(SamspilError):
    """The consumer would have no handle left: then it is a join, or there is nothing to take apart."""

    code = "identity.last_handle"


class NotTheirs(SamspilError):
    """A handle is not the consumer's any more."""

    code = "identity.not_theirs"


@retried
def merge(*, kept: UUID, absorbed: UUID, by: Colleague, why: str, at: datetime) -> Decision:
    """Join two consumers by hand: the handles of ``absorbed`` come to ``kept``; what was said against it is lifted.

    Raises SamePerson, NotFound.
    """
    ask_joining(by=by)
    return _join(kept, absorbed, by.pk, why, [{"kind": "colleague", "strength": 1.0, "words": why}], at)


def merge_by_evidence(*, kept: UUID, absorbed: UUID, how: str, at: datetime) -> Decision:
    """Join two consumers on proof. ``how`` is the kind of proof, see the rules. Raises SamePerson, NotFound."""
    return _join(
        kept, absorbed, None, WORDS[how], [{"kind": how, "strength": STRENGTH[how], "words": WORDS[how]}], at, proof=True
    )


@retried
def merge_by_match(*, kept: UUID, absorbed: UUID, evidence: Evidence, why: str, at: datetime) -> Decision:
    """Join two consumers because their handles match at the organisation's own threshold. Raises SamePerson, NotFound."""
    return _join(kept, absorbed, None, why, evidence, at)


def _join(
    kept: UUID, absorbed: UUID, by: UUID | None, why: str, evidence: Evidence, at: datetime, *, proof: bool = False
) -> Decision:
    if kept == absorbed:
        raise SamePerson("This is the same person")
    with step():
        if not proof:
            one_at_a_time()
        _lock([kept, absorbed])
        if by is not None:
            lift_between(one=kept, other=absorbed, by=by, at=at)
        row = Decision.objects.create(kept_id=kept, absorbed_id=absorbed, evidence=list(evidence), at=at, by_id=by, why=why[:300])
        handles = [
            h
            for (h,) in sql.run(
                "UPDATE identity_link SET ended_at = %s, ended_by_id = %s WHERE consumer_id = %s AND ended_at IS NULL RETURNING handle_id",
                [at, by, absorbed],
            )
        ]
        _link(row, dict.fromkeys(handles, absorbed))
        publish(ConsumersMerged(kept_consumer=kept, absorbed=absorbed, merge=row.pk, at=at, by=by))
    return row


@retried
def move(*, handles: Sequence[UUID], consumer: UUID, to: UUID, by: Colleague, why: str, at: datetime) -> Decision:
    """Give some handles of one consumer to another. What is left stays, and nothing joins the two by itself again.

    Raises NotFound, SamePerson, NotTheirs, LastHandle (all its handles: that is a join).
    """
    ask_joining(by=by)
    if consumer == to:
        raise SamePerson("This is the same person")
    with step():
        one_at_a_time()
        _lock([consumer, to])
        return _move(handles, consumer, to, by.pk, why, at)


@retried
def split(*, handles: Sequence[UUID], consumer: UUID, by: Colleague, why: str, at: datetime, name: str = "") -> Decision:
    """Some handles of one consumer become a person of their own; ``name`` "" takes what the first handle shows.

    Raises NotFound, NotTheirs, LastHandle.
    """
    ask_joining(by=by)
    with step():
        one_at_a_time()
        _lock([consumer])
        rows = list(Handle.objects.filter(pk__in=handles).order_by("first_at", "id"))
        if not rows:
            raise NotFound("no such handle")
        called = name or next((row.display for row in rows if row.display), str(rows[0]))
        alone = Consumer.objects.create(
            name=called[:200], folded=fold(called)[:400], named_by_hand=bool(name), since=rows[0].first_at
        )
        return _move(handles, consumer, alone.pk, by.pk, why, at)


def set_free(*, handle: UUID, consumer: UUID, to: UUID, why: str, at: datetime) -> Decision:
    """A handle that was only claimed has acted: it goes to a consumer of its own. Joins the caller's step."""
    row = Decision.objects.create(kind="move", kept_id=to, absorbed_id=consumer, handles=[handle], at=at, why=why[:300])
    _apply_move(row, [handle], consumer, to)
    return row


@retried
def take_apart(*, link: UUID, by: Colleague, at: datetime, why: str = "") -> Decision:
    """«That is not the same person»: the handle becomes a consumer of its own (the decision's ``kept``). Raises NotFound, LastHandle."""
    ask_joining(by=by)
    row = Link.objects.filter(pk=link, ended_at=None).first()
    if row is None:
        raise NotFound("no such link")
    return split(handles=[row.handle_id], consumer=row.consumer_id, by=by, why=why, at=at)


def _move(handles: Sequence[UUID], consumer: UUID, to: UUID, by: UUID, why: str, at: datetime) -> Decision:
    theirs = set(Link.objects.filter(consumer=consumer, ended_at=None).values_list("handle_id", flat=True))
    wanted = set(handles)
    if not wanted or not wanted <= theirs:
        raise NotTheirs("This handle is another person's now")
    if wanted == theirs:
        raise LastHandle("These are all the person's handles")
    row = Decision.objects.create(
        kind="move", kept_id=to, absorbed_id=consumer, handles=sorted(wanted), at=at, by_id=by, why=why[:300],
        evidence=[{"kind": "colleague", "strength": 1.0, "words": why}],
    )  # fmt: skip
    lift_between(one=consumer, other=to, by=by, at=at, only=wanted)
    put_between(some=sorted(wanted), others=sorted(theirs - wanted), by=by, why=why, decision=row.pk, at=at)
    _apply_move(row, sorted(wanted), consumer, to)
    return row


def _apply_move(row: Decision, handles: Sequence[UUID], consumer: UUID, to: UUID) -> None:
    sql.run(
        "UPDATE identity_link SET ended_at = %s, ended_by_id = %s WHERE handle_id = ANY(%s) AND ended_at IS NULL",
        [row.at, row.by_id, list(handles)],
    )
    _link(row, dict.fromkeys(handles, row.absorbed_id))
    publish(HandlesMoved(decision=row.pk, lost=(consumer,), got=(to,), at=row.at, by=row.by_id))


@retried
def undo(*, decision: UUID, by: Colleague, at: datetime, why: str = "") -> Decision:
    """Take any decision back, also when others came on top: the links become what the other decisions give. Gives the new decision.

    An undone join leaves a veto between the two sides. Undoing an undo brings back what it undid. Raises NotFound, AlreadyUndone.
    """
    ask_joining(by=by)
    with step():
        one_at_a_time()
        row = Decision.objects.select_for_update().filter(pk=decision).first()
        if row is None:
            raise NotFound("no such decision")
        chain = _chain(row)
        concerned = chain[-1]
        settling = settle(decision=concerned)
        row.refresh_from_db(fields=["undone_at"])
        if row.undone_at is not None:
            raise AlreadyUndone("This is undone already")
        made = Decision.objects.create(kind="undo", undoes=row, kept=row.kept, absorbed=row.absorbed, at=at, by=by, why=why[:300])
        changes = switch([Done(d.pk, d.undoes_id) for d in chain], row.pk, on=False)
        for ident, on in changes.items():
            Decision.objects.filter(pk=ident).update(undone_at=None if on else at, undone_by=None if on else by)
        _vetoes_follow(changes, by=by.pk, at=at)
        for gone, stayed in settling.apply(made):
            if concerned.kind == "join" and not changes[concerned.pk]:
                put_between(some=gone, others=stayed, by=by.pk, why=why, decision=made.pk, at=at)
    return made


def _chain(row: Decision) -> list[Decision]:
    chain = [row]
    while chain[-1].undoes_id is not None:
        chain.append(Decision.objects.select_for_update().get(pk=chain[-1].undoes_id))
    return chain


def _vetoes_follow(changes: Mapping[UUID, bool], *, by: UUID, at: datetime) -> None:
    """What a decision said against a join holds as long as the decision does."""
    off = [ident for ident, on in changes.items() if not on]
    back = [ident for ident, on in changes.items() if on]
    sql.run(
        "UPDATE identity_veto SET lifted_at = %s, lifted_by_id = %s WHERE decision_id = ANY(%s) AND lifted_at IS NULL",
        [at, by, off],
    )
    if back:
        sql.run(
            "UPDATE identity_veto v SET lifted_at = NULL, lifted_by_id = NULL WHERE decision_id = ANY(%s) AND NOT EXISTS"
            " (SELECT 1 FROM identity_veto o WHERE o.one_id = v.one_id AND o.other_id = v.other_id AND o.lifted_at IS NULL)",
            [back],
        )


def _lock(consumers: Sequence[UUID]) -> None:
    handles = hold(find=lambda: owners_of(consumers=consumers))
    found = sql.run("SELECT id FROM identity_consumer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(consumers)])
    if len(found) < len(consumers) or not handles:
        raise NotFound("no such consumer")


def _link(row: Decision, before: Mapping[UUID, UUID | None]) -> None:
    """New links to the decision's ``kept``; ``before`` is {handle: whose it was}."""
    sql.copy(
        "identity_link",
        ("id", "handle_id", "consumer_id", "evidence", "made_by_id", "decision_id", "from_consumer_id", "began_at"),
        [
            (new_id(), handle, row.kept_id, sql.Jsonb(list(row.evidence)), row.by_id, row.pk, owner, row.at)
            for handle, owner in before.items()
        ],
    )
