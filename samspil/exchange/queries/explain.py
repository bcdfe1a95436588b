"""Everything that one message met on its way, in order, with the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.assist.queries.auto_runs import runs_in
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.ids import digest
from samspil.conversation.models import Conversation, Event, Note, Placement
from samspil.exchange.queries.explain_words import PLACED, approval_words, journal_words
from samspil.identity.models import Link
from samspil.intake.models import Attachment, Envelope, Interaction
from samspil.reply.models import Reply
from samspil.reply.queries import ledger
from samspil.reply.queries.approval import approvals_told
from samspil.routing import queries as routing

MOST = 200
"""Messages of one conversation that are explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One thing that a message met: at which stage, when (None: at the same time as the one before), what, and details."""

    stage: str
    at: datetime | None
    what: str
    why: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was asked for, and what each of its messages met; ``afterwards`` is what happened to the conversation around them."""

    about: str
    messages: Sequence[Sequence[Met]]
    afterwards: Sequence[Met]

    def data(self) -> dict[str, Any]:
        """The same as JSON values."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def explain(text: str) -> Explanation:
    """The way of a message: by our id of it, its envelope, conversation or reply, or by the network's id. Raises NotFound."""
    wanted = text.strip().strip("<>").strip()
    if not wanted:
        raise NotFound("name a message")
    ident = _uuid(wanted)
    envelopes, interactions, replies, conversation = _by_uuid(ident) if ident else ([], [], [], None)
    if not (envelopes or interactions or replies or conversation):
        envelopes, interactions, replies = _by_name(wanted)
    if not (envelopes or interactions or replies or conversation):
        raise NotFound(f"nothing here is called {wanted!r}")
    messages = [[*_envelope(e), *(m for i in _of_envelope(e) for m in _interaction(i))] for e in envelopes]
    known = {i.pk for e in envelopes for i in _of_envelope(e)}
    for interaction in interactions:
        if interaction.pk not in known:
            known.add(interaction.pk)
            source = Envelope.objects.filter(pk=interaction.envelope_id).first() if interaction.envelope_id else None
            messages.append([*(_envelope(source) if source else ()), *_interaction(interaction)])
    messages += [
        [*_reply(r), *(_interaction(r.interaction, told=True) if r.interaction else ())]
        for r in replies
        if r.interaction_id not in known
    ]
    around = {c for (c,) in Placement.objects.filter(interaction__in=known).values_list("conversation")}
    around |= {r.conversation_id for r in replies} | ({conversation.pk} if conversation else set())
    return Explanation(about=wanted, messages=messages, afterwards=[m for c in sorted(around) for m in _around(c)])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


Found = tuple[list[Envelope], list[Interaction], list[Reply]]


def _by_uuid(ident: UUID) -> tuple[list[Envelope], list[Interaction], list[Reply], Conversation | None]:
    conversation = Conversation.objects.filter(pk=ident).first()
    rows = Interaction.objects.filter(pk=ident)
    if conversation:
        rows = Interaction.objects.filter(placement__conversation=conversation).order_by("at", "id")
    interactions = list(rows.select_related("handle", "account", "colleague").defer("search")[:MOST])
    replies = list(Reply.objects.filter(pk=ident).select_related("interaction", "handle", "account", "colleague"))
    return list(Envelope.objects.filter(pk=ident).select_related("account")), interactions, replies, conversation


_NETWORKS = (
    "WITH RECURSIVE n AS ((SELECT network FROM intake_handle ORDER BY network LIMIT 1) UNION ALL"
    " SELECT (SELECT network FROM intake_handle WHERE network > n.network ORDER BY network LIMIT 1) FROM n"
    " WHERE n.network IS NOT NULL)"
    " SELECT network FROM n WHERE network IS NOT NULL"
)


def _by_name(name: str) -> Found:
    """By a network's id, through the conversations that know it: the log itself is not indexed by it."""
    refs = [digest("ref", network, name) for (network,) in sql.run(_NETWORKS)]
    rows = sql.run(
        "SELECT i.id FROM conversation_thread_ref r JOIN conversation_placement p ON p.conversation_id = r.conversation_id"
        " JOIN intake_interaction i ON i.id = p.interaction_id WHERE r.ref = ANY(%s) AND i.external_id = %s",
        [refs, name],
    )
    interactions = Interaction.objects.filter(pk__in=[i for (i,) in rows]).select_related("handle", "account", "colleague")
    kept = sql.run(
        "SELECT e.id FROM intake_account a JOIN intake_envelope e ON e.account_id = a.id AND e.external_id = %s", [name[:200]]
    )
    envelopes = Envelope.objects.filter(pk__in=[e for (e,) in kept]).select_related("account")
    replies = Reply.objects.filter(external_id=name).select_related("interaction", "handle", "account", "colleague")
    return list(envelopes.order_by("id")), list(interactions.defer("search").order_by("at", "id")), list(replies)


def _of_envelope(envelope: Envelope) -> list[Interaction]:
    rows = Interaction.objects.filter(envelope_id=envelope.pk).select_related("handle", "account", "colleague")
    return list(rows.defer("search").order_by("at", "id"))


def _envelope(row: Envelope) -> Iterator[Met]:
    data = {"id": row.pk, "external_id": row.external_id, "bytes": row.blob_size or len(row.payload), "headers": row.headers}
    yield Met(stage="arrived", at=row.received_at, what=f"envelope on {row.account.name} ({row.account.channel})", data=data)
    tries = f" after {row.attempts} tries" if row.attempts else ""
    yield Met(stage="understood", at=None, what=f"{row.state.replace('_', ' ')}{tries}", why=row.error)


