"""Progress on standard error: how far, how fast, how much longer. A bar on a terminal, elsewhere some lines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from venetic.cli._plain import many, sized

LINE_EVERY_S = 10.0  # where no bar can be drawn; short runs stay quiet

Report = Callable[[int, int, str], None]


@contextmanager
def reported(work: str) -> Iterator[Report]:
    """Show progress while the block runs; the block reports (bytes done, bytes in all, a word on what was done)."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _lines(console, work)
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(
        TextColumn(work), *columns, TextColumn("{task.fields[note]}"), console=console, transient=True
    ) as bar:
        yield _moves(bar, bar.add_task(work, total=None, note=""))


def _moves(bar: Progress, task: TaskID) -> Report:
    def report(done: int, total: int, note: str) -> None:
        bar.update(task, completed=done, total=total, note=note)

    return report


def _lines(console: Console, work: str) -> Report:
    began = last = time.monotonic()

    def report(done: int, total: int, note: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < LINE_EVERY_S or not done:
            return
        last = now
        rate = done / (now - began)
        left = f"{many(round((total - done) / rate), 'second')} left"
        console.print(
            Text(f"{work}: {sized(done)} of {sized(total)}, {sized(int(rate))}/s, {left}; {note}"), soft_wrap=True
        )

    return report
