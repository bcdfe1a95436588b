"""A later reaction reads the log of facts: each fact once, and again only when it failed."""

import time

import pytest

from samspil.base import sql
from samspil.base.flow import publish, react, step
from samspil.base.ids import new_id
from samspil.base.models import Cursor, FactRow
from samspil.conversation.facts import ConversationChanged

pytestmark = pytest.mark.django_db(transaction=True)


def wait_for_older_transactions() -> None:
    """Other tests' transactions on the same server are older than our facts, which are read only when those have ended."""
    end = time.monotonic() + 240
    older = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint <= (SELECT max(xid) FROM base_fact)"
    while sql.run(older)[0][0]:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reaction_reads_each_fact_once_and_again_after_a_failure():
    seen = []

    def note(facts):
        if not seen:
            seen.append("tried")
            raise ValueError("not now")
        seen.extend((f.conversation, f.what) for f in facts)

    ids = [new_id(), new_id()]
    with step():
        publish(*[ConversationChanged(conversation=i, what="done") for i in ids])
    wait_for_older_transactions()
    with pytest.raises(ValueError, match="not now"):
        react(ConversationChanged, note)
    assert not Cursor.objects.exists()
    assert react(ConversationChanged, note) == 1
    assert seen == ["tried", *[(i, "done") for i in ids]]
    assert Cursor.objects.get().fact == FactRow.objects.get().id
    assert react(ConversationChanged, note) == 0
    assert len(seen) == 3
