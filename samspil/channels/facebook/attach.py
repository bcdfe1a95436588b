"""Files of ours in Messenger: put up first, and shown each in a message of its own.

Source: https://developers.facebook.com/docs/messenger-platform/send-messages/saving-assets
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels._meta.graph import Graph
from samspil.channels._meta.limits import limit
from samspil.channels._meta.speak import in_parts
from samspil.kit import File, Outbound, Sent, TryLater, Unreachable

LARGEST = limit("facebook", "file_bytes")
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "video/mp4", "audio/mpeg", "audio/mp4", "audio/aac"})
"""What is shown as what it is; everything else goes as a file with its name."""


def private(way: Graph, page: str, path: str, outbound: Outbound, recipient: Mapping[str, str], why: Mapping[str, str]) -> Sent:
    """The files, then the words, each a message. Raises TryLater, Unreachable; Uncertain as soon as one of them has gone."""
    if any(file.size > LARGEST for file in outbound.files):
        raise Unreachable(f"Messenger takes files of at most {LARGEST // 1_000_000} MB")
    messages = _messages(way, page, outbound.files)
    if outbound.text.strip():
        messages.append({"text": outbound.text})
    # The echo of the last one settles the whole, so it alone has our reply's id.
    messages[-1]["metadata"] = outbound.id
    return in_parts(way, path, recipient, why, messages)


def _messages(way: Graph, page: str, files: Sequence[File]) -> list[dict[str, Any]]:
    shown = [(kind_of(file), file) for file in files]
    return [{"attachment": {"type": kind, "payload": {"attachment_id": _put_up(way, page, kind, file)}}} for kind, file in shown]


def kind_of(file: File) -> str:
    """image, video, audio or file."""
    kind = file.content_type.split(";")[0].strip().lower()
    return kind.partition("/")[0] if kind in SHOWN else "file"


def _put_up(way: Graph, page: str, kind: str, file: File) -> str:
    about = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
    with file.open() as stream:
        found = way.call(
            "POST",
            f"{page}/message_attachments",
            form={"message": json.dumps(about)},
            files=[("filedata", (file.name, stream, file.content_type))],
            repeatable=True,  # nobody sees a file that no message shows
        )
    ident = found.get("attachment_id")
    if not isinstance(ident, str) or not ident:
        raise TryLater("Meta did not say whether it took the file")
    return ident
