"""What networks and readers report of our replies."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import publish
from samspil.conversation.actions import notify
from samspil.conversation.facts import ConversationsMerged
from samspil.intake.facts import AccountClosed, FateReported
from samspil.kit import DeliveryReport, Receipt
from samspil.reply.actions.waiting import close, follow_into
from samspil.reply.facts import FateChanged
from samspil.reply.models import Change, Delivery, Reply
from samspil.reply.rules import follows


def note_fate(reported: Sequence[FateReported]) -> None:
    """Write each report into the ledger of the reply that it is about; a permanent failure marks the handle as dead."""
    rows = _found(reported)
    for fact in reported:
        report = fact.report
        reply = rows.get((fact.account, report.target)) if report.target else None
        if isinstance(report, DeliveryReport) and report.permanent and report.address:
            sql.run(
                "UPDATE intake_handle h SET dead_at = %s, dead_why = %s WHERE address = %s AND network ="
                " (SELECT x.network FROM intake_handle x JOIN reply r ON r.handle_id = x.id WHERE r.id = %s)",
                [now(), report.detail[:2000], report.address.lower(), reply.pk if reply else None],
            )
        if isinstance(report, Receipt) and not report.target:
            _read_until(fact.account, report)
        if reply is None:
            continue
        state = "read" if isinstance(report, Receipt) else report.state
        if isinstance(report, Receipt):
            _read_up_to(reply, report)
        elif follows(reply.state, state):
            _move(reply, state, report)


def fail_waiting(closed: Sequence[AccountClosed]) -> None:
    """What still waited to be sent where nothing is sent any more has failed, and its authors are told."""
    at, accounts, waiting = now(), [f.account for f in closed], ("queued", "awaits_yes")
    for change in Change.objects.select_for_update(of=("self",)).filter(account__in=accounts, state="awaits_yes").order_by("pk"):
        close(subject=change, verdict="failed", by=None, at=at)
    Change.objects.filter(account__in=accounts, state__in=waiting).update(
        state=Change.State.FAILED, detail="The channel was disconnected"
    )
    rows = Reply.objects.select_for_update(of=("self",)).filter(account__in=accounts, state__in=waiting)
    for reply in rows.order_by("pk"):
        if reply.state == Reply.State.AWAITS_YES:
            close(subject=reply, verdict="failed", by=None, at=at)
        reply.state, reply.detail = Reply.State.FAILED, "The channel was disconnected"
        reply.save(update_fields=["state", "detail"])
        Delivery.objects.create(reply=reply, state="failed", at=at, detail=reply.detail)
        notify(kind="failed", to=[(reply.colleague_id, reply.conversation_id)], by=None, at=at)
        publish(FateChanged(reply=reply.pk, conversation=reply.conversation_id, handle=reply.handle_id, state="failed"))


def follow_joined(merged: Sequence[ConversationsMerged]) -> None:
    """What waits for a yes goes with its conversation."""
    follow_into(pairs=[(fact.kept_conversation, fact.absorbed) for fact in merged])


def _found(reported: Sequence[FateReported]) -> dict[tuple[UUID, str], Reply]:
    targets = sorted({f.report.target for f in reported if f.report.target})
    if not targets:
        return {}
    ids = [t for t in targets if _is_uuid(t)]
    rows = Reply.objects.select_for_update(of=("self",)).filter(external_id__in=targets) | Reply.objects.select_for_update(
        of=("self",)
    ).filter(pk__in=ids)
    found: dict[tuple[UUID, str], Reply] = {}
    for row in rows.order_by("pk"):
        found[row.account_id, row.external_id] = row
        found[row.account_id, str(row.pk)] = row
    return found


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _read_up_to(reply: Reply, report: Receipt) -> None:
    earlier = Reply.objects.select_for_update(of=("self",)).filter(
        handle=reply.handle_id,
        account=reply.account_id,
        written_at__lte=reply.written_at,
        state__in=["accepted", "delivered", "uncertain"],
    )
    for row in earlier.order_by("pk"):
        _move(row, "read", report)


def _read_until(account: UUID, report: Receipt) -> None:
    who = report.author
    rows = Reply.objects.select_for_update(of=("self",)).filter(
        account=account,
        handle__network=who.network,
        handle__scope=who.scope,
        handle__address=who.address,
        claimed_at__lte=report.at,
        state__in=["accepted", "delivered", "uncertain"],
    )
    for row in rows.order_by("pk"):
        _move(row, "read", report)


def _move(reply: Reply, state: str, report: DeliveryReport | Receipt) -> None:
    reply.state = state
    reply.detail = getattr(report, "detail", "")[:2000]
    reply.save(update_fields=["state", "detail"])
    Delivery.objects.create(reply=reply, state=state, at=now(), detail=reply.detail)
    publish(FateChanged(reply=reply.pk, conversation=reply.conversation_id, handle=reply.handle_id, state=state))
    if state == "failed":
        notify(kind="failed", to=[(reply.colleague_id, reply.conversation_id)], by=None, at=now())
