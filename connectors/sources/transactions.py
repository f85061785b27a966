"""A file of account transactions -> one document per portfolio."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from connectors.sources.rejects import Reject
from connectors.sources.small_file import SmallFile
from connectors.sources.source import FileSource

KINDS: Final = frozenset(
    ("buy", "sell", "dividend", "interest", "fee", "tax", "deposit", "withdrawal", "split")
)
TRADED: Final = frozenset(("buy", "sell"))


@dataclass(frozen=True)
class TransactionDocument:
    """All transactions of one portfolio, as a row of the ``Transactions`` table.

    Attributes:
        document: JSON list, in order of time, of ts_event, kind, symbol, quantity, price, amount,
            fee and currency; null where the file says nothing.
    """

    portfolio_id: str
    document: bytes


@dataclass(frozen=True)
class ParsedTransactions:
    """What a file of transactions gives; documents are sorted by portfolio."""

    documents: list[TransactionDocument]
    rejects: list[Reject]


def parse_transactions(source: FileSource) -> ParsedTransactions:
    """Read the transactions of accounts.

    A trade needs a symbol and a quantity, and a price or an amount; any other kind an amount.

    Args:
        source: a file of kind ``transactions``.

    Raises:
        SourceError: the file has become unreadable.
    """
    accounts: dict[str, list[dict[str, Any]]] = {}
    file = SmallFile(source)
    for row in file.rows():
        entry = _entry(row)
        reason = _defect(entry)
        if reason is None:
            accounts.setdefault(row["portfolio_id"], []).append(entry)
        else:
            file.refuse(row["line"], reason)
    return ParsedTransactions(
        [
            TransactionDocument(name, document_of(entries))
            for name, entries in sorted(accounts.items())
        ],
        file.rejects,
    )


def document_of(entries: list[dict[str, Any]]) -> bytes:
    """The document of one portfolio: entries in order of time, ties as they were written."""
    return orjson.dumps(sorted(entries, key=lambda entry: entry["ts_event"]))


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: row.get(name) for name in ("quantity", "price", "amount", "fee")}
    texts = {name: row.get(name) or None for name in ("symbol", "currency")}
    kind = str(row["kind"]).strip().lower()
    return {"ts_event": row["ts_event"], "kind": kind, **texts, **numbers}


def _defect(entry: Mapping[str, Any]) -> str | None:
    """Why an entry cannot count, None when it can."""
    if entry["kind"] not in KINDS:
        return "unknown_kind"
    if entry["kind"] in TRADED:
        priced = entry["price"] is not None or entry["amount"] is not None
        return None if entry["symbol"] and entry["quantity"] and priced else "missing_field"
    if entry["kind"] == "split":
        return None if entry["symbol"] and entry["quantity"] else "missing_field"
    return None if entry["amount"] is not None else "missing_field"
