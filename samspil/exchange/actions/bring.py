"""Taking real history in from a file, through the same spine as everything else: resumable, and never doubled."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from samspil.base import registry
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import step
from samspil.exchange.models import ImportRun
from samspil.intake.actions import configure, connect, keep, understand_waiting
from samspil.intake.models import Account
from samspil.intake.queries import waiting_in
from samspil.kit import ChannelError, Envelope

BATCH = 400
BYTES = 16_000_000
"""Records, and bytes of payload, that are put on disk together."""
PATIENCE = 60.0
"""Seconds without progress after which envelopes that another worker holds are left to it."""


class CannotRead(SamspilError):
    """The file is not what it is said to be, or nobody reads such files."""

    code = "exchange.cannot_read"


class AlreadyLive(SamspilError):
    """A connected account bears this name; history goes into an account of its own."""

    code = "exchange.already_live"


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far an import is. ``ids`` are the external ids of every record so far, ``resumed`` how many an earlier try had kept."""

    run: UUID
    account: UUID
    records: int = 0
    bytes: int = 0
    new: int = 0
    resumed: int = 0
    taken: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    done: bool = False
    ids: list[str] = field(default_factory=list)

    @property
    def gone(self) -> int:
        """Records that this try went through itself, without those that an earlier one had kept."""
        return self.records - min(self.resumed, self.records)

    @property
    def rate(self) -> float:
        """Records a second of this try; 0 before the first."""
        return self.gone / self.seconds if self.seconds else 0.0


def history_account(*, channel: str, name: str, own: Sequence[str] = (), language: str = "da") -> Account:
    """The account of history of that name, made where it is new; ``own`` are added to our own handles. Raises AlreadyLive."""
    with step():
        row = Account.objects.filter(name=name).order_by("created_at").first()
        if row is None:
            return connect(channel=channel, name=name, config={}, own=list(own), language=language, history=True)
        if not row.history or row.channel != channel:
            raise AlreadyLive(f"An account is called {name!r} already: choose another --account")
        wanted = sorted({*row.own, *(one.lower() for one in own)})
        return configure(account=row.pk, name=name, config={}, own=wanted) if wanted != row.own else row


def bring(
    *,
    file: Path,
    format: str,  # noqa: A002  as above
    account: Account,
    options: Mapping[str, str],
    at: datetime,
    say: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Take every record of the file in, and understand what waits, also when no worker runs.

    Each batch is on disk before the next is read; a broken run goes on where it stopped, and what is here already is not stored
    again. ``say`` is called after every batch. Raises CannotRead, and NotFound for a format that nobody
    reads; what was kept before stays.
    """
    channel = registry.reader(format)[1]
    wanted = {**options, "format": format}
    run = _run(file, format, account, wanted, at)
    progress = Progress(run=run.pk, account=account.pk, resumed=run.position)
    began, cpu = time.monotonic(), time.process_time()
    try:
        for batch in _batches(channel.read_file(file, wanted)):
            _keep(batch, run, progress, at)
            progress.seconds, progress.cpu = time.monotonic() - began, time.process_time() - cpu
            say(progress)
    except ChannelError as error:
        before = f". What was read before is kept: {progress.records:,} records" if progress.records else ""
        raise CannotRead(f"{error}{before}") from error
    except OSError as error:
        raise CannotRead(f"{file.name}: {error.strerror or error}") from error
    _settle(account.pk, progress, at)
    with step():
        ImportRun.objects.filter(pk=run.pk).update(finished_at=at)
    progress.seconds, progress.cpu, progress.done = time.monotonic() - began, time.process_time() - cpu, True
    say(progress)
    return progress


def look(*, file: Path, format: str, options: Mapping[str, str]) -> None:  # noqa: A002  as above
    """Whether there is a first record to take in: asked before anything is made for it. Raises CannotRead, and NotFound as above."""
    channel = registry.reader(format)[1]
    try:
        first = next(iter(channel.read_file(file, {**options, "format": format})), None)
    except ChannelError as error:
        raise CannotRead(str(error)) from error
    except OSError as error:
        raise CannotRead(f"{file.name}: {error.strerror or error}") from error
    if first is None:
        raise CannotRead(f"There is nothing in {file.name}")


def _run(file: Path, format: str, account: Account, options: Mapping[str, str], at: datetime) -> ImportRun:  # noqa: A002
    digest = _digest(file, options)
    with step():
        run, _ = ImportRun.objects.get_or_create(
            account=account,
            digest=digest,
            defaults={"format": format, "name": file.name[:255], "options": dict(options), "started_at": at, "moved_at": at},
        )
        if run.finished_at is not None:  # read again from the beginning: whoever asks twice wants it looked at
            run.position, run.finished_at, run.started_at = 0, None, at
            run.save(update_fields=["position", "finished_at", "started_at"])
    return run


def _digest(file: Path, options: Mapping[str, str]) -> str:
    found = hashlib.sha256(json.dumps(dict(options), sort_keys=True).encode())
    try:
        if file.is_dir():
            for one in sorted(p for p in file.rglob("*") if p.is_file()):
                found.update(f"{one.relative_to(file)}\0{one.stat().st_size}\0".encode("utf-8", "surrogatepass"))
        else:
            with file.open("rb") as stream:
                while piece := stream.read(1 << 20):
                    found.update(piece)
    except OSError as error:
        raise CannotRead(f"{file.name}: {error.strerror or error}") from error
    return found.hexdigest()


def _batches(envelopes: Iterator[Envelope]) -> Iterator[list[Envelope]]:
    batch: list[Envelope] = []
    size = 0
    broken: ChannelError | None = None
    try:
        for envelope in envelopes:
            batch.append(envelope)
            size += len(envelope.payload)
            if len(batch) >= BATCH or size >= BYTES:
                yield batch
                batch, size = [], 0
    except ChannelError as error:
        broken = error
    if batch:
        yield batch
    if broken:
        raise broken


def _keep(batch: Sequence[Envelope], run: ImportRun, progress: Progress, at: datetime) -> None:
    progress.ids.extend(envelope.external_id[:200] for envelope in batch)
    progress.records += len(batch)
    progress.bytes += sum(len(envelope.payload) for envelope in batch)
    if progress.records <= progress.resumed:
        return
    with step():
        new = keep(account=run.account_id, envelopes=batch, at=at)
        ImportRun.objects.filter(pk=run.pk).update(position=progress.records, moved_at=at, new=run.new + new)
    run.new += new
    progress.new += new
    while taken := understand_waiting(at=at):
        progress.taken += taken


def _settle(account: UUID, progress: Progress, at: datetime) -> None:
    """Until nothing of the account waits: a worker may hold some of it."""
    last, since = -1, time.monotonic()
    while waiting := waiting_in(account):
        progress.taken += understand_waiting(at=at)
        if waiting != last:
            last, since = waiting, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            return
        time.sleep(0.05)


def account_of(*, name: str) -> Account:
    """The account of that name. Raises NotFound."""
    row = Account.objects.filter(name=name).order_by("created_at").first()
    if row is None:
        raise NotFound(f"No account is called {name!r}")
    return row
