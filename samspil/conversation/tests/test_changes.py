"""Whose changes of a message are shown in the thread."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from samspil.conversation.queries.thread import Entry, _alter
from samspil.intake.models import Interaction

AT = datetime(2026, 3, 2, tzinfo=UTC)
HERS, ANOTHERS = UUID(int=1), UUID(int=2)


def shown(kind: str, *, by: UUID, outgoing: bool) -> Entry:
    """A message at her handle, written by her or answered by us, after somebody's edit or deletion of it."""
    message = Interaction(id=UUID(int=3), handle_id=HERS, kind="message", outgoing=outgoing, at=AT, text="Ja.")
    entry = Entry(kind="out" if outgoing else "in", id=message.pk, at=AT, text=message.text, interaction=message)
    _alter(
        entry, Interaction(id=UUID(int=4), handle_id=by, kind=kind, outgoing=False, at=AT, text="Nej.", data={"target": "x"}), {}
    )
    return entry


def test_who_wrote_a_message_changes_it_and_takes_it_back() -> None:
    assert (shown("edit", by=HERS, outgoing=False).text, shown("delete", by=HERS, outgoing=False).deleted) == ("Nej.", True)


@pytest.mark.parametrize(("by", "outgoing"), [(HERS, True), (ANOTHERS, False), (ANOTHERS, True)])
def test_nobody_else_does(by: UUID, outgoing: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert shown("edit", by=by, outgoing=outgoing).text == "Ja."
    assert not shown("delete", by=by, outgoing=outgoing).deleted
