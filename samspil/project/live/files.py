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
DIGITS, PARTS = 3, 4


async def serve(call: Call, post: Post, database: Database, reply: str, number: str, mark: str) -> None:
    """One file. Raises Refused (404) for an address that we never gave, and for what was taken back."""
    found: tuple[kit.File, bytes] | None = None
    if number.isascii() and number.isdecimal() and len(number) <= DIGITS:
        found = await database.ask(lambda: _read(post, reply[:100], int(number), mark[:100]))
    if found is None:
        raise Refused(404, "no_such_file")
    file, content = found
    kind = file.content_type if file.content_type in SHOWN else "application/octet-stream"
    headers = {
        "content-type": kind,
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=86400",
        "x-robots-tag": "noindex",
        **({} if kind in SHOWN else {"content-disposition": "attachment"}),
    }
    await call.answer(200, b"" if call.method == "HEAD" else content, {**headers, "content-length": str(len(content))})


def _read(post: Post, reply: str, number: int, mark: str) -> tuple[kit.File, bytes] | None:
    file = linked_file(account=post.id, reply=reply, number=number, mark=mark)
    if file is None:
        return None
    with file.open() as stream:
        return file, stream.read()
