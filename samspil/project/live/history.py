"""What a visitor may see: the messages at its own handle, and how far colleagues have read. Runs in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.clock import now
from samspil.kit import File, TooOld
from samspil.organisation.queries import colleagues, present
from samspil.reply.queries import file_of

PAGE = 50
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class History:
    """The newest messages of one handle, oldest first; ``read`` is the time up to which a colleague has read."""

    handle: UUID | None
    conversations: frozenset[str]
    messages: Sequence[dict[str, Any]]
    read: str | None
    more: bool = False


@dataclass(slots=True)
class Changed:
    """A message as it is after all that was done to it: only who wrote it changes it or takes it back, anybody gives a sign."""

    outgoing: bool
    text: str
    changed: bool = False
    deleted: bool = False
    signs: dict[tuple[str, bool], None] = field(default_factory=dict)
    """Each as (sign, whether we gave it); of each side once."""

    def take(self, kind: str, outgoing: bool, text: str, emoji: str | None, removed: bool) -> None:  # noqa: FBT001 - a row's columns
        """One thing that was done, in order."""
        if kind == "reaction" and emoji:
            self.signs.pop((emoji, outgoing), None)
            if not removed:
                self.signs[emoji, outgoing] = None
        elif kind == "reaction" and removed:
            self.signs = {sign: None for sign in self.signs if sign[1] is not outgoing}
        elif outgoing is self.outgoing and kind == "edit":
            self.text, self.changed = text, True
        elif outgoing is self.outgoing and kind == "delete":
            self.deleted = True

    def said(self) -> dict[str, Any]:
        """What a visitor's page is told of it."""
        told: dict[str, Any] = {"text": "" if self.deleted else self.text}
        if self.deleted:
            return {**told, "deleted": True}
        if self.changed:
            told["changed"] = True
        if self.signs:
            told["signs"] = [{"sign": sign, "mine": not ours} for sign, ours in self.signs]
        return told


_MESSAGES = (
    "SELECT h.id, i.id, i.outgoing, i.at, i.text, i.external_id, CASE WHEN i.outgoing THEN i.data -> 'files' ELSE"
    " (SELECT jsonb_agg(jsonb_build_array(a.name, a.size) ORDER BY a.id) FROM intake_attachment a WHERE a.interaction_id = i.id)"
    " END, c.name, r.state, p.conversation_id, i.data -> 'choices'"
    " FROM intake_handle h JOIN intake_interaction i ON i.handle_id = h.id AND i.kind = 'message'"
    " LEFT JOIN organisation_colleague c ON c.id = i.colleague_id"
    " LEFT JOIN reply r ON r.interaction_id = i.id"
    " LEFT JOIN conversation_placement p ON p.interaction_id = i.id"
    " WHERE h.network = %s AND h.scope = %s AND h.address = %s {before} ORDER BY i.at DESC, i.id DESC LIMIT %s"
)


_ACTS = (
    "SELECT data->>'target', kind, outgoing, text, data->>'emoji', coalesce((data->>'removed')::boolean, false) FROM intake_interaction"
    " WHERE handle_id = %s AND at >= %s AND kind IN ('edit', 'delete', 'reaction') AND data->>'target' = ANY(%s) ORDER BY at, id"
)


def history(key: Key, *, before: tuple[datetime, UUID] | None = None) -> History:
    """The newest messages of the handle, or those ``before`` (at, id). Three statements."""
    query = _MESSAGES.format(before="AND (i.at, i.id) < (%s, %s)" if before else "")
    rows = sql.run(query, [*key, *(before or ()), PAGE + 1])
    if not rows:
        return History(None, frozenset(), (), None)
    conversations = {row[9] for row in rows if row[9]}
    read = sql.run("SELECT max(at) FROM conversation_read_mark WHERE conversation_id = ANY(%s)", [list(conversations)])[0][0]
    page = rows[:PAGE][::-1]
    changed = {row[5]: Changed(outgoing=row[2], text=row[4]) for row in page}
    for target, *act in sql.run(_ACTS, [rows[0][0], page[0][3], list(changed)]):
        changed[target].take(*act)
    return History(
        handle=rows[0][0],
        conversations=frozenset(str(c) for c in conversations),
        messages=[_message(row, changed[row[5]]) for row in page],
        read=read.isoformat() if read else None,
        more=len(rows) > PAGE,
    )


