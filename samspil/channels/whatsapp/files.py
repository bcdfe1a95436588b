"""A file of ours: what WhatsApp takes as a picture, a video or a sound, and everything else as a document.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
"""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels._meta.graph import Graph
from samspil.channels._meta.limits import limit
from samspil.kit import File, TryLater, Unreachable

CAPTION = limit("whatsapp", "caption_characters")
LARGEST = limit("whatsapp", "document_bytes")
SHOWN = {
    "image/jpeg": "image",
    "image/png": "image",
    "video/mp4": "video",
    "video/3gpp": "video",
    "audio/aac": "audio",
    "audio/mp4": "audio",
    "audio/mpeg": "audio",
    "audio/amr": "audio",
    "audio/ogg": "audio",
}
SIZES = {"image": limit("whatsapp", "image_bytes"), "video": limit("whatsapp", "sound_and_video_bytes")}
SIZES |= {"audio": SIZES["video"], "document": LARGEST}


def fit(files: Sequence[File], text: str) -> tuple[File, str]:
    """The one file and its kind. Raises Unreachable, before anything is sent, for what cannot go in one message."""
    if len(files) != 1:
        raise Unreachable("WhatsApp takes one file a message: send the others by themselves")
    [file] = files
    kind = SHOWN.get(file.content_type.split(";")[0].strip().lower(), "document")
    if file.size > SIZES[kind]:
        kind = "document"  # shown by its name then, and not lost
    if file.size > LARGEST:
        raise Unreachable(f"WhatsApp takes files of at most {LARGEST // 1024 // 1024} MB")
    if text and kind == "audio":
        raise Unreachable("WhatsApp shows no text beside a sound: send the text by itself")
    if len(text) > CAPTION:
        raise Unreachable(f"WhatsApp takes at most {CAPTION} characters beside a file: send the text by itself")
    return file, kind


def uploaded(way: Graph, number: str, file: File, kind: str, text: str) -> Mapping[str, Any]:
    """The part of a message that shows a file, which is at WhatsApp by now. Raises TryLater, Unreachable."""
    with file.open() as stream:
        found = way.call(
            "POST",
            f"{number}/media",
            form={"messaging_product": "whatsapp", "type": file.content_type},
            files=[("file", (file.name, stream, file.content_type))],
            repeatable=True,  # nobody sees a file that no message shows, and WhatsApp throws it away after 30 days
        )
    ident = found.get("id")
    if not isinstance(ident, str) or not ident:
        raise TryLater("WhatsApp did not say whether it took the file")
    shown: dict[str, Any] = {"id": ident}
    if text:
        shown["caption"] = text
    if kind == "document":
        shown["filename"] = file.name
    return {"type": kind, kind: shown}
