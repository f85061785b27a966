"""The ledger's outbox, tailed: what was committed, in the order of commits, summed by the hour.

Like trades, usage events are reduced at the edge: one row per account, meter and hour of what was
committed since the last look, so that neither time nor memory of the engine grows with every unit.
The engine keeps no position: a start reads the outbox from its beginning.
"""

import logging
from datetime import timedelta
from pathlib import Path

import pathway as pw

from connectors.sources.ledger_tail import Page, Tail, read_ledger
from connectors.sources.stop import StopToken
from connectors.store.commit_signal import CommitSignal
from connectors.store.entries import LedgerUnavailable
from connectors.store.outbox import OutboxReader
from transforms.schemas import UsageSum

_PAGE = 5_000
_log = logging.getLogger(__name__)


class _Outbox:
    """Pages of the outbox, each summed up."""

    def __init__(self, path: Path) -> None:
        self._reader = OutboxReader(path)

    def after(self, seq: int) -> Page:
        """Sums over what was committed behind ``seq``."""
        stretch = self._reader.after(seq, _PAGE)
        rows = [one._asdict() for one in stretch.sums]
        return Page(rows, stretch.seq, more=stretch.events >= _PAGE)

    def report(self, error: LedgerUnavailable) -> None:
        """Advice must not stop because a count is late."""
        _log.warning("usage is not counted for the time being: %s", error)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def read_usage_events(
    path: Path,
    *,
    stop: StopToken,
    signal: CommitSignal | None = None,
    gather: timedelta = timedelta(milliseconds=20),
    poll: timedelta = timedelta(milliseconds=200),
    autocommit: timedelta = timedelta(milliseconds=20),
    name: str = "usage_events",
) -> pw.Table[UsageSum]:
    """Read the usage events of a ledger, summed by the hour, and go on reading.

    Args:
        path: the ledger file; it exists once a ``Ledger`` was opened on it.
        stop: once it is set, the source raises within ``gather`` plus ``poll``.
        signal: of the ledger, when it is written by this process: then a commit is read at once.
        gather: what is committed within this time is read together.
        poll: how often to look when no signal comes.
        autocommit: longest time a row waits for its minibatch.
        name: of the source.
    """
    tail = Tail(path, stop, signal or CommitSignal(), gather, poll, autocommit)
    return read_ledger(tail, _Outbox, schema=UsageSum, name=name, max_backlog_size=4 * _PAGE)
