"""The app's manifest asks for what the channel uses, and for nothing that it does not."""

import json
from pathlib import Path

from samspil.channels.slack.check import SCOPES

PASTE = Path(__file__).parents[1] / "paste.json"


def test_the_manifest_is_json_and_asks_for_what_is_checked() -> None:
    found = json.loads(PASTE.read_text(encoding="utf-8"))
    asked = set(found["oauth_config"]["scopes"]["bot"])
    assert set(SCOPES) <= asked
    assert asked - set(SCOPES) == {"channels:history", "groups:history"}
    assert found["settings"]["socket_mode_enabled"] is True
    assert set(found["settings"]["event_subscriptions"]["bot_events"]) == {
        "message.im", "message.channels", "message.groups", "reaction_added",
    }  # fmt: skip
