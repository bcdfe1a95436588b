"""Trying an account for real, without writing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from samspil.channels.youtube.quota import Meter, a_day
from samspil.channels.youtube.settings import Google, Refused, own_channel
from samspil.kit import Account, ChannelError, Check


def check(account: Account) -> Sequence[Check]:
    """Sign in, look at the channel, and say what the day has used. Raises nothing."""
    own = own_channel(account)
    if not own:
        return [Check(name="Channel", ok=False, detail="this is no channel's id", remedy="Copy it whole: UC and 22 characters.")]
    at = datetime.now(UTC)
    kept = account.cursor if isinstance(account.cursor, dict) else {}
    meter, limit = Meter.of(kept.get("meter"), at), a_day(account, at)
    units = Check(name="Quota", ok=meter.used < limit, detail=f"{meter.used} of {limit} units used since midnight in California")
    try:
        said = Google(account).ask("GET", "channels", {"part": "snippet", "mine": "true"})
    except (ChannelError, Refused) as error:
        remedy = "Make a new refresh token, as the guide says, with the account that owns the channel."
        return [units, Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=remedy)]
    items = said.get("items")
    mine = [row for row in items if isinstance(row, dict)] if isinstance(items, list) else []
    if not any(row.get("id") == own for row in mine):
        remedy = "Choose this channel when you make the refresh token."
        return [units, Check(name="Sign-in", ok=False, detail="the account does not own this channel", remedy=remedy)]
    snippet = mine[0].get("snippet")
    title = snippet.get("title") if isinstance(snippet, dict) else ""
    return [units, Check(name="Sign-in", ok=True, detail=f"as {str(title)[:100]}")]
