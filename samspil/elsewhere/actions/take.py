"""Taking what comes back: kept in the step that understood it, judged and carried out later, one by one.

Later, because an answer asks for ways, rights and rooms of its own, and nothing of that may hold up what consumers write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from samspil.aside.actions import decline, say
from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.conversation.actions import assign, finish, note
from samspil.conversation.queries import access_conversation
from samspil.elsewhere.actions.files import taken_files
from samspil.elsewhere.actions.plan import tell_trouble, tell_waits
from samspil.elsewhere.facts import AnswerSettled
from samspil.elsewhere.models import Arrival, Notice, Preference
from samspil.elsewhere.queries.own import colleagues_by_seat
from samspil.elsewhere.rules import Seen, Verdict, judge
from samspil.kit import ColleagueWrote
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues_by_address, fold_address
from samspil.reply.actions import write
from samspil.reply.models import Reply
from samspil.reply.queries.approval import yes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One thing that came to where a notice is answered."""

    account: UUID
    envelope: UUID | None
    answer: ColleagueWrote = field(repr=False)


REMOTE = 4
"""What stands of a file whose bytes lie in the envelope; one more of a file that lies on the network."""
_ARRIVAL = (
    "INSERT INTO elsewhere_arrival (id, account_id, envelope, external_id, notice_id, sender, sender_name, at, text, automatic, unsure,"
    " detail, files, network, scope, place, done, verdict, why)"
    " SELECT t.id, t.account, t.envelope, t.external, coalesce(n.id, p.id), t.sender, t.name, t.at, t.text, t.automatic, t.unsure, t.detail,"
    " t.files, t.network, t.scope, t.place, t.done, 'waiting', ''"
    " FROM {source} AS t(id, account, envelope, external, notice, sender, name, at, text, automatic, unsure, detail, files, network, scope,"
    " place, done)"
    " LEFT JOIN elsewhere_notice n ON n.id = t.notice"
    " LEFT JOIN elsewhere_notice p ON t.notice IS NULL AND t.place <> '' AND p.account_id = t.account AND p.place = t.place"
    " ON CONFLICT (account_id, external_id) DO NOTHING"
)


def keep_arrivals(*, came: Sequence[Came]) -> None:
    """Keep what came, each once, whoever delivers it twice. Joins the caller's step; one statement."""
    if not came:
        return
    rows = [_row(c) for c in came]
    source, values = sql.table(
        "uuid uuid uuid text uuid text text timestamptz text text text text jsonb text text text text", rows
    )
    with step():
        sql.write(_ARRIVAL.format(source=source), values)


def _row(came: Came) -> tuple[object, ...]:
    answer = came.answer
    try:
        notice = UUID(answer.notice) if answer.notice else None
    except ValueError:
        notice = None
    files = [
        [a.part, a.name[:255], a.content_type[:127], a.size, *(["remote"] if a.remote else [])] for a in answer.attachments[:20]
    ]
    return (
        new_id(), came.account, came.envelope, _clean(answer.external_id, 1000), notice, _clean(answer.author.address, 320),
        _clean(answer.author.display, 200), answer.at, _clean(answer.text, 200_000), _clean(answer.automatic, 20),
        _clean(answer.unsure, 40), _clean(answer.detail, 1000), sql.Jsonb(files),
        _clean(answer.author.network, 40), _clean(answer.author.scope, 200), _clean(answer.place, 200), answer.kind,
    )  # fmt: skip


def _clean(text: str, limit: int) -> str:
    return text.replace("\x00", "")[:limit]


def take_arrivals(*, envelopes: Sequence[UUID], at: datetime) -> None:
    """Judge what came in these envelopes, and carry it out. Joins the caller's step; what was looked at before stays as it is."""
    with step():
        _find_late(envelopes)
        rows = list(
            Arrival.objects.select_for_update(of=("self",))
            .filter(envelope__in=envelopes, verdict="waiting")
            .select_related("notice__colleague__unit", "notice__conversation")
            .order_by("at", "id")
        )
        mails = colleagues_by_address([r.sender for r in rows if r.network == "mail"])
        seats = colleagues_by_seat([(r.network, r.scope, r.sender) for r in rows if r.network != "mail"])
        for row in rows:
            by_mail = row.network == "mail"
            _take(row, mails.get(fold_address(row.sender)) if by_mail else seats.get((row.network, row.scope, row.sender)), at)


_LATE = (
    "UPDATE elsewhere_arrival a SET notice_id = n.id FROM elsewhere_notice n WHERE a.envelope = ANY(%s) AND a.verdict = 'waiting'"
    " AND a.notice_id IS NULL AND a.place <> '' AND n.account_id = a.account_id AND n.place = a.place"
)

_CHANGED = (
    "UPDATE elsewhere_arrival a SET notice_id = b.notice_id FROM elsewhere_arrival b WHERE a.envelope = ANY(%s) AND a.verdict = 'waiting'"
    " AND a.notice_id IS NULL AND a.done IN ('edit', 'delete') AND b.account_id = a.account_id AND b.external_id = a.place"
)


def _find_late(envelopes: Sequence[UUID]) -> None:
    """An answer may come before its notice is settled; a change goes where what it changes went. Two statements."""
    sql.write(_LATE, [list(envelopes)])
    sql.write(_CHANGED, [list(envelopes)])


