"""Advice on holdings that come with a request: the book's rules on the latest closed bars."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pathway as pw

from config.settings import Settings, format_duration
from connectors.sinks.follow import follow
from pipeline.book_options import book_policy
from serving.views import Analysis, ColdView, Row
from transforms.book_once import evaluate_once
from transforms.book_sessions import SESSIONS_KEPT
from transforms.kernels.columns import Floats, Ints
from transforms.market_delta import BOOK_FIELDS, FIRST_FIELD, MARKED, MarketDelta
from transforms.portfolio.instruments import InstrumentFacts
from transforms.series import MarketDeltas
from transforms.sessions import interval_micros

Fields = Mapping[str, float]


class BookAnalyst:
    """Implements ``serving.views.Analyst`` on the latest closed bars.

    Args:
        states: what the book knows of every symbol.
        facts: sector, currency and lot of symbols.
        settings: advice interval and currency.
    """

    def __init__(
        self, states: "LatestStates", facts: Mapping[str, InstrumentFacts], settings: Settings
    ) -> None:
        self._states, self._facts = states, facts
        self._policy = book_policy(settings)
        name = format_duration(settings.advice.interval)
        self._market: dict[str, Any] = {
            "interval": interval_micros(name),
            "label": name,
            "currency": settings.market.currency,
        }

    def analyze(self, portfolio_id: str, holdings: Sequence[Row]) -> Analysis:
        """Advise on ``holdings`` as of the latest closed bar.

        Raises:
            ColdView: no bar has closed yet.
        """
        as_of, states = self._states.current()
        held = {str(line["symbol"]) for line in holdings}
        known = {symbol: fields for symbol, fields in states.items() if symbol in held}
        verdict = evaluate_once(
            self._policy,
            {symbol: self._facts[symbol] for symbol in held if symbol in self._facts},
            known,
            holdings,
            as_of,
            portfolio_id=portfolio_id,
            **self._market,
        )
        return Analysis(as_of=as_of, advice=verdict.advice, positions=verdict.positions)


class LatestStates:
    """The book's fields of every symbol at its latest closed bar, and the closes of its sessions.

    Followed from the deltas. Written by the engine's thread, read by any other: an entry is
    replaced whole.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, tuple[int, dict[str, float]]] = {}
        self._sessions: dict[int, dict[str, float]] = {}
        self.as_of: int | None = None

    def follow(
        self, deltas: pw.Table[MarketDeltas], on_mark: Callable[[int], None] | None = None
    ) -> None:
        """Keep up with a graph; call before it runs.

        Args:
            deltas: of the graph.
            on_mark: told the number of each mark that the engine comes to.
        """

        def changed(row: Mapping[str, Any], is_addition: bool) -> None:
            self._on_delta(row, is_addition)
            if on_mark is not None and row["checkpoint"]:
                on_mark(row["checkpoint"])

        follow(deltas, changed, name="latest-states")

    def restart(self, known: MarketDelta | None) -> None:
        """Begin anew, with what a checkpoint knows."""
        with self._lock:
            self._states, self._sessions, self.as_of = {}, {}, None
        if known is not None:
            self._on_delta(
                {"names": known.names, "rows": known.rows, "daily": known.daily}, is_addition=True
            )

    def current(self) -> tuple[int, dict[str, Fields]]:
        """Latest instant and the fields of every symbol.

        Raises:
            ColdView: no bar has closed yet.
        """
        with self._lock:
            if self.as_of is None:
                raise ColdView("symbol states")
            return self.as_of, {symbol: fields for symbol, (_, fields) in self._states.items()}

    def closes(self, symbols: Sequence[str]) -> tuple[Ints, Floats]:
        """Ends of the sessions that are over, and closes [sessions, symbols], NaN without one."""
        with self._lock:
            ends = sorted(self._sessions)[-SESSIONS_KEPT:]
            rows = [[self._sessions[end].get(symbol, np.nan) for symbol in symbols] for end in ends]
        shape = (len(ends), len(symbols))
        return np.array(ends, np.int64), np.array(rows, np.float64).reshape(shape)

    def _on_sessions(self, names: Sequence[str], daily: Floats) -> None:
        for code, end, op, close, _ in daily.tolist():
            closes = self._sessions.setdefault(int(end), {})
            if op > 0:
                closes[names[int(code)]] = close
            else:
                closes.pop(names[int(code)], None)
            if not closes:
                del self._sessions[int(end)]
        if len(self._sessions) > 2 * SESSIONS_KEPT:
            for end in sorted(self._sessions)[:-SESSIONS_KEPT]:
                del self._sessions[end]

    def _on_delta(self, row: Mapping[str, Any], is_addition: bool) -> None:
        names: Sequence[str] = row["names"]
        fresh: dict[str, tuple[int, dict[str, float]]] = {}
        for values in row["rows"].tolist():
            symbol, instant = names[int(values[0])], int(values[1])
            known = fresh.get(symbol) or self._states.get(symbol)
            fields = dict(zip(BOOK_FIELDS, values[FIRST_FIELD:], strict=True))
            if values[2] > 0 and (known is None or instant >= known[0]):
                fresh[symbol] = (instant, fields)
            elif values[2] == MARKED and known is not None and instant == known[0]:
                fresh[symbol] = (instant, {**known[1], "gap": fields["gap"]})
        with self._lock:
            self._on_sessions(names, row["daily"])
            self._states.update(fresh)
            newest = max((instant for instant, _ in fresh.values()), default=self.as_of)
            self.as_of = newest if self.as_of is None else max(self.as_of, newest or 0)
