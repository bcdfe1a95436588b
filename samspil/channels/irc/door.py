"""The way from whoever sends to the connection that the runner holds.

A name can be there once on IRC, so an answer has to go out by the very connection that hears. The runner listens at a socket in a folder that is
our own user's alone; its name comes from the account's key, and who does not know that does not find it.
"""

import contextlib
import hmac
import json
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from samspil.kit import Account, TryLater, Uncertain

LARGEST = 256 * 1024
ASKED = 5.0
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def path_of(account: Account) -> Path:
    """The socket of an account. Raises TryLater when the folder is not ours alone."""
    folder = Path(tempfile.gettempdir()) / f"samspil-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise TryLater(f"{folder} is not this user's own folder: remove it")
    return folder / f"irc-{hmac.new(account.key, account.id.encode(), sha256).hexdigest()[:32]}"


@contextmanager
def opened(account: Account, answer: Answer) -> Iterator[None]:
    """Answer questions, one after the other, in a thread until the context ends."""
    path = path_of(account)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        inode = path.stat().st_ino
        server.listen(16)
        server.settimeout(0.3)
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, answer, stop), name="irc-door", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(2)
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == inode:  # a runner that came after us has its own
                    path.unlink()


def _serve(server: socket.socket, answer: Answer, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            client, _ = server.accept()
        except TimeoutError:
            continue
        except OSError:
            return
        with client, contextlib.suppress(OSError, ValueError):
            client.settimeout(ASKED)
            client.sendall(json.dumps(answer(_read(client))).encode() + b"\n")


def ask(account: Account, question: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
    """Ask the runner. Raises TryLater when nobody is there (nothing was asked), Uncertain when the answer was lost."""
    path = path_of(account)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(ASKED)
        try:
            client.connect(str(path))
        except OSError as error:
            raise TryLater("There is no connection to the IRC server just now") from error
        try:
            client.sendall(json.dumps(question).encode() + b"\n")
            client.settimeout(seconds)
            return _read(client)
        except (OSError, ValueError) as error:
            raise Uncertain("The connection to the IRC server ended while the answer was sent") from error


def _read(client: socket.socket) -> Mapping[str, Any]:
    found = b""
    while not found.endswith(b"\n"):
        more = client.recv(65536)
        if not more or len(found) > LARGEST:
            raise ValueError("not whole")
        found += more
    said = json.loads(found)
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - what is not whole and what is no object are one to the caller
    return said
