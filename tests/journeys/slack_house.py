"""What the journeys through Slack share: the house with a stand-in for Slack, and what its colleagues do there."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation
from samspil.elsewhere.actions import say_remark, send_notice
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.rules import BURST
from samspil.intake.actions import connect
from samspil.intake.queries import account_view
from samspil.reply.models import Reply
from tests.channels.slack.workspace import APP_TOKEN, BOT, Workspace, config_of, event, request, said, workspace
from tests.journeys.elsewhere import arrives, later, people, write_in_chat

WORKSHOP = "Mine skivebremser hviner <!everyone> *nu* @channel"


@contextmanager
def colleagues_in_slack() -> Iterator[Workspace]:
    """Bo, Jonas and a guest."""
    with workspace() as at:
        at.person("U0BO", "bo@brand.test")
        at.person("U0JONAS", "jonas@brand.test")
        at.person("U0GAEST", "gaest@brand.test", is_restricted=True)
        yield at


def slack_house(slack: Workspace) -> SimpleNamespace:
    """Bo in the workshop, Jonas, Mette who administers; Slack and a web chat in which Karla has written, and Bo has it."""
    names = people()
    teller = connect(channel="slack", name="Slack", config=config_of(slack, app_token=APP_TOKEN))
    chat = connect(channel="webchat", name="Chat", config={"origins": "*"})
    write_in_chat(chat, WORKSHOP)
    conversation = Conversation.objects.get()
    assign(conversations=[conversation.pk], to=names["bo"], by=names["mette"], at=now())
    return SimpleNamespace(**names, teller=teller, chat=chat, conversation=conversation, key=bytes(teller.key))


def told(slack: Workspace) -> dict[str, Any]:
    """Bo has been told in Slack: the message that he can answer."""
    later()
    assert send_notice(at=now() + BURST) is not None
    return slack.posted[-1]


def comes(house: Any, payload: dict[str, Any], *, form: bool = False) -> None:
    """A call of Slack's, signed, and the worker does its work."""
    channel = registry.channel("slack")
    assert isinstance(channel, kit.Hears)
    arrives(house.teller, *channel.hear(request(payload, form=form), account_view(house.teller)).envelopes)
    later()


def answer(text: str, thread: str, **more: Any) -> dict[str, Any]:
    """What Bo writes, or whoever ``user`` is."""
    ident = more.pop("ident", f"Ev{uuid4().hex}")
    outer = {name: more.pop(name) for name in ("is_ext_shared_channel", "team_id") if name in more}
    return event(said(more.pop("user", "U0BO"), text, thread=thread, **{"place": "D0BO", **more}), ident=ident, **outer)


def replies() -> list[tuple[str, str]]:
    return list(Reply.objects.order_by("written_at").values_list("colleague__name", "text"))


def verdicts() -> list[tuple[str, str]]:
    return list(Arrival.objects.order_by("at", "external_id").values_list("verdict", "why"))


def edited(message: dict[str, Any], text: str, *, ident: str = "", user: str = "U0BO", by: str = "") -> dict[str, Any]:
    """Somebody gives the answer in the thread of this message new words."""
    changed = {"user": by or user, "ts": f"17950004{len(ident):02}.000000"}
    inner = said(user, text, thread=message["ts"], place="D0BO", edited=changed)
    outer = {"type": "message", "subtype": "message_changed", "channel": "D0BO", "channel_type": "im", "message": inner}
    return event(outer, ident=f"EvE{ident}")


def taken_back(message: dict[str, Any], *, user: str = "U0BO") -> dict[str, Any]:
    """Somebody takes the answer in the thread of this message back."""
    inner = said(user, "", thread=message["ts"], place="D0BO")
    outer = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "D0BO",
        "channel_type": "im",
        "event_ts": "1795000500.000300",
    }
    return event({**outer, "previous_message": inner}, ident="EvD")


def under(slack: Workspace, message: dict[str, Any]) -> list[str]:
    """All is said that waits to be: the words in the thread of this message, the oldest first."""
    while say_remark(at=now()):
        pass
    return [words(p) for p in slack.posted if p.get("thread_ts") == message["ts"]]


def words(posted: dict[str, Any]) -> str:
    """The first line that a message of ours shows."""
    return str(posted["blocks"][0]["elements"][0]["elements"][0]["text"])


def sign_at(message: dict[str, Any], name: str, user: str = "U0BO") -> dict[str, Any]:
    """Somebody gives this message of ours a sign."""
    item = {"type": "message", "channel": message["channel"], "ts": message["ts"]}
    inner = {
        "type": "reaction_added",
        "user": user,
        "reaction": name,
        "item_user": BOT,
        "event_ts": "1795000600.000100",
        "item": item,
    }
    return event(inner, ident=f"Ev{uuid4().hex}")