def _message(row: tuple[Any, ...], now_is: Changed) -> dict[str, Any]:
    _, ident, outgoing, at, _, external_id, files, name, state, _, choices = row
    told = [{"name": str(f[0]), "size": int(f[1])} for f in files or ()] if not now_is.deleted else []
    common = {"id": str(ident), "at": at.isoformat(), **now_is.said(), "files": told}
    if not outgoing:
        return {**common, "mine": True, "sent": external_id.rpartition(":")[2]}
    return {
        **common,
        "mine": False,
        "sent": external_id,
        "by": (name or "").split(" ")[0],
        "state": state or "accepted",
        **({"choices": choices} if choices and not now_is.deleted else {}),
    }


_CAME = (
    "SELECT 1 FROM intake_handle h JOIN intake_interaction i ON i.handle_id = h.id AND i.kind = 'message' AND NOT i.outgoing"
    " WHERE h.network = %s AND h.scope = %s AND h.address = %s AND i.external_id = %s AND i.at < %s LIMIT 1"
)


def is_too_old(asked: TooOld) -> bool:
    """Whether the message came so long ago that its author changes it no more. One that is not in the log yet has just come."""
    handle = asked.handle
    before = now() - timedelta(seconds=asked.seconds)
    return bool(sql.run(_CAME, [handle.network, handle.scope, handle.address, asked.external_id, before]))


_OURS = (
    "SELECT i.account_id FROM intake_handle h JOIN intake_interaction i ON i.handle_id = h.id AND i.kind = 'message' AND i.outgoing"
    " WHERE h.network = %s AND h.scope = %s AND h.address = %s AND i.external_id = %s AND NOT EXISTS (SELECT 1 FROM intake_interaction d"
    " WHERE d.handle_id = h.id AND d.kind = 'delete' AND d.outgoing AND d.data->>'target' = i.external_id)"
)


def our_file(key: Key, sent: str, number: int) -> File | None:
    """A file that we sent to the handle, with the message ``sent``; None where there is none, and for what was taken back."""
    rows = sql.run(_OURS, [*key, sent])
    return file_of(account=rows[0][0], reply=sent, number=number) if rows else None


_CONVERSATION = (
    "SELECT p.conversation_id FROM intake_handle h JOIN intake_interaction i ON i.handle_id = h.id"
    " JOIN conversation_placement p ON p.interaction_id = i.id"
    " WHERE h.network = %s AND h.scope = %s AND h.address = %s ORDER BY i.at DESC, i.id DESC LIMIT 1"
)


def conversation(key: Key) -> UUID | None:
    """Where the handle last wrote."""
    rows = sql.run(_CONVERSATION, list(key))
    return rows[0][0] if rows else None


_ANSWERS = (
    "SELECT c.name, extract(epoch FROM r.written_at - i.at) FROM (SELECT * FROM reply WHERE account_id = %s AND written_at > %s"
    " AND state IN ('accepted', 'delivered', 'read') ORDER BY written_at DESC LIMIT 50) r"
    " JOIN organisation_colleague c ON c.id = r.colleague_id AND c.is_active"
    " LEFT JOIN intake_interaction i ON i.id = r.in_reply_to_id"
    " ORDER BY r.written_at DESC"
)
ENOUGH = 5
"""Answers below which no usual time is told."""


def who_answers(account: UUID) -> dict[str, Any]:
    """Whether somebody is at the desk, the first names of two who answered here last, and the usual minutes it took."""
    at = now()
    rows = sql.run(_ANSWERS, [account, at - timedelta(days=30)])
    names = list(dict.fromkeys(name.split(" ")[0] for name, _ in rows if name))[:2]
    waits = [float(seconds) for _, seconds in rows if seconds is not None and seconds >= 0]
    return {
        "present": any(present(colleague, at) for colleague in colleagues()),
        "names": names,
        "minutes": max(1, round(median(waits) / 60)) if len(waits) >= ENOUGH else None,
    }
