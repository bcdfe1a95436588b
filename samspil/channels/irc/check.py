"""Trying an account for real, without saying anything."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from samspil.channels.irc.connection import connected
from samspil.channels.irc.door import ask
from samspil.channels.irc.settings import Settings, settings_of
from samspil.kit import Account, Check, TryLater, Uncertain

_SETTINGS = "Correct it in the settings of the channel."
_SERVER = "Look whether the server's name and port are right, and whether this machine is let in there."
_CHANNEL = "Ask somebody of the channel to let the name in."


def check(account: Account) -> Sequence[Check]:
    """Ask the runner how it stands; where it is not connected, sign in by another name. Raises nothing."""
    settings = settings_of(account)
    if settings.fault:
        return [Check(name="Settings", ok=False, detail=settings.fault, remedy=_SETTINGS)]
    try:
        return _as_it_stands(settings, ask(account, {"do": "state"}, 5))
    except (TryLater, Uncertain):
        return _by_another_name(settings)


def _as_it_stands(settings: Settings, state: Mapping[str, Any]) -> list[Check]:
    refused = state.get("refused")
    joined = [str(name) for name in state.get("channels") or ()]
    checks = [Check(name="Sign-in", ok=True, detail=f"connected as {state.get('nick')}")]
    if settings.channels:
        missing = {k: v for k, v in refused.items() if k not in joined} if isinstance(refused, dict) else {}
        told = "; ".join(f"{name}: {why}" for name, why in missing.items())
        good = not missing and len(joined) >= len(settings.channels)
        checks.append(Check(name="Channels", ok=good, detail=told or ", ".join(joined), remedy="" if good else _CHANNEL))
    return checks


def _by_another_name(settings: Settings) -> list[Check]:
    try:
        with connected(replace(settings, channels=()), f"{settings.nick[:20]}{secrets.token_hex(2)}") as link:
            able = ", ".join(sorted(link.capabilities - {"sasl"})) or "nothing beyond the old protocol"
    except TryLater as error:
        return [Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=_SERVER)]
    return [
        Check(name="Sign-in", ok=True, detail="signed in, by another name for the moment"),
        Check(name="Server", ok=True, detail=f"it can do {able}"),
    ]
