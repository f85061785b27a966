"""Trades without ids, or with ids that prove nothing: every reconnect may have missed some."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.sources.continuity import Mark
from connectors.sources.live_feed import Gap
from connectors.streams.events import Trade

_REMEMBERED: Final = 200_000  # trades whose repetition is noticed


@dataclass
class _Uncounted:
    ts: int
    connection: int


class UncountedTrades:
    """The memory of a stream that proves nothing by its ids.

    A symbol's gap ends with its first new trade on the new connection, and is wider on both sides
    by the disorder of the venue. Trades without an id that agree in all they say are one.
    """

    def __init__(self, disorder: int) -> None:
        self._disorder = disorder
        self._symbols: dict[str, _Uncounted] = {}
        self._touched: set[str] = set()
        self._seen: dict[tuple[object, ...], None] = {}
        self._found: list[Gap] = []
        self._began = 0  # time of the first trade of all
        self._first = 1  # connection that is the first to tell of a symbol, and misses nothing

    def accepts(self, trade: Trade, connection: int) -> bool:
        """See ``Continuity``."""
        key = trade if trade.trade_id is None else (trade.venue, trade.symbol, trade.trade_id)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._note(trade.symbol, trade.ts_event, connection)
        return True

    def _note(self, symbol: str, ts: int, connection: int) -> None:
        self._began = self._began or ts
        self._touched.add(symbol)
        known = self._symbols.setdefault(symbol, _Uncounted(self._began, self._first))
        if known.connection != connection:
            start, end = known.ts - self._disorder, max(ts, known.ts) + self._disorder
            self._found.append(Gap(symbol, start, end, "reconnected"))
            known.connection = connection
        known.ts = max(known.ts, ts)

    def gaps(self) -> Iterator[Gap]:
        """See ``Continuity``."""
        found, self._found = self._found, []
        yield from found

    def marks(self) -> Mapping[str, Mark]:
        """See ``Continuity``."""
        touched, self._touched = self._touched, set()
        return {symbol: (self._symbols[symbol].ts, 0) for symbol in touched}

    def go_on_after(self, marks: Mapping[str, Mark]) -> None:
        """See ``Continuity``."""
        for symbol, (ts, _) in marks.items():
            self._symbols.setdefault(symbol, _Uncounted(ts, 0))
            self._began = min(self._began or ts, ts)
            self._first = 0
