"""What colleagues let routing know without moving anything: who asked for a competence, and was answered by one who holds it."""

from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.ids import new_id


def told(*, conversation: UUID, competence: UUID, by: UUID, at: datetime) -> None:
    """Note that the conversation is about the competence, for the next training; ``by`` is who answered. Twice is once.

    Nothing is moved and nothing is set: as long as the conversation has a competence of its own, that one counts.
    """
    with step():
        sql.run(
            "INSERT INTO routing_told (id, conversation_id, competence_id, by_id, at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (conversation_id, competence_id) DO NOTHING",
            [new_id(), conversation, competence, by, at],
        )
