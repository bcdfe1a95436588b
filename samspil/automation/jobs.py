"""What automation does by the clock."""

from datetime import timedelta

from samspil.automation.actions.clock import BATCH, wait
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import step

KEPT = timedelta(days=100)
"""How long what happened is kept for dry runs, and what rules did."""


def look_at_the_clock() -> None:
    """Let rules act on what has waited long enough."""
    at = now()
    while wait(at=at) == BATCH:
        pass


def tidy() -> int:
    """Forget what happened longer ago than a dry run looks back. The number of moments."""
    with step():
        before = now() - KEPT
        sql.write("DELETE FROM automation_run WHERE at < %s", [before])
        return len(sql.run("DELETE FROM automation_moment WHERE at < %s RETURNING 1", [before]))
