"""Locking handles that are found by what other workers may change meanwhile."""

from collections.abc import Callable, Collection
from typing import TypeVar
from uuid import UUID

from samspil.base import sql

Found = TypeVar("Found", bound=Collection[UUID])
_LOCK = "SELECT id FROM intake_handle WHERE id = ANY(%s) ORDER BY network, scope, address FOR {how}"


def hold(*, find: Callable[[], Found], delete: bool = False) -> Found:
    """What ``find`` gives when every handle in it is locked, in the one order that intake uses. Joins the caller's step.

    Found, then locked, then asked again: what another worker did meanwhile is seen (docs/decisions/found-then-locked.md). ``delete`` is for
    handles that go; the other lock lets rows that point to them be written.
    """
    lock = _LOCK.format(how="UPDATE" if delete else "NO KEY UPDATE")
    held: set[UUID] = set()
    while True:
        found = find()
        if held.issuperset(found):
            return found
        sql.run(lock, [list(found)])
        held.update(found)
