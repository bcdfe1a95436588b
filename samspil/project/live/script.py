"""The script that web pages load: built ahead, kept in memory, served compressed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from samspil.project.live.http import Call

FILE = Path(__file__).parents[2] / "screens" / "widget" / "static" / "widget" / "chat.js"


@dataclass(frozen=True, slots=True)
class Script:
    """The script and its compressed forms, with the tag that changes when it does."""

    plain: bytes
    forms: dict[str, bytes]
    tag: str

    @classmethod
    def read(cls) -> "Script":
        """From the built files."""
        plain = FILE.read_bytes()
        paths = {"br": FILE.with_name(FILE.name + ".br"), "gzip": FILE.with_name(FILE.name + ".gz")}
        forms = {name: path.read_bytes() for name, path in paths.items() if path.exists()}
        return cls(plain, forms, f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


async def serve(call: Call, script: Script) -> None:
    """``GET /widget/chat.js``: its address never changes, so it is kept for an hour, a week while a newer is asked for."""
    headers = {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=3600, stale-while-revalidate=604800",
        "etag": script.tag,
        "vary": "accept-encoding",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if call.headers.get("if-none-match", "").removeprefix("W/") == script.tag:
        await call.answer(304, b"", headers)
        return
    accepted = {part.split(";")[0].strip().lower() for part in call.headers.get("accept-encoding", "").split(",")}
    form = next((name for name in ("br", "gzip") if name in accepted and name in script.forms), "")
    body = script.forms[form] if form else script.plain
    if form:
        headers["content-encoding"] = form
    if call.method == "HEAD":
        headers["content-length"] = str(len(body))
        body = b""
    await call.answer(200, body, headers)
