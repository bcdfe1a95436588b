"""Moving messages between conversations: merge, split, and what reply and imports put in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import clock, sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import digest
from samspil.conversation.actions import journal
from samspil.conversation.facts import ConversationChanged, ConversationsMerged
from samspil.conversation.models import Conversation, Placement
from samspil.conversation.queries.access import access_conversation, access_conversations
from samspil.conversation.rules import snippet
from samspil.identity.models import Consumer
from samspil.intake.models import Account, Interaction
from samspil.organisation.models import Colleague


class SameConversation(SamspilError):
    """Both are the same conversation already."""

    code = "conversation.same"


class NothingToSplit(SamspilError):
    """A split takes some messages away and leaves some."""

    code = "conversation.nothing_to_split"


def absorb_by_reference(*, kept: UUID, absorbed: UUID) -> None:
    """Two conversations are one because messages refer to both. Joins the caller's step, which has locked them."""
    if kept != absorbed:
        _absorb(kept, absorbed, None, clock.now())


def merge(*, kept: UUID, absorbed: UUID, by: Colleague, at: datetime) -> UUID:
    """Make two conversations one by hand; the way back is a split. Raises NotFound, SameConversation."""
    with step():
        into, other = access_conversations(by=by, conversations=[kept, absorbed], lock=True)
        if into.pk == other.pk:
            raise SameConversation("This is the same conversation")
        return _absorb(into.pk, other.pk, by.pk, at)


def _absorb(kept: UUID, absorbed: UUID, by: UUID | None, at: datetime) -> UUID:
    sql.run("UPDATE conversation_placement SET conversation_id = %s WHERE conversation_id = %s", [kept, absorbed])
    sql.run("UPDATE conversation_thread_ref SET conversation_id = %s WHERE conversation_id = %s", [kept, absorbed])
    sql.run("UPDATE conversation_note SET conversation_id = %s WHERE conversation_id = %s", [kept, absorbed])
    sql.run("UPDATE conversation SET merged_into_id = %s WHERE merged_into_id = %s", [kept, absorbed])
    sql.run(
        "UPDATE conversation k SET messages = k.messages + a.messages, last_at = greatest(k.last_at, a.last_at),"
        " opened_at = least(k.opened_at, a.opened_at),"
        " opener_id = CASE WHEN k.opener_id IS NULL OR a.opened_at < k.opened_at THEN coalesce(a.opener_id, k.opener_id)"
        " ELSE k.opener_id END, waiting_since = least(k.waiting_since, a.waiting_since),"
        " snippet = CASE WHEN a.last_at > k.last_at THEN a.snippet ELSE k.snippet END,"
        " subject = CASE WHEN k.subject = '' THEN a.subject ELSE k.subject END,"
        " status = CASE WHEN 'open' IN (k.status, a.status) THEN 'open' ELSE k.status END,"
        " assignee_id = coalesce(k.assignee_id, a.assignee_id), unit_id = coalesce(k.unit_id, a.unit_id),"
        " competence_id = coalesce(k.competence_id, a.competence_id)"
        " FROM conversation a WHERE k.id = %s AND a.id = %s",
        [kept, absorbed],
    )
    sql.run(
        "UPDATE conversation SET merged_into_id = %s, status = 'done', messages = 0, waiting_since = NULL WHERE id = %s",
        [kept, absorbed],
    )
    batch = journal.write(kind="merged", by=by, at=at, rows=[(kept, {"absorbed": str(absorbed)})])
    publish(ConversationsMerged(kept_conversation=kept, absorbed=absorbed, by=by))
    return batch


