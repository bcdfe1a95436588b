"""Joining what was received into conversations, a batch at a time, in a constant number of statements."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish
from samspil.base.ids import digest, new_id
from samspil.conversation.actions import absorb_by_reference
from samspil.conversation.facts import ConversationChanged, FilesChanged, HistoryJoined, MessageJoined
from samspil.conversation.rules import Change, Incoming, Joined, Known, change, is_reply, join, snippet
from samspil.identity.facts import ConsumersMerged, HandlesMoved, SenderRecognised
from samspil.intake.facts import FileSettled, MessageReceived
from samspil.kit import Delete, Edit, Message, Reaction

CANDIDATES = 5
"""Newest conversations of a consumer that a message without a reference may belong to."""


def join_message(recognised: Sequence[SenderRecognised]) -> None:
    """Put every message of the batch into its conversation, and every edit, deletion and reaction beside what it is about."""
    messages = [(s, s.received) for s in recognised if isinstance(s.received, MessageReceived)]
    if messages:
        _join([_incoming(place, s, r) for place, (s, r) in enumerate(messages)], [s for s, _ in messages])
    acts = [s for s in recognised if not isinstance(s.received, MessageReceived)]
    if acts:
        _place_acts(acts)


def tell_of_files(settled: Sequence[FileSettled]) -> None:
    """Say in which conversation a file is there now, or is gone. One statement."""
    rows = sql.run(
        "SELECT interaction_id, conversation_id FROM conversation_placement WHERE interaction_id = ANY(%s)",
        [[s.interaction for s in settled]],
    )
    place: dict[UUID, UUID] = dict(rows)
    publish(
        *[
            FilesChanged(conversation=place[s.interaction], interaction=s.interaction, handle=s.handle)
            for s in settled
            if s.interaction in place
        ]
    )


def ref(network: str, ident: str) -> UUID:
    """The key of a message id within its network."""
    return digest("ref", network, ident)


def _incoming(place: int, s: SenderRecognised, r: MessageReceived) -> Incoming:
    message: Message = r.message
    network = message.author.network
    threads = [f"thread:{message.thread}"] if message.thread else []
    refs = [ref(network, i) for i in (message.external_id, *threads, *message.references)]
    return Incoming(
        place=place,
        consumer=s.consumer,
        account=r.account,
        at=r.at,
        refs=list(dict.fromkeys(refs)),
        token=_uuid(message.conversation),
        threads=r.threads,
        subject=message.subject,
        outgoing=r.outgoing,
        automatic=message.automatic,
        history=r.history,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _join(incoming: list[Incoming], recognised: list[SenderRecognised]) -> None:
    by_ref = _by_ref({r for m in incoming for r in m.refs})
    # Only what may go by consumer or subject needs the consumer's other conversations.
    lone = {m.consumer for m in incoming if not m.parents and (not m.threads or is_reply(m.subject))}
    known, candidates = _known(set(by_ref.values()), {m.token for m in incoming if m.token}, lone)
    joins = join(incoming, by_ref, known, candidates)
    targets = _claim(joins, by_ref, recognised)
    _write(joins, targets, recognised)


def _by_ref(refs: set[UUID]) -> dict[UUID, UUID]:
    those, values = sql.among("ref", list(refs))
    return dict(sql.run(f"SELECT ref, conversation_id FROM conversation_thread_ref WHERE {those}", [values]))


_IDS = (
    "SELECT coalesce(m.merged_into_id, m.id), m.id FROM conversation m WHERE m.id = ANY(%s)"
    " UNION ALL SELECT x.id, NULL FROM unnest(%s::uuid[]) AS u(consumer) CROSS JOIN LATERAL"
    " (SELECT id FROM conversation WHERE consumer_id = u.consumer AND merged_into_id IS NULL ORDER BY last_at DESC LIMIT %s) x"
)
_LOCK = (
    "SELECT c.id, c.consumer_id, c.account_id, c.status, c.subject, c.opened_at, c.last_at, c.apart, c.merged_into_id,"
    " CASE WHEN c.assignee_id IS NULL THEN c.competence_id IS NOT NULL ELSE g.is_active END"
    " FROM conversation c LEFT JOIN organisation_colleague g ON g.id = c.assignee_id WHERE {those}"
    " ORDER BY c.id FOR NO KEY UPDATE OF c"
)


def _known(referred: set[UUID], tokens: set[UUID], consumers: set[UUID]) -> tuple[dict[UUID, Known], dict[UUID, list[Known]]]:
    """The conversations behind references and tokens, and the newest of each consumer; all locked, in one order.

    Found and locked by two statements: in one, PostgreSQL drops a row of such a union that changes while its lock is waited for.
    """
    known: dict[UUID, Known] = {}
    candidates: dict[UUID, list[Known]] = {}
    found: list[tuple[Any, ...]] = [(ident, ident) for ident in referred]
    if tokens or consumers:
        found += sql.run(_IDS, [list(tokens), list(consumers), CANDIDATES])
    locked = _locked({ident for ident, _ in found})
    for ident, asked in found:
        item = locked[ident]
        if asked is not None:
            known[asked] = known[item.id] = item
        elif item.id == ident:
            candidates.setdefault(item.consumer, []).append(item)
    for rows in candidates.values():
        rows.sort(key=lambda k: (k.status != "done", k.last_at), reverse=True)
    return known, candidates


def _locked(ids: set[UUID]) -> dict[UUID, Known]:
    """Each conversation by its id, or the one that took it in while its lock was waited for."""
    those, values = sql.among("c.id", list(ids)) if ids else ("", None)
    rows = {row[0]: row for row in sql.run(_LOCK.format(those=those), [values])} if ids else {}
    made = {
        ident: Known(
            id=row[0],
            consumer=row[1],
            account=row[2],
            status=row[3],
            subject=row[4],
            opened_at=row[5],
            last_at=row[6],
            apart=row[7],
            settled=row[9],
        )
        for ident, row in rows.items()
        if row[8] is None
    }
    moved = {row[0]: row[8] for row in rows.values() if row[8] is not None}
    others = _locked({target for target in moved.values() if target not in made}) if moved else {}
    return {**others, **made, **{old: made.get(new) or others[new] for old, new in moved.items()}}


def _claim(joins: list[Joined], by_ref: dict[UUID, UUID], recognised: list[SenderRecognised]) -> list[UUID]:
    """The conversation of each group, with every reference of the group pointing to it.

    Another worker may be making a conversation of the same references just now: the insertion waits for it, and what it
    has made is then joined instead, so that a reply and its parent taken by two workers do not become two.
    """
    targets = [j.known.id if j.known else new_id() for j in joins]
    fresh = {r: target for j, target in zip(joins, targets, strict=True) for m in j.members for r in m.refs if r not in by_ref}
    made: list[UUID] = [t for j, t in zip(joins, targets, strict=True) if j.known is None]
    if made:
        _open([(j, t) for j, t in zip(joins, targets, strict=True) if j.known is None], recognised)
    if not fresh:
        return targets
    refs = sorted(fresh)
    source, values = sql.table("uuid uuid", [(r, fresh[r]) for r in refs])
    won = sql.run(
        f"INSERT INTO conversation_thread_ref (ref, conversation_id) SELECT * FROM {source} AS t(r, c)"
        " ORDER BY r ON CONFLICT (ref) DO NOTHING RETURNING ref",
        values,
    )
    if len(won) < len(refs):
        _yield_to_others(joins, targets, _by_ref(set(refs) - {r for (r,) in won}))
    return targets


def _yield_to_others(joins: list[Joined], targets: list[UUID], theirs: dict[UUID, UUID]) -> None:
    for place, joined in enumerate(joins):
        others = sorted({theirs[r] for m in joined.members for r in m.refs if r in theirs})
        if not others:
            continue
        mine, target = targets[place], others[0]
        known, _ = _known({target}, set(), set())
        if target not in known:
            continue
        joined.why = "thread"
        if joined.known is None:
            sql.run("UPDATE conversation_thread_ref SET conversation_id = %s WHERE conversation_id = %s", [target, mine])
            sql.run("DELETE FROM conversation WHERE id = %s", [mine])
            joined.known = known[target]
            targets[place] = known[target].id
        elif known[target].id != mine:
            joined.merges.append(known[target])
        for later in others[1:]:
            more, _ = _known({later}, set(), set())
            joined.merges.extend(k for k in more.values() if k.id not in {targets[place], *(m.id for m in joined.merges)})


CONVERSATION = (
    "id", "consumer_id", "account_id", "subject", "snippet", "status", "snoozed_for", "opened_at", "last_at", "waiting_since",
    "messages", "apart", "opener_id",
)  # fmt: skip


def _open(new: Sequence[tuple[Joined, UUID]], recognised: list[SenderRecognised]) -> None:
    rows: list[tuple[Any, ...]] = []
    for joined, target in new:
        first, effect = joined.members[0], change(joined.members)
        subject = next((m.subject for m in joined.members if m.subject), "")[:1000].replace("\x00", "")
        quiet = not effect.reopens and (first.history or first.automatic == "loop" or (first.outgoing and effect.count == 1))
        rows.append(
            (
                target, first.consumer, _inward(joined) or first.account, subject, snippet(_text(recognised, effect.last)),
                "done" if quiet else "open", "", first.at, effect.last_at, effect.since, effect.count, False,
                recognised[first.place].received.handle,
            )
        )  # fmt: skip
    sql.copy("conversation", CONVERSATION, rows)


_UPDATE = (
    "UPDATE conversation c SET messages = c.messages + t.n, last_at = greatest(c.last_at, t.last_at),"
    " opened_at = least(c.opened_at, t.first_at),"
    " opener_id = CASE WHEN c.opener_id IS NULL OR t.first_at < c.opened_at THEN t.opener ELSE c.opener_id END,"
    " snippet = CASE WHEN t.last_at >= c.last_at THEN t.snippet ELSE c.snippet END,"
    " account_id = CASE WHEN t.account IS NOT NULL AND t.last_at >= c.last_at THEN t.account ELSE c.account_id END,"
    " waiting_since = CASE t.wait WHEN 'clear' THEN NULL WHEN 'set' THEN coalesce(c.waiting_since, t.since)"
    " WHEN 'reset' THEN t.since ELSE c.waiting_since END,"
    " status = CASE WHEN t.reopens THEN 'open' ELSE c.status END,"
    " snoozed_until = CASE WHEN t.reopens THEN NULL ELSE c.snoozed_until END,"
    " done_at = CASE WHEN t.reopens THEN NULL ELSE c.done_at END"
    " FROM {source} AS t(id, n, first_at, last_at, snippet, account, wait, since, reopens, opener) WHERE c.id = t.id"
)


def _write(joins: list[Joined], targets: list[UUID], recognised: list[SenderRecognised]) -> None:
    gone: dict[UUID, UUID] = {}
    for joined, target in zip(joins, targets, strict=True):
        for other in joined.merges:
            absorb_by_reference(kept=target, absorbed=other.id)
            gone[other.id] = target
    targets = [
        gone.get(target, target) for target in targets
    ]  # another group may have been meant for one that is now part of a third
    placements, facts = [], []
    updates: dict[UUID, list[Any]] = {}
    for joined, target in zip(joins, targets, strict=True):
        known, reopened = joined.known, False
        if known:  # a new one was written whole when it was opened
            effect = change(joined.members)
            reopened = known.status != "open" and effect.reopens
            _add(updates, target, joined, effect, recognised)
        settled = bool(known and known.settled and not joined.merges)
        for number, member in enumerate(joined.members):
            source = recognised[member.place]
            why = joined.why if known or not number else "thread"
            placements.append((source.interaction, target, member.at, why))
            opened = known is None and not number
            facts.append(_fact(source, member, target, opened=opened, reopened=reopened, why=why, settled=settled))
    sql.copy("conversation_placement", ("interaction_id", "conversation_id", "at", "why"), placements)
    if updates:
        changes, values = sql.table(
            "uuid int timestamptz timestamptz text uuid text timestamptz bool uuid", [(c, *row) for c, row in updates.items()]
        )
        sql.write(_UPDATE.format(source=changes), values)
    publish(*facts)


def _add(
    updates: dict[UUID, list[Any]], target: UUID, joined: Joined, effect: Change, recognised: list[SenderRecognised]
) -> None:
    first, text = joined.members[0], snippet(_text(recognised, effect.last))
    row = [
        effect.count, first.at, effect.last_at, text, _inward(joined), effect.wait, effect.since, effect.reopens,
        recognised[first.place].received.handle,
    ]  # fmt: skip
    held = updates.get(target)
    if held is None:  # two groups of one batch can meet in one conversation only through a merge
        updates[target] = row
        return
    later = row if row[2] >= held[2] else held
    updates[target] = [
        held[0] + row[0],
        min(held[1], row[1]),
        later[2],
        later[3],
        later[4],
        later[5],
        later[6],
        held[7] or row[7],
        (row if row[1] < held[1] else held)[8],
    ]


def _inward(joined: Joined) -> UUID | None:
    """The account that the newest message from outside came by."""
    return next((m.account for m in reversed(joined.members) if not m.outgoing), None)


def _text(recognised: list[SenderRecognised], member: Incoming) -> str:
    received = recognised[member.place].received
    return received.message.text.replace("\x00", "") if isinstance(received, MessageReceived) else ""


def _fact(
    source: SenderRecognised, member: Incoming, target: UUID, *, opened: bool, reopened: bool, why: str, settled: bool
) -> MessageJoined | HistoryJoined:
    if member.history:
        return HistoryJoined(interaction=source.interaction, conversation=target)
    received = source.received
    text = f"{received.message.subject}\n{received.message.text}" if isinstance(received, MessageReceived) else ""
    return MessageJoined(
        interaction=source.interaction,
        conversation=target,
        consumer=source.consumer,
        handle=received.handle,
        account=received.account,
        at=received.at,
        outgoing=member.outgoing,
        automatic=member.automatic,
        opened=opened,
        reopened=reopened,
        why=why,
        text=text,
        settled=settled,
        stranger=source.new,
    )


def _place_acts(acts: Sequence[SenderRecognised]) -> None:
    wanted = {}
    for s in acts:
        event = getattr(s.received, "event", None)
        if isinstance(event, (Edit, Delete, Reaction)):
            wanted[s.interaction] = (ref(event.author.network, event.target), s.received.at)
    found = _by_ref({r for r, _ in wanted.values()}) if wanted else {}
    rows = [(interaction, found[r], at, "thread") for interaction, (r, at) in wanted.items() if r in found]
    if rows:
        sql.copy("conversation_placement", ("interaction_id", "conversation_id", "at", "why"), rows)
        publish(*[ConversationChanged(conversation=c, what="act") for c in {row[1] for row in rows}])


def follow_merge(merged: Sequence[ConsumersMerged]) -> None:
    """Every conversation of who was joined belongs to who was kept. In the order of the joins."""
    for fact in merged:
        _tell(
            sql.run(
                "UPDATE conversation SET consumer_id = %s WHERE consumer_id = %s RETURNING id, status",
                [fact.kept_consumer, fact.absorbed],
            )
        )


def follow_move(moved: Sequence[HandlesMoved]) -> None:
    """Give every conversation of who lost a handle to whoever owns the handle that opened it."""
    consumers = list({c for m in moved for c in m.lost})
    _tell(
        sql.run(
            "UPDATE conversation c SET consumer_id = l.consumer_id FROM identity_link l"
            " WHERE c.consumer_id = ANY(%s) AND l.handle_id = c.opener_id AND l.ended_at IS NULL"
            " AND c.consumer_id <> l.consumer_id RETURNING c.id, c.status",
            [consumers],
        )
    )


def _tell(rows: Sequence[tuple[UUID, str]]) -> None:
    # Of those that are done nobody waits to hear one by one: the fact of identity is enough for a page that shows one.
    publish(*[ConversationChanged(conversation=c, what="consumer") for c, status in rows if status != "done"])
