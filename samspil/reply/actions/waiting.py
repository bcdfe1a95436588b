"""What becomes of an approval when nobody said yes: its answer is withdrawn, sent back, cannot leave any more, or moves with its conversation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.conversation.actions import notify
from samspil.organisation.models import Colleague
from samspil.reply.actions.gate import journal
from samspil.reply.facts import ApprovalDecided, ApprovalEscalated
from samspil.reply.models import Approval, Change, Reply
from samspil.reply.queries.approval import Asked, who_can


def close(*, subject: Reply | Change, verdict: str, by: Colleague | None, at: datetime) -> None:
    """What was asked about a reply or change is not asked any more. Joins the caller's step, which holds the subject's row."""
    of = {"reply": subject} if isinstance(subject, Reply) else {"change": subject}
    row = Approval.objects.filter(state__in=("waiting", "approved"), **of).first()
    if row is None:
        return
    was_waiting = row.state == Approval.State.WAITING
    row.state, row.decided_at = Approval.State.WITHDRAWN, at
    row.decided_by = by if was_waiting else row.decided_by
    row.save(update_fields=["state", "decided_at", "decided_by"])
    journal(conversation=row.conversation_id, step=verdict, by=by, at=at, edit=row.change_id is not None)
    publish(
        ApprovalDecided(
            approval=row.pk,
            subject=subject.pk,
            conversation=row.conversation_id,
            verdict=verdict,
            by=by.pk if by else None,
        )
    )


_RAISE = (
    "UPDATE reply_approval a SET raised_at = %(at)s WHERE a.id IN (SELECT w.id FROM reply_approval w"
    " JOIN reply_approval_policy p ON p.unit_id = w.unit_id AND p.ended_at IS NULL AND p.raise_minutes IS NOT NULL"
    " WHERE w.state = 'waiting' AND w.raised_at IS NULL AND w.asked_at + make_interval(mins => p.raise_minutes) <= %(at)s"
    " ORDER BY w.asked_at, w.id LIMIT %(limit)s FOR NO KEY UPDATE OF w SKIP LOCKED)"
    " RETURNING a.id, a.conversation_id, a.unit_id, a.author_id"
)


def raise_waiting(*, at: datetime, limit: int = 200) -> int:
    """Ask the leads above and the administrators where nobody has decided in time, each once; the number. Call it until there is none."""
    with step():
        rows = sql.run(_RAISE, {"at": at, "limit": limit})
        if not rows:
            return 0
        before = who_can([Asked(id=i, conversation=c, unit=u, author=a) for i, c, u, a in rows])
        after = who_can([Asked(id=i, conversation=c, unit=u, author=a, raised=True) for i, c, u, a in rows])
        for ident, conversation, _, author in rows:
            fresh = {who: name for who, name in after[ident].items() if who not in before[ident]}
            notify(kind="yes_asked", to=[(who, conversation) for who in fresh], by=author, at=at)
            journal(conversation=conversation, step="raised", by=None, at=at, names=list(fresh.values()))
            publish(ApprovalEscalated(approval=ident, conversation=conversation))
    return len(rows)


_FOLLOW = (
    "WITH pairs AS (SELECT * FROM {source} AS t(kept, gone)), moved AS (UPDATE reply_approval a SET conversation_id = p.kept FROM pairs p"
    "  WHERE a.conversation_id = p.gone AND a.state = 'waiting' RETURNING a.reply_id, a.change_id, p.kept),"
    " replies AS (UPDATE reply r SET conversation_id = m.kept FROM moved m WHERE r.id = m.reply_id AND r.state = 'awaits_yes')"
    " UPDATE reply_change c SET conversation_id = m.kept FROM moved m WHERE c.id = m.change_id AND c.state = 'awaits_yes'"
)


def follow_into(*, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """What waits for a yes goes with its conversation: (the one that stays, the one that was taken in). Joins the caller's step; one statement."""
    if pairs:
        source, values = sql.table("uuid uuid", list(pairs))
        with step():
            sql.write(_FOLLOW.format(source=source), values)
