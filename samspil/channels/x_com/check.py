"""Trying an account for real, without posting; it costs the price of one user."""

from collections.abc import Sequence
from datetime import UTC, datetime

from samspil.channels.x_com.meter import Meter, budget, dollars, spent_words
from samspil.channels.x_com.settings import Refused, ask, own_id
from samspil.kit import Account, ChannelError, Check

_KEYS = "Copy all four keys anew from X's developer portal, with Read, Write and Direct Messages."


def check(account: Account) -> Sequence[Check]:
    """Sign in and look, and say what the month has cost. Raises nothing."""
    checks = [_money(account)]
    own = own_id(account)
    if not own:
        return [*checks, Check(name="Keys", ok=False, detail="the access token is none", remedy=_KEYS)]
    try:
        said = ask(account, "GET", "/2/users/me")
    except (ChannelError, Refused) as error:
        return [*checks, Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=_KEYS)]
    data = said.get("data")
    about = data if isinstance(data, dict) else {}
    if about.get("id") != own:
        return [*checks, Check(name="Sign-in", ok=False, detail="the keys belong to two accounts", remedy=_KEYS)]
    return [*checks, Check(name="Sign-in", ok=True, detail=f"as @{str(about.get('username') or '')[:60]}")]


def _money(account: Account) -> Check:
    at = datetime.now(UTC)
    kept = account.cursor if isinstance(account.cursor, dict) else {}
    meter, limit = Meter.of(kept.get("meter"), at), budget(account)
    if meter.mills >= limit:
        return Check(name="Budget", ok=False, detail=spent_words(meter, limit, at), remedy="Raise the budget, or wait.")
    return Check(name="Budget", ok=True, detail=f"{dollars(meter.mills)} of {dollars(limit)} spent in {meter.month}")
