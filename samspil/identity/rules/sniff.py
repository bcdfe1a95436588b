"""What a file is by its first bytes, whatever its name or sender says. Pure."""

HEAD = 512
"""So many bytes are looked at."""

UNKNOWN = "application/octet-stream"
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\v\f\r")


def sniff(head: bytes) -> str:
    """The type: a known signature's, text/plain for what is text, else application/octet-stream. Never a type that a browser would run."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    known = next((kind for sign, kind in _SIGNS if head.startswith(sign)), "")
    if known:
        return known
    return "text/plain" if head and not _CONTROL.intersection(head) else UNKNOWN
