"""Which posts no person wrote. Pure."""

from collections.abc import Mapping
from typing import Any

from samspil.kit.reading import part, text

MARKS = ("from_webhook", "from_bot", "from_plugin", "from_oauth_app", "override_username", "webhook_display_name")
"""What the server puts on a post that no person wrote: a webhook's bears the id of the person who made it."""


def by_machine(post: Mapping[str, Any]) -> bool:
    """Whether a program, or the server itself, wrote a post."""
    props = part(post, "props")
    return any(props.get(name) for name in MARKS) or bool(text(post.get("type"), 60))
