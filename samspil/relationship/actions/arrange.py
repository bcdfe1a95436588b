"""How fast is forgotten, and keeping the counters small."""

from datetime import datetime, timedelta

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import hold_back, step
from samspil.intake.facts import InteractionsLogged
from samspil.relationship.actions.count import READER, rebuild
from samspil.relationship.queries.log import pace
from samspil.relationship.rules.strength import LONGEST, SHORTEST, WEIGHTS, half_lives

ROOM = 256
"""Half-lives after the landmark at which the counters are rescaled: a double has room for 1023, and squares take two each."""


class NotAHalfLife(SamspilError):
    """So many days are no half-life."""

    code = "relationship.not_a_half_life"


def set_half_life(*, days: float, at: datetime) -> int:
    """Forget so fast from now on, in all that was too: everything is counted anew. The number of bonds. Raises NotAHalfLife."""
    if not SHORTEST <= days <= LONGEST:
        raise NotAHalfLife(f"A half-life is from {SHORTEST:g} to {LONGEST:g} days")
    return rebuild(at=at, half_life=days)


def rescale(*, at: datetime, room: float = ROOM) -> bool:
    """Move the landmark where the exponents have grown: by whole half-lives, so that nothing is rounded. Whether it was due."""
    with step():
        now = pace()
        if half_lives(now.landmark, at, now.half_life) < room:
            return False
        hold_back(InteractionsLogged, READER)
        steps = int(half_lives(now.landmark, at, now.half_life))
        landmark = now.landmark + timedelta(days=steps * now.half_life)
        one = 2.0**-steps
        plain = ", ".join(f"{kind} = {kind} * %(one)s, {kind}2 = {kind}2 * %(one)s * %(one)s" for kind in WEIGHTS)
        sql.run(f"UPDATE relationship_bond SET {plain}, pulse = pulse * %(one)s", {"one": one})
        sql.run("UPDATE relationship SET force = force * %(one)s", {"one": one})
        sql.run(
            "INSERT INTO relationship_setting (id, half_life, landmark) VALUES (1, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET landmark = excluded.landmark",
            [now.half_life, landmark],
        )
    return True
