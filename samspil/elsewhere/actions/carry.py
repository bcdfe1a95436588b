"""Carrying out what a colleague answered, in their name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from samspil.aside.actions import decline, say
from samspil.base.errors import NotFound, SamspilError
from samspil.conversation.actions import assign, finish, note
from samspil.conversation.queries import access_conversation
from samspil.elsewhere.actions.change import changed
from samspil.elsewhere.actions.files import Loaded, taken_files
from samspil.elsewhere.actions.plan import tell_of_yes, tell_trouble
from samspil.elsewhere.actions.remark import speaks
from samspil.elsewhere.models import Arrival, Preference
from samspil.elsewhere.rules import Verdict
from samspil.organisation.models import Colleague
from samspil.reply.actions import write
from samspil.reply.models import Reply

TOLD = ("notice__colleague__unit", "notice__conversation", "post__conversation", "post__room", "account")
"""What an arrival is read with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whose answer it would be, and to what: the colleague of the notice; in a ``room`` whoever of ours wrote."""

    colleague: Colleague
    conversation: UUID
    at: datetime
    into: UUID | None = None
    room: bool = False
    yes: bool = False
    """It asked for a yes: what is answered there is a note."""


def told_of(*, arrival: Arrival, author: UUID | None) -> Told | None:
    """What an arrival answers; None for nothing of ours, and for a room in which nobody of ours wrote it."""
    if (notice := arrival.notice) is not None:
        return Told(
            colleague=notice.colleague,
            conversation=notice.conversation_id,
            at=notice.at,
            into=notice.into,
            yes=notice.kind == "yes_asked",
        )
    if (post := arrival.post) is None or author is None:
        return None
    colleague = Colleague.objects.select_related("unit").filter(pk=author, outside=False).first()
    return Told(colleague=colleague, conversation=post.conversation_id, at=post.at, room=True) if colleague else None


def carry_out(*, arrival: Arrival, told: Told, verdict: Verdict, at: datetime, loaded: Sequence[Loaded] = ()) -> Verdict:
    """Do what the verdict says, in the name of who was told; what becomes of it when that is refused. Joins the caller's step."""
    colleague = told.colleague
    try:
        if verdict.what == "change":
            verdict = changed(arrival=arrival, by=colleague, into=told.into, at=at)
            if verdict.what == "changed" and verdict.done:
                finish(conversations=[told.conversation], by=colleague, at=at)
        if told.room:
            verdict = _in_room(told, verdict, at)
        if verdict.what == "bounced":
            Preference.objects.update_or_create(colleague=colleague, defaults={"unreachable": (arrival.detail or "bounce")[:500]})
        elif verdict.what == "told":
            _tell(arrival, told, verdict.why, at)
        elif verdict.what in {"answer", "note", "give_back", "done"}:
            return _say(arrival, told, verdict, at, loaded)
        elif verdict.what == "fetch":
            return _fetch(arrival, told, verdict, at)
    except NotFound:
        return Verdict("held", "not_theirs")
    except SamspilError as error:
        _tell(arrival, told, str(error), at)
        return Verdict("told", error.code[:40])
    return verdict


def _in_room(told: Told, verdict: Verdict, at: datetime) -> Verdict:
    """In a room: who answers first has the conversation, and only they go on. Its row is locked, so that of two one is first. Raises NotFound."""
    if verdict.what not in {"answer", "fetch", "give_back", "done"}:
        return verdict
    row = access_conversation(by=told.colleague, conversation=told.conversation, lock=True)
    if row.assignee_id == told.colleague.pk:
        return verdict
    if verdict.what in {"give_back", "done"}:
        return Verdict("dropped", "room")
    if row.assignee_id is not None:
        return Verdict("held", "taken")
    assign(conversations=[row.pk], to=told.colleague, by=told.colleague, at=at)
    return verdict


def _fetch(arrival: Arrival, told: Told, verdict: Verdict, at: datetime) -> Verdict:
    """Files are fetched for who may answer, and for an answer: an aside keeps none."""
    if told.into is not None:
        _tell(arrival, told, "files", at)
        return Verdict("told", "files")
    if told.yes:
        return _beside_yes(arrival, told, verdict, at)
    access_conversation(by=told.colleague, conversation=told.conversation)
    return verdict


def _say(arrival: Arrival, told: Told, verdict: Verdict, at: datetime, loaded: Sequence[Loaded] = ()) -> Verdict:
    colleague, conversation = told.colleague, told.conversation
    if told.into is not None:
        return _say_aside(arrival, told.into, colleague, verdict, at)
    if told.yes:
        return _beside_yes(arrival, told, verdict, at)
    row = access_conversation(by=colleague, conversation=conversation)
    if verdict.what == "give_back":
        assign(conversations=[row.pk], to=None, by=colleague, at=at)
        return Verdict("given_back")
    if verdict.what == "note":
        arrival.note = note(conversation=row.pk, by=colleague, text=verdict.text, at=at)
        done = "noted"
    elif verdict.what == "answer":
        arrival.reply = _answer(arrival, row.pk, colleague, verdict.text, at, loaded)
        done = "answered"
    else:
        done = "answered"
    if verdict.done:
        finish(conversations=[row.pk], by=colleague, at=at)
    return Verdict(done)


def _beside_yes(arrival: Arrival, told: Told, verdict: Verdict, at: datetime) -> Verdict:
    """What answers a notice that asks for a yes is never sent to the consumer: words are a note for colleagues, a yes is said at the desk."""
    if not verdict.text:
        _tell(arrival, told, "yes", at)
        return Verdict("told", "yes")
    arrival.note = note(conversation=told.conversation, by=told.colleague, text=verdict.text, at=at)
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


def _answer(arrival: Arrival, conversation: UUID, by: Colleague, text: str, at: datetime, loaded: Sequence[Loaded]) -> Reply:
    files = taken_files(arrival=arrival, conversation=conversation, by=by, at=at, loaded=loaded)
    reply = write(conversation=conversation, by=by, text=text, at=at, ident=arrival.pk, files=files)
    tell_of_yes(reply=reply, at=at)
    return reply


def _tell(arrival: Arrival, told: Told, why: str, at: datetime) -> None:
    """Tell the colleague why it was not sent: under what they wrote where that can be, else by a notice of its own."""
    if speaks(account=arrival.account):
        arrival.detail = why[:1000]
        return
    with override("en" if told.colleague.language == "en" else "da"):
        words = {
            "expired": _("the notice is more than 30 days old; open the conversation and answer there"),
            "empty": _("there was nothing above the quoted mail"),
            "yes": _("a yes is said in the conversation at the desk; your words from here would be a note for your colleagues"),
        }.get(why, why)
    tell_trouble(colleague=told.colleague.pk, conversation=told.conversation, why=words, at=at)
