"""Merge, take apart, name: every step a row with who and why, and every step can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.base.text import fold
from samspil.identity.facts import ConsumersMerged, HandleLinked, MergeUndone
from samspil.identity.models import Consumer, Link, Merge
from samspil.identity.rules.recognise import STRENGTH, WORDS
from samspil.organisation.models import Colleague


class SamePerson(SamspilError):
    """Both are the same consumer already."""

    code = "identity.same_person"


class AlreadyUndone(SamspilError):
    """The merge has been undone before."""

    code = "identity.already_undone"


class LastHandle(SamspilError):
    """The consumer has no other handle, so there is nothing to take apart."""

    code = "identity.last_handle"


def merge(*, kept: UUID, absorbed: UUID, by: Colleague, why: str, at: datetime) -> Merge:
    """Join two consumers by hand: the handles of ``absorbed`` come to ``kept``. Raises SamePerson, NotFound."""
    return _merge(kept, absorbed, by.pk, why, [{"kind": "colleague", "strength": 1.0, "words": why}], at)


def merge_by_evidence(*, kept: UUID, absorbed: UUID, how: str, at: datetime) -> Merge:
    """Join two consumers on proof. ``how`` is the kind of proof, see the rules. Raises SamePerson, NotFound."""
    return _merge(kept, absorbed, None, WORDS[how], [{"kind": how, "strength": STRENGTH[how], "words": WORDS[how]}], at)


def _merge(kept: UUID, absorbed: UUID, by: UUID | None, why: str, evidence: list[dict[str, object]], at: datetime) -> Merge:
    if kept == absorbed:
        raise SamePerson("This is the same person")
    with step():
        _lock(kept, absorbed)
        row = Merge.objects.create(kept_id=kept, absorbed_id=absorbed, at=at, by_id=by, why=why[:300])
        handles = [
            h
            for (h,) in sql.run(
                "UPDATE identity_link SET ended_at = %s, ended_by_id = %s WHERE consumer_id = %s AND ended_at IS NULL RETURNING handle_id",
                [at, by, absorbed],
            )
        ]
        _link(handles, kept, absorbed, evidence, by, row.pk, at)
        publish(ConsumersMerged(kept_consumer=kept, absorbed=absorbed, merge=row.pk, at=at, by=by))
    return row


def undo_merge(*, merge: UUID, by: Colleague, at: datetime) -> Merge:
    """Take a merge back, also when others came on top: exactly the handles that it moved return. Raises AlreadyUndone, NotFound."""
    with step():
        row = Merge.objects.select_for_update().filter(pk=merge).first()
        if row is None:
            raise NotFound("no such merge")
        if row.undone_at is not None:
            raise AlreadyUndone("This merge is undone already")
        moved = [h for (h,) in sql.run("SELECT handle_id FROM identity_link WHERE merge_id = %s ORDER BY handle_id", [merge])]
        sql.run("SELECT id FROM intake_handle WHERE id = ANY(%s) ORDER BY network, scope, address FOR UPDATE", [moved])
        sql.run(
            "UPDATE identity_link SET ended_at = %s, ended_by_id = %s WHERE handle_id = ANY(%s) AND ended_at IS NULL",
            [at, by.pk, moved],
        )
        evidence: list[dict[str, object]] = [
            {"kind": "colleague", "strength": 1.0, "words": f"The merge was undone by {by.name}"}
        ]
        _link(moved, row.absorbed_id, row.kept_id, evidence, by.pk, None, at)
        row.undone_at, row.undone_by = at, by
        row.save(update_fields=["undone_at", "undone_by"])
        publish(MergeUndone(kept_consumer=row.kept_id, absorbed=row.absorbed_id, merge=row.pk, at=at, by=by.pk))
    return row


def take_apart(*, link: UUID, by: Colleague, at: datetime) -> Consumer:
    """«That is not the same person»: the handle becomes a consumer of its own, and nothing joins the two by itself again.

    The way back is a merge by hand. Raises NotFound, LastHandle.
    """
    with step():
        row = Link.objects.select_for_update().filter(pk=link, ended_at=None).select_related("handle").first()
        if row is None:
            raise NotFound("no such link")
        if not Link.objects.filter(consumer=row.consumer_id, ended_at=None).exclude(pk=row.pk).exists():
            raise LastHandle("This is the person's only handle")
        name = row.handle.display or str(row.handle)
        alone = Consumer.objects.create(name=name[:200], folded=fold(name)[:400], since=row.handle.first_at)
        sql.run("UPDATE identity_link SET ended_at = %s, ended_by_id = %s WHERE id = %s", [at, by.pk, link])
        words: list[dict[str, object]] = [{"kind": "colleague", "strength": 1.0, "words": f"Taken apart by {by.name}"}]
        _link([row.handle_id], alone.pk, row.consumer_id, words, by.pk, None, at)
        apart = Merge.objects.create(
            kept_id=row.consumer_id, absorbed=alone, at=row.began_at, why="taken apart", undone_at=at, undone_by=by
        )
        publish(MergeUndone(kept_consumer=row.consumer_id, absorbed=alone.pk, merge=apart.pk, at=at, by=by.pk))
    return alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A consumer who is known from elsewhere, with handles and the evidence for each as {kind, strength, words}."""

    name: str
    since: datetime
    handles: Sequence[tuple[UUID, Sequence[Mapping[str, object]]]]
    place: str = ""
    language: str = ""
    ident: UUID = field(default_factory=new_id)


