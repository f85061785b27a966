"""Documents that accounts have sent, tailed from the ledger: holdings and transactions.

A start reads them from the first on, so that after a restart they are all there again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

import pathway as pw

from connectors.sources.ledger_tail import Page, Tail, read_ledger
from connectors.sources.transactions import TransactionDocument
from connectors.store.documents import DocumentReader, StoredHoldings, StoredTransactions
from connectors.store.entries import LedgerUnavailable
from transforms.schemas import Holding, Transactions

_PAGE: Final = 500
_STANDSTILL: Final = 1_000_000  # what is sent while the market stands still counts a little later
_log = logging.getLogger(__name__)
Market = Callable[[], int | None]


def read_live_holdings(
    tail: Tail, *, market: Market | None = None, name: str = "live_holdings"
) -> pw.Table[Holding]:
    """Read the holding documents of a ledger, and go on reading.

    Args:
        tail: how the ledger is followed.
        market: time of the market, microseconds UTC, None before the first trade. What counts from
            a later time waits for it: a replayed day must not be advised on holdings of its
            evening. No such function: nothing waits.
        name: of the source.
    """
    return read_ledger(tail, partial(_Holdings, market=market), schema=Holding, name=name)


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
    return read_ledger(tail, _Transactions, schema=Transactions, name=name, first=rows)


def _holding_row(stored: StoredHoldings) -> dict[str, object]:
    """A stored document as a row of the ``Holding`` table."""
    return {
        "portfolio_id": stored.portfolio_id,
        "revision": stored.revision,
        "ts_event": stored.ts_event,
        "document": stored.document.encode(),
    }


class _Documents:
    """What pages of either kind of document share."""

    def __init__(self, path: Path) -> None:
        self._reader = DocumentReader(path)

    def report(self, error: LedgerUnavailable) -> None:
        """What is held already goes on being advised."""
        _log.warning("new holdings are not read for the time being: %s", error)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


class _Holdings(_Documents):
    """Documents behind a place, as soon as the market has come to their time."""

    def __init__(self, path: Path, market: Market | None) -> None:
        super().__init__(path)
        self._market = market
        self._waiting: list[StoredHoldings] = []

    def after(self, seq: int) -> Page:
        """Read a page, and what was read before and is due now."""
        now = None if self._market is None else self._market() or 0
        found = self._reader.holdings(seq, _PAGE)
        known = [*self._waiting, *found]
        limit = None if now is None else now + _STANDSTILL
        due = [one for one in known if limit is None or one.ts_event <= limit]
        self._waiting = [one for one in known if limit is not None and one.ts_event > limit]
        last = found[-1].seq if found else seq
        return Page([_holding_row(one) for one in due], last, more=len(found) == _PAGE)


class _Transactions(_Documents):
    """The newest document of each portfolio behind a place."""

    def after(self, seq: int) -> Page:
        """Read all there is."""
        found = self._reader.transactions(seq)
        newest: dict[str, StoredTransactions] = {one.portfolio_id: one for one in found}
        rows = [
            {"portfolio_id": one.portfolio_id, "document": one.document.encode()}
            for one in newest.values()
        ]
        return Page(rows, found[-1].seq if found else seq, more=False)


def _not_stored(path: Path, first: Sequence[TransactionDocument]) -> list[TransactionDocument]:
    reader = DocumentReader(path)
    try:
        stored = {one.portfolio_id for one in reader.transactions(0)}
    finally:
        reader.close()
    return [document for document in first if document.portfolio_id not in stored]
