"""The folds of market and book one behind the other, as the engine runs them, without the engine.

Events are what the sources tell: ``("bar", interval, symbol, start, price, size, diff)``,
``("check", ...)`` likewise of a second source, ``("trade", "1m", symbol, instant, price, size,
order)``, ``("action", row of ACTION_PART)``, ``("gap", row of GAP_PART)``, and the rows of the
other tables: ``holding``, ``instrument``, ``rate``, ``account``.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import polars as pl

from config.settings import load_policy
from connectors.sources.partial_bars import encode, reduce_bars, reduce_trades
from tests.transforms.shards import GAP, acts, gap_rows
from transforms.advice.policy import BookPolicy
from transforms.book_changes import BookChanges
from transforms.book_core import Book
from transforms.book_fold import ACCOUNT, HOLDING, INSTRUMENT, MARKET, RATE, Folded
from transforms.kernels.columns import Bars, Column, Columns, when
from transforms.market_delta import MARKED
from transforms.portfolio.risk_options import EQUAL_WEIGHT, RiskOptions
from transforms.sessions import MINUTE, interval_micros
from transforms.shard_fold import SeriesOptions, ShardFold
from transforms.shard_rows import Delta

Event = tuple[Any, ...]
TO_THE_BOOK = {"holding": HOLDING, "instrument": INSTRUMENT, "rate": RATE, "account": ACCOUNT}
QUICK = {"clear_factor": 0.9, "clear_after_bars": 2}
TRADE = ["symbol", "ts_event", "price", "size", "order"]
NEEDS = ("S01", "S02", "S03", "S04", "S05", "S06")


class Moody:
    """Fields that rules read, up and down from bar to bar and null now and then."""

    state = ("slow", "fast")
    names = ("rsi_14", "bb_percent_b", "adx_14", "plus_di_14", "minus_di_14", "ema_200", "atr_22",
             "highest_close_22", "robust_z_250", "ema_20", "ema_50", "supertrend_direction",
             "squeeze_bars", "bb_upper_20_2", "bb_lower_20_2", "rvol_20", "rsi_degenerate",
             "vwap_session")  # fmt: skip
    columns = tuple(Column(name, 1) for name in names)
    lookback = 3

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        first, close = bars.count == 1, bars.close
        slow = np.where(first, close, state["slow"] + (close - state["slow"]) / 4)
        fast = np.where(first, close, state["fast"] + (close - state["fast"]) / 2)

        def mood(pace: float, top: float) -> np.ndarray[Any, Any]:
            return np.mod(fast * pace + bars.volume, 1.0) * top

        highest = bars.window("close", 3).max(axis=1)
        values = (
            when(mood(7, 1) > 0.1, mood(3, 100)), mood(5, 2) - 0.5, mood(11, 50), mood(13, 40),
            mood(17, 40), slow, mood(19, 1) * close / 20, when(bars.count >= 3, highest),
            when(mood(23, 1) > 0.1, mood(29, 14) - 7), fast, slow, np.sign(fast - slow),
            np.floor(mood(31, 12)), slow * 1.03, slow * 0.97, mood(37, 4),
            np.where(mood(41, 1) > 0.9, 1.0, 0.0), (slow + fast) / 2,
        )  # fmt: skip
        return {"slow": slow, "fast": fast}, dict(zip(self.names, values, strict=True))


def hair_trigger(**changed: Any) -> BookPolicy:
    """All rules, with something to say on short histories."""
    rules = load_policy().as_rules()
    rules["P05"] = {"severity": "warn", "min_equity": 0.3, "max_equity": 0.6, **QUICK}
    rules["P17"] = {"severity": "warn", "min_cash": 0.1, "emergency_fund": 900.0, **QUICK}
    for rule in NEEDS:
        rules[rule] = rules[rule] | {"required_bars": 4}
    rules["S01"] |= {"min_stable_digits": 0}
    rules["P09"] |= {"correlation_over": 0.5, "average_over": 0.1}
    risk = RiskOptions(benchmark=EQUAL_WEIGHT, window=20, minimum=4)
    return BookPolicy(rules, unknown_after_bars=6, cost_bps=10.0, risk=risk, **changed)


def options(*intervals: str) -> SeriesOptions:
    """Of a shard whose first interval is the one that is advised on."""
    kernels, zone = dict.fromkeys(intervals, (Moody(),)), "Asia/Kolkata"
    return SeriesOptions(intervals, kernels, Moody.names, intervals[0], zone, 120_000_000, False)


class Tables:
    """Tables as a sink would keep them, by name."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Any, Any]] = {}

    def put(self, name: str, key: Any, row: Any) -> None:
        """Set a row, or (None) delete one that must be there."""
        table = self.rows.setdefault(name, {})
        if row is None:
            assert table.pop(key, None) is not None, f"{name}: {key} goes that is not there"
        else:
            table[key] = row

    def keep(self, delta: Delta) -> None:
        """Apply what a shard has changed. NaN is 7e77 here, so that rows can be compared."""
        parts = {"rows": 3, "signals": 3, "adjustments": 3, "daily": 2, "book": 2}  # place of op
        for name, op in parts.items():
            for row in np.where(np.isnan(found := getattr(delta, name)), 7e77, found).tolist():
                more = row[op + 1 : op + 2] if name in ("signals", "adjustments") else []
                values = row[op + 2 :] if name == "book" else row[op + 1 :]  # not: late
                key = (delta.labels[int(row[0])], *row[1:op], *more)
                if name == "book" and row[op] == MARKED:
                    self.rows[name][key][GAP] = values[GAP]
                else:
                    self.put(name, key, values if row[op] > 0 else None)
        for gap in delta.gaps:
            self.put("gaps", gap[:3], gap[3:])


