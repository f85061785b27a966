"""Trades that bring a holding back to its target: bought from cash first, then from sales."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.evidence import Trade
from transforms.advice.groups import cash_size, holds_cash
from transforms.advice.limits import EXACT
from transforms.advice.portfolio_evidence import holding_at
from transforms.advice.trades import (
    Holding,
    difference,
    trade_of,
    units_for,
    units_raising,
    units_within,
)
from transforms.advice.view import View
from transforms.portfolio.concentration import largest_part


@dataclass(frozen=True)
class Move:
    """Units of a line that change hands: ``side`` is ``buy`` or ``sell``."""

    line: int
    side: str
    units: float


@dataclass
class Plan:
    """How the cash and the surplus of a portfolio are shared out among what is short of its target.

    Attributes:
        moves: of each line that is short, in order.
        cash: micros that are not given out yet.
        surplus: units of each line above its target that may still be sold.
    """

    moves: dict[int, list[Move]] = field(default_factory=dict)
    cash: int = 0
    surplus: dict[int, float] = field(default_factory=dict)


def rebalancing(
    view: View, row: int, line: int, *, over: bool, short: Sequence[int]
) -> list[Trade]:
    """Trades of one line and, where it is bought from sales, of the lines that are sold.

    Args:
        view: of the instant.
        row: portfolio of the line.
        line: above or below its target.
        over: it is above.
        short: all lines of the portfolio that are too far below their target.
    """
    holding = holding_at(view, line)
    if holding is None or view.cash[line]:
        return []
    if over:
        units = units_within(holding, _aim_by_selling(view, row, line))
        sold = difference(holding.units, units)
        moves = [Move(line, "sell", sold)] if sold else []
    else:
        moves = _plan(view, row, short).moves.get(line, [])
    trades = list(_trades(view, row, line, moves))
    # A lot may be so large that the target is missed by more on its other side.
    helps = bool(trades) and trades[-1].metric_after < trades[0].metric_before
    return trades if helps else []


def _aim(view: View, row: int, line: int) -> int:
    """Size at which a line has its target weight, the value of the portfolio staying."""
    return round(float(view.held.target[line]) * int(view.gross[row]))


def _aim_by_selling(view: View, row: int, line: int) -> int:
    """The same; without a line of cash the proceeds leave the portfolio."""
    target = float(view.held.target[line])
    if holds_cash(view)[row] or target >= 1.0:
        return _aim(view, row, line)
    return largest_part(int(view.gross[row]) - int(view.size[line]), target)


def _plan(view: View, row: int, short: Sequence[int]) -> Plan:
    """Shared by the rows of a portfolio, so that no cash is spent twice."""
    found: Plan | None = view.memo.get(("rebalancing", row))
    if found is None:
        found = view.memo["rebalancing", row] = Plan(
            cash=_free_cash(view, row), surplus=_surplus(view, row)
        )
        for line in sorted(short, key=lambda line: _shortfall(view, row, line)):
            holding = holding_at(view, line)
            if holding is not None and not view.cash[line]:
                found.moves[line] = list(_buying(view, row, line, holding, found))
    return found


def _shortfall(view: View, row: int, line: int) -> tuple[int, str]:
    """Orders lines: the largest shortfall first, ties by name."""
    return int(view.size[line]) - _aim(view, row, line), view.grid.symbol(line)


def _free_cash(view: View, row: int) -> int:
    """Cash beyond the targets of lines of cash."""
    lines = view.grid.layout.lines_of(row)
    kept = lines[view.cash[lines] & ~np.isnan(view.held.target[lines])].tolist()
    return max(0, int(cash_size(view)[row]) - sum(_aim(view, row, line) for line in kept))


def _surplus(view: View, row: int) -> dict[int, float]:
    """Units above target that whole lots allow to sell, the largest surplus first."""
    lines = view.grid.layout.lines_of(row)
    chosen = lines[~np.isnan(view.held.target[lines]) & view.counted[lines] & ~view.cash[lines]]
    above = [line for line in chosen.tolist() if view.size[line] > _aim(view, row, line)]
    found = {}
    for line in sorted(above, key=lambda line: _surplus_order(view, row, line)):
        holding = holding_at(view, line)
        if holding is not None:
            found[line] = units_for(holding, int(view.size[line]) - _aim(view, row, line))
    return found


def _surplus_order(view: View, row: int, line: int) -> tuple[int, str]:
    return _aim(view, row, line) - int(view.size[line]), view.grid.symbol(line)


def _buying(view: View, row: int, line: int, holding: Holding, plan: Plan) -> Iterator[Move]:
    """From cash as far as it goes, then from what others bring in."""
    need = _aim(view, row, line) - int(view.size[line])
    wanted, first = units_for(holding, need), units_for(holding, min(need, plan.cash))
    plan.cash -= holding.size(first)
    if first:
        yield Move(line, "buy", first)
    rest = difference(wanted, first)
    if not rest:
        return
    cash, surplus = plan.cash, dict(plan.surplus)
    sales = list(_selling(view, holding.size(rest) - plan.cash, plan))
    rest = min(rest, units_for(holding, plan.cash))
    if not rest:  # not even one lot: nothing need be sold for that
        plan.cash, plan.surplus = cash, surplus
        return
    plan.cash -= holding.size(rest)
    yield from sales
    yield Move(line, "buy", rest)


def _selling(view: View, wanted: int, plan: Plan) -> Iterator[Move]:
    """Sell the largest surplus first until ``wanted`` micros have come in."""
    for line, left in plan.surplus.items():
        holding = holding_at(view, line)
        if wanted <= 0 or holding is None:
            return
        units = min(left, units_raising(holding, wanted))
        if units:
            plan.surplus[line] = difference(left, units)
            plan.cash += holding.size(units)
            wanted -= holding.size(units)
            yield Move(line, "sell", units)


def _trades(view: View, row: int, line: int, moves: Sequence[Move]) -> Iterator[Trade]:
    """Moves one after the other, with the drift of ``line`` before and after each."""
    total, target = int(view.gross[row]), float(view.held.target[line])
    size, stays = int(view.size[line]), bool(holds_cash(view)[row])
    for move in moves:
        holding = holding_at(view, move.line)
        assert holding is not None
        before = _drift(size, total, target)
        change = holding.size(move.units) * (1 if move.side == "buy" else -1)
        size += change if move.line == line else 0
        total += 0 if stays else change
        yield trade_of(holding, move.side, move.units, before, _drift(size, total, target))


def _drift(size: int, total: int, target: float) -> float:
    return round(abs(float(size) / float(total) - target), EXACT) if total else target


def trade_words(view: View, trades: Sequence[Trade]) -> str:
    """The trades in their order, as a fact or as a request."""
    if not trades:
        return ""
    imperative = view.variant.wording == "imperative"
    verbs = {"buy": "buy", "sell": "sell"} if imperative else {"buy": "buying", "sell": "selling"}
    parts = [
        f"{verbs[trade.side]} {{trade_{n}_quantity}} {{trade_{n}_symbol}} ({{trade_{n}_amount}})"
        for n, trade in enumerate(trades, 1)
    ]
    if trades[0].side == "buy":
        parts[0] += " from cash"
    after = f"{{trade_{len(trades)}_metric_after}}"
    listed = ", then ".join(parts)
    joint = ": it is then" if imperative else " would leave it"
    return f" {listed[0].upper()}{listed[1:]}{joint} {after} away."
