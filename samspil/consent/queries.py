"""Questions about consent."""

from collections.abc import Collection, Mapping
from uuid import UUID

from samspil.base import sql
from samspil.consent.rules import AUTOMATIC, PURPOSES, State, allowed

__all__ = ["AUTOMATIC", "may_write", "summary", "words_of"]


def may_write(*, handles: Collection[UUID], purpose: str) -> frozenset[UUID]:
    """Which of these handles may be written to for the purpose, now. One statement."""
    rows = sql.run(
        "SELECT DISTINCT mine.consumer_id, other.handle_id, c.state FROM identity_link mine"
        " JOIN identity_link other ON other.consumer_id = mine.consumer_id AND other.ended_at IS NULL"
        " LEFT JOIN consent c ON c.handle_id = other.handle_id AND c.purpose = %s AND c.ended_at IS NULL"
        " WHERE mine.handle_id = ANY(%s) AND mine.ended_at IS NULL",
        [purpose, list(handles)],
    )
    said: dict[UUID, State] = {handle: state for _, handle, state in rows if state}
    persons: dict[UUID, list[UUID]] = {}
    for consumer, handle, _ in rows:
        persons.setdefault(consumer, []).append(handle)
    return allowed(said, persons.values()) & frozenset(handles)


def words_of(*, handles: Collection[UUID]) -> Mapping[UUID, Mapping[str, State]]:
    """{handle: {purpose: its word}} of those that have said something. One statement."""
    found: dict[UUID, dict[str, State]] = {}
    for handle, purpose, state in sql.run(
        "SELECT handle_id, purpose, state FROM consent WHERE handle_id = ANY(%s) AND ended_at IS NULL ORDER BY 1, 2",
        [list(handles)],
    ):
        found.setdefault(handle, {})[purpose] = state
    return found


def summary(consumer: UUID) -> Mapping[str, str]:
    """What the person as a whole says on each purpose: "refused" if any handle does, "given" if one does, else "". One statement."""
    rows = sql.run(
        "SELECT c.purpose, bool_or(c.state = 'refused'), bool_or(c.state = 'given') FROM identity_link l"
        " JOIN consent c ON c.handle_id = l.handle_id AND c.ended_at IS NULL"
        " WHERE l.consumer_id = %s AND l.ended_at IS NULL GROUP BY 1 ORDER BY 1",
        [consumer],
    )
    said = {purpose: "refused" if refused else "given" if given else "" for purpose, refused, given in rows}
    return {purpose: said.get(purpose, "") for purpose in PURPOSES}
