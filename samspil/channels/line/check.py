"""Trying an account for real, without writing to anybody."""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.line.settings import secret, web
from samspil.kit import Account, ChannelError, Check
from samspil.kit.web import Web

_COPY = "Copy it whole from LINE Developers, Basic settings: 32 characters."
_ISSUE = "Issue a new long-lived channel access token in LINE Developers, Messaging API."
_HOOK = "Write the address that Samspil shows under Webhook URL in LINE Developers, and switch Use webhook on."
_ROOM = "Choose a larger plan in the LINE Official Account Manager, or wait for the next month."


def check(account: Account) -> Sequence[Check]:
    """Sign in, and look at the webhook and at what may still be sent this month. Raises nothing."""
    good = bool(secret(account))
    checks = [Check(name="Channel secret", ok=good, detail="" if good else "this is none", remedy="" if good else _COPY)]
    server = web(account)
    try:
        who = _object(server, "/v2/bot/info")
        if not who:
            return [*checks, Check(name="Sign-in", ok=False, detail="LINE does not accept the token", remedy=_ISSUE)]
        name = str(who.get("displayName") or "")[:100]
        return [*checks, Check(name="Sign-in", ok=True, detail=f"as {name}"), _hook(server), _left(server)]
    except ChannelError as error:
        return [*checks, Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy="Can this machine reach LINE?")]


def _object(server: Web, path: str) -> Mapping[str, Any]:
    answer = server.call("GET", path)
    said = answer.json() if answer.ok else {}
    return said if isinstance(said, dict) else {}


def _hook(server: Web) -> Check:
    found = _object(server, "/v2/bot/channel/webhook/endpoint")
    active = found.get("active") is True
    return Check(name="Webhook", ok=active, detail=str(found.get("endpoint") or "not set")[:300], remedy="" if active else _HOOK)


def _left(server: Web) -> Check:
    quota = _object(server, "/v2/bot/message/quota")
    used = _object(server, "/v2/bot/message/quota/consumption").get("totalUsage")
    limit = quota.get("value")
    if quota.get("type") != "limited" or not isinstance(limit, int) or not isinstance(used, int):
        return Check(name="Messages", ok=True, detail="no limit is told")
    return Check(name="Messages", ok=used < limit, detail=f"{used} of {limit} this month", remedy="" if used < limit else _ROOM)
