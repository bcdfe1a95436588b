"""Taking what comes back: kept in the step that understood it, judged and carried out later, one by one.

Later, because an answer asks for ways, rights and rooms of its own, and nothing of that may hold up what consumers write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.elsewhere.actions.carry import TOLD, Told, carry_out, told_of
from samspil.elsewhere.actions.files import Fetched, begin_fetching, claim_fetching, fetched
from samspil.elsewhere.actions.remark import remark
from samspil.elsewhere.facts import AnswerSettled
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.queries.own import colleagues_by_seat
from samspil.elsewhere.rules import REMOTE, Seen, Verdict, content, judge
from samspil.kit import ColleagueWrote
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues_by_address, fold_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One thing that came to where a notice is answered."""

    account: UUID
    envelope: UUID | None
    answer: ColleagueWrote = field(repr=False)


_ARRIVAL = (
    "INSERT INTO elsewhere_arrival (id, account_id, envelope, external_id, notice_id, post_id, sender, sender_name, at, text, automatic, unsure,"
    " detail, files, network, scope, place, done, target, verdict, why)"
    " SELECT t.id, t.account, t.envelope, t.external, coalesce(n.id, p.id), r.id, t.sender, t.name, t.at, t.text, t.automatic, t.unsure, t.detail,"
    " t.files, t.network, t.scope, t.place, t.done, t.target, 'waiting', ''"
    " FROM {source} AS t(id, account, envelope, external, notice, sender, name, at, text, automatic, unsure, detail, files, network, scope,"
    " place, done, target)"
    " LEFT JOIN elsewhere_notice n ON n.id = t.notice"
    " LEFT JOIN elsewhere_notice p ON t.notice IS NULL AND t.place <> '' AND p.account_id = t.account AND p.place = t.place"
    " LEFT JOIN elsewhere_post r ON t.notice IS NULL AND t.place <> '' AND r.account_id = t.account AND r.place = t.place"
    " ON CONFLICT (account_id, external_id) DO NOTHING"
)


def keep_arrivals(*, came: Sequence[Came]) -> None:
    """Keep what came, each once, whoever delivers it twice. Joins the caller's step; one statement."""
    if not came:
        return
    rows = [_row(c) for c in came]
    source, values = sql.table(
        "uuid uuid uuid text uuid text text timestamptz text text text text jsonb text text text text text", rows
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
        _clean(answer.author.network, 40), _clean(answer.author.scope, 200), _clean(answer.place, 200), answer.kind, _clean(answer.target, 1000),
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
            .select_related(*TOLD)
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

_LATE_POST = _LATE.replace("notice_id", "post_id").replace("elsewhere_notice", "elsewhere_post")

_CHANGED = (
    "UPDATE elsewhere_arrival a SET notice_id = b.notice_id, post_id = b.post_id FROM elsewhere_arrival b"
    " WHERE a.envelope = ANY(%s) AND a.verdict = 'waiting' AND a.notice_id IS NULL AND a.post_id IS NULL"
    " AND a.done IN ('edit', 'delete') AND b.account_id = a.account_id AND b.external_id = a.target"
)


def _find_late(envelopes: Sequence[UUID]) -> None:
    """An answer may come before its notice is settled; a change goes where what it changes went. Three statements."""
    sql.write(_LATE, [list(envelopes)])
    sql.write(_LATE_POST, [list(envelopes)])
    sql.write(_CHANGED, [list(envelopes)])


def _take(row: Arrival, author: UUID | None, at: datetime) -> None:
    told = told_of(arrival=row, author=author)
    verdict = _judged(row, told, author, at)
    if told is not None:
        verdict = carry_out(arrival=row, told=told, verdict=verdict, at=at)
    if verdict.what == "fetch":
        begin_fetching(arrival=row, at=at)
    else:
        settle_arrival(arrival=row, verdict=verdict, at=at, author=author)


def _judged(row: Arrival, told: Told | None, author: UUID | None, at: datetime) -> Verdict:
    if row.post is not None and told is None and not row.automatic:
        return Verdict("held" if row.done == "said" else "dropped", "stranger")
    return judge(
        Seen(
            known=told is not None or row.post is not None,
            owner=told.colleague.pk if told else None,
            author=author,
            active=told.colleague.is_active if told else True,
            told_at=told.at if told else None,
            at=at,
            automatic=row.automatic,
            unsure=row.unsure,
            text=row.text,
            files=len(row.files),
            remote=any(len(file) > REMOTE for file in row.files),
            done=row.done,
        )
    )


def fetch_answer(*, at: datetime) -> UUID | None:
    """Fetch the files of the answer that waits longest for them, and carry it out; its id, or None when none waits."""
    ident = claim_fetching(at=at)
    row = Arrival.objects.select_related("account").filter(pk=ident).first() if ident else None
    if row is None:
        return ident  # forgotten meanwhile, where there was one
    end = fetched(arrival=row)
    with step():
        waiting = Arrival.objects.select_for_update(of=("self",)).select_related(*TOLD)
        held = waiting.filter(pk=row.pk, verdict=Arrival.Verdict.FETCHING, claimed_at=row.claimed_at).first()
        if held is None:
            return ident  # changed, called back or forgotten meanwhile, or taken up by somebody else
        if end.again is not None:
            held.fetch_at = at + end.again
            held.save(update_fields=["fetch_at"])
            return ident
        author = colleagues_by_seat([(held.network, held.scope, held.sender)]).get((held.network, held.scope, held.sender))
        settle_arrival(arrival=held, verdict=_with_files(held, end, author, at), at=at, author=author)
    return ident


def _with_files(row: Arrival, end: Fetched, author: UUID | None, at: datetime) -> Verdict:
    if end.why:
        row.detail = end.words[:1000]
        return Verdict("held", end.why)
    # Who wrote is judged anew: they may have left, or be somebody else there by now.
    told = told_of(arrival=row, author=author)
    if told is None or told.colleague.pk != author:
        return Verdict("held", "stranger")
    if not told.colleague.is_active:
        return Verdict("held", "left")
    return carry_out(arrival=row, told=told, verdict=content(row.text, files=len(row.files)), at=at, loaded=end.files)


_DONE = {"answer": "answered", "note": "noted", "done": "answered", "give_back": "given_back"}


def settle_arrival(
    *, arrival: Arrival, verdict: Verdict, at: datetime, by: Colleague | None = None, author: UUID | None = None
) -> None:
    """Write down what became of it, and say so; ``author`` is whose it is, where that is one of ours. Joins the caller's step."""
    arrival.verdict = Arrival.Verdict(_DONE.get(verdict.what, verdict.what))
    arrival.why, arrival.settled_at, arrival.settled_by = verdict.why[:40], at, by
    arrival.save(update_fields=["verdict", "why", "settled_at", "settled_by", "reply", "note", "detail", "files"])
    remark(arrival=arrival, author=author, at=at)
    told = arrival.notice or arrival.post
    publish(AnswerSettled(arrival=arrival.pk, conversation=told.conversation_id if told else None, verdict=arrival.verdict))