def split(*, conversation: UUID, interactions: Sequence[UUID], by: Colleague, at: datetime) -> Conversation:
    """Take some messages out into a conversation of their own; references no longer join the two. Raises NotFound, NothingToSplit."""
    with step():
        row = access_conversation(by=by, conversation=conversation, lock=True)
        placed = list(
            Placement.objects.filter(conversation=row, interaction__in=interactions, interaction__kind="message")
            .select_related("interaction", "interaction__handle")
            .order_by("at", "interaction")
        )
        if not placed or len(placed) >= row.messages:
            raise NothingToSplit("Choose some of the messages, not all")
        first = placed[0].interaction
        made = Conversation.objects.create(
            consumer_id=_owner(first, row),
            account=first.account,
            opener_id=first.handle_id,
            subject=first.subject or row.subject,
            snippet=snippet(placed[-1].interaction.text),
            opened_at=placed[0].at,
            last_at=placed[-1].at,
            waiting_since=placed[-1].at if not placed[-1].interaction.outgoing else None,
            unit_id=row.unit_id,
            competence_id=row.competence_id,
            assignee_id=row.assignee_id,
            messages=len(placed),
            apart=True,
        )
        Placement.objects.filter(pk__in=[p.pk for p in placed]).update(conversation=made, why="split")
        # What was done to them goes along: new words, deletions, signs.
        ids = [p.interaction.external_id for p in placed]
        Placement.objects.filter(conversation=row, interaction__data__target__in=ids).update(conversation=made)
        refs = [digest("ref", p.interaction.handle.network, p.interaction.external_id) for p in placed]
        sql.run("UPDATE conversation_thread_ref SET conversation_id = %s WHERE ref = ANY(%s)", [made.pk, refs])
        left = Placement.objects.filter(conversation=row, interaction__kind="message")
        rest = left.select_related("interaction").order_by("-at", "-interaction")[0]
        Conversation.objects.filter(pk=row.pk).update(
            messages=row.messages - len(placed),
            apart=True,
            last_at=rest.at,
            snippet=snippet(rest.interaction.text),
            opener=opener(conversation=row.pk),
        )
        journal.write(kind="split", by=by.pk, at=at, rows=[(row.pk, {"into": str(made.pk)}), (made.pk, {"from": str(row.pk)})])
        publish(*[ConversationChanged(conversation=c, what="split", by=by.pk) for c in (row.pk, made.pk)])
    return made


def opener(*, conversation: UUID) -> UUID | None:
    """The handle of the earliest message in it. One statement."""
    rows = sql.run(
        "SELECT i.handle_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
        " WHERE p.conversation_id = %s ORDER BY p.at, p.interaction_id LIMIT 1",
        [conversation],
    )
    return rows[0][0] if rows else None


def _owner(interaction: Interaction, row: Conversation) -> UUID:
    found = sql.run("SELECT consumer_id FROM identity_link WHERE handle_id = %s AND ended_at IS NULL", [interaction.handle_id])
    return found[0][0] if found else row.consumer_id


def take_new(*, consumer: Consumer, account: Account, subject: str, by: Colleague, at: datetime) -> Conversation:
    """Begin a conversation from our side; the first reply goes into it."""
    with step():
        row = Conversation.objects.create(
            consumer=consumer, account=account, subject=subject[:1000], assignee=by, unit=by.unit, opened_at=at, last_at=at
        )
        journal.write(kind="opened", by=by.pk, at=at, rows=[(row.pk, {})])
        publish(ConversationChanged(conversation=row.pk, what="opened", by=by.pk, assignee=by.pk))
    return row


def place_outgoing(
    *, interaction: UUID, conversation: UUID, at: datetime, network: str, external_ids: Sequence[str], text: str, by: UUID | None
) -> None:
    """Put what we wrote into its conversation, find its answers by its ids, and note that the consumer no longer waits.

    ``external_ids`` are all ids under which an answer may refer to it.
    ``by`` None: Samspil, which takes no conversation. Raises NotFound. Joins the caller's step.
    """
    with step():
        row = Conversation.objects.select_for_update(no_key=True).filter(pk=conversation).first()
        if row is None:
            raise NotFound("no such conversation")
        target = row.merged_into_id or row.pk
        sql.copy(
            "conversation_placement", ("interaction_id", "conversation_id", "at", "why"), [(interaction, target, at, "reply")]
        )
        sql.run(
            "INSERT INTO conversation_thread_ref (ref, conversation_id) SELECT r, %s FROM unnest(%s::uuid[]) AS r ON CONFLICT DO NOTHING",
            [target, sorted({digest("ref", network, i) for i in external_ids if i})],
        )
        sql.run(
            "UPDATE conversation SET messages = messages + 1, last_at = greatest(last_at, %s), snippet = %s, waiting_since = NULL,"
            " opener_id = coalesce(opener_id, (SELECT handle_id FROM intake_interaction WHERE id = %s)),"
            " assignee_id = coalesce(assignee_id, %s) WHERE id = %s",
            [at, snippet(text), interaction, by, target],
        )
        publish(ConversationChanged(conversation=target, what="answered", by=by))


def place_beside(*, interaction: UUID, target: UUID, at: datetime, by: UUID) -> None:
    """Put what we did to the message ``target`` where that message lies now. Joins the caller's step; three statements."""
    with step():
        found = sql.run(
            "INSERT INTO conversation_placement (interaction_id, conversation_id, at, why)"
            " SELECT %s, conversation_id, %s, 'thread' FROM conversation_placement WHERE interaction_id = %s RETURNING conversation_id",
            [interaction, at, target],
        )
        publish(*[ConversationChanged(conversation=row[0], what="act", by=by) for row in found])