def take_in_consumers(*, consumers: Sequence[Taken], at: datetime) -> None:
    """Make consumers who are known from elsewhere, with their links. The handles must be nobody's yet. Joins the caller's step."""
    with step():
        sql.copy(
            "identity_consumer",
            ("id", "name", "folded", "named_by_hand", "place", "language", "since"),
            [(c.ident, c.name[:200], fold(c.name)[:400], False, c.place[:120], c.language[:8], c.since) for c in consumers],
        )
        sql.copy(
            "identity_link",
            ("id", "handle_id", "consumer_id", "evidence", "began_at"),
            [
                (new_id(), handle, c.ident, sql.Jsonb([dict(e) for e in evidence]), at)
                for c in consumers
                for handle, evidence in c.handles
            ],
        )
        publish(*[HandleLinked(handle=handle, consumer=c.ident) for c in consumers for handle, _ in c.handles])


def rename(*, consumer: UUID, name: str) -> None:
    """Give a consumer the name that colleagues read; it is not overwritten by what a network shows."""
    with step():
        Consumer.objects.filter(pk=consumer).update(name=name[:200], folded=fold(name)[:400], named_by_hand=True)


def _lock(*consumers: UUID) -> None:
    rows = sql.run(
        "SELECT h.id FROM intake_handle h JOIN identity_link l ON l.handle_id = h.id AND l.ended_at IS NULL"
        " WHERE l.consumer_id = ANY(%s) ORDER BY h.network, h.scope, h.address FOR UPDATE OF h",
        [list(consumers)],
    )
    found = sql.run("SELECT id FROM identity_consumer WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(consumers)])
    if len(found) < len(consumers) or not rows:
        raise NotFound("no such consumer")


def _link(
    handles: list[UUID],
    consumer: UUID,
    before: UUID,
    evidence: list[dict[str, object]],
    by: UUID | None,
    merge: UUID | None,
    at: datetime,
) -> None:
    sql.copy(
        "identity_link",
        ("id", "handle_id", "consumer_id", "evidence", "made_by_id", "merge_id", "from_consumer_id", "began_at"),
        [(new_id(), handle, consumer, sql.Jsonb(evidence), by, merge, before, at) for handle in handles],
    )
    publish(*[HandleLinked(handle=handle, consumer=consumer) for handle in handles])
