"""A table of instruments -> symbols and the symbols of ISINs."""

from collections.abc import Iterable
from typing import Final

from connectors.imports.content import Names, open_content, table
from connectors.imports.imported import ImportRefused, KnownInstruments

_SYMBOL: Final = ("symbol", "ticker", "sym", "tradingsymbol")
_ISIN: Final = ("isin", "isincode", "isinnumber")


def read_known(data: bytes) -> KnownInstruments:
    """Symbols of a CSV with a column for them, and their ISINs where it has such a column.

    Raises:
        ImportRefused: it is no CSV, or has no column of symbols.
    """
    content = open_content(data)
    header = content.header(_fits) if content.kind == "csv" else None
    if header is None:
        raise ImportRefused(f"it has no column {', '.join(_SYMBOL[:-1])} or {_SYMBOL[-1]}")
    rows = table(content, header, frozenset()).records
    by_isin = {row.get(*_ISIN): row.get(*_SYMBOL) for row in rows if row.get(*_ISIN)}
    return KnownInstruments(frozenset(row.get(*_SYMBOL) for row in rows) - {""}, by_isin)


def joined(parts: Iterable[KnownInstruments]) -> KnownInstruments:
    """All that several tables know."""
    known = list(parts)
    symbols = frozenset[str]().union(*(part.symbols for part in known))
    by_isin = {isin: symbol for part in known for isin, symbol in part.by_isin.items()}
    return KnownInstruments(symbols, by_isin)


def _fits(names: Names) -> bool:
    return bool(names & set(_SYMBOL))
