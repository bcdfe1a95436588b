"""Keep what a person allows or refuses."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.consent.facts import ConsentChanged
from samspil.consent.rules import AUTOMATIC, PURPOSES, State


class UnknownPurpose(SamspilError):
    """There is no such purpose."""

    code = "consent.unknown_purpose"


def say(*, handles: Sequence[UUID], purpose: str, state: State, source: str, at: datetime, by: UUID | None = None) -> None:
    """These handles allow the purpose, or refuse it; what they said before is ended and kept. Raises UnknownPurpose."""
    if purpose not in (*PURPOSES, AUTOMATIC):
        raise UnknownPurpose(f"There is no purpose {purpose[:40]!r}")
    wanted = sorted(set(handles))
    with step():
        sql.run("SELECT id FROM intake_handle WHERE id = ANY(%s) ORDER BY network, scope, address FOR UPDATE", [wanted])
        held = {
            h
            for (h,) in sql.run(
                "SELECT handle_id FROM consent WHERE handle_id = ANY(%s) AND purpose = %s AND state = %s AND ended_at IS NULL",
                [wanted, purpose, state],
            )
        }
        changed = [h for h in wanted if h not in held]
        sql.run(
            "UPDATE consent SET ended_at = %s WHERE handle_id = ANY(%s) AND purpose = %s AND ended_at IS NULL",
            [at, changed, purpose],
        )
        sql.copy(
            "consent",
            ("id", "handle_id", "purpose", "state", "source", "at", "by_id"),
            [(new_id(), h, purpose, state, source[:200], at, by) for h in changed],
        )
        publish(*[ConsentChanged(handle=h, purpose=purpose, state=state, at=at, by=by) for h in changed])
