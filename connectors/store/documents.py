"""Reading what accounts have sent, in the order in which it was stored."""

import sqlite3
from pathlib import Path
from typing import NamedTuple, TypeVar

from connectors.store.entries import LedgerUnavailable
from connectors.store.schema import open_reader

HOLDINGS = """
SELECT seq, portfolio_id, revision, ts_event, document, account_id
FROM holding_documents WHERE seq > ? ORDER BY seq LIMIT ?
"""
TRANSACTIONS = """
SELECT seq, portfolio_id, revision, document, account_id
FROM transaction_documents WHERE seq > ? ORDER BY seq LIMIT ?
"""


class StoredHoldings(NamedTuple):
    """One row of ``holding_documents``. ``document``: JSON list of its lines."""

    seq: int
    portfolio_id: str
    revision: int
    ts_event: int
    document: str
    account_id: str


class StoredTransactions(NamedTuple):
    """One row of ``transaction_documents``. ``document``: JSON list of transactions."""

    seq: int
    portfolio_id: str
    revision: int
    document: str
    account_id: str


Stored = TypeVar("Stored", StoredHoldings, StoredTransactions)


class DocumentReader:
    """Reads the documents of the ledger file ``path`` on a connection of its own.

    ``seq`` grows in the order of commits, so whoever has read up to one never misses a lower one.

    Raises:
        LedgerUnavailable: here and from every method, the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = open_reader(path)
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"cannot read the ledger {path}: {error}") from error

    def holdings(self, seq: int, limit: int = -1) -> list[StoredHoldings]:
        """Documents behind ``seq``; 0 is before the first, -1 is no limit."""
        return self._rows(StoredHoldings, HOLDINGS, seq, limit)

    def transactions(self, seq: int, limit: int = -1) -> list[StoredTransactions]:
        """As ``holdings``, of transactions."""
        return self._rows(StoredTransactions, TRANSACTIONS, seq, limit)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _rows(self, kind: type[Stored], query: str, seq: int, limit: int) -> list[Stored]:
        try:
            found = self._connection.execute(query, (seq, limit)).fetchall()
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"cannot read the ledger {self._path}: {error}") from error
        return [kind(*row) for row in found]
