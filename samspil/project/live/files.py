"""Files of ours for networks that take no bytes and fetch them: at an address that nobody can guess."""

from samspil import kit
from samspil.project.live.accounts import Post
from samspil.project.live.database import Database
from samspil.project.live.http import Call, Refused
from samspil.reply.queries import linked_file

SHOWN = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "audio/mpeg", "audio/mp4", "audio/ogg", "application/pdf"}
)
"""What is given as what it is; everything else is only to be kept."""
APART = {"content-security-policy": "sandbox; default-src 'none'"}
"""A file is no page of ours, whatever a browser makes of it."""
DIGITS, PARTS = 3, 4


async def serve(call: Call, post: Post, database: Database, reply: str, number: str, mark: str) -> None:
    """One file. Raises Refused (404) for an address that we never gave, and for what was taken back."""
    place = number_of(number)
    file, content = await database.ask(
        lambda: read(linked_file(account=post.id, reply=reply[:100], number=place, mark=mark[:100]))
    )
    kind = file.content_type if file.content_type in SHOWN else "application/octet-stream"
    headers = {
        "content-type": kind,
        **APART,
        "cache-control": "private, max-age=86400",
        "x-robots-tag": "noindex",
        **({} if kind in SHOWN else {"content-disposition": "attachment"}),
    }
    await call.answer(200, b"" if call.method == "HEAD" else content, {**headers, "content-length": str(len(content))})


def number_of(text: str) -> int:
    """Which of a message's files. Raises Refused (404)."""
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS):
        raise Refused(404, "no_such_file")
    return int(text)


def read(file: kit.File | None) -> tuple[kit.File, bytes]:
    """A file with its bytes; in a thread. Raises Refused (404) where there is none."""
    if file is None:
        raise Refused(404, "no_such_file")
    with file.open() as stream:
        return file, stream.read()
