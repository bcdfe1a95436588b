"""One answer handed to the server, never more public than what it answers."""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from samspil.channels.mastodon.settings import Settings, less_public, settings_of, status_id
from samspil.channels.mastodon.settings import external_id as id_of
from samspil.kit import Account, File, NotUnderstood, Outbound, Sent, SignInAgain, TryLater, Uncertain, Unreachable
from samspil.kit.reading import part
from samspil.kit.web import Answer, Web

LENGTH = 500
LINK = 23
"""Characters that a link counts for, however long it is."""
AFTER_REFUSED = 600.0
MEDIA_LOOKS = 15
MEDIA_PAUSE = 2.0
UNAUTHORIZED, FORBIDDEN, MISSING, REFUSED, WORKING = 401, 403, 404, 422, (202, 206)
_URL = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(@[\w.-]+)@[\w.:-]*\w")


def send(outbound: Outbound, account: Account) -> Sent:
    """Post one answer. Raises TryLater, Unreachable, Uncertain (answer lost; the same key does not post twice)."""
    settings = settings_of(account)
    if not settings.host:
        raise TryLater("The server's address is not set.", after=AFTER_REFUSED)
    web = settings.web()
    text = addressed(outbound.text, outbound.to.address)
    limit, length = limit_of(web), length_of(text)
    if length > limit:
        raise Unreachable(f"The answer has {length} characters with the receiver's name, and this server carries {limit}.")
    body: dict[str, Any] = {"status": text, "visibility": settings.visibility or "direct", "language": account.language}
    answered = status_id(outbound.in_reply_to, settings.host)
    if answered:
        seen = _visibility(web, answered, settings)
        body |= {"in_reply_to_id": answered, "visibility": "direct" if outbound.private else seen}
    if outbound.files:
        body["media_ids"] = [_upload(web, file) for file in outbound.files]
    answer = web.call("POST", "/api/v1/statuses", json=body, headers={"idempotency-key": outbound.id})
    refusals(answer)
    try:
        found = object_in(answer)
    except NotUnderstood as error:
        raise Uncertain("The server took the answer and did not say so in JSON.") from error
    if not isinstance(found.get("id"), str | int):
        raise Uncertain("The server took the answer and gave it no id.")
    public = found.get("visibility") in {"public", "unlisted"}
    return Sent(external_id=id_of(settings.host, str(found["id"])), detail=str(found.get("url") or "")[:500], public=public)


def addressed(text: str, address: str) -> str:
    """The text, with the receiver's name before it where it is not in it."""
    name = f"@{address.lstrip('@')}"
    there = re.search(rf"(?<![\w@]){re.escape(name)}(?![\w.@-]*\w)", text, re.IGNORECASE)
    return text if there or not address else f"{name} {text}"


def length_of(text: str) -> int:
    """Characters as Mastodon counts them: a link is 23, a name counts without its server."""
    return len(_MENTION.sub(r"\1", _URL.sub("x" * LINK, text)))


def instances(web: Web) -> Iterator[Mapping[str, Any]]:
    """What the server says of itself, in the newest words first; each is asked for when it is wanted. Raises TryLater."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        answer = web.call("GET", path)
        yield answer.said if answer.ok else {}


def limit_of(web: Web) -> int:
    """The longest status that the server takes; 500 where it does not say."""
    for about in instances(web):
        for value in (part(part(about, "configuration"), "statuses").get("max_characters"), about.get("max_toot_chars")):
            if isinstance(value, int) and value > 0:
                return value
    return LENGTH


def _visibility(web: Web, answered: str, settings: Settings) -> str:
    """That of the message answered as it is now, or the account's own where that is less public."""
    answer = web.call("GET", f"/api/v1/statuses/{answered}")
    if answer.status == MISSING:
        raise Unreachable("The message you answer has been deleted, or you may no longer see it.")
    refusals(answer)
    try:
        found = str(object_in(answer).get("visibility"))
    except NotUnderstood as error:
        raise TryLater(str(error)) from error
    return less_public(found, settings.visibility or "public")


def _upload(web: Web, file: File) -> str:
    with file.open() as stream:
        content = stream.read()
    answer = web.call(
        "POST",
        "/api/v2/media",
        files=[("file", (file.name, content, file.content_type))],
        form={"description": file.alt or file.name},
        repeatable=True,  # a file that no status shows is thrown away by the server
    )
    refusals(answer)
    try:
        ident = str(object_in(answer)["id"])
        looks = 0
        # A status with a file that the server still works on is refused.
        while answer.status in WORKING:
            if looks == MEDIA_LOOKS:
                raise TryLater(f"The server still works on {file.name}.", after=60)
            looks += 1
            time.sleep(MEDIA_PAUSE)
            answer = web.call("GET", f"/api/v1/media/{ident}")
            refusals(answer)
    except (NotUnderstood, KeyError) as error:
        raise TryLater(f"The server did not say whether it took {file.name}.") from error
    return ident


def object_in(answer: Answer) -> Mapping[str, Any]:
    """The answer's JSON object. Raises NotUnderstood."""
    found = answer.json()
    if not isinstance(found, dict):
        raise NotUnderstood("The server's answer is no JSON object.")
    return found


def refusals(answer: Answer) -> None:
    """Raise what a refusal means. Raises SignInAgain, Unreachable."""
    if answer.ok:
        return
    if answer.status == UNAUTHORIZED:
        raise SignInAgain("The server no longer knows the access token (401). Make a new one.", after=AFTER_REFUSED)
    meaning = {
        FORBIDDEN: "The server does not let this account do that",
        MISSING: "What you answer, or the address of the server, is not there",
        REFUSED: "The server refuses the answer as it is written",
    }.get(answer.status, "The server refused")
    raise Unreachable(f"{meaning} ({answer.words})")
