"""Trades whose ids have no holes, per symbol: a missing id is a missing trade, nothing else is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.sources.continuity import Mark
from connectors.sources.live_feed import Gap
from connectors.streams.events import Trade

_HOLES: Final = 1_000  # per symbol that late trades may still fill


@dataclass
class _Hole:
    """Ids from ``first`` to ``last`` that have not come, between two times that have."""

    first: int
    last: int
    ts_from: int
    ts_to: int
    cause: str = ""
    told: bool = False

    def gap(self, symbol: str) -> Gap:
        several = f"s {self.first} to {self.last}" if self.last > self.first else f" {self.first}"
        return Gap(symbol, self.ts_from, self.ts_to, self.cause or f"trade id{several} missing")


@dataclass
class _Counted:
    last: int
    ts: int
    holes: list[_Hole] = field(default_factory=list)

    def mark(self) -> Mark:
        for hole in self.holes:
            if not hole.told:
                return hole.ts_from, hole.first - 1
        return self.ts, self.last


class CountedTrades:
    """The memory of a stream with consecutive ids.

    A reconnect behind which the ids go on is no gap. A trade that comes when its hole was told
    already is taken all the same.
    """

    def __init__(self) -> None:
        self._symbols: dict[str, _Counted] = {}
        self._touched: set[str] = set()
        self._holed: set[str] = set()
        self._began = 0  # time of the first trade of all
        self._resumed = False

    def accepts(self, trade: Trade, connection: int) -> bool:
        """See ``Continuity``."""
        symbol, ts, trade_id = trade.symbol, trade.ts_event, trade.trade_id
        assert isinstance(trade_id, int)  # what a venue with consecutive ids has
        known = self._symbols.get(symbol)
        if known is None:
            self._begin(symbol, trade_id, ts, connection)
            return True
        self._touched.add(symbol)
        if trade_id <= known.last:
            return self._fills(symbol, known, trade_id, ts)
        if trade_id > known.last + 1:
            self._open(symbol, known, _Hole(known.last + 1, trade_id - 1, known.ts, ts))
        known.last = trade_id
        known.ts = max(known.ts, ts)
        return True

    def _begin(self, symbol: str, trade_id: int, ts: int, connection: int) -> None:
        self._began = self._began or ts
        known = self._symbols[symbol] = _Counted(trade_id, ts)
        self._touched.add(symbol)
        if connection > 1 or self._resumed:  # an earlier one may have missed what came before
            cause = "first trade, after a reconnect"
            self._open(symbol, known, _Hole(trade_id, trade_id - 1, self._began, ts, cause))

    def _fills(self, symbol: str, known: _Counted, trade_id: int, ts: int) -> bool:
        for place, hole in enumerate(known.holes):
            if hole.first <= trade_id <= hole.last:
                known.holes[place : place + 1] = _without(hole, trade_id, ts)
                return True
        if ts <= known.ts:
            return False
        # Newer than all, and yet numbered below: the venue has begun to count anew.
        cause = f"trade ids went back from {known.last} to {trade_id}"
        self._open(symbol, known, _Hole(trade_id, trade_id - 1, known.ts, ts, cause))
        known.last, known.ts = trade_id, ts
        return True

    def _open(self, symbol: str, known: _Counted, hole: _Hole) -> None:
        known.holes.append(hole)
        self._holed.add(symbol)
        if len(known.holes) > _HOLES and known.holes[0].told:
            del known.holes[0]

    def gaps(self) -> Iterator[Gap]:
        """See ``Continuity``."""
        for symbol in self._holed:
            known = self._symbols[symbol]
            for hole in known.holes:
                if not hole.told:
                    hole.told = True
                    yield hole.gap(symbol)
            known.holes = [hole for hole in known.holes if hole.first <= hole.last]
            self._touched.add(symbol)
        self._holed.clear()

    def marks(self) -> Mapping[str, Mark]:
        """See ``Continuity``."""
        touched, self._touched = self._touched, set()
        return {symbol: self._symbols[symbol].mark() for symbol in touched}

    def go_on_after(self, marks: Mapping[str, Mark]) -> None:
        """See ``Continuity``."""
        for symbol, (ts, trade_id) in marks.items():
            self._symbols.setdefault(symbol, _Counted(trade_id, ts))
            self._began = min(self._began or ts, ts)
            self._resumed = True


def _without(hole: _Hole, trade_id: int, ts: int) -> Iterable[_Hole]:
    """What is left of a hole when one of its trades has come."""
    if hole.first < trade_id:
        yield _Hole(hole.first, trade_id - 1, hole.ts_from, ts, told=hole.told)
    if trade_id < hole.last:
        yield _Hole(trade_id + 1, hole.last, ts, hole.ts_to, told=hole.told)
