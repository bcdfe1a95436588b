"""A pressed button: Mattermost's server calls us, and what we signed comes back (developers.mattermost.com, interactive messages).

Pure but for the clock: the call says no time.
"""

import json
import time

from samspil.channels.mattermost import tokens
from samspil.channels.mattermost.settings import ID
from samspil.kit import Account, Envelope, Forged, Heard, Request
from samspil.kit.reading import body, part, text

LARGEST = 256 * 1024


def hear(request: Request, account: Account) -> Heard:
    """The press of a button. Raises Forged, NotUnderstood."""
    said = body(request.body, what="The call", largest=LARGEST)
    held, user, post = part(said, "context"), text(said.get("user_id"), 40), text(said.get("post_id"), 40)
    if not tokens.is_ours(account.key, held):
        raise Forged("the button is not ours")
    if not ID.fullmatch(user) or held.get("user") != user:
        raise Forged("the button is another's")
    if not ID.fullmatch(post):
        raise Forged("the button stands nowhere")
    kept: dict[str, object] = {
        "kind": "pressed",
        "user": user,
        "post": post,
        "channel": text(said.get("channel_id"), 40),
        "context": dict(held),
    }
    kept["at"] = int(time.time() * 1000)
    # The same button pressed twice says the same once.
    ident = f"pressed:{post}:{held['notice']}:{held['word']}"
    return Heard(envelopes=[Envelope(external_id=ident, payload=json.dumps(kept, sort_keys=True).encode())])
