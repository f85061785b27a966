"""A block of portfolios under one set of rules, walked from instant to instant.

Nothing here depends on when a bar or a document arrived: the rows after the last instant follow
from the bars, the documents with their times, and the rules. To take in a revision the shelf goes
back to a stored state before it and walks on.
"""

from bisect import bisect_left, bisect_right
from dataclasses import replace

import numpy as np

from transforms.advice.history import AdviceHistory
from transforms.advice.hysteresis import Memory, advance, changed
from transforms.advice.policy import Timeline
from transforms.advice.registry import RULES
from transforms.advice.view import View
from transforms.advice.writer import Writer
from transforms.book_holdings import Holdings
from transforms.book_risk import RiskDesk, RiskState
from transforms.book_shot import Shot, quality_of, remembered
from transforms.book_symbols import SymbolState
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import padded

RECENT = 8  # states kept behind the last instant
SPARSE = 64  # of the older ones every 64th


class Shelf:
    """Portfolios that share their rules.

    Args:
        timeline: the rules over time.
        holdings: documents of the portfolios.
        desk: assesses their risk.
    """

    def __init__(self, timeline: Timeline, holdings: Holdings, desk: RiskDesk) -> None:
        self._timeline, self.holdings, self._desk = timeline, holdings, desk
        self.rules = tuple(rule for rule in RULES if rule.rule_id in timeline.rule_ids)
        self.history = AdviceHistory()
        self._writer = Writer(self.rules, self.history)
        self._start = Shot(-1, 0, None, holdings.nothing(), self._blank(), np.empty(0, np.uint8))
        self._shots: list[Shot] = [self._start]
        self._overdue: set[int] = set()
        self._frontier = -1
        self._cause = ""
        self._renewed: set[int] = set()
        self.view: View | None = None

    def _blank(self) -> tuple[Memory, ...]:
        return tuple(np.empty(0, np.uint16) for _ in self.rules)

    @property
    def now(self) -> Shot:
        """After the last instant that was walked."""
        return self._shots[-1]

    def rewind(self, before: int, cause: str) -> int:
        """Go back to a state earlier than ``before``; the instant after which to walk again."""
        frontier = self.now.time
        while len(self._shots) > 1 and self.now.time >= before:
            self._shots.pop()
        if self.now.time < frontier:
            self.history.back_to(self.now.time)
            self._frontier, self._cause = frontier, cause
        return self.now.time

    def restart(self, cause: str) -> None:
        """There is no instant any more: go back to before the first."""
        self.rewind(-1, cause)
        self._catch_up()
        self.view = None

    def refresh(self, row: int) -> None:
        """Read holdings anew at the next instant, even if retention has let go of their time."""
        self._overdue.add(row)

    def walk(self, symbols: SymbolState, *, last: bool, index_of: Ints) -> None:
        """Walk to a market instant, stopping at changes of holdings on the way.

        Args:
            symbols: state of the market at the instant.
            last: the feed has ended and no instant follows.
            index_of: index of the first instant of each portfolio.
        """
        previous = self.now.symbols
        if previous is not None:
            self._stops(self.now.time, symbols.instant, previous, index_of, last=False)
        self._step(
            symbols.instant,
            symbols,
            index_of,
            closes=True,
            drained=last and not self._later(symbols.instant),
        )

    def finish(self, index_of: Ints, *, drained: bool) -> None:
        """Walk the changes of holdings after the last market instant."""
        symbols = self.now.symbols
        if symbols is not None:
            self._stops(self.now.time, None, symbols, index_of, last=drained)
        self._catch_up()

    def _later(self, time: int) -> bool:
        return bool(self.holdings.times) and self.holdings.times[-1] > time

    def _stops(
        self, after: int, before: int | None, symbols: SymbolState, index_of: Ints, *, last: bool
    ) -> None:
        times = self.holdings.times
        stop = len(times) if before is None else bisect_left(times, before)
        for place in range(bisect_right(times, after), stop):
            final = last and place == len(times) - 1
            self._step(times[place], symbols, index_of, closes=False, drained=final)

    def _step(
        self, time: int, symbols: SymbolState, index_of: Ints, *, closes: bool, drained: bool
    ) -> None:
        if time > self._frontier:
            self._catch_up()
        now, first = self.now, self.now.symbols is None
        rows = set(range(len(self.holdings.portfolios))) if first else self.holdings.rows_at(time)
        held = now.held
        if rows or self._overdue or len(held.quantity) < len(self.holdings.grid.codes):
            held = self.holdings.held(held, sorted(rows | self._overdue), time)
            self._renewed |= rows | self._overdue
        self._overdue = set()
        grid = self.holdings.grid
        view = View(
            time=time,
            closes=closes,
            grid=grid,
            held=held,
            symbols=symbols.grown(len(grid.names)),
            variant=self._timeline.at(time),
            passed=symbols.index - index_of,
            drained=drained,
            risk=now.risk.columns,
            fees=now.risk.columns.fees(len(self.holdings.portfolios)),
            fx=self.holdings.fx,
        )
        risk = self._desk.advance(now.risk, view, rows)
        if risk is not now.risk:
            fees = risk.columns.fees(len(self.holdings.portfolios))
            view = replace(view, risk=risk.columns, fees=fees)
        self._judge(view, now, set() if first else rows, risk)
        self.view = view

    def _judge(self, view: View, now: Shot, touched: set[int], risk: RiskState) -> None:
        self._writer.begin(view, touched)
        if now.symbols is not None and self._timeline.at(now.time) is not view.variant:
            now = replace(now, memories=self._blank(), quality=np.empty(0, np.uint8))
            self._writer.change_rules()
        memories = []
        for number, rule in enumerate(self.rules):
            before = after = remembered(now, number, rule.subject, view)
            if rule.rule_id in view.variant.rules:
                after = advance(before, rule.judge(view, before), rule.clear_after(view.variant))
                self._writer.move(number, before, after, changed(before, after))
            memories.append(after)
        quality = quality_of(view)
        known = padded(now.quality, len(quality))
        moved = np.flatnonzero(known != quality)
        self._writer.settle(tuple(memories), moved)
        shot = Shot(
            view.time,
            now.place + 1,
            view.symbols,
            view.held,
            tuple(memories),
            quality if len(moved) else known,
            view.sectors,
            risk,
        )
        self._store(shot)

    def _store(self, shot: Shot) -> None:
        self._shots.append(shot)
        old = len(self._shots) - 1 - RECENT
        if old > 0 and self._shots[old].place % SPARSE:
            del self._shots[old]

    def _catch_up(self) -> None:
        self.history.caught_up(self._cause)
        self._frontier = -1

    def forget(self, time: int) -> int:
        """Keep what it takes to go back to ``time`` or later; the earliest instant left."""
        place = bisect_right(self._shots, time, key=lambda shot: shot.time) - 1
        if place > 0:
            del self._shots[:place]
            self.history.forget(self._shots[0].time)
        return self._shots[0].time

    def take_renewed(self) -> set[int]:
        """Portfolios whose holdings were read anew since the last call."""
        renewed, self._renewed = self._renewed, set()
        return renewed
