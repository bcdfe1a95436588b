"""Whom to tell when something happens, and what to do with what comes back."""

from collections.abc import Sequence

from samspil.aside.facts import ColleagueAsked
from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.facts import ColleagueNotified, ConversationChanged, MessageJoined
from samspil.elsewhere.actions import Came, Wanted, keep_arrivals, note_taken, plan, plan_posts, remark_failed, take_arrivals
from samspil.intake.facts import NoticeAnswered
from samspil.reply.facts import FateChanged

TOLD = {"assigned", "mentioned", "yes_asked", "yes_back"}
"""Of what stands in the desk's news, what is also told outside."""

_WHOSE = "SELECT id, assignee_id FROM conversation WHERE id = ANY(%s) AND assignee_id IS NOT NULL AND status = 'open' AND merged_into_id IS NULL"
_BY = (
    "SELECT DISTINCT ON (n.colleague_id, n.conversation_id) n.colleague_id, n.conversation_id, n.kind, n.by_id"
    " FROM {source} AS t(colleague, conversation, kind) JOIN conversation_notification n ON n.colleague_id = t.colleague"
    " AND n.conversation_id = t.conversation AND n.kind = t.kind ORDER BY n.colleague_id, n.conversation_id, n.at DESC, n.id DESC"
)


def tell(notified: Sequence[ColleagueNotified]) -> None:
    """Tell who was given a conversation, or is mentioned in it. Two statements a batch."""
    wanted = {(f.colleague, f.conversation, f.what) for f in notified if f.what in TOLD}
    if not wanted:
        return
    source, values = sql.table("uuid uuid text", sorted(wanted))
    rows = sql.run(_BY.format(source=source), values)
    plan(wanted=[Wanted(colleague=c, conversation=v, kind=kind, by=by) for c, v, kind, by in rows], at=now())


def tell_again(joined: Sequence[MessageJoined]) -> None:
    """Tell who has a conversation that the consumer has written in it again. Two statements a batch."""
    wrote = {f.conversation for f in joined if not f.outgoing and not f.automatic and not f.opened}
    if not wrote:
        return
    rows = sql.run(_WHOSE, [sorted(wrote)])
    plan(wanted=[Wanted(colleague=who, conversation=c, kind="wrote") for c, who in rows], at=now())


def tell_asked(asked: Sequence[ColleagueAsked]) -> None:
    """Tell who is asked beside a conversation. One statement a batch."""
    plan(
        wanted=[Wanted(colleague=f.colleague, conversation=f.conversation, kind="asked", by=f.by, into=f.aside) for f in asked],
        at=now(),
    )


def keep(answered: Sequence[NoticeAnswered]) -> None:
    """Keep what came back, in the step that understood it."""
    keep_arrivals(came=[Came(account=f.account, envelope=f.envelope, answer=f.answer) for f in answered if f.answer])


def take(answered: Sequence[NoticeAnswered]) -> None:
    """Judge it, and carry it out."""
    take_arrivals(envelopes=[f.envelope for f in answered if f.envelope], at=now())


def tell_fate(changed: Sequence[FateChanged]) -> None:
    """Tell who answered outside of the desk that it could not be sent, or that this is not sure."""
    if lost := sorted({f.reply for f in changed if f.state in {"failed", "uncertain"}}):
        remark_failed(replies=lost, at=now())


def tell_rooms(joined: Sequence[MessageJoined]) -> None:
    """Tell a unit's room of a new conversation that nobody has. One statement a batch."""
    opened = {f.conversation for f in joined if f.opened and not f.outgoing and not f.automatic}
    plan_posts(conversations=opened, at=now())


def tell_taken(changed: Sequence[ConversationChanged]) -> None:
    """Show in its room who has a conversation now. One statement a batch."""
    note_taken(conversations={f.conversation for f in changed if f.assignee is not None}, at=now())
