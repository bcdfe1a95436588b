"""What a network is called and which icon stands for it, whether a channel for it is installed or history only names it.

A message shows the network of its handle and not the channel that brought it: history of many networks comes in by one channel
that reads files, and nobody has written to us "by table".
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

from samspil.base import registry

KNOWN: Mapping[str, tuple[str, str]] = {
    "activitypub": ("Fediverse", "b-activitypub"),
    "bluesky": ("Bluesky", "b-bluesky"),
    "discord": ("Discord", "b-discord"),
    "facebook": ("Facebook", "b-facebook"),
    "github": ("GitHub", "b-github"),
    "instagram": ("Instagram", "b-instagram"),
    "mastodon": ("Mastodon", "b-mastodon"),
    "matrix": ("Matrix", "b-matrix"),
    "messenger": ("Messenger", "b-messenger"),
    "phone": ("Phone", "phone"),
    "reddit": ("Reddit", "b-reddit"),
    "rss": ("RSS", "b-rss"),
    "signal": ("Signal", "b-signal"),
    "telegram": ("Telegram", "b-telegram"),
    "threads": ("Threads", "b-threads"),
    "tiktok": ("TikTok", "b-tiktok"),
    "twitter": ("Twitter", "b-x"),
    "whatsapp": ("WhatsApp", "b-whatsapp"),
    "x": ("X", "b-x"),
    "youtube": ("YouTube", "b-youtube"),
}
"""Title and icon of well-known networks. The icons stand in the sprite; a test looks."""
UNKNOWN_ICON = "message-square-text"


def network_of(channel: str) -> str:
    """The network that a channel serves; its own name where it says nothing or is not installed any more."""
    return str(registry.manifest(channel).get("network") or channel)


def face(network: str) -> tuple[str, str]:
    """A network's icon and its title in the reader's language: the installed channel's, a known brand's, or the name itself."""
    serving = [name for name in registry.names() if network_of(name) == network]
    if serving:
        # Of several the one that is called like it: a server of our own speaks with the people of Mastodon, and is not it.
        name = network if network in serving else serving[0]
        return _of_channel(registry.manifest(name), name)
    title, icon = KNOWN.get(network, (network.replace("_", " ").capitalize(), UNKNOWN_ICON))
    return icon, title


def channel_face(channel: str) -> tuple[str, str]:
    """The same for an account's channel: what is connected is called as its channel says."""
    return _of_channel(registry.manifest(channel), channel) if channel in registry.names() else face(channel)


def _of_channel(manifest: Mapping[str, Any], name: str) -> tuple[str, str]:
    language = (get_language() or "da")[:2]
    title = manifest.get(f"title_{language}") or manifest.get("title") or name.replace("_", " ").capitalize()
    if isinstance(title, Mapping):
        title = title.get(language) or title.get("en", name)
    return str(manifest.get("icon") or KNOWN.get(name, ("", UNKNOWN_ICON))[1]), str(title)
