"""What somebody sees who waits for a long command: the bar, and how Ctrl-C ends it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import typer

if TYPE_CHECKING:
    from samspil.exchange.actions import Progress

NAME = 26
"""Letters of the file's name that the bar shows: the numbers beside it are worth more."""


class BrokenOff(Exception):
    """Ctrl-C was pressed, and the batch in hand is done."""

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self.records = records


@contextmanager
def ctrl_c() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed inside: the first waits for the batch in hand and says so, a second one does not."""
    from samspil.project.supervisor.supervisor import handled

    pressed = False

    def press(*_: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        typer.echo("\nStopping after what is in hand; Ctrl-C again stops at once.", err=True)

    with handled([signal.SIGINT], press):
        yield lambda: pressed


class Bar:
    """The bar: of records where they were counted, of bytes otherwise; nothing where nobody looks."""

    def __init__(self, file: Path, records: int, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.table import Column

        console = Console(stderr=True)
        name = TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", max_width=NAME))
        number = TextColumn("{task.fields[number]}", table_column=Column(no_wrap=True, justify="right"))
        rate = TextColumn("{task.fields[rate]}", table_column=Column(no_wrap=True))
        shown = (name, BarColumn(bar_width=None), TaskProgressColumn(), number, rate, TimeRemainingColumn(), TextColumn("left"))
        self._records = records
        self._bar = Progress(*shown, console=console, expand=True, disable=quiet or not console.is_terminal)
        self._total = records or _size(file) or None
        self._task = self._bar.add_task(file.name, total=self._total, rate="", number="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def __call__(self, progress: "Progress") -> None:
        """Show how far it is."""
        rate = f"{progress.rate:,.0f}/s" if progress.rate else ""
        number = f"{progress.records:,}" + (f"/{self._records:,}" if self._records else "")
        far = progress.records if self._records else progress.bytes
        # What separates the records is no record's, so the bytes alone would not reach the end.
        done = self._total if progress.done and self._total else far
        self._bar.update(self._task, completed=done, rate=rate, number=number)


def _size(file: Path) -> int:
    """Bytes of the file, or, where it is packed, what its end says of what was packed (modulo 4 GB; good enough for a bar)."""
    if file.is_dir():
        return sum(one.stat().st_size for one in file.rglob("*") if one.is_file())
    with file.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            return file.stat().st_size
        stream.seek(-4, 2)
        return int.from_bytes(stream.read(4), "little")
