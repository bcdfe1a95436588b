"""What is said in a thread under what came there: put in line where it is settled, and said outside any transaction.

What can be said again without harm is; what was said twice after a crash bears one id, by which networks know it.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import bell, registry, sql
from samspil.base.again import pause
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.elsewhere.actions.plan import tell_trouble
from samspil.elsewhere.models import Arrival, Remark
from samspil.elsewhere.queries.under import is_told_of, said_under
from samspil.elsewhere.rules import STALE
from samspil.intake.models import Account
from samspil.intake.queries import account_view

log = logging.getLogger(__name__)

MOST_HELD = 5
"""How often it is said under one notice that something is held: whoever writes there on and on is not answered for ever."""

_CLAIM = (
    "UPDATE elsewhere_remark SET state = 'sending', claimed_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM elsewhere_remark WHERE state = 'queued' AND send_at <= %s ORDER BY send_at, id LIMIT 1"
    " FOR UPDATE SKIP LOCKED) RETURNING id"
)


def speaks(*, account: Account) -> bool:
    """Whether something can be said in this account's threads."""
    return account.channel in registry.names() and isinstance(registry.channel(account.channel), kit.Remarks)


def remark(*, arrival: Arrival, author: UUID | None, at: datetime) -> None:
    """Have it said what became of an arrival, where that is of interest. Joins the caller's step."""
    who = arrival.notice.colleague_id if arrival.notice else author
    if who is None and arrival.post is not None and arrival.post.room is not None:
        who = arrival.post.room.set_by_id  # in whose language the room is spoken to
    if who is None or not is_told_of(arrival) or not speaks(account=arrival.account):
        return
    if arrival.verdict == Arrival.Verdict.HELD:
        told = {"arrival__notice": arrival.notice_id} if arrival.notice_id else {"arrival__post": arrival.post_id}
        said = Remark.objects.filter(arrival__verdict=Arrival.Verdict.HELD, **told)
        if said.count() >= MOST_HELD:
            return
    _put([(arrival.pk, who, "settled")], at)


def remark_failed(*, replies: Collection[UUID], at: datetime) -> None:
    """Have it said that an answer from outside could not be sent in the end: in its thread, or by a notice. Joins the caller's step."""
    rows = Arrival.objects.filter(reply__in=list(replies), verdict__in=["answered", "changed"], done__in=["said", "edit"])
    rows = rows.select_related("account", "notice", "reply").order_by("reply_id", "-at", "-id")
    newest = {row.reply_id: row for row in reversed(rows)}
    with step():
        _put([(r.pk, r.reply.colleague_id, "failed") for r in newest.values() if r.reply and speaks(account=r.account)], at)
        for row in newest.values():
            if row.reply and not speaks(account=row.account):
                tell_trouble(
                    colleague=row.reply.colleague_id, conversation=row.reply.conversation_id, why=row.reply.detail or "–", at=at
                )


def _put(rows: list[tuple[UUID, UUID, str]], at: datetime) -> None:
    made = [
        Remark(id=new_id(), arrival_id=arrival, colleague_id=who, kind=kind, at=at, send_at=at) for arrival, who, kind in rows
    ]
    if made:
        Remark.objects.bulk_create(made, ignore_conflicts=True)
        bell.ring_after_commit("notices")


def say_remark(*, at: datetime) -> UUID | None:
    """Say the one remark that is due longest; its id, or None when none is."""
    with step():
        rows = sql.run(_CLAIM, [at, at])
    if not rows:
        return None
    found = Remark.objects.select_related(
        "colleague__unit",
        "arrival__account",
        "arrival__notice__conversation__consumer",
        "arrival__reply__handle",
        "arrival__reply__colleague",
        "arrival__post__conversation__consumer",
        "arrival__post__conversation__unit",
        "arrival__post__conversation__assignee",
    )
    row = found.filter(pk=rows[0][0]).first()
    if row is not None:
        _settle(row, *_say(row, at), at)
    return UUID(str(rows[0][0]))


def _say(row: Remark, at: datetime) -> tuple[str, str, timedelta | None]:
    account = row.arrival.account
    channel = registry.channel(account.channel) if account.channel in registry.names() else None
    said = said_under(remark=row, at=at)
    if not isinstance(channel, kit.Remarks) or account.state == Account.State.CLOSED or said is None:
        return "not_needed", "", None
    try:
        channel.remark(said, account_view(account))
    except kit.SignInAgain as error:
        return "failed", str(error), None
    except (kit.TryLater, kit.Uncertain) as error:
        again = pause(row.attempts, getattr(error, "after", None))
        return ("queued" if again else "failed"), str(error), again
    except kit.ChannelError as error:
        return "failed", str(error), None
    except Exception as error:
        log.exception("channel %s failed to say something", account.channel)
        again = pause(row.attempts, None)
        return ("queued" if again else "failed"), type(error).__name__, again
    return "sent", "", None


def _settle(row: Remark, state: str, detail: str, again: timedelta | None, at: datetime) -> None:
    with step():
        held = Remark.objects.select_for_update(of=("self",)).filter(pk=row.pk, state="sending", attempts=row.attempts).first()
        if held is None:
            return  # forgotten, or recovered by somebody else meanwhile
        held.state, held.detail = state, detail[:1000]
        if again is not None:
            held.send_at = at + again
        held.save(update_fields=["state", "detail", "send_at"])
        said = said_under(remark=row, at=at) if state == "failed" else None
        about = row.arrival.about
        # What was sent is known by itself; what was not must be told, elsewhere where not there.
        if said is not None and about is not None and _is_trouble(row):
            tell_trouble(colleague=row.colleague_id, conversation=about.pk, why=said.text, at=at)


def _is_trouble(row: Remark) -> bool:
    return row.kind == Remark.Kind.FAILED or row.arrival.verdict == Arrival.Verdict.TOLD


def recover_remarks(*, at: datetime) -> int:
    """What a dead process left as being said is said again. The number."""
    with step():
        stale = Remark.objects.filter(state="sending", claimed_at__lt=at - STALE)
        return stale.update(state=Remark.State.QUEUED)
