"""Mail fetched over IMAP: pushed by IDLE where the server can, asked for otherwise.

One connection for all folders. It reads each in turn and then waits on the first, which is the busy one, for at most
``poll_seconds`` where there are several. The cursor is ``{folder: {"uidvalidity": n, "uid": last}}``.
"""

import imaplib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError
from imap_tools.idle import IdleManager

from samspil.channels.mail.settings import Server, Settings, settings_of, tls_context
from samspil.channels.mail.understand import external_id
from samspil.kit import Account, Batch, Envelope, SignInAgain, TryLater

MAX_BATCH = 100
MAX_BATCH_BYTES = 16 * 1024 * 1024
OVERSIZE_BYTES = 256 * 1024
LOOK_AHEAD = 1000
TIMEOUT = 60.0
IDLE_ALONE = 240.0
AFTER_REFUSED_LOGIN = 300.0
HISTORY_AGE = timedelta(hours=1)

_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "[^"]{10,40}"')
_ATTEMPTS_LATER = (OSError, EOFError, imaplib.IMAP4.error, ImapToolsError)

Cursor = dict[str, dict[str, int]]


class _Idle(IdleManager):
    """IDLE that survives news arriving together with the server's "go on"."""

    def start(self) -> bool:
        """Begin; True when there is news already."""
        client = self.mailbox.client
        self._idle_tag = client._command("IDLE")  # noqa: SLF001 - the library does it so too: imaplib of this Python has no IDLE
        while client._get_response() is not None:  # noqa: SLF001 - as above
            pass
        return "EXISTS" in client.untagged_responses


@contextmanager
def connected(server: Server) -> Iterator[BaseMailBox]:
    """A signed-in mailbox. Raises what the library raises."""
    if server.security == "none":
        box: BaseMailBox = MailBoxUnencrypted(server.host, server.port, timeout=TIMEOUT)
    elif server.security == "starttls":
        box = MailBoxStartTls(server.host, server.port, timeout=TIMEOUT, ssl_context=tls_context())
    else:
        box = MailBox(server.host, server.port, timeout=TIMEOUT, ssl_context=tls_context())
    try:
        if server.token:
            box.xoauth2(server.user, server.token, initial_folder=None)
        else:
            box.login(server.user, server.password, initial_folder=None)
        yield box
    finally:
        try:
            box.client.logout()
        except _ATTEMPTS_LATER:
            box.client.shutdown()


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """Batches as they come; a batch without envelopes is a sign of life. Raises TryLater when the connection is lost."""
    settings = settings_of(account)
    if not settings.imap.host:
        raise TryLater("No IMAP server is set.", after=3600)
    try:
        with connected(settings.imap) as box:
            yield from _Puller(box, settings, cursor).run()
    except MailboxLoginError as error:
        if "[UNAVAILABLE]" in str(error).upper():  # RFC 5530: the server itself, and not the password
            raise TryLater(words_of(error)) from error
        raise SignInAgain(f"The IMAP server refused the sign-in: {words_of(error)}", after=AFTER_REFUSED_LOGIN) from error
    except _ATTEMPTS_LATER as error:
        raise TryLater(words_of(error)) from error


def words_of(error: BaseException) -> str:
    """What a server or the network said, on one line."""
    text = str(error) or type(error).__name__
    if isinstance(error, imaplib.IMAP4.error) and error.args and isinstance(error.args[0], bytes):
        text = error.args[0].decode("utf-8", "replace")
    return " ".join(text.split())[:300]


