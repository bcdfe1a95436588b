"""Asking every source once, for real."""

from collections.abc import Sequence

from samspil.channels.listening.pull import visit
from samspil.channels.listening.settings import settings_of
from samspil.channels.listening.sources import sources_of
from samspil.kit import Account, Check
from samspil.kit.reading import host_of

FEW = 20
_REMEDY = "Look whether the address is right. A server that tells nothing to who has no account cannot be heard: take it out."


def check(account: Account) -> Sequence[Check]:
    """One line a source, with how many posts of the last day it would offer. Raises nothing."""
    settings = settings_of(account)
    sources = sources_of(settings)
    if not sources or not settings.words:
        return [Check(name="Listening", ok=False, detail="nothing to listen for", remedy="Name words, and a server or Bluesky.")]
    lines = []
    for source in sources[:FEW]:
        state: dict[str, object] = {}
        found = visit(source, state, settings)
        trouble = str(state.get("trouble") or "")
        lines.append(
            Check(
                name=f"{source.kind} {host_of(source.server)}",
                ok=not trouble,
                detail=trouble or f"{len(found)} posts of the last day name us",
                remedy=_REMEDY if trouble else "",
            )
        )
    return lines
