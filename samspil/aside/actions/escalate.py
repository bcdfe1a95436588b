"""By the clock: nobody has answered in time, so the next ones are asked."""

from datetime import datetime, timedelta

from samspil.aside.actions.invite import by_competence, invite
from samspil.aside.models import Member, Sought
from samspil.aside.queries.whom import manner, search
from samspil.base import sql
from samspil.base.flow import step

_DUE = (
    "SELECT s.id FROM aside_sought s JOIN aside a ON a.id = s.aside_id JOIN conversation c ON c.id = a.conversation_id"
    " WHERE s.next_at <= %s AND a.closed_at IS NULL AND c.status <> 'done' ORDER BY s.next_at, s.id LIMIT 1"
    " FOR NO KEY UPDATE OF s, a SKIP LOCKED"
)


def ask_next(*, at: datetime) -> bool:
    """Ask the next ones for one competence of one aside that is due; whether there was one. Each step happens once.

    The aside is locked with it, so that an answer that comes in the same moment is either seen or waits. What is closed or done
    is passed over, and goes on when it is open again. A constant number of statements.
    """
    with step():
        due = sql.run(_DUE, [at])
        if not due:
            return False
        row = Sought.objects.select_related("aside").get(pk=due[0][0])
        how = manner()
        already = {row.aside.asked_by_id, *Member.objects.filter(aside=row.aside).values_list("colleague_id", flat=True)}
        found = search(competence=row.competence_id, already=already, number=how.at_once, at=at)
        invite(aside=row.aside, invited=[by_competence(able=a) for a in found.now], by=None, at=at)
        later = at + timedelta(minutes=how.minutes) if found.left else None
        rounds = row.round + 1 if found.now else row.round
        Sought.objects.filter(pk=row.pk).update(next_at=later, round=rounds)
    return True
