"""The ledger's outbox, tailed: what was committed, in the order of commits, summed by the hour.

Like trades, usage events are reduced at the edge: one row per account, meter and hour of what was
committed since the last look, so that neither time nor memory of the engine grows with every unit.
The engine keeps no position: a start reads the outbox from its beginning.
"""

import logging
from datetime import timedelta
from pathlib import Path

import pathway as pw

from connectors.sources.stop import StopToken
from connectors.store.commit_signal import CommitSignal
from connectors.store.entries import LedgerUnavailable
from connectors.store.outbox import OutboxReader, Stretch
from transforms.schemas import UsageSum

_PAGE = 5_000
_log = logging.getLogger(__name__)


class _Outbox(pw.io.python.ConnectorSubject):
    def __init__(
        self,
        path: Path,
        *,
        stop: StopToken,
        signal: CommitSignal,
        gather: timedelta,
        poll: timedelta,
    ) -> None:
        super().__init__()
        self._path = path
        self._stop = stop
        self._failing = False
        self._signal = signal
        self._gather = gather.total_seconds()
        self._poll = poll.total_seconds()

    def run(self) -> None:
        """Push what is committed until told to stop.

        Raises:
            FeedStopped: a stop was asked for.
            LedgerUnavailable: there is no ledger at ``path``.
        """
        outbox = OutboxReader(self._path)
        try:
            self._tail(outbox)
        finally:
            outbox.close()

    def _tail(self, outbox: OutboxReader) -> None:
        seq = commits = 0
        while True:
            self._stop.check()
            stretch = self._page(outbox, seq)
            for row in stretch.sums:
                self.next(**row._asdict())
            if stretch.sums:
                seq = stretch.seq
                self.commit()
            if stretch.events < _PAGE:
                # Commits come by the thousand a second under load: some are read together.
                self._stop.wait(self._gather)
                commits = self._signal.wait(commits, self._poll)

    def _page(self, outbox: OutboxReader, seq: int) -> Stretch:
        try:
            stretch = outbox.after(seq, _PAGE)
        except LedgerUnavailable as error:
            # Advice must not stop because a count is late: it is read again at the next poll.
            if not self._failing:
                _log.warning("usage is not counted for the time being: %s", error)
            self._failing = True
            return Stretch([], seq, 0)
        self._failing = False
        return stretch


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
    subject = _Outbox(path, stop=stop, signal=signal or CommitSignal(), gather=gather, poll=poll)
    return pw.io.python.read(
        subject,
        schema=UsageSum,
        autocommit_duration_ms=autocommit // timedelta(milliseconds=1),
        name=name,
        max_backlog_size=4 * _PAGE,
    )
