"""Which observations of a poll are new, as rows of the market."""

from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from connectors.providers.observations import BarRow, Observation, Quote
from connectors.sources.live_feed import Position, Rows

# A time further ahead of our clock is refused behind the feed; remembered, it would hide all that
# comes until then.
_AHEAD: Final = 300_000_000
_QUOTE: Final = {
    "line": pl.Int64,
    "symbol": pl.String,
    "ts_event": pl.Int64,
    "price": pl.Float64,
}
BAR: Final = {
    "line": pl.Int64,
    "symbol": pl.String,
    "ts_event": pl.Int64,
    "open": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "close": pl.Float64,
    "volume": pl.Float64,
}


class NewRows:
    """Remembers the last time of each symbol, and numbers what goes on."""

    def __init__(self, name: str, *, bars: bool) -> None:
        """Remember nothing yet.

        Args:
            name: of the feed, for ``Rows``.
            bars: they are rows of bars, else of quotes; anything else is left out.
        """
        self._name, self._bars = name, bars
        self._last: dict[str, int] = {}
        self._given = 0

    @property
    def position(self) -> Position:
        """The last time of each symbol, microseconds UTC."""
        return dict(self._last)

    def resume(self, position: Position) -> None:
        """Go on after what an earlier life has given."""
        self._last = {symbol: int(time) for symbol, time in position.items()}

    def take(self, observations: Iterable[Observation], now: int) -> tuple[Rows | None, int]:
        """New rows in the order of their times, None when there are none; how many were not new.

        Args:
            observations: what a poll gave. A bar that still goes on counts for nothing.
            now: microseconds UTC.
        """
        kind = BarRow if self._bars else Quote
        some = [one for one in observations if isinstance(one, kind)]
        done = _ended([one for one in some if isinstance(one, BarRow)], now) if self._bars else some
        new, repeated = [], 0
        for one in sorted(done, key=lambda one: one.ts_event):
            if one.ts_event <= self._last.get(one.symbol, -1):
                repeated += 1
                continue
            if one.ts_event <= now + _AHEAD:
                self._last[one.symbol] = one.ts_event
            new.append(one)
        return (self._rows(new) if new else None), repeated

    def _rows(self, new: Sequence[Quote | BarRow]) -> Rows:
        schema = BAR if self._bars else _QUOTE
        columns: dict[str, Sequence[object]] = {
            name: [getattr(one, name) for one in new] for name in schema if name != "line"
        }
        columns["line"] = range(self._given + 1, self._given + len(new) + 1)
        self._given += len(new)
        return Rows(pl.DataFrame(columns, schema=schema), self._name)


def _ended(bars: Sequence[BarRow], now: int) -> list[BarRow]:
    """Bars that are over: by the clock, or where the length is not known, by a later one."""
    newest: dict[str, int] = {}
    for bar in bars:
        newest[bar.symbol] = max(bar.ts_event, newest.get(bar.symbol, bar.ts_event))
    return [
        bar
        for bar in bars
        if (
            bar.ts_event + bar.interval <= now
            if bar.interval
            else bar.ts_event < newest[bar.symbol]
        )
    ]