class Flow:
    """One shard and the book behind it, with their tables."""

    def __init__(self, *intervals: str, policy: BookPolicy) -> None:
        self.shard = ShardFold(options(*intervals))
        length = interval_micros(intervals[0])
        self.book = Folded(Book(policy, interval=length, label=intervals[0], currency="INR"))
        self.tables = Tables()
        self._seq = 0

    def run(self, events: Sequence[Event], cuts: Iterable[int] = ()) -> dict[str, dict[Any, Any]]:
        """Final tables; ``cuts`` are the places of events that begin a commit."""
        places = sorted({0, *cuts, len(events)})
        self.begin()
        for start, stop in pairwise(places):
            self.commit(events[start:stop])
        self.shard.add("bars", 0, b"", 0, True)
        self.commit([])
        return {name: rows for name, rows in self.tables.rows.items() if rows}

    def begin(self) -> None:
        """Say that there are corporate actions and a second source, as feeds do first of all."""
        nothing = bar_part([("A", 0, 1.0, 1.0, 1)]).clear()
        for kind, part in (("actions", acts()[2]), ("check_bars", nothing)):
            self.shard.add(kind, 1, encode(part), 0, False)
        self.commit([])

    def commit(self, events: Sequence[Event]) -> tuple[Delta, BookChanges]:
        """One commit of the engine, and what it has changed."""
        for kind, interval, part, clock in parts(events):
            self.shard.add(kind, interval, encode(part), clock, False)
        told = [((TO_THE_BOOK[e[0]], e[1]), e[2]) for e in events if e[0] in TO_THE_BOOK]
        delta, shard = self.shard.take(), self.shard
        market = (0, self._seq, delta.labels, delta.book, delta.daily, delta.actions)
        self._seq += 1
        self.tables.keep(delta)
        changes = self.book.take([*told, ((MARKET, (*market, shard.clock, shard.drained, 0)), 1)])
        self._keep_book(changes)
        return delta, changes

    def _keep_book(self, changes: BookChanges) -> None:
        gone = {
            "advice": [row.advice_id for row in changes.advice_gone],
            "versions": changes.versions_gone,
            "instants": changes.instants_gone,
            "positions": changes.positions_gone,
            "risk": changes.risks_gone,
            "rejects": changes.rejects_gone,
        }
        come = {
            "advice": [(row.advice_id, row) for row in changes.advice],
            "versions": [((one.row.advice_id, one.valid_from), one) for one in changes.versions],
            "instants": [(instant, True) for instant in changes.instants],
            "positions": [(row[:2], row) for row in changes.positions],
            "risk": [(row["portfolio_id"], row) for row in changes.risks],
            "rejects": [((row.source, row.position), row) for row in changes.rejects],
        }
        for name, keys in gone.items():
            for key in keys:
                self.tables.put(name, key, None)
            for key, row in come[name]:
                self.tables.put(name, key, row)


def parts(events: Iterable[Event]) -> Iterator[tuple[str, int, pl.DataFrame, int]]:
    """Micro-batches of the market: what is of one kind and interval and told in a row is one."""
    market = (event for event in events if event[0] not in TO_THE_BOOK)
    for (kind, *interval), batch in groupby(market, key=_batch):
        rows = list(batch)
        if kind == "action":
            yield acts(*(row for _, row in rows))
        elif kind == "gap":
            yield gap_rows(*(row for _, row in rows))
        elif kind == "trade":
            frame = pl.DataFrame([row[2:] for row in rows], TRADE, orient="row")
            yield "trades", MINUTE, reduce_trades(frame, MINUTE), max(frame["ts_event"])
        else:
            clock = 0 if kind == "check" else max(event[3] for event in rows)
            name = "check_bars" if kind == "check" else "bars"
            yield name, interval_micros(*interval), bar_part([row[2:] for row in rows]), clock


def _batch(event: Event) -> Event:
    return event[:1] if event[0] in ("action", "gap") else event[:2]


def bar_part(rows: Iterable[Event]) -> pl.DataFrame:
    """Bars of (symbol, start, price, size, diff)."""
    listed = [
        {"symbol": symbol, "ts_event": start, "open": price, "high": price + 1.0,
         "low": price - 0.5, "close": price + 0.25, "volume": size, "diff": float(diff)}
        for symbol, start, price, size, diff in rows
    ]  # fmt: skip
    return reduce_bars(pl.DataFrame(listed))
