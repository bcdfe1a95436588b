"""What a colleague changes where they answered: new words while the answer still waits, or that it is called back."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from samspil.aside.actions import edit as edit_aside
from samspil.base.errors import SamspilError
from samspil.conversation.actions import edit_note, reopen
from samspil.conversation.models import Conversation
from samspil.elsewhere.actions.plan import tell_of_yes
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.rules import REMOTE, Verdict, content
from samspil.organisation.models import Colleague
from samspil.reply.actions import cancel, forget_draft, rewrite
from samspil.reply.actions.write import TooLate

UNSAID = {Arrival.Verdict.HELD, Arrival.Verdict.TOLD, Arrival.Verdict.FETCHING}
STANDS = {Arrival.Verdict.HELD, Arrival.Verdict.FETCHING}


def changed(*, arrival: Arrival, by: Colleague, into: UUID | None, at: datetime) -> Verdict:
    """Carry out what a colleague did to their own words. Joins the caller's step.

    Where that is to be said as if it had been written so at first, the verdict says what: answer, note, give_back, done. Raises SamspilError
    where it cannot be done any more; then what was said before stands, but for an answer that its author wanted to say otherwise: that
    is called back.
    """
    first, newest = _before(arrival)
    if first is None or newest is None:
        return Verdict("told", "unknown")
    if (first.network, first.scope, first.sender) != (arrival.network, arrival.scope, arrival.sender):
        return Verdict("dropped", "other_author")
    if newest.verdict in UNSAID:
        return _unsaid(arrival, newest, taken_back=arrival.done == "delete")
    if into is not None:
        return _aside(arrival, first, by, at, taken_back=arrival.done == "delete")
    arrival.files = newest.files
    return _said(arrival, newest, by, at, taken_back=arrival.done == "delete")


def _said(arrival: Arrival, newest: Arrival, by: Colleague, at: datetime, *, taken_back: bool) -> Verdict:
    """Something was made of it."""
    if newest.note_id is not None and not taken_back:
        return _note(arrival, newest, by, at)
    if newest.reply_id is None:
        return Verdict("dropped", "again") if newest.verdict == Arrival.Verdict.DROPPED else Verdict("told", "stands")
    return _called_back(newest, by, at) if taken_back else _reworded(arrival, newest, by, at)


def _before(arrival: Arrival) -> tuple[Arrival | None, Arrival | None]:
    """What was written at first, and the newest that something was made of."""
    of = Q(external_id=arrival.target) | Q(target=arrival.target)
    found = Arrival.objects.select_for_update(of=("self",)).filter(of, account=arrival.account_id).exclude(pk=arrival.pk)
    rows = list(found.exclude(verdict=Arrival.Verdict.WAITING).order_by("at", "id"))
    first = next((row for row in rows if row.external_id == arrival.target), None)
    made = [row for row in rows if row is first or row.reply_id or row.note_id or row.verdict in STANDS]
    return first, made[-1] if made else None


def _unsaid(arrival: Arrival, newest: Arrival, *, taken_back: bool) -> Verdict:
    """Nothing was sent of it: its new words are said in its place, or nothing is."""
    held = newest.verdict in STANDS
    if held:
        newest.verdict, newest.why = Arrival.Verdict.DROPPED, "replaced"
        newest.save(update_fields=["verdict", "why"])
    if taken_back:
        return Verdict("changed", "called_back") if held else Verdict("dropped", "called_back")
    # Its files lie where they lay.
    arrival.files = [file for file in newest.files if len(file) > REMOTE]
    wanted = content(arrival.text, files=len(arrival.files))
    return replace(wanted, what="fetch") if arrival.files and wanted.what == "answer" else wanted


def _aside(arrival: Arrival, first: Arrival, by: Colleague, at: datetime, *, taken_back: bool) -> Verdict:
    wanted = content(arrival.text)
    if taken_back or wanted.what not in {"answer", "note"}:
        return Verdict("told", "stands")
    edit_aside(message=first.pk, by=by, text=wanted.text, at=at)
    return Verdict("changed", "edited")


def _note(arrival: Arrival, newest: Arrival, by: Colleague, at: datetime) -> Verdict:
    wanted = content(arrival.text)
    if wanted.what != "note" or newest.note_id is None:
        return Verdict("told", "stands")
    arrival.note = edit_note(note=newest.note_id, by=by, text=wanted.text, at=at)
    return Verdict("changed", "edited")


def _called_back(newest: Arrival, by: Colleague, at: datetime) -> Verdict:
    reply = newest.reply
    if reply is None or reply.state == reply.State.CANCELLED:
        return Verdict("changed", "called_back")
    try:
        cancel(reply=reply.pk, by=by, at=at)
    except TooLate:
        return Verdict("told", "too_late")
    if content(newest.text, files=len(newest.files)).done:
        _open_again(reply.conversation_id, by, at)
    return Verdict("changed", "called_back")


def _reworded(arrival: Arrival, newest: Arrival, by: Colleague, at: datetime) -> Verdict:
    reply, was = newest.reply, content(newest.text, files=len(newest.files))
    wanted = content(arrival.text, files=len(newest.files))
    if reply is None or reply.state == reply.State.CANCELLED:
        return Verdict("told", "taken_back")
    if wanted == was:
        return Verdict("dropped", "same")
    if wanted.what == "answer":
        try:
            arrival.reply = rewrite(reply=reply.pk, by=by, text=wanted.text, at=at)
            tell_of_yes(reply=arrival.reply, at=at)
        except TooLate:
            return Verdict("told", "too_late")
        except SamspilError:
            _called_back(newest, by, at)
            raise
        if was.done and not wanted.done:
            _open_again(reply.conversation_id, by, at)
        return Verdict("changed", "edited", done=wanted.done and not was.done)
    if (back := _called_back(newest, by, at)).what != "changed":
        return back
    # What is said in its place is no answer: the words are no draft of one either.
    forget_draft(conversation=reply.conversation_id, by=by)
    return wanted


def _open_again(conversation: UUID, by: Colleague, at: datetime) -> None:
    if Conversation.objects.filter(pk=conversation, status="done").exists():
        reopen(conversations=[conversation], by=by, at=at)