def _interaction(row: Interaction, *, told: bool = False) -> Iterator[Met]:
    who = f" by {row.colleague.name}" if row.colleague else ""
    way = "from us" if row.outgoing else "from the consumer"
    names = ("automatic", "references", "thread", "to", "target", "quoted")
    data = {
        "id": row.pk,
        "external_id": row.external_id,
        "subject": row.subject,
        "text": row.text[:200],
        "language": row.language,
    }
    data |= {name: row.data[name] for name in names if name in row.data}
    yield Met(stage="logged", at=row.at, what=f"{row.kind} {way}{who}", why="; ".join(row.data.get("notes", [])), data=data)
    for file in Attachment.objects.filter(interaction=row).order_by("id"):
        what = f"{file.name}, {file.content_type}, {file.size} bytes{', ' if file.state else ''}{file.state}"
        why = ": ".join(word for word in (file.why.replace("_", " "), file.error) if word)
        yield Met(stage="attachment", at=file.fetch_at, what=what, why=why, data={"id": file.pk})
    handle = row.handle
    dead = f"; dead since {handle.dead_at:%Y-%m-%d %H:%M}: {handle.dead_why}" if handle.dead_at else ""
    yield Met(stage="handle", at=handle.first_at, what=f"{handle.network} {handle.address}{dead}", data={"id": handle.pk})
    for link in Link.objects.filter(handle=handle).select_related("consumer", "made_by").order_by("began_at", "id"):
        by = link.made_by.name if link.made_by else "Samspil"
        until = f" until {link.ended_at:%Y-%m-%d %H:%M}" if link.ended_at else ""
        why = "; ".join(f"{e.get('words') or e.get('kind')} ({float(e.get('strength', 0)):.2f})" for e in link.evidence)
        yield Met(
            stage="recognised",
            at=link.began_at,
            what=f"belongs to {link.consumer.name or link.consumer_id}{until}, says {by}",
            why=why,
            data={"link": link.pk, "consumer": link.consumer_id},
        )
    placed = Placement.objects.filter(interaction=row).select_related("conversation").first()
    if placed:
        what = f"in conversation {placed.conversation.subject or placed.conversation_id}"
        yield Met(
            stage="joined",
            at=None,
            what=what,
            why=PLACED.get(placed.why, placed.why),
            data={"conversation": placed.conversation_id},
        )
    if not told:
        for reply in Reply.objects.filter(interaction=row).select_related("handle", "account", "colleague"):
            yield from _reply(reply)
    yield from _facts(row)


def _facts(row: Interaction) -> Iterator[Met]:
    """Kept facts that name it. The log of facts is short (it is cleared once everybody has read it), so it is simply read."""
    rows = sql.run(
        "SELECT f.kind, f.at, d FROM base_fact f CROSS JOIN LATERAL jsonb_array_elements(f.data) d"
        " WHERE f.data @> jsonb_build_array(jsonb_build_object('interaction', %s::text)) AND d->>'interaction' = %s"
        " ORDER BY f.id",
        [str(row.pk), str(row.pk)],
    )
    for kind, at, data in rows:
        yield Met(stage="fact", at=at, what=kind, data=data)


def _reply(row: Reply) -> Iterator[Met]:
    data = {"id": row.pk, "external_id": row.external_id, "attempts": row.attempts, "resend_of": row.resend_of_id}
    who = f"itself, as {row.colleague.name} has decided," if row.by_itself else row.colleague.name
    what = f"reply by {who} to {row.handle.address} on {row.account.name}"
    yield Met(stage="written", at=row.written_at, what=what, data=data)
    for line in ledger(row.pk):
        by = f" by {line.by.name}" if line.by else ""
        yield Met(stage="delivery", at=line.at, what=f"{line.state}{by}", why=line.detail)
    for approval in approvals_told(replies=[row.pk]):
        for at, what, why in approval_words(approval):
            yield Met(stage="approval", at=at, what=what, why=why, data={"id": approval.pk})


def _around(conversation: UUID) -> list[Met]:
    found = [
        Met(
            stage="routed",
            at=d.at,
            what=" · ".join(str(x) for x in (d.competence, d.unit, d.colleague) if x) or "to nobody",
            why="; ".join(w.text for w in d.reasons) + (f"; by {d.by.name}" if d.by else ""),
            data={"confidence": d.confidence, "conversation": conversation},
        )
        for d in routing.explain(conversation)
    ]
    found += [
        Met(stage="journal", at=e.at, what=journal_words(e), data={"conversation": conversation, **e.data})
        for e in Event.objects.filter(conversation=conversation).select_related("by")
    ]
    found += [
        Met(
            stage="by itself",
            at=run.at,
            what=f"{run.state} by itself" if run.state == "sent" else f"{run.state}: {run.why}" if run.why else run.state,
            why=f"{run.likely:.0%} likely, threshold {run.setting.threshold:.0%}, version {run.setting.number}"
            if run.likely
            else "",
            data={"answer": run.answer.name if run.answer else "", "verdict": run.verdict, "by": run.by and run.by.name},
        )
        for run in runs_in(conversation)
    ]
    found += [
        Met(stage="note", at=n.at, what=f"internal note by {n.colleague.name}", data={"id": n.pk, "text": n.text[:200]})
        for n in Note.objects.filter(conversation=conversation).select_related("colleague")
    ]
    return sorted(found, key=lambda m: (m.at is not None and m.at.timestamp()) or 0.0)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