def _take(row: Arrival, author: UUID | None, at: datetime) -> None:
    notice = row.notice
    verdict = judge(
        Seen(
            known=notice is not None,
            owner=notice.colleague_id if notice else None,
            author=author,
            active=notice.colleague.is_active if notice else True,
            told_at=notice.at if notice else None,
            at=at,
            automatic=row.automatic,
            unsure=row.unsure,
            text=row.text,
            files=len(row.files),
            remote=any(len(file) > REMOTE for file in row.files),
            done=row.done,
        )
    )
    if notice is not None:
        verdict = carry_out(arrival=row, notice=notice, verdict=verdict, at=at)
    settle_arrival(arrival=row, verdict=verdict, at=at)


def carry_out(*, arrival: Arrival, notice: Notice, verdict: Verdict, at: datetime) -> Verdict:
    """Do what the verdict says, in the name of the notice's colleague; what becomes of it when that is refused. Joins the caller's step."""
    colleague = notice.colleague
    try:
        if verdict.what == "bounced":
            Preference.objects.update_or_create(colleague=colleague, defaults={"unreachable": (arrival.detail or "bounce")[:500]})
        elif verdict.what == "told":
            _tell(notice, verdict.why, at)
        elif verdict.what in {"answer", "note", "give_back", "done"}:
            return _say(arrival, notice, verdict, at)
    except NotFound:
        return Verdict("held", "not_theirs")
    except SamspilError as error:
        tell_trouble(colleague=colleague.pk, conversation=notice.conversation_id, why=str(error), at=at)
        return Verdict("told", error.code[:40])
    return verdict


def _say(arrival: Arrival, notice: Notice, verdict: Verdict, at: datetime) -> Verdict:
    colleague, conversation = notice.colleague, notice.conversation_id
    if notice.into is not None:
        return _say_aside(arrival, notice.into, colleague, verdict, at)
    if notice.kind == "yes_asked":
        return _beside_yes(arrival, notice, verdict, at)
    row = access_conversation(by=colleague, conversation=conversation)
    if verdict.what == "give_back":
        assign(conversations=[row.pk], to=None, by=colleague, at=at)
        return Verdict("given_back")
    if verdict.what == "note":
        arrival.note = note(conversation=row.pk, by=colleague, text=verdict.text, at=at)
        done = "noted"
    elif verdict.what == "answer":
        arrival.reply = _answer(arrival, row.pk, colleague, verdict.text, at)
        done = "answered"
    else:
        done = "answered"
    if verdict.done:
        finish(conversations=[row.pk], by=colleague, at=at)
    return Verdict(done)


def _beside_yes(arrival: Arrival, notice: Notice, verdict: Verdict, at: datetime) -> Verdict:
    """What answers a notice that asks for a yes is never sent to the consumer: words are a note for colleagues, a yes is said at the desk."""
    if not verdict.text:
        _tell(notice, "yes", at)
        return Verdict("told", "yes")
    arrival.note = note(conversation=notice.conversation_id, by=notice.colleague, text=verdict.text, at=at)
    return Verdict("noted")


def _say_aside(arrival: Arrival, aside: UUID, by: Colleague, verdict: Verdict, at: datetime) -> Verdict:
    """Into the aside, where a note and an answer are the same: the consumer sees neither. Files stay in the mail."""
    if verdict.what in {"give_back", "done"}:
        decline(aside=aside, by=by, at=at, reason="not_now")
        return Verdict("given_back")
    say(
        aside=aside,
        by=by,
        text=verdict.text or ", ".join(f[1] for f in arrival.files),
        at=at,
        ident=arrival.pk,
        via=arrival.network,
    )
    return Verdict("answered")


def _answer(arrival: Arrival, conversation: UUID, by: Colleague, text: str, at: datetime) -> Reply:
    files = taken_files(arrival=arrival, conversation=conversation, by=by, at=at)
    reply = write(conversation=conversation, by=by, text=text, at=at, ident=arrival.pk, files=files)
    if reply.state == Reply.State.AWAITS_YES:
        tell_waits(colleague=by.pk, conversation=conversation, whose=", ".join(yes_of(reply=reply.pk)), at=at)
    return reply


def _tell(notice: Notice, why: str, at: datetime) -> None:
    with override("en" if notice.colleague.language == "en" else "da"):
        words = {
            "expired": _("the notice is more than 30 days old; open the conversation and answer there"),
            "empty": _("there was nothing above the quoted mail"),
            "changed": _("what you answered was sent as it was: change it or take it back in the conversation"),
            "yes": _("a yes is said in the conversation at the desk; your words from here would be a note for your colleagues"),
            "files": _("files do not come along from there: answer in the conversation, or without them"),
        }.get(why, why)
    tell_trouble(colleague=notice.colleague_id, conversation=notice.conversation_id, why=words, at=at)


_DONE = {"answer": "answered", "note": "noted", "done": "answered", "give_back": "given_back"}


def settle_arrival(*, arrival: Arrival, verdict: Verdict, at: datetime, by: Colleague | None = None) -> None:
    """Write down what became of it, and say so. Joins the caller's step."""
    arrival.verdict = Arrival.Verdict(_DONE.get(verdict.what, verdict.what))
    arrival.why, arrival.settled_at, arrival.settled_by = verdict.why[:40], at, by
    arrival.save(update_fields=["verdict", "why", "settled_at", "settled_by", "reply", "note"])
    where = arrival.notice.conversation_id if arrival.notice else None
    publish(AnswerSettled(arrival=arrival.pk, conversation=where, verdict=arrival.verdict))
