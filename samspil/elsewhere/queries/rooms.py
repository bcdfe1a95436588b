"""The rooms of units: who may set them, and what is said there."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from samspil import kit
from samspil.base import registry
from samspil.base.networks import face
from samspil.elsewhere.models import Post, Room
from samspil.elsewhere.ports import public_address
from samspil.elsewhere.queries.letter import cut, said_in
from samspil.intake.models import Account
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import Right, may_in


def may_set(*, by: Colleague, unit: Unit) -> bool:
    """Whether somebody may say where a unit is told: whoever arranges it, as its hours."""
    return may_in(by, Right.HOURS, unit.pk)


def tellers_of_rooms() -> list[Account]:
    """The accounts by which a room can be told, the oldest first."""
    rows = Account.objects.filter(state="active", history=False).order_by("created_at", "id")
    return [a for a in rows if a.channel in registry.names() and isinstance(registry.channel(a.channel), kit.TellsRooms)]


def room_of(unit: UUID) -> Room | None:
    """Where a unit is told; None where it has no room."""
    return Room.objects.select_related("account").filter(unit=unit).first()


def posted(*, post: Post, room: Room) -> kit.Notice:
    """What is told in a room. Of a closed unit it says nothing of who wrote what: who is in the room is the network's to say, not ours."""
    row = post.conversation
    with override(_language(room.set_by)):
        said = said_in(row.pk)
        name = row.consumer.name or _("Somebody")
        network = face(next((one[3] for one in reversed(said) if not one[0]), ""))[1]
        closed = room.unit.closed
        text = (
            _("Somebody waits for an answer, and nobody has the conversation.")
            if closed
            else _("%(name)s has written (%(network)s), and nobody has the conversation.") % {"name": name, "network": network}
        )
        foot = _(
            "Whoever answers in the thread first has it, and the person gets the answer in their name. Begin with «note:» for your colleagues only."
        )
        link = f"{public_address()}/c/{row.pk}/" if public_address() else ""
        return kit.Notice(
            id=str(post.pk), to=kit.Handle(network=room.account.channel, address=room.place), subject="", text=text,
            quoted=() if closed else [(who, cut(text, files)) for _out, who, text, _network, files in said], foot=foot, link=link, thread=str(row.pk),
            language=_language(room.set_by),
        )  # fmt: skip


def words_of_taken(*, post: Post) -> str:
    """What stands on the post once somebody has the conversation: no word of the consumer's any more."""
    row = post.conversation
    with override(_language(post.room.set_by if post.room else None)):
        by = post.taken_by.name if post.taken_by else ""
        name = row.consumer.name or _("Somebody")
        closed = post.room is None or (row.unit is not None and row.unit.closed)
        if closed:
            return _("Taken by %(by)s.") % {"by": by}
        return _("%(name)s has written. Taken by %(by)s.") % {"name": name, "by": by}


def _language(colleague: Colleague | None) -> str:
    return "en" if colleague is not None and colleague.language == "en" else "da"
