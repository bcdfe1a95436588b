"""What is done to a status afterwards: new words, taken back, favoured. Source: docs.joinmastodon.org/methods/statuses."""

from typing import Any

from samspil.channels.mastodon.send import addressed, length_of, limit_of, object_in, refusals
from samspil.channels.mastodon.settings import STAR, settings_of, status_id
from samspil.kit import Account, Change, NotUnderstood, Sent, TryLater, Unreachable
from samspil.kit.web import Answer, Web

GONE = (404, 410)
NOT_KNOWN = (405, 501)


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out. Each can be done twice with the effect of once. Raises TryLater, Unreachable."""
    settings = settings_of(account)
    status = status_id(change.target, settings.host)
    if not status:
        raise Unreachable("The message is on another server than the account's.")
    web = settings.web()
    if change.kind == "edit":
        return _edit(web, status, change, account)
    if change.kind == "delete":
        answer = web.call("DELETE", f"/api/v1/statuses/{status}")
        if answer.status not in GONE:
            _refusals(answer)
        return Sent(external_id="")
    verb = "favourite" if change.kind == "react" else "unfavourite"
    if change.emoji != STAR:
        raise Unreachable("Mastodon knows one sign: the star.")
    _refusals(web.call("POST", f"/api/v1/statuses/{status}/{verb}", repeatable=True))
    return Sent(external_id="")


def _edit(web: Web, status: str, change: Change, account: Account) -> Sent:
    text = addressed(change.text, change.to.address)
    limit, length = limit_of(web), length_of(text)
    if length > limit:
        raise Unreachable(f"The answer has {length} characters with the receiver's name, and this server carries {limit}.")
    answer = web.call("GET", f"/api/v1/statuses/{status}")
    _refusals(answer)
    try:
        found = object_in(answer)
    except NotUnderstood as error:
        raise TryLater(str(error)) from error
    # What is not named in an edit is taken away by it.
    body: dict[str, Any] = {"status": text, "language": account.language, "sensitive": found.get("sensitive") is True}
    body["spoiler_text"] = str(found.get("spoiler_text") or "")
    media = found.get("media_attachments")
    rows = [row for row in media if isinstance(row, dict) and row.get("id")] if isinstance(media, list) else []
    if rows:
        body["media_ids"] = [str(row["id"]) for row in rows]
    _refusals(web.call("PUT", f"/api/v1/statuses/{status}", json=body))
    return Sent(external_id="")


def _refusals(answer: Answer) -> None:
    if answer.status in GONE:
        raise Unreachable("The message is not there any more.")
    if answer.status in NOT_KNOWN:
        raise Unreachable(f"This server cannot do that ({answer.words}).")
    refusals(answer)
