"""Two groups of one batch that meet in one conversation are written as one change."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from samspil.conversation.reactions import _add
from samspil.conversation.rules import Incoming, Joined, change

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def ident(number: int) -> UUID:
    return UUID(int=number)


def group(place: int, hour: int) -> Joined:
    said = Incoming(place=place, consumer=ident(1), account=ident(2), at=AT + timedelta(hours=hour), refs=[ident(100 + place)])
    return Joined(members=[said])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_earliest_opens_it_and_the_latest_is_shown(order):
    groups = [group(0, 5), group(1, 2)]
    recognised = [SimpleNamespace(received=SimpleNamespace(handle=ident(10 + n))) for n in range(2)]
    updates: dict[UUID, list[object]] = {}
    for n in order:
        _add(updates, ident(9), groups[n], change(groups[n].members), recognised)
    [row] = updates.values()
    assert (row[0], row[1], row[2]) == (2, AT + timedelta(hours=2), AT + timedelta(hours=5))
    assert row[8] == ident(11)
    assert len(row) == 9
