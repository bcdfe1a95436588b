"""Secrets that are made once and kept in a file."""

import os
import secrets
from pathlib import Path

KEY_BYTES = 50


def kept_secret(path: Path) -> str:
    """The secret in ``path``, made at the first call with mode 0600. Two processes that ask at once get the same."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link fails when the name is taken, so the first process wins and nobody ever reads half a key.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
