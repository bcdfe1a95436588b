"""What is written to the app outside of a thread of ours answers nothing: whoever wrote it is told so, at once, under their own words."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from samspil.channels.slack.notify import post
from samspil.channels.slack.settings import PLACE, STAMP, Settings
from samspil.channels.slack.sort import SAYING, bots_of, is_by_machine
from samspil.kit import ChannelError
from samspil.kit.notices import ASTRAY, worded
from samspil.kit.reading import part, text


def is_astray(said: Mapping[str, Any], settings: Settings) -> bool:
    """Whether it is words to us that stand in no thread of ours."""
    event, ours = part(said, "event"), bots_of(said, settings.own)
    if event.get("type") != "message" or event.get("channel_type") != "im" or text(event.get("subtype"), 40) not in SAYING:
        return False
    astray = not event.get("thread_ts") or event.get("parent_user_id") not in ours
    return astray and bool(ours) and not is_by_machine(event, ours)


def hint(said: Mapping[str, Any], settings: Settings, language: str) -> None:
    """Say it, once for each message. Raises nothing: it is a courtesy."""
    event = part(said, "event")
    place, stamp = text(event.get("channel"), 40), text(event.get("ts"), 40)
    if not is_astray(said, settings) or not PLACE.fullmatch(place) or not STAMP.fullmatch(stamp):
        return
    thread = text(event.get("thread_ts"), 40)
    with suppress(ChannelError):
        post(
            settings,
            place,
            ident=f"hint:{place}:{stamp}",
            words=worded(ASTRAY, language),
            thread=thread if STAMP.fullmatch(thread) else stamp,
        )
