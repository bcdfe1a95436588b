"""One timeline over all handles: what was said, bought and done, and what colleagues noted; narrowed as one likes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from samspil.base import sql
from samspil.base.question import Question
from samspil.conversation.models import Note as TalkNote
from samspil.conversation.queries.inbox import VISIBLE
from samspil.identity.models import Note
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague
from samspil.screens.people.queries.lists import Place, may

STRIP = 30
"""Entries of the timeline at a time."""

KINDS: Mapping[str, Sequence[str]] = {
    "all": ("message", "reaction", "follow", "purchase"),
    "messages": ("message",),
    "purchases": ("purchase",),
    "notes": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the timeline is narrowed to. ``kind`` is one of KINDS; ``way`` is in, out or ""; ``network`` and ``text`` "" for any."""

    kind: str = "all"
    way: str = ""
    network: str = ""
    text: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return self != Wanted()

    def query(self, at: datetime, ident: UUID) -> str:
        """The query string of what comes before that place."""
        parts = {"kind": self.kind, "way": self.way, "network": self.network, "q": self.text}
        return urlencode({**{k: v for k, v in parts.items() if v}, "at": at.isoformat(), "id": str(ident)})


@dataclass(slots=True, kw_only=True)
class Entry:
    """One thing of the timeline: an ``interaction``, or a ``note`` about the person, or one that colleagues wrote in a conversation.

    ``text`` is the newest wording; ``deleted`` when whoever wrote it took it back.
    """

    at: datetime
    ident: UUID
    text: str
    interaction: Interaction | None = None
    note: Note | TalkNote | None = None
    edited: bool = False
    deleted: bool = False
    conversation: UUID | None = None

    @property
    def by(self) -> Colleague | None:
        """Who of us wrote a note."""
        if isinstance(self.note, Note):
            return self.note.by
        return self.note.colleague if self.note else None


_THEIRS = (
    "WITH l AS (SELECT k.handle_id FROM identity_link k JOIN intake_handle h ON h.id = k.handle_id"
    " WHERE k.consumer_id = %(consumer)s AND k.ended_at IS NULL {network})"
)
_DONE = (
    "(SELECT 'i' AS sort, t.id, t.at, t.conversation_id FROM l CROSS JOIN LATERAL ("
    " SELECT i.id, i.at, p.conversation_id FROM intake_interaction i"
    " LEFT JOIN conversation_placement p ON p.interaction_id = i.id LEFT JOIN conversation c ON c.id = p.conversation_id"
    " WHERE i.handle_id = l.handle_id AND i.kind = ANY(%(kinds)s) {way} {text} {before} AND (c.id IS NULL OR {visible})"
    " ORDER BY i.at DESC, i.id DESC LIMIT %(limit)s) t ORDER BY t.at DESC, t.id DESC LIMIT %(limit)s)"
)
_NOTED = (
    "(SELECT 'n', i.id, i.at, NULL::uuid FROM l JOIN identity_note i ON i.handle_id = l.handle_id"
    " WHERE i.deleted_at IS NULL {text} {before} ORDER BY i.at DESC, i.id DESC LIMIT %(limit)s)"
)
_TALKED = (
    "(SELECT 'c', i.id, i.at, c.id FROM conversation c JOIN conversation_note i ON i.conversation_id = c.id"
    " WHERE c.consumer_id = %(consumer)s AND c.merged_into_id IS NULL AND {visible} {text} {before}"
    " ORDER BY i.at DESC, i.id DESC LIMIT %(limit)s)"
)

_INTERACTIONS = Question(
    lambda ids: Interaction.objects.filter(pk__in=ids).select_related("handle", "account", "colleague").defer("search")
)
_NOTES = Question(lambda ids: Note.objects.filter(pk__in=ids).select_related("by", "handle"))
_TALK_NOTES = Question(lambda ids: TalkNote.objects.filter(pk__in=ids).select_related("colleague"))


