"""The one gate through which everything leaves that a colleague says to a consumer: it becomes due here, or waits for somebody else's yes.

Nothing else makes a reply or a change due; a test of the architecture holds that, and the database does not keep a row that needs a yes
and would leave without one. Retries only put back what the outbox had in hand.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import bell, sql
from samspil.base.errors import SamspilError
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.conversation.actions import notify
from samspil.conversation.actions import tell as tell_journal
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague
from samspil.reply.facts import ApprovalAsked
from samspil.reply.models import Approval, Change, Delivery, Reply
from samspil.reply.queries.approval import Asked, wanted, who_can
from samspil.reply.rules.approval import Reason


class NobodyToAsk(SamspilError):
    """A yes is needed, and there is nobody but the author who could say it."""

    code = "reply.nobody_to_ask"


def let_out(
    *,
    row: Reply | Change,
    conversation: Conversation,
    by: Colleague,
    at: datetime,
    send_at: datetime,
    automatic: bool = False,
    yes: Colleague | None = None,
) -> None:
    """Make a reply or a change due at ``send_at``, or let it wait for a yes; saves it. Joins the caller's step. Raises NobodyToAsk.

    ``automatic``: nobody's answer but a rule's or a question's of Samspil's own, which a unit has switched on. ``yes`` is who gave it to
    these very words. One statement more than saving where nothing is wanted. What has no words (a sign, a message taken back) needs none.
    """
    row.send_at = send_at
    says = isinstance(row, Reply) or row.kind == Change.Kind.EDIT
    asks = None
    if yes is None and says and not automatic:
        asks = wanted(conversation=conversation, by=by, account=row.account_id, text=row.text)
    if asks is not None:
        _hold(row, conversation, by, at, *asks)
        return
    row.needs_yes, row.approved_by = yes is not None, yes
    row.state = "queued"
    row.save()
    note(row=row, state="queued", at=at, by=yes or by)
    bell.ring_after_commit("outbox")


def _hold(
    row: Reply | Change, conversation: Conversation, by: Colleague, at: datetime, unit: UUID, why: Sequence[Reason]
) -> None:
    asked = Asked(id=new_id(), conversation=conversation.pk, unit=unit, author=row.colleague_id)
    who = who_can([asked])[asked.id]
    raised = not who
    if raised:  # nobody of the unit could ever say it: those above are asked at once
        asked = Asked(id=asked.id, conversation=asked.conversation, unit=unit, author=asked.author, raised=True)
        who = who_can([asked])[asked.id]
    if not who:
        raise NobodyToAsk("Nobody but you could say yes to it")
    row.state, row.needs_yes, row.approved_by = "awaits_yes", True, None
    row.save()
    if isinstance(row, Change):  # one that failed while it waited, and is tried again
        Approval.objects.filter(change=row).delete()
    Approval.objects.create(
        id=asked.id,
        reply=row if isinstance(row, Reply) else None,
        change=row if isinstance(row, Change) else None,
        conversation=conversation,
        unit_id=unit,
        author_id=row.colleague_id,
        reasons=[[reason.kind, reason.value] for reason in why],
        asked_at=at,
        wished_at=row.send_at,
        raised_at=at if raised else None,
    )
    note(row=row, state="awaits_yes", at=at, by=by)
    notify(kind="yes_asked", to=[(colleague, conversation.pk) for colleague in who], by=row.colleague_id, at=at)
    journal(conversation=conversation.pk, step="asked", by=by, at=at, names=list(who.values()))
    publish(
        ApprovalAsked(
            approval=asked.id,
            subject=row.pk,
            conversation=conversation.pk,
            by=row.colleague_id,
            reasons=tuple(r.kind for r in why),
        )
    )


def note(*, row: Reply | Change, state: str, at: datetime, by: Colleague | None, detail: str = "") -> None:
    """A line in the ledger of a reply; changes have none."""
    if isinstance(row, Reply):
        Delivery.objects.create(reply=row, state=state, at=at, by=by, detail=detail)


def journal(
    *,
    conversation: UUID,
    step: str,
    by: Colleague | None,
    at: datetime,
    names: Sequence[str] = (),
    word: str = "",
    edit: bool = False,
) -> None:
    """A line of the conversation's history: asked, given, changed, returned, undone, withdrawn, raised. Joins the caller's step."""
    data = {"step": step, "by_name": by.name if by else "", "names": list(names[:8]), "word": word[:300], "edit": edit}
    tell_journal(kind="approval", rows=[(conversation, data)], at=at)


_READ = (
    "INSERT INTO reply_change (id, interaction_id, conversation_id, account_id, colleague_id, kind, text, emoji, state, written_at, send_at,"
    " attempts, detail) VALUES (%s, %s, %s, %s, %s, 'read', '', '', 'queued', %s, %s, 0, '') ON CONFLICT DO NOTHING RETURNING id"
)


def let_read_out(*, interaction: UUID, conversation: UUID, account: UUID, by: UUID, at: datetime) -> None:
    """Make it due that a network hears that a message was read, once; no word of anybody's. Joins the caller's step."""
    if sql.run(_READ, [new_id(), interaction, conversation, account, by, at, at]):
        bell.ring_after_commit("outbox")