class _Puller:
    def __init__(self, box: BaseMailBox, settings: Settings, cursor: Any) -> None:
        self.box, self.settings = box, settings
        self.cursor: Cursor = {}
        if isinstance(cursor, Mapping):
            for folder, place in cursor.items():
                if isinstance(place, Mapping):
                    self.cursor[str(folder)] = {"uidvalidity": int(place.get("uidvalidity", 0)), "uid": int(place.get("uid", 0))}
        self.can_idle = "IDLE" in box.client.capabilities
        self.limit = min(settings.max_bytes, MAX_BATCH_BYTES * 4)

    def run(self) -> Iterator[Batch]:
        while True:
            for folder in reversed(self.settings.folders):  # the first is selected last, and is waited on
                yield from self._read(folder)
            self._wait()
            yield Batch(envelopes=(), cursor=self._cursor())

    def _cursor(self) -> Cursor:
        return {folder: dict(place) for folder, place in self.cursor.items()}

    def _wait(self) -> None:
        """Until there is news in the selected folder, or time is up."""
        alone = len(self.settings.folders) == 1
        if not self.can_idle:
            time.sleep(self.settings.poll_seconds)
            return
        idle = _Idle(self.box)
        news = idle.start()
        try:
            if not news:
                idle.poll(timeout=IDLE_ALONE if alone else self.settings.poll_seconds)
        finally:
            idle.stop()  # type: ignore[no-untyped-call]

    def _read(self, folder: str) -> Iterator[Batch]:
        self.box.folder.set(folder, readonly=not self.settings.mark_seen)
        # Whatever is told from here on came while we read: then there is nothing to wait for afterwards.
        self.box.client.untagged_responses.pop("EXISTS", None)
        valid = int(self.box.client.response("UIDVALIDITY")[1][0] or 0)
        place = self.cursor.get(folder)
        fresh = place is None or place["uidvalidity"] != valid
        # Another UIDVALIDITY: the server has numbered anew. All is read again; what we have is known by its external id.
        at = place if place is not None and not fresh else {"uidvalidity": valid, "uid": 0}
        self.cursor[folder] = at
        uids = self._search(at["uid"], everything=fresh)
        for first in range(0, len(uids), LOOK_AHEAD):
            for uids_of_batch, sizes in self._batches(uids[first : first + LOOK_AHEAD]):
                envelopes = self._fetch(folder, uids_of_batch, sizes)
                at["uid"] = max(uids_of_batch)
                yield Batch(envelopes=envelopes, cursor=self._cursor())
                # Resumed: the batch is on disk. Only now may the server be told.
                if self.settings.mark_seen and envelopes:
                    self.box.client.uid("STORE", _set(uids_of_batch), "+FLAGS.SILENT", r"(\Seen)")

    def _search(self, after: int, *, everything: bool) -> list[int]:
        criteria = [f"UID {after + 1}:*"]
        if everything and self.settings.history_days > 0:
            since = date.fromtimestamp(time.time()) - timedelta(days=self.settings.history_days)  # noqa: DTZ012 - IMAP's SINCE has no zone
            criteria.append("SINCE " + imaplib.Time2Internaldate(datetime.combine(since, datetime.min.time(), UTC))[1:12].strip())
        status, data = self.box.client.uid("SEARCH", *criteria)
        if status != "OK":
            raise imaplib.IMAP4.error(f"SEARCH was refused: {data!r}"[:200])
        # "n:*" gives the last mail also when its number is lower.
        return sorted(uid for uid in map(int, (data[0] or b"").split()) if uid > after)

    def _batches(self, uids: Sequence[int]) -> Iterator[tuple[list[int], dict[int, int]]]:
        _, data = self.box.client.uid("FETCH", _set(uids), "(UID RFC822.SIZE)")
        sizes: dict[int, int] = {}
        for item in data:
            line = item if isinstance(item, bytes) else (item[0] if item else b"")
            number, size = _UID.search(line), _SIZE.search(line)
            if number and size:
                sizes[int(number[1])] = int(size[1])
        batch: list[int] = []
        total = 0
        for uid in uids:
            weight = min(sizes.get(uid, 0), self.settings.max_bytes)
            if batch and (len(batch) >= MAX_BATCH or total + weight > MAX_BATCH_BYTES):
                yield batch, sizes
                batch, total = [], 0
            batch.append(uid)
            total += weight
        if batch:
            yield batch, sizes

    def _fetch(self, folder: str, uids: Sequence[int], sizes: Mapping[int, int]) -> list[Envelope]:
        whole = [uid for uid in uids if sizes.get(uid, 0) <= self.settings.max_bytes]
        found = self._bodies(folder, whole, "BODY.PEEK[]", {}) if whole else {}
        for uid in uids:
            if sizes.get(uid, 0) > self.settings.max_bytes:
                found |= self._bodies(folder, [uid], f"BODY.PEEK[]<0.{OVERSIZE_BYTES}>", {"truncated": str(sizes[uid])})
        return [found[uid] for uid in uids if uid in found]

    def _bodies(self, folder: str, uids: Sequence[int], what: str, more: Mapping[str, str]) -> dict[int, Envelope]:
        status, data = self.box.client.uid("FETCH", _set(uids), f"(UID INTERNALDATE {what})")
        if status != "OK":
            raise imaplib.IMAP4.error(f"FETCH was refused: {data!r}"[:200])
        found: dict[int, Envelope] = {}
        for index, item in enumerate(data):
            if not isinstance(item, tuple):
                continue
            after = data[index + 1] if index + 1 < len(data) and isinstance(data[index + 1], bytes) else b""
            line = item[0] + b" " + after
            uid = _UID.search(line)
            if uid is None:
                continue
            payload = bytes(item[1])
            headers = {"transport": "imap", "folder": folder, "uid": uid[1].decode(), **more}
            found[int(uid[1])] = Envelope(
                external_id=external_id(payload), payload=payload, headers=headers, received_at=_received(line)
            )
        return found


def _received(line: bytes) -> datetime | None:
    """When the server got the mail; None for one that has only just come, which is received when we store it."""
    match = _DATE.search(line)
    moment = imaplib.Internaldate2tuple(match[0]) if match else None
    if moment is None:
        return None
    at = datetime.fromtimestamp(time.mktime(moment), UTC)
    return at if datetime.now(UTC) - at > HISTORY_AGE else None


def _set(uids: Sequence[int]) -> str:
    """Numbers as an IMAP sequence set, runs as ranges."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in runs)
