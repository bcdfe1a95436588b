"""Files that lie on their network: each is fetched when its message is in the log, and ends as there or as gone.

A fetch is claimed in a short transaction that also says when it is due again: what a dead process had in hand comes back by itself.
The network is spoken to outside any transaction. What came is kept only when the file still waits for this very fetch: its person may have
been forgotten meanwhile, or its account disconnected.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import blobs, registry, sql
from samspil.base.again import TRIES, UNTIL_SIGNED_IN, pause
from samspil.base.flow import publish, retried, step
from samspil.intake.actions.accounts import note_trouble, note_well
from samspil.intake.facts import FileSettled
from samspil.intake.models import Account, Attachment
from samspil.intake.queries import account_view, original
from samspil.intake.rules import HEAD, clean, detected_type
from samspil.kit.channel import LARGEST_FILE

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""After so long a fetch that said nothing is taken for dead, and begun again."""
AT_ONCE = 2
"""Fetches of one account at the same time."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('samspil.files'))"
# First whose file, then which: an account that may have no more at once, or waits by the thousand, costs the others nothing.
_CLAIM = (
    "UPDATE intake_attachment SET claimed_at = %(at)s, fetch_at = %(again)s, attempts = attempts + 1 WHERE id = ("
    " SELECT f.id FROM intake_attachment f WHERE f.state = 'waiting' AND f.fetch_at <= %(at)s AND f.account_id = ("
    "  SELECT a.id FROM intake_account a CROSS JOIN LATERAL ("
    "   SELECT w.history, w.fetch_at FROM intake_attachment w"
    "   WHERE w.account_id = a.id AND w.state = 'waiting' AND w.fetch_at <= %(at)s ORDER BY w.history, w.fetch_at LIMIT 1) due"
    "  CROSS JOIN LATERAL ("
    "   SELECT count(*) AS number FROM intake_attachment b WHERE b.account_id = a.id AND b.state = 'waiting'"
    "   AND b.claimed_at > %(stale)s) busy"
    "  WHERE a.state <> 'paused' AND busy.number < %(most)s ORDER BY due.history, busy.number, due.fetch_at, a.id LIMIT 1)"
    " ORDER BY f.history, f.fetch_at, f.id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
)


@dataclass(frozen=True, slots=True)
class _End:
    data: bytes | None = None
    why: str = ""
    words: str = ""
    again: timedelta | None = None
    sign_in: bool = False


def fetch_due(*, at: datetime) -> UUID | None:
    """Fetch the one file that is due longest, new ones before those of imports; its id, or None when none is."""
    with step():
        sql.run(_LOCK)
        rows = sql.run(_CLAIM, {"at": at, "again": at + LEASE, "stale": at - LEASE, "most": AT_ONCE})
    if not rows:
        return None
    row = Attachment.objects.select_related("interaction", "account").filter(pk=rows[0][0]).first()
    if row is None or row.account is None:
        return UUID(str(rows[0][0]))  # forgotten meanwhile
    began = time.monotonic()
    end = _fetch(row, row.account)
    ended = at + timedelta(seconds=time.monotonic() - began)
    try:
        _settle(row, end, ended)
    except OSError as error:  # the disk is full, say: the file is still on the network
        log.warning("a file could not be kept: %s", type(error).__name__)
        _settle(row, _later(row, type(error).__name__, None), ended)
    _tell_account(row.account, end, ended)
    return row.pk


def _fetch(row: Attachment, account: Account) -> _End:
    closed = account.state == Account.State.CLOSED
    if closed or row.attempts > TRIES:  # each fetch took its process with it
        return _End(why="disconnected" if closed else "gave_up")
    try:
        return _asked(row, account)
    except kit.SignInAgain as error:
        waits = _End(words=str(error), again=UNTIL_SIGNED_IN, sign_in=True)
        return waits if not account.history else _End(why="unreachable", words=str(error))  # nobody signs in there
    except kit.TryLater as error:
        return _later(row, str(error), error.after)
    except kit.ChannelError as error:
        return _End(why="unreachable", words=str(error))
    except Exception as error:  # noqa: BLE001  a defect of one channel must not stop the others' files
        log.warning("channel %s failed to fetch a file: %s", account.channel, type(error).__name__)
        return _later(row, type(error).__name__, None)


def _asked(row: Attachment, account: Account) -> _End:
    channel, envelope = registry.channel(account.channel), original(row.interaction)
    if not isinstance(channel, kit.FetchesFiles) or envelope is None:
        return _End(why="unsupported")
    data = channel.fetch_file(row.part, envelope, account_view(account))
    return _End(why="too_large") if len(data) > LARGEST_FILE else _End(data=data)


def _later(row: Attachment, words: str, asked: float | None) -> _End:
    again = pause(row.attempts, asked)
    return _End(words=words, again=again) if again else _End(why="gave_up", words=words)


@retried
def _settle(row: Attachment, end: _End, at: datetime) -> None:
    with step():
        if end.data is not None:
            blobs.hold()
        waiting = Attachment.objects.select_for_update(no_key=True).filter(
            pk=row.pk, state=Attachment.State.WAITING, claimed_at=row.claimed_at
        )
        held = waiting.first()
        if held is None:
            return  # forgotten, disconnected, or taken up by somebody else meanwhile: nothing is kept
        held.claimed_at, held.error = None, clean(end.words, 2000)
        if end.again is not None:
            held.fetch_at = at + end.again
            held.attempts -= 1 if end.sign_in else 0
        elif end.data is None:
            held.state, held.why, held.fetch_at = Attachment.State.GONE, end.why, None
        else:
            held.digest, held.size = blobs.keep([end.data], limit=LARGEST_FILE)
            held.detected_type = detected_type(end.data[:HEAD])
            held.state, held.fetch_at = Attachment.State.THERE, None
        held.save(
            update_fields=["claimed_at", "error", "fetch_at", "attempts", "state", "why", "digest", "size", "detected_type"]
        )
        if end.again is None:
            publish(
                FileSettled(
                    attachment=held.pk,
                    interaction=held.interaction_id,
                    handle=row.interaction.handle_id,
                    state=held.state,
                )
            )


def _tell_account(account: Account, end: _End, at: datetime) -> None:
    """What the network thinks of our credentials; while it wants others, one file asks for all."""
    if end.sign_in:
        note_trouble(account=account.pk, error=end.words, at=at, sign_in=True)
        Attachment.objects.filter(
            account=account, state=Attachment.State.WAITING, claimed_at=None, fetch_at__lt=at + UNTIL_SIGNED_IN
        ).update(fetch_at=at + UNTIL_SIGNED_IN)
    elif end.data is not None and account.state == Account.State.BROKEN:
        note_well(account=account.pk, at=at)
