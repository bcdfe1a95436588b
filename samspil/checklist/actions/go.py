"""Going through a list: tick, untick, skip, give to a colleague, reorder; remove the whole of it, and its undo."""

from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.checklist.facts import ChecklistChanged
from samspil.checklist.models import Checklist, Step
from samspil.checklist.rules import LONGEST_WORD, moved, plain
from samspil.conversation.actions import notify
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation, visible
from samspil.organisation.models import Colleague


class NoWord(SamspilError):
    """Who skips a step says why."""

    code = "checklist.no_word"


class NotOpen(SamspilError):
    """The step is done or skipped already; the sentence is the name of who did."""

    code = "checklist.not_open"


class NotFree(SamspilError):
    """The order of a template is the template's."""

    code = "checklist.not_free"


class CannotSee(SamspilError):
    """The colleague may not see the conversation; the sentence is their name."""

    code = "checklist.cannot_see"


def tick(*, of: UUID, by: Colleague, at: datetime) -> Step:
    """Done. Of two who tick at once the first stands, and the second is no error. Raises NotFound, NotOpen (it was skipped)."""
    with step():
        row = _step(of, by)
        if row.state == Step.State.SKIPPED:
            raise NotOpen(row.by.name if row.by else "")
        if row.state == Step.State.OPEN:
            _set(row, "ticked", by, state=Step.State.DONE, by=by, at=at, word="")
    return row


def untick(*, of: UUID, by: Colleague) -> Step:
    """Open again, whether it was ticked or skipped. Raises NotFound."""
    with step():
        row = _step(of, by)
        if row.state != Step.State.OPEN:
            _set(row, "unticked", by, state=Step.State.OPEN, by=None, at=None, word="")
    return row


def skip(*, of: UUID, word: str, by: Colleague, at: datetime) -> Step:
    """Not done here, and why; also a must is dealt with by that. Raises NotFound, NoWord, NotOpen (it is done)."""
    why = plain(word, LONGEST_WORD)
    if not why:
        raise NoWord("Say why")
    with step():
        row = _step(of, by)
        if row.state == Step.State.DONE:
            raise NotOpen(row.by.name if row.by else "")
        _set(row, "skipped", by, state=Step.State.SKIPPED, by=by, at=at, word=why)
    return row


def give(*, of: UUID, to: UUID | None, by: Colleague, at: datetime) -> Step:
    """Ask a colleague to do a step; None takes that back. They are told. Raises NotFound, NotOpen, NotHere, CannotSee."""
    with step():
        row = _step(of, by)
        if row.state != Step.State.OPEN:
            raise NotOpen(row.by.name if row.by else "")
        person = _person(to, row.checklist.conversation_id) if to else None
        is_new = person is not None and person.pk != row.given_to_id
        _set(row, "given", by, given_to=person, given_by=by if person else None, given_at=at if person else None)
        if person is not None and is_new and person != by:
            notify(kind="step", to=[(person.pk, row.checklist.conversation_id)], by=by.pk, at=at)
    return row


def move(*, of: UUID, places: int, by: Colleague) -> None:
    """Put a step of one's own so many places further down, up below 0. Raises NotFound, NotFree."""
    with step():
        row = _step(of, by)
        if row.checklist.version_id is not None:
            raise NotFree("The order of a template is the template's")
        steps = {s.pk: s for s in Step.objects.filter(checklist=row.checklist_id).order_by("place", "id")}
        order = moved(list(steps), row.pk, places)
        if order == list(steps):
            return
        for place, ident in enumerate(order):
            steps[ident].place = place
        Step.objects.bulk_update(steps.values(), ["place"])
        _tell(row.checklist, "moved", by)


def remove(*, checklist: UUID, by: Colleague, at: datetime) -> Checklist:
    """Take a list out of the conversation, with all its ticks; ``restore`` brings it back as it was. Raises NotFound."""
    with step():
        row = _list(checklist, by)
        if row.removed_at is None:
            Checklist.objects.filter(pk=row.pk).update(removed_at=at, removed_by=by)
            _tell(row, "removed", by)
    return row


def restore(*, checklist: UUID, by: Colleague) -> Checklist:
    """The undo of that. Raises NotFound."""
    with step():
        row = _list(checklist, by)
        if row.removed_at is not None:
            Checklist.objects.filter(pk=row.pk).update(removed_at=None, removed_by=None)
            _tell(row, "restored", by)
    return row


def _list(ident: UUID, by: Colleague) -> Checklist:
    """The list, its conversation locked: whoever finishes or merges that waits."""
    row = Checklist.objects.filter(pk=ident).first()
    if row is None:
        raise NotFound("no such checklist")
    access_conversation(by=by, conversation=row.conversation_id, lock=True)
    row.refresh_from_db()
    return row


def _step(ident: UUID, by: Colleague) -> Step:
    row = Step.objects.filter(pk=ident).select_related("checklist").first()
    if row is None or row.checklist.removed_at is not None:
        raise NotFound("no such step")
    access_conversation(by=by, conversation=row.checklist.conversation_id, lock=True)
    return Step.objects.select_related("checklist", "by").get(pk=ident)


def _set(row: Step, what: str, who: Colleague, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    _tell(row.checklist, what, who)


def _tell(row: Checklist, what: str, by: Colleague) -> None:
    publish(ChecklistChanged(checklist=row.pk, conversation=row.conversation_id, what=what, by=by.pk))


def _person(to: UUID, conversation: UUID) -> Colleague:
    person = Colleague.objects.filter(pk=to).first()
    if person is None:
        raise NotFound("no such colleague")
    if not person.is_active or person.outside:
        raise NotHere(f"{person.name} is not here")
    if not Conversation.objects.filter(visible(person), pk=conversation).exists():
        raise CannotSee(person.name)
    return person
