"""Sending notices, outside any transaction; marked before and settled after, as the outbox does.

Where the network that a colleague chose does not take one, it goes by mail; the next is tried there again.

A notice may go twice where a process dies between the two, with the same id both times, so that mail programs show one: to be told twice is
better than not at all.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.aside.queries import access_aside
from samspil.base import registry, sql
from samspil.base.again import pause
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.conversation.queries import access_conversation
from samspil.elsewhere.actions.seat import seat_of
from samspil.elsewhere.models import Notice, Preference
from samspil.elsewhere.queries.letter import is_asked, letter
from samspil.elsewhere.queries.letter_yes import is_yes_asked
from samspil.elsewhere.queries.own import by_mail, tellers
from samspil.elsewhere.rules import STALE, is_needed
from samspil.intake.models import Account
from samspil.intake.queries import account_view

log = logging.getLogger(__name__)

HEARD = ("trouble", "yes_waits")
"""Told also to who is at the desk: it answers what came from outside."""

_CLAIM = (
    "UPDATE elsewhere_notice SET state = 'sending', claimed_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM elsewhere_notice WHERE state = 'queued' AND send_at <= %s ORDER BY send_at, id LIMIT 1"
    " FOR UPDATE SKIP LOCKED) RETURNING id"
)


@dataclass(frozen=True, slots=True)
class _End:
    """What became of a notice: state, words, when again, what the network calls it, and whose it is to mend what went wrong."""

    state: str
    detail: str = ""
    again: timedelta | None = None
    place: str = ""
    lost: str = ""


def send_notice(*, at: datetime) -> UUID | None:
    """Send the one notice that is due longest; its id, or None when none is."""
    with step():
        rows = sql.run(_CLAIM, [at, at])
    if not rows:
        return None
    notice = Notice.objects.select_related("colleague__unit", "conversation__consumer", "by", "account").get(pk=rows[0][0])
    found = tellers(notice.colleague_id)
    account = _account(notice, found)
    lack = _not_needed(notice, account, at)
    if lack or account is None:
        _settle(notice, _End("not_needed", lack))
    else:
        end = _hand_over(notice, account)
        _settle(notice, end, account=account, mail=any(by_mail(a) for a in found))
    return notice.pk


def _account(notice: Notice, tellers: Sequence[Account]) -> Account | None:
    """By which account a colleague is told: the one that they chose, else the conversation's own where its channel can, else the oldest that can."""
    if notice.instead:
        return next((a for a in tellers if by_mail(a)), None)
    found = {a.pk: a for a in tellers}
    chosen = Preference.objects.filter(colleague=notice.colleague_id).values_list("account", flat=True).first()
    wanted = [ident for ident in (chosen, notice.conversation.account_id) if ident is not None]
    return next((found[ident] for ident in wanted if ident in found), next(iter(found.values()), None))


def _not_needed(notice: Notice, account: Account | None, at: datetime) -> str:
    """Why nobody is told; "" when somebody is."""
    colleague = notice.colleague
    if account is None:
        return "no account tells colleagues"
    if not colleague.is_active:
        return "left"
    if colleague.email in account.own:
        return "the account's own address"  # it would come back to where consumers write
    if notice.kind in HEARD:
        return ""
    when = Preference.objects.filter(colleague=colleague).values_list("when", flat=True).first() or "away"
    reasons = {
        "at the desk": not is_needed(when=when, seen_at=colleague.seen_at, at=at),
        "not theirs to see": not _may_see(notice),
        "no longer asked": notice.into is not None and not is_asked(notice),
        "decided already": notice.kind == "yes_asked" and not is_yes_asked(notice),
        "no longer theirs": notice.kind in {"assigned", "wrote"} and _is_over(notice),
    }
    return next((why for why, holds in reasons.items() if holds), "")


def _may_see(notice: Notice) -> bool:
    try:
        if notice.into is not None:
            access_aside(by=notice.colleague, aside=notice.into)
        else:
            access_conversation(by=notice.colleague, conversation=notice.conversation_id)
    except NotFound:
        return False
    return True


