"""Documents that accounts have sent, tailed from the ledger: holdings and transactions.

A start reads them from the first on, so that after a restart they are all there again.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

import pathway as pw

from connectors.sources.stop import StopToken
from connectors.sources.transactions import TransactionDocument
from connectors.store.commit_signal import CommitSignal
from connectors.store.documents import DocumentReader, StoredHoldings, StoredTransactions
from connectors.store.entries import LedgerUnavailable
from transforms.schemas import Holding, Transactions

_PAGE: Final = 500
_STANDSTILL: Final = 1_000_000  # what is sent while the market stands still counts a little later
_log = logging.getLogger(__name__)
Rows = Sequence[Mapping[str, object]]


class _Page(NamedTuple):
    """Rows to send, the last place read, and whether there may be more at once."""

    rows: Rows
    seq: int
    more: bool


Turn = Callable[[DocumentReader, int], _Page]


@dataclass(frozen=True)
class Tail:
    """How a ledger is followed.

    Attributes:
        path: the ledger file; it exists once a ``Ledger`` was opened on it.
        stop: once it is set, a source raises within ``gather`` plus ``poll``.
        signal: of the ledger, when it is written by this process: then a commit is read at once.
        gather: what is committed within this time is read together.
        poll: how often to look when no signal comes.
        autocommit: longest time a row waits for its minibatch.
        market: time of the market, microseconds UTC, None before the first trade. What counts from
            a later time waits for it: a replayed day must not be advised on holdings of its
            evening. No such function: nothing waits.
    """

    path: Path
    stop: StopToken
    signal: CommitSignal = field(default_factory=CommitSignal)
    gather: timedelta = timedelta(milliseconds=20)
    poll: timedelta = timedelta(milliseconds=200)
    autocommit: timedelta = timedelta(milliseconds=20)
    market: Callable[[], int | None] | None = None


class _Documents(pw.io.python.ConnectorSubject):
    """Sends ``first``, then what is stored, for as long as it runs."""

    def __init__(self, tail: Tail, turn: Turn, first: Rows = ()) -> None:
        super().__init__()
        self._ledger, self._turn, self._first = tail, turn, first
        self._failing = False

    def run(self) -> None:
        """Send documents until told to stop.

        Raises:
            FeedStopped: a stop was asked for.
            LedgerUnavailable: there is no ledger at the path.
        """
        reader = DocumentReader(self._ledger.path)
        try:
            self._tail(reader)
        finally:
            reader.close()

    def _tail(self, reader: DocumentReader) -> None:
        seq, commits, ledger = 0, 0, self._ledger
        self._send(self._first)
        while True:
            ledger.stop.check()
            page = self._page(reader, seq)
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

    def _page(self, reader: DocumentReader, seq: int) -> _Page:
        try:
            page = self._turn(reader, seq)
        except LedgerUnavailable as error:
            # What is held already goes on being advised: it is read again at the next poll.
            if not self._failing:
                _log.warning("new holdings are not read for the time being: %s", error)
            self._failing = True
            return _Page((), seq, more=False)
        self._failing = False
        return page


def read_live_holdings(tail: Tail, *, name: str = "live_holdings") -> pw.Table[Holding]:
    """Read the holding documents of a ledger, and go on reading."""
    return pw.io.python.read(
        _Documents(tail, _Holdings(tail.market)),
        schema=Holding,
        autocommit_duration_ms=tail.autocommit // timedelta(milliseconds=1),
        name=name,
    )


def read_live_transactions(
    tail: Tail, first: Sequence[TransactionDocument], *, name: str = "live_transactions"
) -> pw.Table[Transactions]:
    """Read the transaction documents of a ledger, and go on reading.

    A document takes the place of the one before it, and nothing in it says which is newer: of a
    portfolio no more than one goes into a minibatch.

    Args:
        tail: how the ledger is followed.
        first: documents of files; one whose portfolio has a stored one is not sent at all.
        name: of the source.
    """
    rows = [asdict(document) for document in _not_stored(tail.path, first)]
    return pw.io.python.read(
        _Documents(tail, _transactions, rows),
        schema=Transactions,
        autocommit_duration_ms=tail.autocommit // timedelta(milliseconds=1),
        name=name,
    )


def _holding_row(stored: StoredHoldings) -> dict[str, object]:
    """A stored document as a row of the ``Holding`` table."""
    return {
        "portfolio_id": stored.portfolio_id,
        "revision": stored.revision,
        "ts_event": stored.ts_event,
        "document": stored.document.encode(),
    }


class _Holdings:
    """Documents behind a place, as soon as the market has come to their time."""

    def __init__(self, market: Callable[[], int | None] | None) -> None:
        self._market = market
        self._waiting: list[StoredHoldings] = []

    def __call__(self, reader: DocumentReader, seq: int) -> _Page:
        """Read a page, and what was read before and is due now."""
        now = None if self._market is None else self._market() or 0
        found = reader.holdings(seq, _PAGE)
        known = [*self._waiting, *found]
        limit = None if now is None else now + _STANDSTILL
        due = [one for one in known if limit is None or one.ts_event <= limit]
        self._waiting = [one for one in known if limit is not None and one.ts_event > limit]
        last = found[-1].seq if found else seq
        return _Page([_holding_row(one) for one in due], last, more=len(found) == _PAGE)


def _transactions(reader: DocumentReader, seq: int) -> _Page:
    """The newest document of each portfolio behind ``seq``."""
    found = reader.transactions(seq)
    newest: dict[str, StoredTransactions] = {one.portfolio_id: one for one in found}
    rows = [
        {"portfolio_id": one.portfolio_id, "document": one.document.encode()}
        for one in newest.values()
    ]
    return _Page(rows, found[-1].seq if found else seq, more=False)


def _not_stored(path: Path, first: Sequence[TransactionDocument]) -> list[TransactionDocument]:
    reader = DocumentReader(path)
    try:
        stored = {one.portfolio_id for one in reader.transactions(0)}
    finally:
        reader.close()
    return [document for document in first if document.portfolio_id not in stored]
