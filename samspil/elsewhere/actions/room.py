"""Telling a unit's room of new conversations that nobody has, and showing there who took one. Outside any transaction, as notices are sent."""

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import bell, registry, sql
from samspil.base.again import pause
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.base.flow import step
from samspil.elsewhere.actions.seat import seat_of
from samspil.elsewhere.models import Post, Room, Seat
from samspil.elsewhere.queries.rooms import may_set, posted, tellers_of_rooms, words_of_taken
from samspil.elsewhere.rules import BURST, STALE
from samspil.intake.models import Account
from samspil.intake.queries import account_view
from samspil.organisation.models import Colleague, Unit

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
MOST = 20
"""Colleagues of a unit that are looked for at once."""

_PLAN = (
    "INSERT INTO elsewhere_post (id, conversation_id, room_id, account_id, state, at, send_at, attempts, place)"
    " SELECT gen_random_uuid(), c.id, r.id, r.account_id, 'queued', %s, %s, 0, '' FROM conversation c JOIN elsewhere_room r ON r.unit_id = c.unit_id"
    " WHERE c.id = ANY(%s) AND c.assignee_id IS NULL AND c.status = 'open' AND c.merged_into_id IS NULL"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_TAKEN = (
    "UPDATE elsewhere_post p SET taken_by_id = c.assignee_id, mark_at = %s FROM conversation c"
    " WHERE c.id = p.conversation_id AND c.id = ANY(%s) AND p.state = 'sent' AND c.assignee_id IS NOT NULL"
    " AND p.taken_by_id IS DISTINCT FROM c.assignee_id RETURNING p.id"
)
_CLAIM = (
    "UPDATE elsewhere_post SET state = 'sending', claimed_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM elsewhere_post WHERE state = 'queued' AND send_at <= %s ORDER BY send_at, id LIMIT 1"
    " FOR UPDATE SKIP LOCKED) RETURNING id"
)
_MARK = (
    "UPDATE elsewhere_post SET mark_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM elsewhere_post WHERE mark_at <= %s ORDER BY mark_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, attempts"
)


def set_room(*, unit: Unit, account: UUID, name: str, by: Colleague, at: datetime) -> Room:
    """Say where a unit is told. The network is asked whether we are in the room: outside any transaction.

    Raises NotAllowed, NotFound (no such account), kit.TryLater, kit.Unreachable.
    """
    if not may_set(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    row = next((a for a in tellers_of_rooms() if a.pk == account), None)
    channel = registry.channel(row.channel) if row else None
    if row is None or not isinstance(channel, kit.TellsRooms):
        raise NotFound("No such account tells a room")
    found = channel.room(name, account_view(row))
    given = {"account": row, "place": found.id[:200], "name": found.name[:200], "set_by": by, "at": at, "looked_at": None}
    with step():
        made, _ = Room.objects.update_or_create(unit=unit, defaults={**given, "trouble": ""})
    return made


def leave_room(*, unit: Unit, by: Colleague) -> None:
    """Tell the unit in no room any more; what was told can still be answered there. Raises NotAllowed."""
    if not may_set(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    with step():
        Room.objects.filter(unit=unit).delete()


def plan_posts(*, conversations: Collection[UUID], at: datetime) -> None:
    """Put what nobody has in line to be told in its unit's room, each once; one statement. Joins the caller's step."""
    if conversations:
        with step():
            if sql.run(_PLAN, [at, at + BURST, sorted(conversations)]):
                bell.ring_after_commit("notices")


def note_taken(*, conversations: Collection[UUID], at: datetime) -> None:
    """Have it shown in the rooms who has these conversations now; one statement. Joins the caller's step."""
    if conversations:
        with step():
            if sql.run(_TAKEN, [at, sorted(conversations)]):
                bell.ring_after_commit("notices")


def send_post(*, at: datetime) -> UUID | None:
    """Tell the one room that waits longest; the post's id, or None when none waits."""
    with step():
        rows = sql.run(_CLAIM, [at, at])
    if not rows:
        return None
    post = Post.objects.select_related("conversation__consumer", "conversation__unit", "room__unit", "account").get(pk=rows[0][0])
    row = post.conversation
    over = row.assignee_id is not None or row.status != "open" or row.merged_into_id is not None
    if over or post.room is None or row.unit_id != post.room.unit_id or post.account.state != Account.State.ACTIVE:
        _settle(post, "not_needed")
    else:
        _settle(post, *_tell(post, post.room, at))
    return post.pk


def _tell(post: Post, room: Room, at: datetime) -> tuple[str, str, timedelta | None, str]:
    """What became of it: state, words, when again, and what the network calls it."""
    channel = registry.channel(post.account.channel)
    if not isinstance(channel, kit.TellsRooms):
        return "failed", "This channel tells no rooms", None, ""
    try:
        _find_seats(room, channel, at)
        sent = channel.tell_room(posted(post=post, room=room), room.place, account_view(post.account))
    except (kit.TryLater, kit.Uncertain) as error:
        again = pause(post.attempts, getattr(error, "after", None))
        return ("queued" if again else "failed"), str(error), again, ""
    except kit.ChannelError as error:
        return "failed", str(error), None, ""
    except Exception as error:
        log.exception("channel %s failed to tell a room", post.account.channel)
        again = pause(post.attempts, None)
        return ("queued" if again else "failed"), type(error).__name__, again, ""
    return "sent", "", None, sent.external_id


def _find_seats(room: Room, channel: kit.TellsRooms, at: datetime) -> None:
    """Ask once a day who of the unit is who there: only so what they answer is known as theirs."""
    if not isinstance(channel, kit.KnowsColleagues) or (room.looked_at is not None and at - room.looked_at < DAY):
        return
    known = Seat.objects.filter(network=room.account.channel).values("colleague")
    lacking = Colleague.objects.filter(unit=room.unit_id, is_active=True, outside=False).exclude(pk__in=known)
    for colleague in lacking.order_by("pk")[:MOST]:
        with suppress(kit.Unreachable):
            seat_of(colleague=colleague, account=room.account, channel=channel)
    with step():
        Room.objects.filter(pk=room.pk).update(looked_at=at)


def _settle(post: Post, state: str, detail: str = "", again: timedelta | None = None, place: str = "") -> None:
    at = now()
    with step():
        row = Post.objects.select_for_update(of=("self",)).filter(pk=post.pk, state="sending", attempts=post.attempts).first()
        if row is None:
            return  # forgotten, or recovered by somebody else meanwhile
        row.state, row.place = Post.State(state), place[:200]
        if again is not None:
            row.send_at = at + again
        row.save(update_fields=["state", "place", "send_at"])
        if row.room_id is not None and state != "not_needed":
            Room.objects.filter(pk=row.room_id).update(trouble=detail[:500])
        if state == "sent":
            # Somebody may have taken it while it was being told.
            sql.run(_TAKEN, [at, [row.conversation_id]])


def mark_post(*, at: datetime) -> UUID | None:
    """Show on one post who has the conversation; its id, or None when none waits."""
    with step():
        rows = sql.run(_MARK, [at + STALE, at])
    if not rows:
        return None
    post = Post.objects.select_related("conversation__consumer", "conversation__unit", "taken_by", "account", "room__set_by")
    row = post.filter(pk=rows[0][0]).first()
    if row is not None:
        again = _marked(row)
        with step():
            same = Post.objects.filter(pk=row.pk, taken_by=row.taken_by_id)  # else somebody else has it by now
            same.update(mark_at=at + again if again else None)
    return UUID(str(rows[0][0]))


def _marked(post: Post) -> timedelta | None:
    channel = registry.channel(post.account.channel) if post.account.channel in registry.names() else None
    if not isinstance(channel, kit.TellsRooms) or post.taken_by is None or post.account.state == Account.State.CLOSED:
        return None
    try:
        channel.mark_told(post.place, words_of_taken(post=post), account_view(post.account))
    except (kit.TryLater, kit.Uncertain) as error:
        return pause(post.attempts, getattr(error, "after", None))
    except kit.ChannelError:
        return None  # the post is gone: nobody looks for a mark on it
    except Exception:
        log.exception("channel %s failed to mark a post", post.account.channel)
        return pause(post.attempts, None)
    return None


def recover_posts(*, at: datetime) -> int:
    """What a dead process left as being told is told again. The number."""
    with step():
        return Post.objects.filter(state="sending", claimed_at__lt=at - STALE).update(state=Post.State.QUEUED)