def _is_over(notice: Notice) -> bool:
    row = notice.conversation
    return row.assignee_id != notice.colleague_id or row.status != "open" or row.merged_into_id is not None


def _hand_over(notice: Notice, account: Account) -> _End:
    """What became of it."""
    channel = registry.channel(account.channel)
    assert isinstance(channel, kit.Notifies)  # noqa: S101 - chosen so; for the type checker
    try:
        to = (
            seat_of(colleague=notice.colleague, account=account, channel=channel)
            if isinstance(channel, kit.KnowsColleagues | kit.LinksColleagues)
            else None
        )
        sent = channel.notify(letter(notice=notice, to=to), account_view(account))
    except (kit.TryLater, kit.Uncertain) as error:
        again = pause(notice.attempts, getattr(error, "after", None))
        return _End("queued" if again else "failed", str(error), again, lost="sign_in" if _signed_out(error) else "later")
    except kit.ChannelError as error:
        return _End("failed", str(error), lost="person")
    except Exception as error:
        log.exception("channel %s failed to notify", account.channel)
        again = pause(notice.attempts, None)
        return _End("queued" if again else "failed", type(error).__name__, again, lost="later")
    return _End("sent", place=sent.external_id if to else "")


def _signed_out(error: Exception) -> bool:
    return isinstance(error, kit.SignInAgain)


def _settle(notice: Notice, end: _End, *, account: Account | None = None, mail: bool = False) -> None:
    at = now()
    state, detail = end.state, end.detail
    with step():
        row = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
        if row.state != Notice.State.SENDING or row.attempts != notice.attempts:
            return  # recovered by somebody else meanwhile
        row.account = account or row.account
        if account is not None and not by_mail(account):
            gone = state == "failed" or end.lost == "sign_in"
            _note(row, account, end, gone=gone)
            if gone and mail:
                # Nobody waits for new credentials, or for somebody to be let in, to hear of a person who waits.
                state, row.instead, row.attempts = "queued", True, 0
                row.send_at = at
        if state == "queued" and _waits_already(row):
            state, detail = "not_needed", "a newer one tells of it"
        row.state = Notice.State(state)
        if row.kind not in HEARD:  # there it holds what is to be told
            row.detail = detail[:1000]
        if state == "sent":
            row.sent_at, row.place = at, end.place[:200]
        if end.again is not None and not row.instead:
            row.send_at = at + end.again
        row.save(update_fields=["state", "account", "detail", "sent_at", "send_at", "place", "instead", "attempts"])


def _note(row: Notice, account: Account, end: _End, *, gone: bool) -> None:
    """Say on the colleague's page that the network did not take it, and no longer once it did. Joins the caller's step."""
    if gone:
        lost = {"lost": account, "lost_kind": end.lost, "lost_why": end.detail[:500]}
        Preference.objects.update_or_create(colleague_id=row.colleague_id, defaults=lost)
    elif end.state == "sent":
        known = Preference.objects.filter(colleague=row.colleague_id).exclude(lost=None)
        known.update(lost=None, lost_kind="", lost_why="")


def _waits_already(row: Notice) -> bool:
    others = Notice.objects.filter(colleague=row.colleague_id, conversation=row.conversation_id, into=row.into, state="queued")
    return row.kind != "trouble" and others.exclude(pk=row.pk).exclude(kind="trouble").exists()


def recover_notices(*, at: datetime) -> int:
    """What a dead process left as sending is sent again. The number."""
    with step():
        stale = Notice.objects.select_for_update(of=("self",), skip_locked=True).filter(
            state="sending", claimed_at__lt=at - STALE
        )
        rows = list(stale.order_by("claimed_at")[:200])
        for row in rows:
            row.state = Notice.State.NOT_NEEDED if _waits_already(row) else Notice.State.QUEUED
            row.save(update_fields=["state"])
    return len(rows)
