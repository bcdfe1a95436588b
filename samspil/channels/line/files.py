"""The bytes of pictures, films, sounds and files (https://developers.line.biz/en/reference/messaging-api/#get-content).

They lie at a server of LINE's own for content, for a time that LINE does not tell; a film or a sound is made ready first. What came through
somebody else's app lies wherever that app says.
"""

from samspil.channels.line.settings import authorization, data_server
from samspil.channels.line.understand import FILES, ID, elsewhere, kind_of
from samspil.kit import Account, Envelope, TryLater, Unreachable
from samspil.kit.files import load
from samspil.kit.web import Answer

PREPARING = 202
AFTER = 20.0
"""Seconds until a film that is made ready is asked for again."""
HOSTS = ("api-data.line.me",)


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of the file of one message; ``part`` is the message's number. Raises TryLater, Unreachable."""
    kind, url = kind_of(envelope), elsewhere(envelope)
    if kind not in FILES or not ID.fullmatch(part):
        raise Unreachable("The message has no file")
    kinds = () if kind == "file" else (f"{kind}/*",)
    if url:
        return load(url, hosts=None, kinds=kinds).body
    answer = _asked(part, "content", account, kinds)
    if answer.status != PREPARING:
        return _checked(answer, kind)
    if _asked(part, "content/transcoding", account, ()).said.get("status") == "failed":
        raise Unreachable("LINE could not make the file ready")
    raise TryLater("LINE makes the file ready", after=AFTER)


def _checked(answer: Answer, kind: str) -> bytes:
    said = answer.headers.get("content-type", "")
    if kind != "file" and not said.startswith(f"{kind}/"):
        raise Unreachable(f"LINE sent {said[:100] or 'no content type'} for {kind}")
    return answer.body


def _asked(part: str, what: str, account: Account, kinds: tuple[str, ...]) -> Answer:
    server = data_server(account)
    # While it is made ready the answer is no picture: JSON, or nothing.
    allowed = (*kinds, "application/json", "") if kinds else ()
    headers = {"authorization": authorization(account)}
    return load(f"{server}/v2/bot/message/{part}/{what}", hosts=HOSTS, server=server, kinds=allowed, headers=headers)
