"""Files outside the database, each under the SHA-256 of its bytes, so that the same file lies there once."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from samspil.base import sql
from samspil.base.errors import SamspilError

PIECE = 1 << 16


class TooLarge(SamspilError):
    """The file is larger than is taken."""

    code = "file.too_large"


DIGITS = 64


def _path(digest: str) -> Path:
    if len(digest) != DIGITS or not all(c in "0123456789abcdef" for c in digest):
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
                    raise TooLarge(f"The file is larger than {limit // 1_000_000} MB")  # noqa: TRY301  the file is removed below
                seen.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            target = _path(seen.hexdigest())
            new = not target.parent.exists()
            target.parent.mkdir(exist_ok=True, mode=0o700)
            Path(file.name).replace(target)
            # A file is there after a crash only when the folder that names it is on disk too.
            for place in (target.parent, *([folder] if new else [])):
                _sync(place)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return seen.hexdigest(), size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(digest: str) -> BinaryIO:
    """The file, open for reading. Raises FileNotFoundError."""
    return _path(digest).open("rb")


LOCK = "samspil.blobs"
_referred: set[tuple[str, str]] = set()


def referred_by(table: str, column: str) -> None:
    """Say that a column names files. Called beside the model; the names are our own, never input."""
    _referred.add((table, column))


def hold() -> None:
    """Let no file be removed before the open transaction ends: whoever commits a row that names one calls this before :func:`keep`."""
    sql.run("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [LOCK])


def release(digests: Iterable[str]) -> int:
    """Remove those files that no row names any more; the number removed. In a transaction, after the rows are gone.

    Whoever keeps the same bytes just now holds the lock until the row that names them is committed, and is then seen.
    """
    wanted = sorted({digest for digest in digests if digest})
    if not wanted:
        return 0
    sql.run("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    query = " UNION ".join(f"SELECT {column} FROM {table} WHERE {column} = ANY(%(d)s)" for table, column in sorted(_referred))
    used = {digest for (digest,) in sql.run(query, {"d": wanted})} if _referred else set()
    for digest in wanted:
        if digest not in used:
            forget(digest)
    return len(set(wanted) - used)


def release_after_commit(digests: Iterable[str]) -> None:
    """The same once the open transaction has committed: a step that is rolled back must find its files."""
    files = set(digests)

    def work() -> None:
        with transaction.atomic():
            release(files)

    transaction.on_commit(work)


def forget(digest: str) -> None:
    """Remove a file; nothing happens when it is gone already. Only for files that nobody can be keeping: else :func:`release`."""
    _path(digest).unlink(missing_ok=True)
