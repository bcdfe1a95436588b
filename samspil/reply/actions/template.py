"""Messages that a network has approved beforehand: asked for, chosen, filled in."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil import kit
from samspil.base import registry
from samspil.base.errors import SamspilError
from samspil.conversation.queries import access_conversation
from samspil.intake.queries import account_view
from samspil.organisation.models import Colleague
from samspil.reply.actions.write import NoWay, choose_way
from samspil.reply.queries import Way, ways

KEPT = 300.0
"""Seconds for which a network's list is believed."""
MOST = 1000
"""Characters of one value."""

_known: dict[UUID, tuple[float, Sequence[kit.Template]]] = {}
_guard = threading.Lock()


class NotAsked(SamspilError):
    """The network did not say which templates there are."""

    code = "reply.templates_not_asked"


class NotFilled(SamspilError):
    """A place of the template is empty, or the template is not approved any more."""

    code = "reply.template_not_filled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A template that can be sent by one account."""

    account: UUID
    chosen: kit.Chosen
    text: str


def templates_for(*, conversation: UUID, by: Colleague, at: datetime, handle: UUID | None = None) -> Sequence[kit.Template]:
    """The templates of a way, by name; asks the network, at most every few minutes. Raises NotFound, NoWay, NotAsked.

    Not for a transaction: a network may take its time.
    """
    return _of_way(_way(conversation, by, at, handle))


def fill(
    *,
    conversation: UUID,
    by: Colleague,
    at: datetime,
    name: str,
    language: str,
    values: Mapping[str, str],
    handle: UUID | None = None,
) -> Filled:
    """Choose a template and fill it in. Raises NotFound, NoWay, NotAsked, NotFilled. Not for a transaction, as above."""
    way = _way(conversation, by, at, handle)
    template = next((t for t in _of_way(way) if (t.name, t.language) == (name, language)), None)
    if template is None:
        raise NotFilled("There is no such template any more")
    # No network takes breaks or long gaps within a value.
    filled = {place: " ".join(values.get(place, "").replace("\x00", "").split())[:MOST] for place in template.places}
    if empty := [place for place, value in filled.items() if not value]:
        raise NotFilled(f"Fill in {', '.join(empty)}")
    chosen = kit.Chosen(name=name, language=language, values=filled)
    return Filled(account=way.account.pk, chosen=chosen, text=template.filled(filled))


def _way(conversation: UUID, by: Colleague, at: datetime, handle: UUID | None) -> Way:
    return choose_way(ways(access_conversation(by=by, conversation=conversation), at=at), handle)


def _of_way(way: Way) -> Sequence[kit.Template]:
    channel, account = registry.channel(way.account.channel), way.account.pk
    if not isinstance(channel, kit.Templates):
        raise NoWay("This channel has no templates")
    with _guard:
        asked, found = _known.get(account, (0.0, ()))
    if asked and time.monotonic() - asked < KEPT:
        return found
    try:
        found = channel.templates(account_view(way.account))
    except kit.ChannelError as error:
        raise NotAsked(str(error)) from error
    with _guard:
        _known[account] = (time.monotonic(), found)
    return found


def forget_templates() -> None:
    """Ask anew the next time: somebody may have just made one."""
    with _guard:
        _known.clear()
