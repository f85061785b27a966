"""The bars of a symbol that may still change, and the rows they become."""

from typing import Any

from scripts.bench_peers.stepper import BAR, START, VALUES, Bar, step

LATE_ALLOWANCE = 120_000_000


class Symbol:
    """The bars of one symbol that a late tick may still change, oldest first; the last is forming.

    Every closed bar keeps the state after it, so that a late tick re-steps from its own bar on.
    """

    __slots__ = ("base", "forming", "name", "newest", "pending")

    def __init__(self, name: str) -> None:
        self.name = name
        self.base = START  # state after the last bar that was written
        self.pending: list[Bar] = []
        self.forming: Bar  # the last of pending; there is one once newest is set
        self.newest = -BAR  # start of the forming bar

    def add(self, time: int, price: float, size: float) -> None:
        """Take one tick."""
        ahead = time - self.newest
        if 0 <= ahead < BAR:
            self.forming.merge(time, price, size)
        elif ahead >= BAR:
            if self.pending:
                self.step_from(len(self.pending) - 1)
            self.newest = time - time % BAR
            self.forming = Bar(self.newest, time, price, size)
            self.pending.append(self.forming)
        else:
            self.revise(time, price, size)

    def revise(self, time: int, price: float, size: float) -> None:
        """Take a late tick: change or insert its bar, and step again from there."""
        minute, at = time - time % BAR, len(self.pending) - 1
        while at and self.pending[at - 1].minute >= minute:
            at -= 1
        if self.pending[at].minute == minute:
            self.pending[at].merge(time, price, size)
        else:
            self.pending.insert(at, Bar(minute, time, price, size))
        for index in range(at, len(self.pending) - 1):
            self.step_from(index)

    def step_from(self, index: int) -> None:
        """Step the bar at ``index`` from the state before it."""
        bar = self.pending[index]
        bar.state, bar.shown = step(self.pending[index - 1].state if index else self.base, bar)

    def final(self, clock: float) -> list[Bar]:
        """Take out the bars that no tick may change when the feed has reached ``clock``."""
        pending, count = self.pending, 0
        while count < len(pending) and pending[count].minute + BAR + LATE_ALLOWANCE <= clock:
            count += 1
        if count and count == len(pending):
            self.step_from(count - 1)
        if count:
            self.base = pending[count - 1].state
        done, self.pending = pending[:count], pending[count:]
        return done


def bar_row(symbol: str, bar: Bar) -> dict[str, Any]:
    """The row of the ``bars`` table."""
    return {
        "symbol": symbol,
        "interval": "1m",
        "bar_start": bar.minute,
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
        "trade_count": bar.count,
        "vwap": bar.turnover / bar.volume,
        "is_final": True,
    }


def indicator_row(symbol: str, bar: Bar) -> dict[str, Any]:
    """The row of the ``indicators`` table."""
    row = {"symbol": symbol, "interval": "1m", "bar_start": bar.minute, "is_final": True}
    row.update(zip(VALUES, bar.shown, strict=True))
    return row
