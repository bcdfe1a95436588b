"""What every account at Meta is tried for: whether its token is good, and what it may do."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels._meta.graph import Graph
from samspil.channels._meta.read import word
from samspil.channels._meta.settings import said
from samspil.kit import ChannelError, Check
from samspil.kit.reading import part

NEW_TOKEN = "Make a new access token with the permissions that the guide names, and give it in the settings."  # noqa: S105


def asked(way: Graph, path: str, query: Mapping[str, Any], token: str | None = None) -> tuple[Mapping[str, Any], str]:
    """The answer to a question and "", or nothing and why not. Raises nothing."""
    if not path.strip("/") or path.startswith("/"):
        return {}, "an id is missing in the settings"
    try:
        return way.call("GET", path, query=query, token=token), ""
    except ChannelError as error:
        return {}, str(error)[:300]


def token_check(way: Graph, wanted: Sequence[str]) -> Check:
    """Ask Meta about the token, in the app's own name (https://developers.facebook.com/docs/graph-api/reference/debug_token)."""
    account = way.account
    app, secret, token = said(account, "app_id"), said(account, "app_secret"), said(account, "access_token")
    if not (app and secret and token):
        return Check(name="token", ok=False, detail="app ID, app secret or access token is missing", remedy="Fill them in.")
    found, why = asked(way, "debug_token", {"input_token": token}, token=f"{app}|{secret}")
    if why:
        return Check(name="token", ok=False, detail=why, remedy="Copy app ID and app secret anew, from App settings, Basic.")
    about = part(found, "data")
    if about.get("is_valid") is not True:
        detail = word(part(about, "error").get("message"), 200) or "Meta does not accept it"
        return Check(name="token", ok=False, detail=detail, remedy=NEW_TOKEN)
    if word(about.get("app_id"), 40) != app:
        return Check(
            name="token", ok=False, detail="the token is of another app", remedy="Make the token for the app whose ID you gave."
        )
    has = {word(scope, 100) for scope in about["scopes"]} if isinstance(about.get("scopes"), list) else set()
    missing = [scope for scope in wanted if scope not in has]
    if missing:
        return Check(name="token", ok=False, detail=f"it misses {', '.join(missing)}", remedy=NEW_TOKEN)
    return Check(name="token", ok=True, detail=_until(about))


def _until(about: Mapping[str, Any]) -> str:
    end = about.get("expires_at")
    if not isinstance(end, int) or isinstance(end, bool) or not 0 < end < 1 << 34:
        return "it does not expire"
    return f"it expires on {datetime.fromtimestamp(end, UTC):%Y-%m-%d}"
