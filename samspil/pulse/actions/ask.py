"""Asking, some time after a conversation is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext, override

from samspil import kit
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues_of
from samspil.pulse.ports import public_address
from samspil.pulse.queries import SCORES, SIGNS, page_path
from samspil.pulse.rules import may_ask_at
from samspil.reply.actions.write import NoWay, TooLong, write

AT_ONCE = 20
"""Questions of one round; the next is a minute later."""
TOO_LATE = timedelta(days=2)
"""What was done longer ago is past."""
OPEN = timedelta(days=7)
"""For so long an answer is heard."""

_DUE = (
    "SELECT c.id, c.unit_id, c.competence_id, last.colleague_id, last.handle_id, coalesce(nullif(heard.language, ''), a.language),"
    " CASE WHEN own.id IS NULL THEN base.question ELSE own.question END,"
    " CASE WHEN own.id IS NULL THEN base.question_en ELSE own.question_en END"
    " FROM conversation c JOIN intake_account a ON a.id = c.account_id"
    " LEFT JOIN pulse_setting own ON own.unit_id = c.unit_id LEFT JOIN pulse_setting base ON base.unit_id IS NULL"
    " CROSS JOIN LATERAL (SELECT r.colleague_id, r.handle_id FROM reply r WHERE r.conversation_id = c.id AND r.choices IS NULL"
    "  AND r.interaction_id IS NOT NULL ORDER BY r.written_at DESC LIMIT 1) last"
    " CROSS JOIN LATERAL (SELECT i.language, i.data ? 'automatic' AS automatic FROM conversation_placement p"
    "  JOIN intake_interaction i ON i.id = p.interaction_id WHERE p.conversation_id = c.id AND i.kind = 'message' AND NOT i.outgoing"
    "  ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1) heard"
    " WHERE c.status = 'done' AND c.merged_into_id IS NULL AND c.done_at > %(oldest)s AND NOT heard.automatic"
    " AND (CASE WHEN own.id IS NULL THEN base.active ELSE own.active END)"
    " AND c.done_at <= %(at)s - make_interval(mins => CASE WHEN own.id IS NULL THEN base.wait_minutes ELSE own.wait_minutes END)"
    " AND NOT EXISTS (SELECT 1 FROM pulse_asked q WHERE q.conversation_id = c.id AND q.at >= c.done_at)"
    " AND NOT EXISTS (SELECT 1 FROM conversation o JOIN pulse_asked q ON q.conversation_id = o.id AND q.why_not = ''"
    "  WHERE o.consumer_id = c.consumer_id AND q.at > %(at)s - make_interval("
    "   days => CASE WHEN own.id IS NULL THEN base.apart_days ELSE own.apart_days END))"
    " AND NOT EXISTS (SELECT 1 FROM conversation o WHERE o.consumer_id = c.consumer_id AND o.status = 'open'"
    "  AND o.waiting_since IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM identity_link l JOIN consent k ON k.handle_id = l.handle_id AND k.ended_at IS NULL"
    "  WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL AND k.purpose = 'research' AND k.state = 'refused')"
    " AND (NOT (CASE WHEN own.id IS NULL THEN base.needs_yes ELSE own.needs_yes END) OR EXISTS (SELECT 1 FROM identity_link l"
    "  JOIN consent k ON k.handle_id = l.handle_id AND k.ended_at IS NULL WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL"
    "  AND k.purpose = 'research' AND k.state = 'given'))"
    " ORDER BY c.done_at, c.id LIMIT %(most)s FOR NO KEY UPDATE OF c SKIP LOCKED"
)


@dataclass(frozen=True, slots=True)
class _Due:
    conversation: UUID
    unit: UUID | None
    competence: UUID | None
    colleague: UUID
    handle: UUID
    language: str
    question: str
    question_en: str


def ask_due(*, at: datetime) -> int:
    """Ask those who are due, on the channel on which they were answered, in the name of who answered. The number asked.

    Nobody is asked at night, while something else of theirs waits, twice within the unit's days, or against their word. Nothing due
    costs one statement.
    """
    if not may_ask_at(timezone.localtime(at).hour):
        return 0
    with step():
        due = [_Due(*row) for row in sql.run(_DUE, {"at": at, "oldest": at - TOO_LATE, "most": AT_ONCE})]
        people = colleagues_of([d.colleague for d in due])
        put: list[tuple[_Due, UUID, UUID | None, str]] = []
        for one in _each_person_once(due):
            ident = new_id()
            reply, why_not = _put(one, ident, people.get(one.colleague), at)
            put.append((one, ident, reply, why_not))
        sql.copy(
            "pulse_asked",
            ("id", "conversation_id", "reply_id", "colleague_id", "competence_id", "unit_id", "at", "open_until", "why_not"),
            [
                (ident, d.conversation, reply, d.colleague, d.competence, d.unit, at, at + OPEN, why_not)
                for d, ident, reply, why_not in put
            ],
        )
    return sum(1 for *_, why_not in put if not why_not)


def _each_person_once(due: Sequence[_Due]) -> list[_Due]:
    """Two conversations of one person can be due in the same round: the handle is asked in the first."""
    return list({d.handle: d for d in reversed(due)}.values())[::-1]


def _put(due: _Due, ident: UUID, by: Colleague | None, at: datetime) -> tuple[UUID | None, str]:
    if by is None or not by.is_active or by.outside:
        return None, "nobody"
    try:
        reply = write(
            conversation=due.conversation,
            by=by,
            text=_question(due.language, due.question, due.question_en, page_path(ident)),
            at=at,
            handle=due.handle,
            private=True,
            choices=_choices(due.language),
            automatic=True,
        )
    except (NoWay, NotFound, TooLong) as error:
        return None, error.code.partition(".")[2][:20]
    return reply.pk, ""


def _question(language: str, own: str, own_en: str, path: str) -> str:
    """The question in the person's language, with its five answers, and the page's address where people outside reach it."""
    with override("da" if language == "da" else "en"):
        said = (own if language == "da" else own_en) or gettext("How does it feel to be in touch with us right now?")
        faces = "  ".join(f"{score} {sign}" for score, sign in SIGNS.items())
        lines = [said, faces, gettext("Answer with a number or a sign.")]
        if base := public_address():
            lines.append(gettext("Or here: %(address)s") % {"address": f"{base}{path}"})
        return "\n".join(lines)


def _choices(language: str) -> list[kit.Choice]:
    """The five answers as buttons."""
    with override("da" if language == "da" else "en"):
        return [kit.Choice(sign=sign, label=str(SCORES[score])) for score, sign in SIGNS.items()]
