"""A table of the ledger, followed as it grows: what sources of usage and of documents share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pathway as pw

from connectors.sources.stop import StopToken
from connectors.store.commit_signal import CommitSignal
from connectors.store.entries import LedgerUnavailable

Rows = Sequence[Mapping[str, object]]


class Page(NamedTuple):
    """Rows to send, the last place read, and whether there may be more at once."""

    rows: Rows
    seq: int
    more: bool


class Pages(Protocol):
    """What is read page by page, on a connection of its own."""

    def after(self, seq: int) -> Page:
        """Read what was committed behind a place; 0 is before the first.

        Raises:
            LedgerUnavailable: the ledger cannot be read now.
        """

    def report(self, error: LedgerUnavailable) -> None:
        """Say that reading has begun to fail; it is tried again at the next poll."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True)
class Tail:
    """How a ledger is followed.

    Attributes:
        path: the ledger file; it exists once a ``Ledger`` was opened on it.
        stop: once it is set, a source raises within ``gather`` plus ``poll``.
        signal: of the ledger, when it is written by this process: then a commit is read at once.
        gather: what is committed within this time is read together: commits come by the thousand
            a second under load.
        poll: how often to look when no signal comes.
        autocommit: longest time a row waits for its minibatch.
    """

    path: Path
    stop: StopToken
    signal: CommitSignal = field(default_factory=CommitSignal)
    gather: timedelta = timedelta(milliseconds=20)
    poll: timedelta = timedelta(milliseconds=200)
    autocommit: timedelta = timedelta(milliseconds=20)


class _LedgerSubject(pw.io.python.ConnectorSubject):
    """Sends ``first``, then page after page, for as long as it runs."""

    def __init__(self, tail: Tail, pages: Callable[[Path], Pages], first: Rows) -> None:
        super().__init__()
        self._ledger, self._pages, self._first = tail, pages, first
        self._failing = False

    def run(self) -> None:
        """Send rows until told to stop.

        Raises:
            FeedStopped: a stop was asked for.
            LedgerUnavailable: there is no ledger at the path.
        """
        pages = self._pages(self._ledger.path)
        try:
            self._tail(pages)
        finally:
            pages.close()

    def _tail(self, pages: Pages) -> None:
        seq, commits, ledger = 0, 0, self._ledger
        self._send(self._first)
        while True:
            ledger.stop.check()
            page = self._page(pages, seq)
            self._send(page.rows)
            seq = page.seq
            if not page.more:
                ledger.stop.wait(ledger.gather.total_seconds())
                commits = ledger.signal.wait(commits, ledger.poll.total_seconds())

    def _send(self, rows: Rows) -> None:
        for row in rows:
            self.next(**row)
        if rows:
            self.commit()

    def _page(self, pages: Pages, seq: int) -> Page:
        """The next page; an empty one while the ledger cannot be read, which is told once."""
        try:
            page = pages.after(seq)
        except LedgerUnavailable as error:
            if not self._failing:
                pages.report(error)
            self._failing = True
            return Page((), seq, more=False)
        self._failing = False
        return page


def read_ledger(
    tail: Tail,
    pages: Callable[[Path], Pages],
    *,
    schema: type[pw.Schema],
    name: str,
    first: Rows = (),
    max_backlog_size: int | None = None,
) -> pw.Table[Any]:
    """Follow a table of the ledger.

    Args:
        tail: how.
        pages: opens it.
        schema: of the rows.
        name: of the source.
        first: rows to send before any page.
        max_backlog_size: rows that may wait for the engine; None: any number.
    """
    return pw.io.python.read(
        _LedgerSubject(tail, pages, first),
        schema=schema,
        autocommit_duration_ms=tail.autocommit // timedelta(milliseconds=1),
        name=name,
        max_backlog_size=max_backlog_size,
    )