def timeline(
    by: Colleague, consumer: UUID, *, wanted: Wanted | None = None, before: Place = None, limit: int = STRIP
) -> tuple[Sequence[Entry], str]:
    """What was between us over all handles, newest first, and the query string of what comes before, "" at the end.

    Five statements at most, whatever the length. Edits and deletions are applied to what they are about.
    """
    wanted = wanted or Wanted()
    params = {**may(by), "consumer": consumer, "kinds": list(KINDS[wanted.kind]), "limit": limit + 1}
    if before:
        params["at"], params["id"] = before
    params["network"], params["out"] = wanted.network, wanted.way == "out"
    params["like"] = f"%{_plain(wanted.text)}%"
    found = sql.run(_statement(wanted, going_on=before is not None), params)
    entries = _loaded(found[:limit])
    _amend([e for e in entries if e.interaction is not None])
    return entries, wanted.query(entries[-1].at, entries[-1].ident) if len(found) > limit else ""


def _statement(wanted: Wanted, *, going_on: bool) -> str:
    parts = []
    if KINDS[wanted.kind]:
        parts.append((_DONE, "(i.subject ILIKE %(like)s OR i.text ILIKE %(like)s)"))
    if wanted.kind in {"all", "notes"} and not wanted.way:
        parts.append((_NOTED, "i.text ILIKE %(like)s"))
        if not wanted.network:
            parts.append((_TALKED, "i.text ILIKE %(like)s"))
    if not parts:  # notes have no direction
        parts.append((_NOTED, "false"))
    limbs = [
        part.format(
            visible=VISIBLE,
            before="AND (i.at, i.id) < (%(at)s, %(id)s)" if going_on else "",
            text=f"AND {like}" if wanted.text or like == "false" else "",
            way="AND i.outgoing = %(out)s" if wanted.way else "",
        )
        for part, like in parts
    ]
    theirs = _THEIRS.format(network="AND h.network = %(network)s" if wanted.network else "")
    return f"{theirs} SELECT * FROM ({' UNION ALL '.join(limbs)}) t(sort, id, at, c) ORDER BY at DESC, id DESC LIMIT %(limit)s"


def _plain(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _loaded(found: Sequence[tuple[str, UUID, datetime, UUID | None]]) -> list[Entry]:
    ids: dict[str, list[UUID]] = {"i": [], "n": [], "c": []}
    for sort, ident, _, _ in found:
        ids[sort].append(ident)
    done = {i.pk: i for i in _INTERACTIONS(ids["i"])} if ids["i"] else {}
    notes: dict[UUID, Note | TalkNote] = {n.pk: n for n in _NOTES(ids["n"])} if ids["n"] else {}
    if ids["c"]:
        notes |= {n.pk: n for n in _TALK_NOTES(ids["c"])}
    entries = []
    for _sort, ident, at, conversation in found:
        interaction, note = done.get(ident), notes.get(ident)
        text = interaction.text if interaction else note.text if note else ""
        edited = bool(note and (note.changed_at if isinstance(note, Note) else note.edited_at))
        entries.append(
            Entry(at=at, ident=ident, text=text, interaction=interaction, note=note, edited=edited, conversation=conversation)
        )
    return entries


def _amend(entries: Sequence[Entry]) -> None:
    """Apply what was changed or taken back later, by the handle that wrote it."""
    by_target = {(e.interaction.handle_id, e.interaction.external_id): e for e in entries if e.interaction}
    if not by_target:
        return
    changes = Interaction.objects.filter(
        handle__in={handle for handle, _ in by_target},
        at__gte=entries[-1].at,
        kind__in=["edit", "delete"],
        data__target__in=[ident for _, ident in by_target],
    )
    for change in changes.defer("search").order_by("at", "id"):
        entry = by_target.get((change.handle_id, str(change.data.get("target"))))
        if entry is not None and entry.interaction is not None and entry.interaction.outgoing == change.outgoing:
            entry.edited = entry.edited or change.kind == "edit"
            entry.deleted = entry.deleted or change.kind == "delete"
            entry.text = "" if entry.deleted else change.text
