"""Files outside the database, each under the SHA-256 of its bytes, so that the same file lies there once."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from samspil.base.errors import SamspilError

PIECE = 1 << 16


class TooLarge(SamspilError):
    """The file is larger than is taken."""

    code = "file.too_large"


def _path(digest: str) -> Path:
    if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
        raise ValueError("not a digest")
    return Path(settings.SAMSPIL_BLOBS) / digest[:2] / digest[2:]


def keep(pieces: Iterable[bytes], *, limit: int) -> tuple[str, int]:
    """Write a stream to disk; its digest and size in bytes. Durable before it returns. Raises TooLarge and keeps nothing."""
    folder = Path(settings.SAMSPIL_BLOBS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as file:
        try:
            for piece in pieces:
                size += len(piece)
                if size > limit:
                    raise TooLarge(f"The file is larger than {limit // 1_000_000} MB")
                seen.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            target = _path(seen.hexdigest())
            target.parent.mkdir(exist_ok=True, mode=0o700)
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return seen.hexdigest(), size


def read(digest: str) -> BinaryIO:
    """The file, open for reading. Raises FileNotFoundError."""
    return _path(digest).open("rb")


def forget(digest: str) -> None:
    """Remove a file that nothing refers to any more; nothing happens when it is gone already."""
    _path(digest).unlink(missing_ok=True)
