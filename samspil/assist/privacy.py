"""What assist holds of a person, and how it is forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.assist.actions.gather import drop
from samspil.assist.models import AutoRun, Made, Offer, Pair
from samspil.base import sql
from samspil.base.flow import step


def export_of(*, consumer: UUID, handles: Sequence[UUID]) -> dict[str, Any]:
    """What was kept of the person's questions, masked, and what was suggested for them, as JSON values, oldest first."""
    pairs = Pair.objects.filter(Q(question__handle__in=handles) | Q(answer__handle__in=handles)).order_by("at", "id")
    offers = Offer.objects.filter(conversation__consumer=consumer).order_by("at", "id")
    made = Made.objects.filter(conversation__consumer=consumer).order_by("at", "id")
    runs = AutoRun.objects.filter(conversation__consumer=consumer).order_by("at", "id")
    return {
        "by_itself": [
            {
                "at": row.at.isoformat(),
                "message": str(row.interaction_id),
                "state": row.state,
                "why": row.why,
                "likely": row.likely,
            }
            for row in runs
        ],
        "made": [{"at": row.at.isoformat(), "purpose": row.purpose, "asked": row.asked, "said": row.said} for row in made],
        "answers": [{"at": row.at.isoformat(), "asked": row.asked, "said": row.said} for row in pairs],
        "suggested": [
            {"at": row.at.isoformat(), "source": row.source, "put_in": row.put_in, "outcome": row.outcome} for row in offers
        ],
    }


def forget(*, consumer: UUID, handles: Sequence[UUID]) -> None:
    """Delete the person's questions and answers with what they mean; the files of vectors are written anew without them. Before reply."""
    own = [consumer, consumer]
    with step():
        pairs = sql.run(
            "SELECT k.id FROM assist_pair k JOIN intake_interaction q ON q.id = k.question_id JOIN intake_interaction a ON a.id = k.answer_id"
            " WHERE q.handle_id = ANY(%s) OR a.handle_id = ANY(%s)",
            [list(handles), list(handles)],
        )
        drop(pairs=[row[0] for row in pairs])
        sql.write(
            "DELETE FROM assist_meaning WHERE interaction_id IN (SELECT id FROM intake_interaction WHERE handle_id = ANY(%s))",
            [list(handles)],
        )
        sql.write(
            "DELETE FROM assist_offer WHERE interaction_id IN (SELECT id FROM intake_interaction WHERE handle_id = ANY(%s))"
            " OR conversation_id IN (SELECT c.id FROM conversation c LEFT JOIN conversation m ON m.id = c.merged_into_id"
            "  WHERE c.consumer_id = %s OR m.consumer_id = %s)",
            [list(handles), *own],
        )
        sql.write(
            "DELETE FROM assist_made WHERE conversation_id IN (SELECT c.id FROM conversation c LEFT JOIN conversation m"
            "  ON m.id = c.merged_into_id WHERE c.consumer_id = %s OR m.consumer_id = %s)"
            # Others' conversations in which the person wrote, too: the words were in what was asked.
            " OR conversation_id IN (SELECT p.conversation_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
            "  WHERE i.handle_id = ANY(%s))",
            [*own, list(handles)],
        )
        _forget_auto(consumer, handles)
        sql.write(
            "UPDATE assist_gathered SET generation = generation + 1, pairs = (SELECT count(*) FROM assist_pair) WHERE id = 1"
        )


def _forget_auto(consumer: UUID, handles: Sequence[UUID]) -> None:
    """What was looked at, tried and judged of the person's messages. Joins the caller's step."""
    theirs = "(SELECT id FROM intake_interaction WHERE handle_id = ANY(%s))"
    sql.write(
        f"DELETE FROM assist_auto_run WHERE interaction_id IN {theirs} OR reply_id IN (SELECT id FROM reply WHERE handle_id = ANY(%s))"
        " OR conversation_id IN (SELECT c.id FROM conversation c LEFT JOIN conversation m ON m.id = c.merged_into_id"
        "  WHERE c.consumer_id = %s OR m.consumer_id = %s)",
        [list(handles), list(handles), consumer, consumer],
    )
    sql.write(
        f"DELETE FROM assist_auto_case WHERE interaction_id IN {theirs} OR answered_id IN {theirs}",
        [list(handles), list(handles)],
    )
    sql.write(f"DELETE FROM assist_auto_label WHERE interaction_id IN {theirs}", [list(handles)])
