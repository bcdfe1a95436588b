"""An answer in public: posts below the post that it answers, which no second try can post twice."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels.bluesky import rich
from samspil.channels.bluesky.keys import keys
from samspil.channels.bluesky.session import Net, Refused, code_of, object_of, words_of
from samspil.channels.bluesky.settings import POST, did_of, uri_parts
from samspil.channels.bluesky.values import obj, rows
from samspil.kit import File, Outbound, Sent, TryLater, Unreachable
from samspil.kit.web import SERVER_FAULTS, TOO_MANY, pause_of

MOST = 5
"""Posts that one answer is broken into at most."""
PICTURES, LARGEST = 4, 1_000_000
"""Pictures in one post, and bytes of each that every server takes."""
AFTER_REFUSED = 600.0
LATER = (401, 429)
NOT_OFFERED = 501
TAKEN = "InvalidSwap"
Reference = Mapping[str, str]
"""A record and its version: "uri" and "cid"."""


def send(net: Net, outbound: Outbound, language: str) -> Sent:
    """Post the answer below the post that it answers. Raises TryLater, also where an answer was lost, and Unreachable."""
    try:
        texts = rich.pieces(outbound.text, MOST)
    except rich.TooLong as error:
        raise Unreachable(
            f"The answer does not fit into {MOST} posts of {rich.LENGTH} characters, or a link in it is longer."
        ) from error
    try:
        root, parent = answered(net, outbound.in_reply_to)
        resolve, embed = resolver(net), pictures(net, outbound.files)
        first = ""
        for number, (text, key) in enumerate(zip(texts, keys(outbound.id, len(texts)), strict=True)):
            record: dict[str, Any] = {"$type": POST, "text": text, "langs": [language or "en"]}
            record |= {"createdAt": now_text(), "reply": {"root": root, "parent": parent}}
            if marks := rich.facets(text, resolve):
                record["facets"] = marks
            if embed and number == 0:
                record["embed"] = embed
            parent = put(net, key, record)
            first = first or parent["uri"]
    except Refused as error:
        raise refusal(error) from error
    did, _, key = uri_parts(first)
    return Sent(external_id=first, detail=f"https://bsky.app/profile/{did}/post/{key}", public=True)


def put(net: Net, key: str, record: Mapping[str, Any], collection: str = POST) -> Reference:
    """Write a record under its key, if nothing is there. What is there is an earlier try of ours. Raises TryLater, Refused."""
    body = {"repo": net.did, "collection": collection, "rkey": key, "record": record, "swapRecord": None}
    answer = net.call("POST", "com.atproto.repo.putRecord", json=body, repeatable=True)
    if not answer.ok and code_of(answer) == TAKEN:
        return _reference(net.ask("com.atproto.repo.getRecord", repo=net.did, collection=collection, rkey=key))
    return _reference(object_of(answer))


def answered(net: Net, uri: str) -> tuple[Reference, Reference]:
    """The first post of the thread and the post answered. Raises Unreachable where it cannot be answered, TryLater, Refused."""
    row = _view(net, uri)
    viewer = obj(row.get("viewer"))
    if viewer.get("replyDisabled") is True:
        raise Unreachable("The writer has limited who may answer, and we may not.")
    if obj(obj(row.get("author")).get("viewer")).get("blockedBy") is True:
        raise Unreachable("The writer has blocked this account.")
    parent = _reference(row)
    above = obj(obj(obj(row.get("record")).get("reply")).get("root"))
    return (_reference(above) if above else parent), parent


def reference(net: Net, uri: str) -> Reference:
    """A post as it is now. Raises TryLater, Unreachable."""
    return _reference(_view(net, uri))


def _view(net: Net, uri: str) -> Mapping[str, Any]:
    """The post as it is now, from the network's view of all posts; where a server has none, from the server itself."""
    answer = net.call("GET", "app.bsky.feed.getPosts", query={"uris": [uri]}, every=True)
    if answer.ok:
        found = [row for row in rows(object_of(answer).get("posts")) if row.get("uri") == uri]
        if not found:
            raise Unreachable("The post you answer has been deleted, or its writer does not let us see it.")
        return found[0]
    if answer.status == TOO_MANY or (answer.status >= SERVER_FAULTS and answer.status != NOT_OFFERED):
        raise TryLater(f"The server cannot show the post just now ({words_of(answer)})", after=pause_of(answer.headers))
    did, collection, key = uri_parts(uri)
    try:
        record = net.ask("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=key)
    except Refused as error:
        raise Unreachable(f"The post you answer has been deleted, or is not to be had ({error})") from error
    return {"uri": record.get("uri"), "cid": record.get("cid"), "record": record.get("value")}


def resolver(net: Net) -> Callable[[str], str]:
    """A function that gives the DID of a name, "" where nobody has it; each name is looked up once."""
    known: dict[str, str] = {}

    def resolve(name: str) -> str:
        if name not in known:
            try:
                known[name] = did_of(net.ask("com.atproto.identity.resolveHandle", handle=name).get("did"))
            except Refused:
                known[name] = ""
        return known[name]

    return resolve


def pictures(net: Net, files: Sequence[File]) -> Mapping[str, Any] | None:
    """The files as what a post shows; None without any. Raises Unreachable for what is no picture, TryLater, Refused."""
    if len(files) > PICTURES:
        raise Unreachable(f"A post carries {PICTURES} pictures.")
    for file in files:
        if not file.content_type.startswith("image/"):
            raise Unreachable(f"A post carries pictures alone, and {file.name} is none.")
        if file.size > LARGEST:
            raise Unreachable(f"{file.name} has {file.size} bytes, and a post carries pictures of {LARGEST}.")
    shown = [{"alt": file.alt or file.name, "image": _uploaded(net, file)} for file in files]
    return {"$type": "app.bsky.embed.images", "images": shown} if shown else None


def _uploaded(net: Net, file: File) -> Any:
    with file.open() as stream:
        content = stream.read()
    # Bytes that no record shows are thrown away by the server, so that a second upload does no harm.
    answer = net.call(
        "POST", "com.atproto.repo.uploadBlob", content=content, headers={"content-type": file.content_type}, repeatable=True
    )
    blob = object_of(answer).get("blob")
    if not isinstance(blob, dict):
        raise TryLater(f"The server did not say whether it took {file.name}.")
    return blob


def refusal(error: Refused) -> Exception:
    """What a refusal means for the answer."""
    if error.status in LATER:
        return TryLater(f"The server does not let us write just now ({error})", after=AFTER_REFUSED)
    meaning = (
        "The server refuses the answer as it is written" if error.code == "InvalidRequest" else "The server refused the answer"
    )
    return Unreachable(f"{meaning} ({error})")


def _reference(row: Mapping[str, Any]) -> Reference:
    uri, cid = row.get("uri"), row.get("cid")
    if not (isinstance(uri, str) and isinstance(cid, str) and uri_parts(uri)[0] and cid):
        raise TryLater("The server named a post without its address and version.")
    return {"uri": uri, "cid": cid}


def now_text() -> str:
    """The time as records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
