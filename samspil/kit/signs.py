"""The signs that ask for something, from the names that chat programs give them. Pure.

Slack and Mattermost name signs alike; a skin tone may follow ("+1::skin-tone-3", "+1_light_skin_tone").
"""

import re
from collections.abc import Mapping

SIGNS: Mapping[str, str] = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "ballot_box_with_check": "☑️",
    "no_entry_sign": "🚫",
    "no_entry": "⛔",
    "x": "❌",
    "leftwards_arrow_with_hook": "↩️",
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "eyes": "👀",
}
_SKIN = re.compile(r"(?:::skin-tone-[2-6]|_(?:light|medium_light|medium|medium_dark|dark)_skin_tone)$")


def sign_of(name: str) -> str:
    """The sign of a name, or ":name:" for another."""
    bare = _SKIN.sub("", name)
    return SIGNS.get(bare, f":{bare}:")
