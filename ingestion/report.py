"""What a run tells the user: a progress bar on a terminal, plain lines elsewhere."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingestion.config import redact


class _Lines(Console):
    """Whoever reads may stop, as `head` does; the work goes on."""

    def on_broken_pipe(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno() if self.stderr else 1)


class Report:
    """Lines for people, which all pass through redact(): no URL shows its password."""

    def __init__(self) -> None:
        # soft_wrap: a piped line stays one line, so that it can be searched.
        # emoji: `:house:` in a text is what somebody wrote.
        self.out = _Lines(soft_wrap=True, highlight=False, emoji=False)
        self.err = _Lines(soft_wrap=True, highlight=False, emoji=False, stderr=True)
        self.warnings: list[str] = []
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def line(self, text: str) -> None:
        self.out.print(redact(text), markup=False)

    def document(self, text: str) -> None:
        """For programs, as it is: what redact() takes away may be a bracket."""
        self.out.print(text, markup=False)

    def warning(self, text: str) -> None:
        self.warnings.append(text)
        self.err.print("warning: " + redact(text), style="yellow", markup=False)

    def repeat_warnings(self) -> None:
        """Say every warning again: dbt's lines have scrolled the first away."""
        for text in self.warnings.copy():
            self.err.print("warning: " + redact(text), style="yellow", markup=False)

    def error(self, text: str) -> None:
        self.err.print("error: " + redact(text), style="red", markup=False)

    def show(self, table: Table) -> None:
        self.out.print(table, soft_wrap=False)

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[None]:
        """A bar for `total` bytes (None: unknown) while the block runs."""
        if not sys.stdout.isatty():
            yield
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.out, transient=True) as bar:
            self._progress, self._task = bar, bar.add_task(what, total=total)
            try:
                yield
            finally:
                self._progress = self._task = None

    def advance(self, size: int) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, size)
